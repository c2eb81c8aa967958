"""The command line, run inside the test's own process, in an empty folder with a cache of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.cli.main import main


@dataclass(frozen=True)
class Run:
    """What one command line did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """stdout, which must be one JSON object and nothing else."""
        return json.loads(self.out)


Geomlearn = Callable[..., Run]


@pytest.fixture
def geomlearn(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Geomlearn:
    """Runs a command line, given word by word, and returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GEOMLEARN_CACHE", str(tmp_path / "cache"))

    def run(*words: object) -> Run:
        capsys.readouterr()
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return Run(code, captured.out, captured.err)

    return run


@pytest.fixture
def ball(tmp_path: Path) -> Path:
    """A sphere of radius 1 with 642 vertices, as ball.off."""
    return write_off(tmp_path / "ball.off", *icosphere(3))


def icosphere(n_splits: int) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and faces of an icosahedron split `n_splits` times and pushed onto the unit sphere."""
    golden = (1 + 5**0.5) / 2
    corners = [(-1, golden, 0), (1, golden, 0), (-1, -golden, 0), (1, -golden, 0)]
    vertices = np.array([np.roll(corner, turn) for turn in range(3) for corner in corners], float)
    from scipy.spatial import ConvexHull

    faces = ConvexHull(vertices).simplices
    outward = np.einsum("ij,ij->i", vertices[faces[:, 0]], np.cross(vertices[faces[:, 1]], vertices[faces[:, 2]])) > 0
    faces = np.where(outward[:, None], faces, faces[:, ::-1])
    for _ in range(n_splits):
        pairs = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
        edges, of_pair = np.unique(pairs, axis=0, return_inverse=True)
        middle = len(vertices) + of_pair.reshape(-1, 3)
        vertices = np.concatenate([vertices, vertices[edges].mean(axis=1)])
        a, b, c = faces.T
        ab, bc, ca = middle.T
        faces = np.concatenate([np.stack(t, axis=1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
    return vertices / np.linalg.norm(vertices, axis=1, keepdims=True), faces


def write_off(path: Path, vertices: np.ndarray, faces: np.ndarray) -> Path:
    """An OFF file, written by hand so that these tests lean on no writer of ours."""
    lines = ["OFF", f"{len(vertices)} {len(faces)} 0"]
    lines += [f"{x:.17g} {y:.17g} {z:.17g}" for x, y, z in vertices]
    lines += [f"3 {a} {b} {c}" for a, b, c in faces]
    path.write_text("\n".join(lines) + "\n")
    return path
