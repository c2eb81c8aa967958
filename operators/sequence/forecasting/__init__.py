"""One series of a field continued by what it shows itself, kept within what was seen."""
