"""Changes of weights by matrices of low rank, and how far they move what a matrix does."""
