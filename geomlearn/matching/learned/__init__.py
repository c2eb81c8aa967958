"""Features of surface points learned once on free shapes, and the maps they lead to."""
