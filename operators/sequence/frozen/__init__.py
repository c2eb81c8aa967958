"""State-space memories that are held as they start, with read-outs in closed form."""
