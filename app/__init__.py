"""The person's side: the command line, pictures, and the window. It contains no mathematics."""
