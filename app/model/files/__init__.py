"""Files that hold a scene or an item of one: sessions, and whatever is dropped."""
