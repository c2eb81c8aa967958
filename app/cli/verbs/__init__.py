"""One file per verb, by what they are about; each is imported only when its verb is called."""
