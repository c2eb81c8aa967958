"""Learning: models from data, settings compared, versions aligned."""
