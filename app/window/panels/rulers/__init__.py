"""What says how large a shape is: a scale bar, and axes with numbers along its box."""
