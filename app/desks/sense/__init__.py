"""The sense desk: where to measure, the field from what was read, gains, and modes that are learned as a film plays."""
