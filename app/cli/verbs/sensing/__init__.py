"""Verbs that place sensors, rebuild fields from what they read, and calibrate them."""
