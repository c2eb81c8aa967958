"""From the scene to what is drawn: colours with their limits, places on the stage, points and lines on top."""
