"""Long work in spawned worker processes, so that the window never waits and cancelling always works."""
