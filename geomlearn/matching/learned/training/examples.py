"""Shapes with known places, made ready for training and kept beside their files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.core.errors import FormatError, GeomError
from geomlearn.core.files import atomic_path
from geomlearn.core.folders import files_in
from geomlearn.core.progress import SILENT, Progress
from geomlearn.matching.learned.inputs import signatures
from geomlearn.matching.learned.options import FeatureNetOptions
from geomlearn.matching.learned.training.templates import Template, read_template
from geomlearn.matching.prepared import Prepared
from geomlearn.matching.sampled_surface import sampled_surface
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions

# Modes of the signatures.
K_SIGNATURES = 128
# Of the samples that are kept, the first are learned from, several per mode: what is learned does not depend on them.
LEARNED_FROM, RIDGE = 512, 1e-3
NONE = "other"
_HALF = ("evecs", "gradient", "project")


@dataclass(frozen=True, eq=False)
class Example:
    """A sampled surface in the arrays of `SampledSurface`, its signatures (s, 48), and what is known of it.

    Attributes
    ----------
    kind    a template's, or "other";  places (s,)  vertices of that template, empty for others.
    """

    name: str
    kind: str
    arrays: dict[str, np.ndarray]
    places: np.ndarray


def read_templates(folder: Path, options: FeatureNetOptions) -> dict[str, Template]:
    """The templates of a folder, by kind.

    Raises
    ------
    FormatError   there is none.
    """
    found = [path for path in files_in(folder) if path.match("template-*.npz")]
    if not found:
        raise FormatError(f"{folder} holds no template-KIND.npz.", "Fill it with `python -m benchmarks worlds folder`.")
    return {
        path.stem.removeprefix("template-"): read_template(path, options.n_anchors, options.n_template_modes)
        for path in found
    }


def read_examples(
    folder: Path, templates: dict[str, Template], options: FeatureNetOptions, progress: Progress = SILENT
) -> list[Example]:
    """All shapes of a folder, in the order of their names; surfaces are kept in FOLDER/ready for the next time.

    Raises
    ------
    FormatError   there are none.
    """
    paths = [path for path in files_in(folder) if path.suffix == ".npz" and not path.stem.startswith("template-")]
    if not paths:
        raise FormatError(f"{folder} holds no shapes.", "Fill it with `python -m benchmarks worlds folder`.")
    found = []
    for i, path in enumerate(paths):
        progress(i / len(paths), f"surface {i + 1} of {len(paths)}")
        example = _example(path, folder / "ready" / f"{path.stem}.npz", templates, options)
        if example is not None:
            found.append(example)
    return found


def _example(path: Path, ready: Path, templates: dict[str, Template], options: FeatureNetOptions) -> Example | None:
    if not ready.exists():
        try:
            arrays = _arrays(path, options)
        except GeomError:
            # A scrap that bears too few modes teaches nothing.
            arrays = {}
        with atomic_path(ready) as temporary:
            named: dict[str, Any] = dict(arrays)
            np.savez(temporary, **named)
    with np.load(ready, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    if not arrays:
        return None
    arrays = _fewer(arrays)
    kind = str(arrays.pop("kind"))
    rest, normals = arrays.pop("rest"), arrays.pop("rest_normals")
    places = templates[kind].places(rest, normals) if kind in templates else np.zeros(0, np.int64)
    return Example(path.stem, kind, arrays, places)


def _fewer(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The first samples alone; as they are well spread, each weighs the same."""
    count = min(LEARNED_FROM, len(arrays["points"]))
    each = ("points", "normals", "evecs", "signatures", "rest", "rest_normals")
    fewer = {name: arrays[name][:count] for name in each}
    rows = fewer["evecs"].astype(np.float64)
    gram = rows.T @ rows / count
    gram[np.diag_indices(len(gram))] += RIDGE * np.trace(gram) / len(gram)
    project = np.linalg.solve(gram, rows.T / count).astype(np.float16)
    return {**arrays, **fewer, "gradient": arrays["gradient"][:, :count], "project": project}


def _arrays(path: Path, options: FeatureNetOptions) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        shape = Shape(file["vertices"].astype(float), file["faces"].astype(np.int64), path.stem)
        rest, normals, kind = file["rest"], file["rest_normals"], file["kind"]
    k = min(K_SIGNATURES, shape.n_vertices // 6)
    side = Prepared(shape, eigenbasis(shape, EigenbasisOptions(k=k)), options.n_samples)
    surface = sampled_surface(side, options.n_samples, min(options.k, k))
    rows = side.active[side.samples]
    arrays = {name: getattr(surface, name) for name in ("points", "normals", "evals", "evecs", "gradient", "project")}
    arrays |= {name: arrays[name].astype(np.float16) for name in _HALF}
    arrays["signatures"] = signatures(side.basis, side.samples).astype(np.float16)
    return {**arrays, "rest": rest[rows], "rest_normals": normals[rows], "kind": kind}
