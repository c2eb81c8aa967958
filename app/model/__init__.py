"""What the window shows, as plain immutable values: no Polyscope here, so everything can be tested without a screen."""
