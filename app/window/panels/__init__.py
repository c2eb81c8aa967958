"""The parts of the window around the stage, each drawn by one function and guarded by itself."""
