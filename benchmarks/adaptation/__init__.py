"""Adapting trained operators and merging what was adapted, measured."""
