"""Maps between functions: equations solved, samples of them, and models that answer in their place."""
