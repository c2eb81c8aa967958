"""Samples to learn operators from: made here, or read from the layouts in which others publish them."""
