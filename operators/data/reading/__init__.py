"""Samples out of other people's files: formats, layouts, and what each axis of an array is."""
