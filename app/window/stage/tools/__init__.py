"""What the mouse does on the stage while a tool is in hand, or where views turn each for itself."""
