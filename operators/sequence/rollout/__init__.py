"""Forecasts of fields on shapes: spectral coefficients over time, read and continued."""
