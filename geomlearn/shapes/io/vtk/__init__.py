"""The formats of VTK, read and written without it: its own readers can crash on damaged files."""
