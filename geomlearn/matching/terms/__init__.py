"""What a good map keeps: descriptors, frequencies, products, and orientation."""
