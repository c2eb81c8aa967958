"""Everything a person can do, as data, and what belongs to no desk."""
