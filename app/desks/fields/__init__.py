"""The fields desk: solve an equation on a shape, play it, hold it against a reference, write it."""
