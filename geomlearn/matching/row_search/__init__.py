"""Nearest neighbours among the rows of matrices, spectral embeddings, searched again and again: on arrays, on a GPU."""
