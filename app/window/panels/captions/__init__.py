"""Words and numbers over the stage: legends, names, a scale bar, axes."""
