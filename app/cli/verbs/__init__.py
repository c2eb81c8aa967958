"""One file per verb, each imported only when its verb is called."""
