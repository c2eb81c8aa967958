"""Spectral bases, computed or learned."""
