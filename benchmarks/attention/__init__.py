"""Mixers of tokens in one and the same operator, measured."""
