"""The short API: shapes of any kind in, options as keywords, results that carry their story. A file a room."""
