"""Shape files and checks, measured."""
