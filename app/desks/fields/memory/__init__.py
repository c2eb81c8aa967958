"""The page of memories: how state-space systems answer tones, and what a tone on a field does to their forecasts."""
