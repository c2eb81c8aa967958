"""Similar shapes of a collection, whole or by a part: a small vector for each of some dozens of places of a shape."""
