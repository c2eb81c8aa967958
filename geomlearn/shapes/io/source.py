"""A file being read: its place, its bytes as its format means them, and the sentences for what is wrong with it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from geomlearn.core.errors import FormatError
from geomlearn.core.incoming import PACKED_SUFFIXES, as_utf8, packer_of, plain_suffix, unpacked

_HEAD = 65536


@dataclass(frozen=True)
class Source:
    """A file being read: its place, and its bytes once somebody asks for them.

    A packed file (gzip, bzip2, xz) is read as what is packed in it, and text is UTF-8 whatever it was written in.
    """

    path: Path

    @property
    def name(self) -> str:
        """The file name, for sentences."""
        return self.path.name

    @property
    def suffix(self) -> str:
        """The suffix in small letters, of what is inside where it is packed: ``.ply`` of ``cat.PLY.gz``."""
        return plain_suffix(self.path)

    @property
    def stem(self) -> str:
        """The name without these suffixes."""
        return Path(self.path.stem).stem if self.path.suffix.lower() in PACKED_SUFFIXES else self.path.stem

    @cached_property
    def _raw_head(self) -> bytes:
        with self.path.open("rb") as stream:
            return stream.read(_HEAD)

    @property
    def is_packed(self) -> bool:
        """Whether it has to be unpacked."""
        return packer_of(self._raw_head) is not None

    @cached_property
    def is_verbatim(self) -> bool:
        """Whether the bytes that are read are those of the disk."""
        return not self.is_packed and as_utf8(self._raw_head) is self._raw_head

    @cached_property
    def size(self) -> int:
        """Its length in bytes."""
        return self.path.stat().st_size if self.is_verbatim else len(self.data)

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB, enough to tell the format."""
        return as_utf8(unpacked(self._raw_head, self.name, _HEAD))

    @cached_property
    def data(self) -> bytes:
        """All its bytes."""
        return as_utf8(unpacked(self.path.read_bytes(), self.name))

    def read(self, start: int, stop: int) -> np.ndarray:
        """(b,) some of its bytes, fewer at its end; no others are read where the disk has them as they are meant."""
        if not self.is_verbatim:
            return np.frombuffer(self.data, np.uint8)[start:stop]
        count = max(min(stop, self.size) - start, 0)
        some = np.fromfile(self.path, np.uint8, count, offset=start)
        some.setflags(write=False)
        return some

    @contextmanager
    def plain_file(self) -> Iterator[Path]:
        """The path of a file that holds `data`, for readers that want a file."""
        if not self.is_packed:
            yield self.path
            return
        with tempfile.TemporaryDirectory(prefix="geomlearn-") as folder:
            path = Path(folder) / (self.stem[:40] + self.suffix)
            path.write_bytes(self.data)
            yield path

    def bad(self, reason: str, hint: str = "Export it again from the program that made it.") -> FormatError:
        """The error for this file: ``raise source.bad("its header never ends")``; what it quotes may be any bytes."""
        reason = "".join(c if c.isprintable() else "?" for c in reason)
        return FormatError(f"{self.name} cannot be read: {reason}.", hint)

    def short(self, announced: int, found: int, what: str) -> FormatError:
        """The error for a file that ends before what its header promises."""
        return self.bad(f"it announces {announced} {what}, but holds {found}", "The file is cut short or damaged.")
