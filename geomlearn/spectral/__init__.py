"""Laplacians, their eigenbases, and what is read from them: descriptors and distances."""
