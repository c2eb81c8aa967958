"""Work of the Sense desk; run in a worker, where heavy imports hurt nobody."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from geomlearn.app.model.sensing.items import Demands, Readings
from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.progress import SILENT, Progress
from geomlearn.sensing.calibration.options import CalibrationOptions
from geomlearn.sensing.mode_space import from_basis, from_fields
from geomlearn.sensing.placement.constraints import Constraints, Region
from geomlearn.sensing.placement.options import PlacementOptions
from geomlearn.sensing.placement.place import Sensors, place
from geomlearn.sensing.rebuild import Rebuilt, Solver, rebuild
from geomlearn.shapes.shape import Shape
from geomlearn.sparse.options import CodeOptions
from geomlearn.spectral.basis import Basis


def principal_modes(shape: Shape, k: int, fields: np.ndarray) -> Basis:
    """The k principal directions of training fields (t, n), as a basis.

    Raises
    ------
    SizeMismatch, ParameterError   the fields belong to another shape, or span fewer than k dimensions.
    """
    from geomlearn.spectral.laplacian import build_laplacian

    if fields.shape[1] != shape.n_vertices:
        raise SizeMismatch(
            f"The fields have {fields.shape[1]:,} values, {shape.name} has {shape.n_vertices:,} vertices.",
            "Give fields on this shape.",
        )
    mass = build_laplacian(shape).mass
    space = from_fields(fields, k, mass)
    power = np.sum((fields @ (space.share[:, None] * space.functions)) ** 2, axis=0)
    # Ascending, as the eigenvalues of a Laplacian are: how much weaker a direction is than the first.
    return Basis(power[0] / power - 1, space.functions / np.sqrt(mass.sum()), mass, "principal modes")


def place_on(
    shape: Shape,
    basis: Basis,
    options: PlacementOptions,
    demands: Demands = Demands(),  # noqa: B008 (frozen)
    cost: np.ndarray | None = None,
    *,
    progress: Progress = SILENT,
) -> Sensors:
    """Sensors for the modes of a basis, under demands; cost (n,) is that of a sensor at each vertex.

    Raises
    ------
    ParameterError   no set meets the demands.
    """
    from geomlearn.spectral.geodesics import HeatGeodesics

    constraints = Constraints(
        demands.required,
        _inside(demands.forbidden, shape) if demands.forbidden else None,
        tuple(Region(_inside(part.inside, shape), part.count, part.exactly) for part in demands.regions),
        HeatGeodesics(shape).distances_from if options.distance > 0 else None,
        cost,
    )
    return place(from_basis(basis), shape.vertices, options, constraints, progress)


def read_on(
    path: str, shape: Shape, vertices: tuple[int, ...] = (), weights: np.ndarray | None = None, *, progress: Any = None
) -> Readings:
    """Readings in a file: of these sensors in their order, at vertices, or at points near the shape.

    Raises
    ------
    FormatError, SizeMismatch, MeshError, ParameterError   the file does not fit, or lies off the shape.
    """
    from geomlearn.sensing.io.samples import read_samples
    from geomlearn.sensing.locate import locate

    found = read_samples(path, shape.n_vertices)
    if found.points is not None:
        corners, shares, _ = locate(shape, found.points)
        return Readings(corners, shares, found.values, np.zeros(0))
    at = found.vertices
    if at is None:
        if len(found.values) != len(vertices):
            raise SizeMismatch(
                f"The file has {len(found.values)} readings a snapshot, there are {len(vertices)} sensors.",
                "Write one snapshot a row, in the order of the sensors; or a column `vertex`.",
            )
        at = np.array(vertices)
    known = {} if weights is None else dict(zip(vertices, weights.tolist(), strict=True))
    placed = [known.get(vertex) for vertex in at.tolist()]
    heavy = np.array(placed, float) if all(weight is not None for weight in placed) else np.zeros(0)
    return Readings(at[:, None], np.ones((len(at), 1)), found.values, heavy)


def rebuild_on(
    basis: Basis,
    readings: Readings,
    solver: Solver | Literal["sparse"] = "auto",
    noise: float = 0.0,
    gains: tuple[float, ...] = (),
    bumps: CodeOptions = CodeOptions(),  # noqa: B008 (frozen)
    *,
    progress: Progress = SILENT,
) -> Rebuilt:
    """The field in the modes of a basis that the readings suggest; readings of dead sensors count for nothing.

    Raises
    ------
    ParameterError   fewer readings than modes, or readings that leave a mode undetermined.
    """
    space = from_basis(basis)
    functions = np.einsum("ij,ijm->im", readings.shares, space.functions[readings.corners])
    values, weights = readings.values, readings.weights if len(readings.weights) else None
    if gains:
        gain = np.array(gains)
        if len(gain) != len(values):
            raise ParameterError("The gains belong to other sensors.", "Calibrate these first.")
        values = np.where(gain[:, None] != 0, values / np.where(gain, gain, 1)[:, None], np.nan)
    if solver == "sparse":
        from geomlearn.sensing.sparse_rebuild import rebuild_sparse

        return rebuild_sparse(space, functions, values, bumps, progress=progress)
    return rebuild(space, functions, values, weights, solver=solver, noise=noise, progress=progress)


def calibrate_on(
    basis: Basis,
    readings: Readings,
    options: CalibrationOptions = CalibrationOptions(),  # noqa: B008 (frozen)
    *,
    progress: Progress = SILENT,
) -> Any:
    """Gains of the sensors from several snapshots."""
    from geomlearn.sensing.calibration.self_calibration import self_calibration

    functions = from_basis(basis).functions[readings.corners[:, 0]]
    return self_calibration(readings.values.T, functions, options, progress)


def _inside(indices: tuple[int, ...], shape: Shape) -> np.ndarray:
    inside = np.zeros(shape.n_vertices, bool)
    inside[list(indices)] = True
    return inside
