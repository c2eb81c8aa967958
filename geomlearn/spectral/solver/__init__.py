"""Eigenproblems and linear systems of sparse symmetric matrices."""
