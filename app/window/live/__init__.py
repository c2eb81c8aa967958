"""A window in a process of its own, driven from Python while it is open: `show` opens it."""

from geomlearn.core.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "LiveWindow": "geomlearn.app.window.live.client",
        "show": "geomlearn.app.window.live.client",
    },
)
