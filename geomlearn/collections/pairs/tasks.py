"""What a process does for a collection: make a shape ready, and solve a pair. Done twice, it does no harm."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.collections.members import Member
from geomlearn.collections.pairs.store import Store, pair_key
from geomlearn.core.errors import Cancelled, GeomError
from geomlearn.matching.io.maps import write_map
from geomlearn.matching.match import match_shapes
from geomlearn.matching.options import MatchOptions
from geomlearn.matching.prepared import metadata_of
from geomlearn.shapes.cautions import cautions
from geomlearn.shapes.load import load_shape
from geomlearn.shapes.thumbnail import thumbnail

Facts = dict[str, Any]
_PIXELS = 160


@dataclass(frozen=True)
class Ready:
    """A member with the digest of its content."""

    member: Member
    key: str


@dataclass(frozen=True)
class Export:
    """How maps are written: into `folder`, by `suffix`, counted from `index_base`."""

    folder: Path
    suffix: str = ".txt"
    index_base: int = 0

    def path(self, source: str, target: str) -> Path:
        """Where the map of a pair is."""
        return self.folder / f"{source}--{target}{self.suffix}"


def ready_shape(store: Path, ready: Ready, options: MatchOptions) -> Facts:
    """Read a shape, keep it with its basis and a picture; what is known of it, or why not under `error`."""
    kept = Store(store)

    def work() -> Facts:
        facts = kept.facts("shapes", ready.key)
        if facts is None:
            shape = load_shape(ready.member.spec)
            facts = {
                "n_vertices": shape.n_vertices,
                "n_faces": shape.n_faces,
                "diagonal": shape.diagonal,
                "warnings": [*shape.warnings, *cautions(shape)],
            }
            picture = np.frombuffer(thumbnail(shape, size=_PIXELS), np.uint8)
            kept.put_shape(ready.key, shape, facts, picture=picture)
        kept.prepared(ready.key, ready.member.name, options)
        return facts

    return guarded(work)


def solve_pair(store: Path, a: Ready, b: Ready, options: MatchOptions, wanted: tuple[bool, bool], to: Export) -> Facts:
    """Match a pair and keep both of its maps; write those wanted: A to B, B to A.

    Returns
    -------
    The facts of both maps under `forward` and `backward`, and `seconds`; or the reason under `error`.
    """
    kept = Store(store)

    def work() -> Facts:
        start = time.perf_counter()
        sides = [kept.prepared(one.key, one.member.name, options) for one in (a, b)]
        found = match_shapes(sides[0], sides[1], options).value
        # The judge looks at both directions at once: what it says is said of both maps.
        verdict = found.verdict
        told = (
            {}
            if verdict is None
            else {
                "verdict": verdict.word,
                "predicted_error": verdict.predicted_error,
                "p_within_5": verdict.p_within_5,
                "reason": verdict.sentence,
            }
        )
        facts = {"forward": told, "backward": told, "seconds": time.perf_counter() - start}
        maps = {"map_ab": found.map_ab.astype(np.int32), "map_ba": found.map_ba.astype(np.int32)}
        kept.put("pairs", pair_key(a.key, b.key, options), maps, facts)
        write_pair(store, a, b, options, wanted, to)
        return facts

    return guarded(work)


def write_pair(store: Path, a: Ready, b: Ready, options: MatchOptions, wanted: tuple[bool, bool], to: Export) -> None:
    """Write the wanted maps of a pair that is kept."""
    kept = Store(store)
    maps = kept.arrays("pairs", pair_key(a.key, b.key, options))
    for is_wanted, (source, target), name in zip(wanted, ((a, b), (b, a)), ("map_ab", "map_ba"), strict=True):
        if is_wanted:
            shapes = [kept.shape(one.key, one.member.name) for one in (source, target)]
            metadata = metadata_of(shapes[0], shapes[1], options.method, options.model_dump())
            path = to.path(source.member.name, target.member.name)
            write_map(path, maps[name], metadata, index_base=to.index_base, force=True)


def guarded(work: Callable[[], Facts]) -> Facts:
    """One failure is one row, whatever it is; one thread, so that results do not depend on how work is shared."""
    try:
        with _one_thread():
            return work()
    except (Cancelled, KeyboardInterrupt):
        raise
    except GeomError as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": "This needs more memory than is free. Use fewer vertices."}
    except Exception as error:  # a defect of ours must not end a night's run
        return {"error": f"Defect in geomlearn: {type(error).__name__}: {error}"}


@contextmanager
def _one_thread() -> Iterator[None]:
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        torch.set_num_threads(before)
