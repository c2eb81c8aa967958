"""What ships with the project beside code: trained weights with their model cards."""
