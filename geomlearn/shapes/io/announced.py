"""Sizes that files announce, compared with what they can hold before any memory is taken."""

from __future__ import annotations

import zipfile

from geomlearn.shapes.io.source import Source

# Geometry packs a few times, its XML some ten times; only bombs pack hundreds of times.
_MOST_PACKED = 50
_ALWAYS_FINE = 64 << 20


class Allowance:
    """How many bytes a file may become in memory, in proportion to its size.

    A few lines can repeat an object, or refer to the same data, any number of times.
    """

    def __init__(self, source: Source) -> None:
        self._source, self._taken, self._size = source, 0, source.size

    def enlarge(self, n_bytes: int) -> None:
        """Count a further file that belongs to this one."""
        self._size += n_bytes

    def take(self, n_bytes: int) -> None:
        """Account for bytes about to be used.

        Raises
        ------
        FormatError   they are out of proportion to the file.
        """
        self._taken += n_bytes
        if self._taken > max(_ALWAYS_FINE, _MOST_PACKED * self._size):
            raise self._source.bad(
                f"it unpacks to {self._taken} bytes or more, out of proportion to its {self._size} bytes",
                "The file is damaged, or made to exhaust memory.",
            )


def check_zip(archive: zipfile.ZipFile, source: Source) -> None:
    """Refuse an archive that unpacks to far more than geometry can.

    Raises
    ------
    FormatError   its members announce sizes out of proportion.
    """
    Allowance(source).take(sum(info.file_size for info in archive.infolist()))
