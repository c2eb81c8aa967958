"""Functional maps to learn from: between shapes the project invents, or between registered shapes of a folder."""
