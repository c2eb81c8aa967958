"""Trainings that tune their own dropout, noise and weight decay, and trainings that follow what those found."""
