"""The desks: one per job. Each is a panel on the right, with its actions; all computing happens in workers."""
