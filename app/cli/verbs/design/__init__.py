"""Verbs that propose designs."""
