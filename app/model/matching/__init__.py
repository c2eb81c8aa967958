"""Items that join shapes, where files of indices belong, and the work on correspondences that files begin."""
