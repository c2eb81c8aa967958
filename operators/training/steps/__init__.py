"""One step of training: where its randomness comes from, and how Newton's method takes it."""
