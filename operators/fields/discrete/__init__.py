"""From a shape to numbers: unknowns and matrices, factors, marching in time, transport along the surface."""
