"""Python typed in the window: its lines see the stage as `w`, and what they do to it are steps of the history."""
