"""Sensors and readings as items of the scene, what is done to them, and the work on them."""
