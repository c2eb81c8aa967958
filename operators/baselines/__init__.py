"""Rivals of the Latent Spectral Models, under the same interface."""
