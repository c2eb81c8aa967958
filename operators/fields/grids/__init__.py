"""Equations on grids and in the plane: where the data and the references of operator learning come from."""
