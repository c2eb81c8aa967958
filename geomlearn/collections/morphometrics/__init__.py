"""Form as numbers: shapes in correspondence, their mean and modes, and distances between them."""
