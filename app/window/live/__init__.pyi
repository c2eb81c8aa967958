"""Types of the names that `__init__.py` imports when they are asked for."""

from geomlearn.app.window.live.client import LiveWindow as LiveWindow
from geomlearn.app.window.live.client import show as show
