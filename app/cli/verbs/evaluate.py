"""`geomlearn evaluate`: how far a correspondence is from the true one."""

from __future__ import annotations
