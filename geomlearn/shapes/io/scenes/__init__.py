"""Formats that place several objects in one scene."""
