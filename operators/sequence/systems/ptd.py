"""Perturb, then diagonalize: a small E that gives A + E well-conditioned eigenvectors."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geomlearn.core.arrays import read_arrays, write_arrays
from geomlearn.core.cache import cache_folder
from geomlearn.core.errors import GeomError, ParameterError, SizeMismatch, SolverError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.core.results import Result, Status
from geomlearn.operators.sequence.options import PTDOptions
from geomlearn.operators.sequence.systems import ptd_search
from geomlearn.operators.sequence.systems.hippo import hippo_legs
from geomlearn.operators.sequence.systems.modes import Modes, real_modes

# Raised whenever the same options would give another E, so that old files are not taken for new ones.
CACHE_VERSION = 1


@dataclass(frozen=True, eq=False)
class PTD:
    """The exact diagonalization of HiPPO-LegS plus a perturbation.

    Attributes
    ----------
    perturbation  E (n, n), real or complex.
    lam           (n,) eigenvalues of A + E, as they are: some may be unstable.
    vecs          (n, n) eigenvectors, unit columns.
    vecs_inv      (n, n) their inverse.
    """

    perturbation: np.ndarray
    lam: np.ndarray
    vecs: np.ndarray
    vecs_inv: np.ndarray

    @property
    def n(self) -> int:
        return len(self.lam)

    @property
    def conditioning(self) -> float:
        """κ₂(V) = ‖V‖₂ ‖V⁻¹‖₂."""
        return float(np.linalg.cond(self.vecs))

    @property
    def ratio(self) -> float:
        """‖E‖₂ / ‖A‖₂."""
        return float(np.linalg.norm(self.perturbation, 2) / np.linalg.norm(hippo_legs(self.n)[0], 2))

    @property
    def max_real(self) -> float:
        """Largest real part of an eigenvalue; the system is stable while it is negative."""
        return float(self.lam.real.max())

    def modes(self) -> Modes:
        """What a layer keeps: one mode of each conjugate pair, unstable ones mirrored."""
        return real_modes(self.lam, self.vecs, self.vecs_inv, closed=not np.iscomplexobj(self.perturbation))


def diagonalize_perturbed(perturbation: np.ndarray) -> PTD:
    """Diagonalize HiPPO-LegS plus a given E (n, n).

    Raises
    ------
    SizeMismatch    E is not square.
    ParameterError  E holds values that are not finite.
    SolverError     A + E has no usable eigenvectors.
    """
    e = np.asarray(perturbation)
    if e.ndim != 2 or e.shape[0] != e.shape[1] or not e.size:
        raise SizeMismatch(f"A perturbation is a square matrix; this has shape {e.shape}.", "Give E as (n, n).")
    if not np.isfinite(e).all():
        raise ParameterError("The perturbation holds values that are not finite.", "Solve for it again.")
    lam, vecs = np.linalg.eig(hippo_legs(len(e))[0] + e)
    try:
        vecs_inv = np.linalg.inv(vecs)
    except np.linalg.LinAlgError:
        vecs_inv = np.full_like(vecs, np.nan)
    ptd = PTD(e, lam.astype(complex), vecs.astype(complex), vecs_inv.astype(complex))
    if not np.isfinite(vecs_inv).all() or np.abs(vecs @ vecs_inv - np.eye(len(e))).max() > 1e-3:
        raise SolverError(
            f"The perturbed matrix of size {len(e)} cannot be diagonalised in floating point.",
            "Perturb it more: lower gamma.",
        )
    return ptd


def perturb_then_diagonalize(
    options: PTDOptions | None = None, progress: Progress = SILENT, *, cache: bool = True
) -> Result[PTD]:
    """Find E for one state size and diagonalize A + E.

    Parameters
    ----------
    cache   read E from the user's cache folder when it was found before, and keep it there when it was not.

    Returns
    -------
    PTD with the objective per step as history; `stats` tells conditioning, ratio, time_s and whether it was cached.

    Raises
    ------
    SolverError   a matrix on the way, or the last one, cannot be diagonalised in floating point.

    Use when   a diagonal layer should start from HiPPO itself, uniformly over frequencies.
    Avoid when n ≤ 2: A diagonalises as it is, and E = 0 is returned.
    Source   Yu, Nigmetov, Morozov, Mahoney, Erichson 2023, arXiv 2310.01698.
    Differs  1. log ‖V‖_F‖V⁻¹‖_F and a relative ‖E‖_F instead of κ₂² and ‖E‖_F: smooth, and one γ serves every n.
             2. real E: the spectrum stays closed under conjugation, so half the modes suffice.
             3. a penalty on unstable eigenvalues, which the authors mirror afterwards; idle at the minimum, it counts
                when the search is stopped early.
             4. L-BFGS instead of Adam. The authors' recipe and a random E remain as `recipe`.
    """
    options = options or PTDOptions()
    started = time.perf_counter()
    path = cache_path(options) if cache else None
    known = _read_cached(path, options.n)
    if known is not None:
        return _result(known, Status.CONVERGED, (), started, cached=True)
    try:
        e, status, history = _search(options, progress, cache)
    except np.linalg.LinAlgError as error:
        raise SolverError(
            f"The search for n = {options.n} met a matrix without usable eigenvectors: {error}.", "Try another seed."
        ) from None
    ptd = diagonalize_perturbed(e)
    if path is not None and status in (Status.CONVERGED, Status.LIMIT_REACHED):
        _write_cached(path, ptd, options)
    return _result(ptd, status, history, started, cached=False)


def cache_path(options: PTDOptions) -> Path | None:
    """The file that holds E for these options; None when the environment sets GEOMLEARN_CACHE to off."""
    folder = cache_folder("ptd")
    if folder is None:
        return None
    words = f"{options.recipe}-n{options.n}-gamma{options.gamma:g}-seed{options.seed}-steps{options.max_iterations}"
    return folder / f"{words}-v{CACHE_VERSION}.npz"


def _search(options: PTDOptions, progress: Progress, cache: bool) -> ptd_search.Found:
    n, arguments = options.n, (options.gamma, options.seed, options.max_iterations, progress)
    if n <= 2:
        return np.zeros((n, n)), Status.CONVERGED, ()
    a, _ = hippo_legs(n)
    if options.recipe == "published":
        return ptd_search.search_published(a, *arguments)
    if options.recipe == "ginibre":
        # The control of equal size: as large as the optimised E, without the optimisation.
        optimised = perturb_then_diagonalize(options.replace(recipe="smooth"), progress, cache=cache)
        size = float(np.linalg.norm(optimised.value.perturbation))
        return ptd_search.ginibre(n, size, options.seed), optimised.status, ()
    return ptd_search.search_smooth(a, *arguments)


def _result(ptd: PTD, status: Status, history: tuple, started: float, *, cached: bool) -> Result[PTD]:
    stats = {
        "conditioning": ptd.conditioning,
        "ratio": ptd.ratio,
        "max_real": ptd.max_real,
        "time_s": time.perf_counter() - started,
        "cached": cached,
    }
    sentence = (
        f"κ(V) = {stats['conditioning']:.3g} at ‖E‖/‖A‖ = {stats['ratio']:.3g}, "
        f"{'stable' if ptd.max_real < 0 else 'unstable'} with max Re λ = {ptd.max_real:.3g}"
        f"{', read from the cache' if cached else ''}."
    )
    return Result(ptd, status, sentence, history, stats)


def _read_cached(path: Path | None, n: int) -> PTD | None:
    """A damaged or foreign cache file is as good as none: it is solved for again and overwritten."""
    if path is None or not path.exists():
        return None
    try:
        arrays, _ = read_arrays(path)
        ptd = diagonalize_perturbed(arrays["perturbation"])
    except (KeyError, GeomError):
        return None
    return ptd if ptd.n == n else None


def _write_cached(path: Path, ptd: PTD, options: PTDOptions) -> None:
    try:
        write_arrays(path, {"perturbation": ptd.perturbation}, options.model_dump(), force=True)
    except GeomError:
        # A read-only home must not stop the layer from being built.
        return
