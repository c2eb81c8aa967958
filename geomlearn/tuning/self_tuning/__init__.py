"""Hyperparameters that tune themselves during one training: layers that know how weights answer to them."""
