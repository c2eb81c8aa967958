"""Cleaning of scans, and fields restored by a learned prior, beside other programs."""
