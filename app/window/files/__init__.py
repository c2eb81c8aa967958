"""From names of files to items on the stage, and the stage to a session folder."""
