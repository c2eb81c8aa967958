"""Sequences with labels, from files and generators, and the models that name them."""
