"""Discretised systems and the kernels that run them: convolution, scan, step."""
