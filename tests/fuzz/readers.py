"""What reads a damaged file, family by family: how much it read, and whether it said something about it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

# How much was read (no less than one, or it is a silent empty), and whether something was said about it.
Outcome = tuple[int, bool]


def shape(path: Path) -> Outcome:
    """A usable shape can be checked, described and repaired."""
    from geomlearn.core.errors import MeshError
    from geomlearn.shapes.checks import check, describe, repair
    from geomlearn.shapes.io import read_shape

    found = read_shape(path)
    if found.n_vertices == 0:
        return 0, False
    report = check(found)
    describe(found)
    try:
        repair(found)
    except MeshError:
        if report.usable:
            raise ValueError("usable, but cannot be repaired") from None
    return found.n_vertices, bool(found.warnings)


def maps(path: Path) -> Outcome:
    from geomlearn.matching.io.maps import read_map

    found = read_map(path, n_target=42)
    return len(found.map_ab), found.inferred


def landmarks(path: Path) -> Outcome:
    from geomlearn.matching.io.landmarks import read_landmarks

    found = read_landmarks(path, 42, 42)
    return len(found.pairs), found.inferred


def functional_maps(path: Path) -> Outcome:
    from geomlearn.matching.io.functional_maps import read_fmap

    return read_fmap(path).fmap_ab.size, False


def truth(path: Path) -> Outcome:
    from geomlearn.matching.evaluation import read_truth
    from tests.shapes.conftest import icosphere

    return len(read_truth(path, 42, 42, icosphere(1).faces).points_a), False


def fields(path: Path) -> Outcome:
    from geomlearn.operators.fields.field_files import read_field

    return read_field(path).values.size, False


def values(path: Path) -> Outcome:
    from geomlearn.operators.fields.initial import read_values

    return read_values(path, 42).size, False


def bases(path: Path) -> Outcome:
    from geomlearn.spectral.basis_files import read_basis

    found = read_basis(path)
    return found.evecs.size, bool(found.metadata.get("inferred"))


def sensors(path: Path) -> Outcome:
    from geomlearn.sensing.io.sensors import read_sensors

    return len(read_sensors(path).vertices), False


def operators(path: Path) -> Outcome:
    from geomlearn.operators.models.model_files import load_operator

    return _parameters(load_operator(path)[0]), False


def sequence_models(path: Path) -> Outcome:
    from geomlearn.operators.sequence.model_files import load_sequence_model

    return _parameters(load_sequence_model(path)[0]), False


def samples(path: Path) -> Outcome:
    from geomlearn.operators.data.files import read_samples

    return len(read_samples(path).inputs), False


def labelled(path: Path) -> Outcome:
    from geomlearn.operators.sequence.classification.read import read_labelled

    return read_labelled(path).train.n, False


def _parameters(model) -> int:
    numbers = list(model.state_dict().values())
    if not all(bool(np.isfinite(value.numpy()).all()) for value in numbers):
        raise ValueError("a model whose weights are not finite")
    return sum(value.numel() for value in numbers)


def trimesh(path: Path) -> Outcome:
    """No reader of ours: it must break the promise."""
    import trimesh

    return len(trimesh.load(path, force="mesh").vertices), False


def sleeps(path: Path) -> Outcome:
    until = time.process_time() + 60
    while time.process_time() < until:
        pass
    return 1, False


def hoards(path: Path) -> Outcome:
    return len(np.ones(1 << 28)), False


def empty(path: Path) -> Outcome:
    return 0, False


READERS: dict[str, Callable[[Path], Outcome]] = {
    read.__name__: read
    for read in (
        *(shape, maps, landmarks, functional_maps, truth, fields, values, bases, sensors, operators, sequence_models),
        *(samples, labelled, trimesh, sleeps, hoards, empty),
    )
}
OTHERS = ("trimesh", "sleeps", "hoards", "empty")
