"""Newton–Schulz coefficients made for a matrix shape: fitted to the singular values such matrices have."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import lru_cache

import torch
from torch import Tensor

from geomlearn.core.errors import ParameterError
from geomlearn.optimizers.newton_schulz import transferred
from geomlearn.optimizers.options import MUON_COEFFICIENTS, Triple

Shape = tuple[int, int]
# A singular value may leave the iteration this far above one, whatever it was when it entered.
CEILING = 1.3
_GRID = 2001
_OVERSHOOT_WEIGHT = 10.0
# An entry of the table serves shapes whose sides differ by no more than this factor.
_NEAR = 1.25


def calibrate_newton_schulz(
    shapes: Iterable[Shape], profiles: Mapping[Shape, Tensor] | None = None, *, steps: int = 5, seed: int = 0
) -> dict[str, Triple]:
    """Coefficients for each shape, by name ("64x128", shorter side first), as `ROOT(coefficients=…)` takes them.

    Parameters
    ----------
    shapes     (rows, columns) in either order.
    profiles   for a shape, the singular values (j, min side) of j matrices met there, for example momenta of a real
               training; Gaussian matrices are always among them, one real to three Gaussian as published.
    """
    found = {}
    for shape in shapes:
        short, long = sorted(shape)
        gaussian = gaussian_profiles((short, long), 6, seed=seed)
        met = None if profiles is None else profiles.get(shape)
        if met is not None:
            met = met.double() / met.double().norm(dim=1, keepdim=True)
            gaussian = gaussian.repeat(math.ceil(3 * len(met) / len(gaussian)), 1)[: 3 * len(met)]
        found[f"{short}x{long}"] = fit(gaussian if met is None else torch.cat([met, gaussian]), steps)
    return found


def fit(profiles: Tensor, steps: int = 5, *, iterations: int = 1500, lr: float = 2e-3) -> Triple:
    """The coefficients that bring these singular values closest to one without overshooting `CEILING` anywhere.

    Minimizes mean (p^{∘steps}(σ) − 1)² + w·max(0, sup_{[0,1]} p^{∘steps} − 1.3)² by Adam from Muon's coefficients.

    Parameters
    ----------
    profiles (j, r)   singular values of j matrices, each row of unit norm.

    Returns
    -------
    The best (a, b, c) met on the way that keeps the ceiling; Muon's if none is better than they are.
    """
    grid = torch.linspace(0, 1, _GRID, dtype=torch.float64)
    theta = torch.tensor(MUON_COEFFICIENTS, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([theta], lr=lr)
    best, best_error = MUON_COEFFICIENTS, math.inf
    for _ in range(iterations):
        with torch.enable_grad():
            error = profile_error(profiles, theta, steps)
            excess = (transferred(grid, steps, tuple(theta)).max() - (CEILING - 5e-3)).clamp(min=0)
            loss = error + _OVERSHOOT_WEIGHT * excess.square()
            optimizer.zero_grad()
            loss.backward()
        if float(error.detach()) < best_error and float(excess.detach()) <= 5e-3:
            best, best_error = tuple(theta.detach().tolist()), float(error.detach())
        torch.nn.utils.clip_grad_norm_([theta], 1.0)
        optimizer.step()
    return best


def profile_error(profiles: Tensor, coefficients: Triple | Tensor, steps: int = 5) -> Tensor:
    """Mean of (p^{∘steps}(σ) − 1)² over singular values (j, r) of matrices of unit norm."""
    return (transferred(profiles, steps, tuple(coefficients)) - 1).square().mean()


def gaussian_profiles(shape: Shape, n: int, *, seed: int) -> Tensor:
    """Singular values (n, min side) of n Gaussian matrices of this shape, divided by their norms; float64."""
    generator = torch.Generator().manual_seed(seed)
    draws = [torch.randn(*sorted(shape), generator=generator, dtype=torch.float64) for _ in range(n)]
    values = torch.stack([torch.linalg.eigvalsh(draw @ draw.T).clamp(min=0).sqrt() for draw in draws])
    return values / values.norm(dim=1, keepdim=True)


def coefficients_for(shape: Shape, choice: str | Mapping[str, Triple], steps: int) -> Triple:
    """The coefficients `ROOT` uses for a matrix of this shape.

    "muon": Muon's. "table": those of the nearest shape of `TABLE`, Muon's where none is near or `steps` is not 5.
    A mapping: its entry for the shape, Muon's where it has none.
    """
    short, long = sorted(shape)
    if choice == "muon":
        return MUON_COEFFICIENTS
    if isinstance(choice, Mapping):
        given = {parsed(key): value for key, value in choice.items()}
        a, b, c = given.get((short, long), MUON_COEFFICIENTS)
        return a, b, c
    return _nearest(short, long) if steps == 5 else MUON_COEFFICIENTS


def whose_coefficients(shape: Shape, choice: str | Mapping[str, Triple], steps: int) -> str:
    """In words, which coefficients `coefficients_for` gives for this shape."""
    found = coefficients_for(shape, choice, steps)
    if found == MUON_COEFFICIENTS:
        return "Muon's coefficients"
    if isinstance(choice, Mapping):
        return "coefficients given for the shape"
    short, long = next(entry for entry, value in TABLE.items() if value == found)
    return f"coefficients fitted to {short}×{long}"


def fitted_for(shapes: Iterable[Shape], steps: int) -> dict[str, Triple]:
    """Coefficients for each shape by name: those of the table where it has the very shape, else fitted now."""
    found = {}
    for short, long in {tuple(sorted(shape)) for shape in shapes}:
        known = steps == 5 and (short, long) in TABLE
        found[f"{short}x{long}"] = TABLE[short, long] if known else _fitted(short, long, steps)
    return found


@lru_cache(maxsize=256)
def _fitted(short: int, long: int, steps: int) -> Triple:
    return fit(gaussian_profiles((short, long), 6, seed=0), steps)


@lru_cache(maxsize=256)
def _nearest(short: int, long: int) -> Triple:
    def distance(entry: Shape) -> float:
        return max(abs(math.log(entry[0] / short)), abs(math.log(entry[1] / long)))

    entry = min(TABLE, key=distance)
    return TABLE[entry] if distance(entry) <= math.log(_NEAR) else MUON_COEFFICIENTS


def parsed(key: str) -> Shape:
    """The shape that a name such as "64x128" stands for, shorter side first.

    Raises
    ------
    ParameterError   it is not two whole numbers with an x between them.
    """
    try:
        short, long = sorted(int(side) for side in key.split("x"))
    except ValueError:
        raise ParameterError(f"{key!r} is not the shape of a matrix.", "Write it as 64x128.") from None
    return short, long


# Fitted to momenta of GELU networks on a regression, six of each shape, and Gaussian matrices. Kept where they are more
# accurate than Muon's also on momenta of ReLU and of tanh networks on classifications: on the last, fits for 64×128,
# 64×256 and 128×256 were not, by up to half a percent, so that such shapes take Muon's.
TABLE: dict[Shape, Triple] = {
    (64, 64): (3.439, -4.6385, 2.0104),
    (128, 128): (3.5407, -4.7479, 1.9833),
    (256, 256): (3.6432, -4.8648, 1.9591),
    (256, 512): (3.5089, -4.6902, 1.9683),
    (512, 1024): (3.566, -5.379, 2.3834),
}
