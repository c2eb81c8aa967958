"""The parts of an animated shape that move rigidly, found from its frames alone."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geomlearn.collections.options import RigidPartsOptions
from geomlearn.core.errors import MeshError, ParameterError, SizeMismatch
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.spectral.cotan import edge_table

# Points around each one of a cloud.
_NEIGHBOURS = 8
# Rounds after which vertices that still change their part are left where they are.
_ROUNDS = 20


@dataclass(frozen=True, eq=False)
class RigidParts:
    """Parts and how rigid they are.

    Attributes
    ----------
    labels     (n,) 0 … K − 1, large parts first.
    residual   (n,) root mean square distance of each vertex from where its part's motion puts it, in units.
    unexplained  share of the motion (after the shape's own rigid motion is taken off) that parts do not explain.
    """

    labels: np.ndarray
    residual: np.ndarray
    unexplained: float

    @property
    def n_parts(self) -> int:
        return int(self.labels.max()) + 1


def rigid_parts(
    frames: np.ndarray,
    faces: np.ndarray | None = None,
    options: RigidPartsOptions | None = None,
    *,
    progress: Progress = SILENT,
    **changes: Any,
) -> Result[RigidParts]:
    """Segment an animated shape into parts that move rigidly.

    1. R_i(f) = argmin_R Σ_j ‖x_j(f) − x_i(f) − R (x_j(0) − x_i(0))‖² over two rings around vertex i   (equation 1);
    2. Ward's tree of these rotations (n, 9 F), merging neighbours only;
    3. vertices change to the neighbouring part whose rigid motion puts them nearest, until none does  (equation 2).

    Parameters
    ----------
    frames (f, n, 3)  the same vertices at different times;  faces (m, 3)  or None for a cloud.
    options           how many parts, or none: the fewest that leave less than `unexplained` of the motion.

    Returns
    -------
    Result of RigidParts; history has `n_parts` and `unexplained` for each count tried, stats `n_parts` and `rounds`.

    Raises
    ------
    SizeMismatch    frames are not (f, n, 3).
    ParameterError  fewer than two frames, or more parts than vertices.
    MeshError       a coordinate is not finite, or nothing moves.

    Use when …   a skeleton is sought for poses or a scan sequence in correspondence.
    Avoid when … flesh bends everywhere: there are no rigid parts then, and `unexplained` says so.
    Source   James & Twigg 2005, Skinning Mesh Animations, who cluster the rotations of triangles.
    Differs  1. Rotations of two rings, not of triangles, and Ward's tree, not mean shift. 2. Trajectories are not
             clustered as subspaces: those of limbs that swing together intersect, see the benchmark.
    """
    options = (options or RigidPartsOptions()).replace(**changes)
    frames = _checked(frames)
    graph = _graph(frames, faces)
    rings = sp.csr_array(((graph @ graph + graph) > 0).astype(float))
    progress(0.0, "local rotations")
    rotations = local_rotations(frames, rings)
    progress(0.3, "tree")
    tree = _tree(rotations, graph)
    motion = _rigid_residual(frames, np.zeros(frames.shape[1], int), np.ones((frames.shape[1], 1), bool)).sum()
    if motion <= 1e-12 * (np.ptp(frames[0], axis=0) ** 2).sum():
        raise MeshError("Nothing moves but the shape as a whole.", "Give frames in which parts move.")
    history: list[dict[str, float]] = []
    counts = [options.n_parts] if options.n_parts else range(2, options.most_parts + 1)
    for step, count in enumerate(counts):
        progress(0.4 + 0.6 * step / len(counts), f"{count} parts")
        labels, squares, rounds = _settled(frames, tree(count), rings)
        history.append({"n_parts": count, "unexplained": float(squares.sum() / motion)})
        if history[-1]["unexplained"] <= options.unexplained:
            break
    reached = history[-1]["unexplained"] <= options.unexplained or options.n_parts is not None
    labels = _large_first(labels)
    parts = RigidParts(labels, np.sqrt(squares / len(frames)), history[-1]["unexplained"])
    sentence = f"{parts.n_parts} parts leave {100 * parts.unexplained:.2g} % of the motion unexplained."
    status = Status.CONVERGED if reached else Status.LIMIT_REACHED
    return Result(parts, status, sentence, tuple(history), {"n_parts": parts.n_parts, "rounds": rounds})


def local_rotations(frames: np.ndarray, rings: sp.csr_array) -> np.ndarray:
    """(n, f, 3, 3) rotation of the surroundings of each vertex from the first frame to each (equation 1)."""
    count = np.maximum(rings.sum(axis=1), 1)[:, None]
    rest = frames[0]
    mean = (rings @ rest) / count
    found = np.empty((frames.shape[1], len(frames), 3, 3))
    for number, frame in enumerate(frames):
        products = (frame[:, :, None] * rest[:, None, :]).reshape(-1, 9)
        spread = ((rings @ products) / count).reshape(-1, 3, 3)
        found[:, number] = _rotation_of(spread - ((rings @ frame) / count)[:, :, None] * mean[:, None, :])
    return found


def _rotation_of(products: np.ndarray) -> np.ndarray:
    """The rotations (…, 3, 3) nearest to matrices Σ y xᵀ."""
    left, _, right = np.linalg.svd(products)
    left[..., 2] *= np.sign(np.linalg.det(left @ right))[..., None]
    return left @ right


def _tree(rotations: np.ndarray, graph: sp.csr_array) -> Callable[[int], np.ndarray]:
    """Ward's tree over neighbours: a function from a number of parts to labels (n,)."""
    from sklearn.cluster import ward_tree

    n = len(rotations)
    with warnings.catch_warnings():
        # Pieces that hang apart are joined last, which is what we want of them.
        warnings.filterwarnings("ignore", message="the number of connected components")
        children = ward_tree(rotations.reshape(n, -1), connectivity=sp.csr_matrix(graph))[0]

    def cut(count: int) -> np.ndarray:
        merges = children[: max(0, len(children) - count + 1)]
        above = np.repeat(np.arange(n, n + len(merges)), 2)
        size = n + len(merges)
        joined = sp.csr_array((np.ones(2 * len(merges)), (above, merges.ravel())), shape=(size, size))
        return np.unique(connected_components(joined, directed=False)[1][:n], return_inverse=True)[1]

    return cut


def _settled(frames: np.ndarray, labels: np.ndarray, rings: sp.csr_array) -> tuple[np.ndarray, np.ndarray, int]:
    """Labels that no vertex leaves for a neighbouring part, their squared residuals (n,), and the rounds it took."""
    count, everyone = labels.max() + 1, np.arange(len(labels))
    rounds = 0
    while rounds < _ROUNDS:
        rounds += 1
        members = sp.csr_array((np.ones(len(labels)), (everyone, labels)), shape=(len(labels), count))
        near = (rings @ members).toarray() > 0
        near[everyone, labels] = True
        residual = _rigid_residual(frames, labels, near)
        better = residual.argmin(axis=1)
        if (better == labels).all():
            break
        labels = better
    return labels, residual[everyone, labels], rounds


def _rigid_residual(frames: np.ndarray, labels: np.ndarray, near: np.ndarray) -> np.ndarray:
    """(n, K) squared distance over all frames from where the motion of each part puts a vertex; ∞ where not near.

    R, t = argmin Σ_{i in part} ‖x_i(f) − R x_i(0) − t‖²  for each frame                              (equation 2)
    """
    found = np.full(near.shape, np.inf)
    for part in range(near.shape[1]):
        own = labels == part
        if not own.any():
            continue
        at = frames[:, own]
        centre = at.mean(axis=1)
        turn = _rotation_of(np.einsum("fni,nj->fij", at - centre[:, None], at[0] - centre[0]))
        asked = near[:, part]
        put = np.einsum("fij,nj->fni", turn, frames[0, asked] - centre[0]) + centre[:, None]
        found[asked, part] = ((put - frames[:, asked]) ** 2).sum(axis=(0, 2))
    return found


def _graph(frames: np.ndarray, faces: np.ndarray | None) -> sp.csr_array:
    """(n, n) ones between neighbours, and on the diagonal."""
    n = frames.shape[1]
    if faces is None or len(faces) == 0:
        near = cKDTree(frames[0]).query(frames[0], k=min(_NEIGHBOURS + 1, n))[1][:, 1:]
        ends = np.stack([np.repeat(np.arange(n), near.shape[1]), near.ravel()], axis=1)
    else:
        ends = edge_table(np.asarray(faces))[0]
    rows, columns = np.concatenate([ends, ends[:, ::-1]]).T
    graph = sp.csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, n)) + sp.eye_array(n)
    return sp.csr_array((graph > 0).astype(float))


def _large_first(labels: np.ndarray) -> np.ndarray:
    kinds, index, counts = np.unique(labels, return_inverse=True, return_counts=True)
    rank = np.empty(len(kinds), int)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(kinds))
    return rank[index]


def _checked(frames: np.ndarray) -> np.ndarray:
    frames = np.asarray(frames, float)
    if frames.ndim != 3 or frames.shape[2] != 3:
        raise SizeMismatch(f"Frames must be (f, n, 3); got {frames.shape}.", "Give the same vertices at each time.")
    if len(frames) < 2:
        raise ParameterError("One frame does not move.", "Give two or more.")
    if not np.isfinite(frames).all():
        raise MeshError("A coordinate is not finite.", "Repair the frames first.")
    return frames
