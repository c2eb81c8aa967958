"""Penalties that keep layers near isometries, and what near-orthogonal maps are good for: aligning feature spaces."""
