"""What is drawn on the stage, from where it is seen, and what the pointer does to it."""
