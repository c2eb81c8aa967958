"""What every room stands on: errors, options, the method table, progress, results, files."""
