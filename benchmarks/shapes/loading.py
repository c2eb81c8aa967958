"""Loading meshes: ours beside trimesh and PyVista, for each format and size, in one run on one machine.

    python -m benchmarks shapes loading [FACES …]

Each time is the processor's for one reading, the least of several that are taken in turns, with the file in the disk
cache: other work on the machine lengthens these less than those of a clock. trimesh is run as it comes (which merges
vertices) and with process=False (which does not); STL is compared with the former, since ours welds as well. Ours also
checks indices and finiteness and answers in double precision, which the others leave to the caller.
"""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyvista
import trimesh

from benchmarks.machine import machine_line
from geomlearn.shapes.io import read_shape, write_shape
from geomlearn.shapes.shape import Shape

SIZES = (20_000, 200_000, 1_000_000)
FORMATS = ("ply", "ascii.ply", "obj", "off", "stl", "glb", "vtp")
# What each peer cannot read, or not as a plain mesh.
NOT_PYVISTA = ("off", "glb")
NOT_TRIMESH = ("vtp",)


def bumpy_sphere(n_faces: int, seed: int = 0) -> Shape:
    """A closed surface of about `n_faces` triangles with coordinates that need all their digits."""
    rings = max(int((n_faces / 4) ** 0.5), 3)
    mesh = pyvista.Sphere(theta_resolution=2 * rings, phi_resolution=rings + 1)
    points = mesh.points * (1 + 0.1 * np.random.default_rng(seed).random((mesh.n_points, 1)))
    return Shape(points.astype(np.float32), mesh.regular_faces, name="sphere")


def least(
    runs: dict[str, Callable[[], object] | None], repeats: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float | None]:
    """The least time of each run in seconds; in turns, so that other work on the machine meets all alike."""
    times: dict[str, float | None] = {name: None if run is None else float("inf") for name, run in runs.items()}
    for _ in range(repeats):
        for name, run in runs.items():
            if run is not None:
                start = clock()
                run()
                times[name] = min(times[name], clock() - start)
    return times


def write(shape: Shape, kind: str, folder: Path) -> Path:
    path = folder / f"{shape.n_faces}.{kind}"
    if kind in ("ascii.ply", "stl"):
        mesh = trimesh.Trimesh(shape.vertices, shape.faces, process=False)
        path.write_bytes(mesh.export(file_type=kind[-3:], **({"encoding": "ascii"} if kind == "ascii.ply" else {})))
    elif kind == "ply":
        pyvista.PolyData.from_regular_faces(shape.vertices.astype(np.float32), shape.faces).save(path)
    else:
        write_shape(path, shape)
    return path


def row(path: Path, kind: str, n_faces: int) -> str:
    runs = {
        "ours": lambda: read_shape(path),
        "trimesh plain": None if kind in NOT_TRIMESH else lambda: trimesh.load(path, process=False, force="mesh"),
        "trimesh": None if kind in NOT_TRIMESH else lambda: trimesh.load(path, force="mesh"),
        "PyVista": None if kind in NOT_PYVISTA else lambda: pyvista.read(path),
    }
    times = least(runs, 7 if n_faces < 500_000 else 5, time.process_time)
    ours = times.pop("ours")
    fair = [t for name, t in times.items() if t is not None and not (kind == "stl" and name == "trimesh plain")]
    cells = "".join(f"{'–' if t is None else f'{1e3 * t:.1f}':>15}" for t in times.values())
    return f"{kind:10}{n_faces:>10}{1e3 * ours:>10.1f}{cells}{ours / min(fair):>10.2f}"


def main(sizes: tuple[int, ...]) -> None:
    warnings.simplefilter("ignore")
    print(machine_line())
    versions = f"numpy {np.__version__}, trimesh {trimesh.__version__}, PyVista {pyvista.__version__}"
    print(f"milliseconds of the processor; {versions}; seed 0")
    print(f"{'format':10}{'faces':>10}{'ours':>10}{'trimesh plain':>15}{'trimesh':>15}{'PyVista':>15}{'ratio':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for n_faces in sizes:
            shape = bumpy_sphere(n_faces)
            for kind in FORMATS:
                print(row(write(shape, kind, Path(folder)), kind, shape.n_faces), flush=True)
    print("ratio: ours over the fastest peer that does the same work")


if __name__ == "__main__":
    main(tuple(int(word) for word in sys.argv[1:]) or SIZES)
