"""The left side: what is on the stage, and how the item in focus looks, stands and is cut."""
