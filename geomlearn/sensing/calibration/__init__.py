"""Unknown gains of sensors, found from what they read together."""
