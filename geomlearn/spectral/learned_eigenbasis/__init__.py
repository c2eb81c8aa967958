"""A network that reads bare points and returns the spectral basis, its mass and its eigenvalues."""
