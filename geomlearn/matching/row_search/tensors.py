"""Searches among rows of tensors, on a GPU."""

from __future__ import annotations

import numpy as np
import torch

from geomlearn.matching.row_search.search import RowSearch

# Size of one block of the distance matrix: what fills a GPU.
BLOCK_BYTES = 1 << 30
# Queries compared with the points listed for them at a time: those are copied together.
LISTED_ROWS = 1 << 14


class TensorSearch(RowSearch):
    """By torch, where the device is; every point is compared.

    Parameters
    ----------
    device   of the tensors;  precision   "float32" or "float64".
    """

    def __init__(self, device: torch.device, precision: str = "float32") -> None:
        self._device, self._precision = device, precision

    def held(self, array: np.ndarray, precision: str = "") -> torch.Tensor:
        dtype = getattr(torch, precision or self._precision)
        return torch.from_numpy(np.ascontiguousarray(array)).to(device=self._device, dtype=dtype)

    def indices(self, array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array, dtype=np.int64)).to(self._device)

    def nearest(self, queries: torch.Tensor, points: torch.Tensor, half_norms: torch.Tensor) -> np.ndarray:
        rows = max(1, BLOCK_BYTES // (len(points) * points.element_size()))
        found = [torch.addmm(half_norms, part, points.T, beta=-1).argmax(dim=1) for part in queries.split(rows)]
        return torch.cat(found).cpu().numpy()

    def nearest_listed(
        self, queries: torch.Tensor, points: torch.Tensor, half_norms: torch.Tensor, listed: torch.Tensor
    ) -> np.ndarray:
        parts = zip(listed.split(LISTED_ROWS), queries.split(LISTED_ROWS), strict=True)
        scores = torch.cat([torch.bmm(points[some], part[:, :, None])[:, :, 0] for some, part in parts])
        scores -= half_norms[listed]
        return listed.gather(1, scores.argmax(dim=1, keepdim=True))[:, 0].cpu().numpy()

    def solved(self, squares: torch.Tensor, right: torch.Tensor) -> np.ndarray:
        rounding = len(squares) * torch.finfo(squares.dtype).eps
        factor, failed = torch.linalg.cholesky_ex(squares)
        pivots = factor.diagonal()
        if not failed and pivots.min() > rounding**0.5 * pivots.max():
            return torch.cholesky_solve(right, factor).double().cpu().numpy()
        return np.linalg.lstsq(squares.cpu().numpy(), right.cpu().numpy(), rcond=10 * rounding)[0].astype(float)

    def _product(self, rows: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
        return rows @ matrix
