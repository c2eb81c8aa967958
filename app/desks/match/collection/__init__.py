"""Pairs of a collection on the Match desk."""
