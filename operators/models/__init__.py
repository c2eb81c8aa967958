"""Every operator model behind one interface: built from a table, trained, kept in files, asked for predictions."""
