"""Whether to hand formats to the readers of others: VTK's in a process of their own, trimesh's glTF in ours.

    python -m benchmarks shapes foreign [FACES …]

A process of its own is what makes VTK's readers safe: some files bring them down. It costs the start of Python and of
the readers, and the way of the arrays back. Files that are damaged are those of the tests.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import trimesh

from benchmarks.machine import machine_line
from benchmarks.shapes.loading import bumpy_sphere, least, write
from benchmarks.shapes.vtk_child import READERS
from geomlearn.core.child_reader import read_in_child
from geomlearn.core.errors import GeomError
from geomlearn.shapes.io import read_shape

SIZES = (20_000, 200_000, 1_000_000)
CORPUS = Path(__file__).parents[2] / "tests" / "corpus"


def in_child(path: Path) -> dict[str, object]:
    return read_in_child(path, "benchmarks.shapes.vtk_child", "VTK")[0]


def outcome(run: Callable[[], object]) -> str:
    """How reading a damaged file ends: in a sentence, in another error, or not at all."""
    try:
        run()
    except GeomError:
        return "a sentence"
    except Exception:
        return "an error"
    return "read"


def speed(sizes: tuple[int, ...], folder: Path) -> None:
    print(f"{'format':10}{'faces':>10}{'ours':>10}{'foreign':>10}{'ratio':>8}   milliseconds, the least of several")
    for n_faces in sizes:
        shape = bumpy_sphere(n_faces)
        for kind in ("ascii.ply", "obj", "stl", "vtp", "glb"):
            path = write(shape, kind, folder)
            other = (
                (lambda path=path: trimesh.load(path, force="mesh"))
                if kind == "glb"
                else lambda path=path: in_child(path)
            )
            times = least({"ours": lambda path=path: read_shape(path), "foreign": other}, 5 if n_faces < 500_000 else 2)
            ours, foreign = times["ours"], times["foreign"]
            print(
                f"{kind:10}{shape.n_faces:>10}{1e3 * ours:>10.1f}{1e3 * foreign:>10.1f}{ours / foreign:>8.2f}",
                flush=True,
            )


def safety() -> None:
    print(f"\n{'damaged file':26}{'ours':>14}{'foreign':>14}")
    counts: dict[tuple[str, str], int] = {}
    for path in sorted(CORPUS.iterdir()):
        if path.suffix not in (*READERS, ".glb", ".gltf", ".3mf"):
            continue
        foreign = (lambda path=path: in_child(path)) if path.suffix in READERS else lambda path=path: trimesh.load(path)
        found = outcome(lambda path=path: read_shape(path)), outcome(foreign)
        for who, what in zip(("ours", "foreign"), found, strict=True):
            counts[who, what] = counts.get((who, what), 0) + 1
        print(f"{path.name:26}{found[0]:>14}{found[1]:>14}", flush=True)
    print("; ".join(f"{who}: {n} {what}" for (who, what), n in sorted(counts.items())))


def main(sizes: tuple[int, ...]) -> None:
    warnings.simplefilter("ignore")
    os.environ["PYTHONPATH"] = str(CORPUS.parents[1])  # the child does not look in the folder at hand
    print(machine_line())
    with tempfile.TemporaryDirectory() as folder:
        speed(sizes, Path(folder))
    safety()


if __name__ == "__main__":
    main(tuple(int(word) for word in sys.argv[1:]) or SIZES)
