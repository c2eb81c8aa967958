"""Figures that can be turned: pages for browsers and notebooks, and scenes for other programs."""
