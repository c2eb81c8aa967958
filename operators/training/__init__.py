"""The one training loop, for every learned part of the project."""
