"""Adaptive steps whose memory lives in a few modes of one fixed orthogonal basis."""
