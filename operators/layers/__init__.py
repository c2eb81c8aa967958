"""Layers that several operator models share."""
