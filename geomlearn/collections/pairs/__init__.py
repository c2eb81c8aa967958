"""Maps between all pairs of a collection: chosen, solved once, kept, exported, and told in a table."""
