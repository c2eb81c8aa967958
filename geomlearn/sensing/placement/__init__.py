"""Where to measure: laws of random sensors, their deterministic rivals, and what a person demands of the places."""
