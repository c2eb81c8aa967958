"""Steps by libraries that a bad mesh can bring down, each in a process of its own; the extra `clean` brings them."""
