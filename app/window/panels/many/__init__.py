"""What is drawn where there are many shapes."""
