"""Latent Spectral Models: a U-Net whose skip connections pass through a few latent tokens per patch."""
