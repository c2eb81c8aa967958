"""Listing folders so that what may not be read is said, where `Path.glob` finds nothing and says nothing."""

from __future__ import annotations

import os
from pathlib import Path

from geomlearn.core.errors import FormatError
from geomlearn.core.files import shortened


def files_in(folder: str | Path, *, below: bool = False) -> list[Path]:
    """The files of a folder in order, those of the folders below it too if asked; none where there is no such folder.

    Raises
    ------
    FormatError   a folder may not be read.
    """
    found: list[Path] = []
    if not Path(folder).is_dir():
        return found
    for here, folders, names in os.walk(folder, onerror=_refuse):
        found += [Path(here, name) for name in names if Path(here, name).is_file()]
        if not below:
            folders.clear()
    return sorted(found)


def _refuse(error: OSError) -> None:
    what = (error.strerror or str(error)).lower()
    raise FormatError(f"The folder {shortened(error.filename)} cannot be read: {what}.", "Check its permissions.")
