"""The window among others on the desktop: its events, its screen, its size and place, and how often it draws."""
