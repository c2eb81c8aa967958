"""Designs proposed from tables of old ones, measured where the truth is known."""
