"""Where training starts: weights under which signals and gradients keep their size through any depth."""
