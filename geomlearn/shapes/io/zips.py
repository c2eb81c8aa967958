"""Members of zip archives, unpacked without trusting what they announce."""

from __future__ import annotations

import zipfile

from geomlearn.shapes.io.parsed import Source

# Geometry packs a few times, XML tens of times; only bombs pack hundreds of times.
_MOST_PACKED = 200
_ALWAYS_FINE = 64 << 20


def check_size(archive: zipfile.ZipFile, source: Source) -> None:
    """Refuse an archive that unpacks to far more than geometry can.

    Raises
    ------
    FormatError   a member announces a size out of proportion.
    """
    for info in archive.infolist():
        if info.file_size > max(_ALWAYS_FINE, _MOST_PACKED * source.size):
            raise source.bad(
                f"its part {info.filename[:40]} announces {info.file_size} bytes, out of proportion to the file",
                "The file is damaged, or made to exhaust memory.",
            )


def read_member(archive: zipfile.ZipFile, name: str, source: Source) -> bytes:
    """The bytes of one member.

    Raises
    ------
    FormatError   the member announces a size out of proportion.
    """
    check_size(archive, source)
    return archive.read(name)
