"""Pictures and movies of the stage, and of the window itself."""
