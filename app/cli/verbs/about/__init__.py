"""About the program itself: what it holds, whether it works, a walk through it."""
