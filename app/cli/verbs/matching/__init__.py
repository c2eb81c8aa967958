"""Correspondences: found, measured, and the priors behind them."""
