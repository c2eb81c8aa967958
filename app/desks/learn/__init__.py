"""The learn desk: train, look into what learns, and change the method in mid-run."""
