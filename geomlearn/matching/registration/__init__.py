"""A part of a shape laid on the whole, in space."""
