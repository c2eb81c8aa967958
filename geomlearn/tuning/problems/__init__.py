"""Bilevel problems that people have: each a file."""
