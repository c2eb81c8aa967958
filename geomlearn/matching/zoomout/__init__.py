"""Maps refined by growing the spectral basis they are expressed in."""
