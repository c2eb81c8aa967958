"""Many shapes: pages of the stage, their order, and collections whose maps were computed elsewhere."""
