"""The spectrum desk, one file per section."""
