"""The mean of shapes in correspondence and the modes in which they vary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geomlearn.collections.options import ShapeModelOptions
from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.results import Result, Status

_ROUNDS, _CLOSE = 100, 1e-10


@dataclass(frozen=True, eq=False)
class ShapeModel:
    """A linear model: mean + Σ_m score_m mode_m.

    Attributes
    ----------
    mean (n, 3), modes (q, n, 3)   at the mean size of the shapes; modes of unit length under `mass`.
    eigenvalues (q,)   variances along the modes, largest first;  total  variance of all modes, kept or not.
    scores (s, q)      of each shape;  aligned (s, n, 3)  the shapes as they were laid on the mean.
    sizes (s,)         centroid sizes of the shapes;  mass (n,)  weights of the vertices, summing to one.
    """

    mean: np.ndarray
    modes: np.ndarray
    eigenvalues: np.ndarray
    total: float
    scores: np.ndarray
    aligned: np.ndarray
    sizes: np.ndarray
    mass: np.ndarray

    def shape(self, scores: np.ndarray) -> np.ndarray:
        """(n, 3) of scores (q,) or fewer; in units of score, see `eigenvalues`."""
        scores = np.asarray(scores, float)
        return self.mean + np.tensordot(scores, self.modes[: len(scores)], 1)

    def at(self, mode: int, deviations: float) -> np.ndarray:
        """(n, 3) so many standard deviations along one mode."""
        return self.mean + deviations * np.sqrt(self.eigenvalues[mode]) * self.modes[mode]

    def distances(self) -> np.ndarray:
        """(s, s) Procrustes distances between the shapes: root mean square distance of corresponding points."""
        flat = (self.aligned * np.sqrt(self.mass)[:, None]).reshape(len(self.aligned), -1)
        squares = (flat**2).sum(axis=1)
        return np.sqrt(np.maximum(squares[:, None] + squares - 2 * flat @ flat.T, 0))


def shape_model(
    shapes: np.ndarray, mass: np.ndarray | None = None, options: ShapeModelOptions | None = None
) -> Result[ShapeModel]:
    """Procrustes mean and principal components of shapes (s, n, 3) whose vertices correspond.

    1. each shape is moved, turned and, with `scaling`, scaled onto the mean: min Σ_i m_i ‖x_i − (c R y_i + t)‖²
       (equation 1), and the mean taken again, until it stays;
    2. the eigenvectors of the covariance of what is left, weighted by m                              (equation 2).

    Parameters
    ----------
    mass (n,)  weights of the vertices, such as areas; equal when None.

    Raises
    ------
    SizeMismatch     shapes are not (s, n, 3), or the mass is not (n,).
    ParameterError   fewer than three shapes, or they are all the same.

    Use when …   whole shapes of one kind vary in form, and one asks how: morphometrics.
    Avoid when … they differ by pose: limbs that turn are no straight lines; segment them first.
    Source   Gower 1975, Generalized Procrustes Analysis; Cootes et al. 1995, Active Shape Models.
    Differs  vertices weigh by their area, so that finer places do not count more.
    """
    options = options or ShapeModelOptions()
    shapes, mass = _checked(shapes, mass)
    centred = shapes - np.einsum("n,snd->sd", mass, shapes)[:, None]
    sizes = np.sqrt(np.einsum("n,snd->s", mass, centred**2))
    unit = float(sizes.mean()) if options.scaling else 1.0
    scaled = centred / sizes[:, None, None] * unit if options.scaling else centred
    mean, aligned, status = scaled[0], scaled, Status.LIMIT_REACHED
    history = []
    for _ in range(_ROUNDS):
        aligned = np.stack([_turned(one, mean, mass) for one in scaled])
        new = aligned.mean(axis=0)
        if options.scaling:
            new *= unit / np.sqrt((mass @ new**2).sum())
        change = float(np.sqrt((mass @ (new - mean) ** 2).sum()) / sizes.mean())
        history.append({"change": change})
        mean = new
        if change < _CLOSE:
            status = Status.CONVERGED
            break
    model = _components(aligned, mass, sizes, options)
    share = model.eigenvalues.sum() / model.total
    sentence = f"{len(model.eigenvalues)} modes explain {100 * share:.1f} % of the variance of {len(shapes)} shapes."
    return Result(model, status, sentence, tuple(history), {"explained": float(share)})


def _components(aligned: np.ndarray, mass: np.ndarray, sizes: np.ndarray, options: ShapeModelOptions) -> ShapeModel:
    mean = aligned.mean(axis=0)
    root = np.sqrt(mass)[:, None]
    rest = ((aligned - mean) * root).reshape(len(aligned), -1)
    left, values, right = np.linalg.svd(rest, full_matrices=False)
    variances = values**2 / (len(aligned) - 1)
    total = float(variances.sum())
    if total <= 1e-20 * float(sizes.mean()) ** 2:
        raise ParameterError("The shapes are all the same.", "Give shapes that differ.")
    enough = int(np.searchsorted(np.cumsum(variances) / total, options.explained * (1 - 1e-12))) + 1
    q = min(enough, options.most_modes, len(aligned) - 1)
    # Each mode with the sign that makes its largest entry positive.
    signs = np.sign(right[np.arange(q), np.abs(right[:q]).argmax(axis=1)])
    modes = (signs[:, None] * right[:q]).reshape(q, -1, 3) / root
    scores = left[:, :q] * values[:q] * signs
    return ShapeModel(mean, modes, variances[:q], total, scores, aligned, sizes, mass)


def _turned(shape: np.ndarray, mean: np.ndarray, mass: np.ndarray) -> np.ndarray:
    """The shape turned onto the mean (equation 1); reflections are none."""
    left, _, right = np.linalg.svd((mean * mass[:, None]).T @ shape)
    left[:, 2] *= np.sign(np.linalg.det(left @ right))
    return shape @ (left @ right).T


def _checked(shapes: np.ndarray, mass: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    shapes = np.asarray(shapes, float)
    if shapes.ndim != 3 or shapes.shape[2] != 3:
        raise SizeMismatch(f"Shapes must be (s, n, 3); got {shapes.shape}.", "Give corresponding vertices.")
    if len(shapes) < 3:
        raise ParameterError(f"{len(shapes)} shapes have no modes.", "Give three or more.")
    mass = np.full(shapes.shape[1], 1.0) if mass is None else np.asarray(mass, float)
    if mass.shape != shapes.shape[1:2]:
        raise SizeMismatch(f"The mass has shape {mass.shape} for {shapes.shape[1]} vertices.", "Give one a vertex.")
    return shapes, mass / mass.sum()
