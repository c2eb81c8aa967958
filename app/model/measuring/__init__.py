"""Distances, probes and thresholds: what is asked about places on a shape."""
