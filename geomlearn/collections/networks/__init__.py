"""Maps of a collection that support or contradict each other: cycles, a common latent basis, better maps."""
