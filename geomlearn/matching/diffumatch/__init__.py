"""A diffusion prior over functional maps, and matching one pair of shapes with it."""
