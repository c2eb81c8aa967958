"""Nearest neighbours among the rows of matrices: spectral embeddings, searched again and again."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from geomlearn.core.devices import pick_device
from geomlearn.core.errors import SizeMismatch

if TYPE_CHECKING:
    import torch

# Up to this many points every one is compared; beyond, cells keep the cost near-linear.
EXACT_POINTS = 4_000
# Cells in which each query looks for its point. Eight find the nearest for 99.5 % of the queries between two poses of
# a creature at 30 k vertices, seven times faster; the others get one hardly farther.
CELLS_VISITED = 8
# Size of one block of the distance matrix: what stays in the caches of a processor, what fills a GPU.
BLOCK_BYTES = (8 << 20, 1 << 30)
# Queries compared with the neighbours of their points at a time on a GPU, where those are copied together.
FOLLOWED_ROWS = 1 << 14


def nearest_rows(
    queries: np.ndarray,
    points: np.ndarray,
    *,
    device: str = "cpu",
    precision: str = "float32",
) -> np.ndarray:
    """For each query the nearest point, by blocks of a matrix product; the first of equals.

    Parameters
    ----------
    queries (q, d), points (p, d)   any unit.
    device      "cpu", "cuda", "auto".
    precision   "float32" is twice as fast and errs only between points whose squared distances to the query
                agree to 1e-6 of the largest squared norm; "float64" is exact to rounding. Beyond 4000 points on a
                processor the search is by cells, and misses the nearest point for some 0.5 % of the queries.

    Returns
    -------
    (q,) indices into `points`.

    Raises
    ------
    SizeMismatch   the two have different dimensions, or there are no points.
    DeviceError    there is no such device.
    """
    if queries.ndim != 2 or points.ndim != 2 or queries.shape[1] != points.shape[1] or len(points) == 0:
        raise SizeMismatch(
            f"Queries {queries.shape} and points {points.shape} do not lie in one space.", "Give (q, d) and (p, d)."
        )
    search = RowSearch(device, precision)
    norms = np.einsum("ij,ij->i", points, points) / 2
    return search.nearest(*(search.tensor(array) for array in (queries, points, norms)))


class RowSearch:
    """Neighbour searches one after another in the same buffers: fresh memory costs more than small products.

    Parameters
    ----------
    device, precision   as in `nearest_rows`.
    """

    def __init__(self, device: str = "cpu", precision: str = "float32") -> None:
        import torch

        self.device, self.dtype = pick_device(device), getattr(torch, precision)
        self._buffers: dict[str, torch.Tensor] = {}

    def tensor(self, array: np.ndarray, dtype: torch.dtype | None = None) -> torch.Tensor:
        """The array on the device, in the precision of the search unless another is asked for."""
        import torch

        return torch.from_numpy(np.ascontiguousarray(array)).to(device=self.device, dtype=dtype or self.dtype)

    def buffer(self, name: str, rows: int, columns: int) -> torch.Tensor:
        """(rows, columns) memory of that name; what was in it before is gone."""
        import torch

        found = self._buffers.get(name)
        if found is None or found.numel() < rows * columns:
            found = self._buffers[name] = torch.empty(rows * columns, dtype=self.dtype, device=self.device)
        return found[: rows * columns].view(rows, columns)

    def nearest(self, queries: torch.Tensor, points: torch.Tensor, half_norms: torch.Tensor) -> np.ndarray:
        """(q,) for each query (q, d) the point (p, d) that minimises half_norms (p,) − ⟨query, point⟩.

        Among more than `EXACT_POINTS` points on a processor, only the cells near each query are searched.
        """
        # ⟨(q, −1), (p, half norm)⟩ is largest for the nearest p: one product per block, then its largest entries.
        moving, fixed = self._wide("queries", queries, -1.0), self._wide("points", points, half_norms)
        if len(points) <= EXACT_POINTS or self.device.type != "cpu":
            return self._largest(moving, fixed).cpu().numpy()
        return self._largest_by_cells(moving, fixed).numpy()

    def _largest(self, moving: torch.Tensor, fixed: torch.Tensor, count: int = 1) -> torch.Tensor:
        """(q,) or (q, count): the rows of `fixed` with the largest products with each row of `moving`."""
        import torch

        rows = BLOCK_BYTES[self.device.type == "cuda"] // (len(fixed) * moving.element_size())
        rows = min(len(moving), max(1, rows))
        block = self.buffer("block", rows, len(fixed))
        found = torch.empty((len(moving), count), dtype=torch.int64, device=self.device)
        for start in range(0, len(moving), rows):
            part = moving[start : start + rows]
            scores = torch.mm(part, fixed.T, out=block[: len(part)])
            best = scores.argmax(dim=1, keepdim=True) if count == 1 else scores.topk(count, dim=1, sorted=False)[1]
            found[start : start + rows] = best
        return found[:, 0] if count == 1 else found

    def _largest_by_cells(self, moving: torch.Tensor, fixed: torch.Tensor) -> torch.Tensor:
        """`_largest` in O(n^1.5): points fall into cells around some of them, queries visit the nearest cells."""
        import torch

        n_cells = int(np.sqrt(CELLS_VISITED * len(fixed)))
        centers = fixed[torch.linspace(0, len(fixed) - 1, n_cells).long()]
        # The nearest centre to a point in the plain sense: half norms of the centres as they are.
        flat = torch.cat([centers[:, :-1], (centers[:, :-1] ** 2).sum(dim=1, keepdim=True) / 2], dim=1)
        lifted = torch.cat([fixed[:, :-1], torch.full((len(fixed), 1), -1.0, dtype=self.dtype)], dim=1)
        members = _grouped(self._largest(lifted, flat), n_cells)
        visits = self._largest(moving, centers, CELLS_VISITED)
        visitors = _grouped(visits.ravel(), n_cells)
        best = torch.full((len(moving),), -torch.inf, dtype=self.dtype)
        found = torch.zeros(len(moving), dtype=torch.int64)
        for cell, entries in zip(members, visitors, strict=True):
            if len(cell) == 0 or len(entries) == 0:
                continue
            queries = entries // CELLS_VISITED
            value, index = torch.mm(moving[queries], fixed[cell].T).max(dim=1)
            better = value > best[queries]
            queries = queries[better]
            best[queries], found[queries] = value[better], cell[index[better]]
        return found

    def bijective(
        self, source: torch.Tensor, target: torch.Tensor, to_from: np.ndarray, from_to: np.ndarray, weight: float
    ) -> np.ndarray:
        """The point map source → target that suits a functional map along it, and the inverse of another against it.

        Rows x of the source (n_from, k) are looked up in the weighted mean of the two embeddings of the target, y C_tfᵀ
        and y C_ft for rows y (n_to, k).

        Parameters
        ----------
        to_from (k, k)  C_tf carries functions from target to source, from_to (k, k)  C_ft the other way.
        weight          of the second embedding against the first, ≥ 0.

        Returns
        -------
        (n_from,) indices of rows of the target.

        Differs  The sum ‖x − y C_tfᵀ‖² + w ‖x − y C_ft‖² also holds a term of y alone, how far its two embeddings are
                 apart. It keeps images away from where the maps disagree; without it errors are no larger, in half the
                 time.
        """
        return self.nearest(source, *self._moved(target, to_from, from_to, weight))

    def bijective_near(
        self,
        source: torch.Tensor,
        target: torch.Tensor,
        to_from: np.ndarray,
        from_to: np.ndarray,
        weight: float,
        start: np.ndarray,
        neighbours: torch.Tensor,
    ) -> np.ndarray:
        """`bijective` among the neighbours (n_to, r) of the points `start` (n_from,) only."""
        points, half_norms = self._moved(target, to_from, from_to, weight)
        near = neighbours[self.indices(start)]
        scores = _products_at(near, source, points).sub_(half_norms[near])
        return near.gather(1, scores.argmax(dim=1, keepdim=True))[:, 0].cpu().numpy()

    def indices(self, array: np.ndarray) -> torch.Tensor:
        """The indices on the device."""
        import torch

        return torch.from_numpy(np.ascontiguousarray(array, dtype=np.int64)).to(self.device)

    def _moved(
        self, target: torch.Tensor, to_from: np.ndarray, from_to: np.ndarray, weight: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """(n_to, k) the target's rows in the embedding of the source, and (n_to,) half their squared norms."""
        import torch

        mixed = self.tensor((to_from.T + weight * from_to) / (1 + weight))
        points = torch.mm(target, mixed, out=self.buffer("moved", len(target), len(to_from)))
        return points, torch.linalg.vector_norm(points, dim=1).square_().div_(2)

    def _wide(self, name: str, rows: torch.Tensor, column: torch.Tensor | float) -> torch.Tensor:
        wide = self.buffer(name, rows.shape[0], rows.shape[1] + 1)
        wide[:, :-1] = rows
        wide[:, -1] = column
        return wide


def _products_at(near: torch.Tensor, rows: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """(n, r) product of each of the rows (n, k) with the points (p, k) that `near` (n, r) lists for it."""
    import torch

    if rows.device.type == "cpu":
        # Read in place by a sparse product, eight times as fast as copied together.
        starts = torch.arange(0, near.numel() + 1, near.shape[1])
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
            zeros = torch.zeros(near.numel(), dtype=rows.dtype)
            pattern = torch.sparse_csr_tensor(
                starts, near.ravel(), zeros, (len(rows), len(points)), check_invariants=False
            )
        return torch.sparse.sampled_addmm(pattern, rows.contiguous(), points.T).values().view(near.shape)
    parts = zip(near.split(FOLLOWED_ROWS), rows.split(FOLLOWED_ROWS), strict=True)
    return torch.cat([torch.bmm(points[some], part[:, :, None])[:, :, 0] for some, part in parts])


def _grouped(labels: torch.Tensor, count: int) -> tuple[torch.Tensor, ...]:
    """For each label 0 … count − 1 the positions where it stands."""
    import torch

    return torch.split(labels.argsort(stable=True), torch.bincount(labels, minlength=count).tolist())
