"""Coefficients from measurements: weighted least squares from few, sketches from many."""
