"""Training the features: shapes with known places on templates, and the loss."""
