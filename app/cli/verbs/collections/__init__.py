"""Many shapes at once: a folder or several files in, a folder and a table out."""
