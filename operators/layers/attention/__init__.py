"""Attention among all points of a shape or grid: mixers that differ in nothing but how tokens are compared."""
