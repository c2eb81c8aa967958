"""Ways to continue frames: each is fitted to those given, and says what it holds of the last of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geomlearn.core.errors import ParameterError
from geomlearn.core.extras import require
from geomlearn.operators.sequence.forecasting.options import ForecastOptions
from geomlearn.operators.sequence.forecasting.place import Place
from geomlearn.operators.sequence.rollout.propagators import fit_dmd

# Settings of our own decomposition that are tried: delays, and the share of the largest singular value that is kept.
_SETTINGS = tuple((delays, tolerance) for delays in (1, 2, 4, 8) for tolerance in (1e-1, 1e-2, 1e-3, 1e-5))
_ITERATIONS = 30


@dataclass(frozen=True, eq=False)
class Continued:
    """What a candidate makes of frames.

    Attributes
    ----------
    frames  (n_frames, n) those that follow.
    rest    (n,) what it cannot hold of the last given frame.
    """

    frames: np.ndarray
    rest: np.ndarray


Candidate = Callable[[np.ndarray, int], Continued]


def candidates(place: Place | None, options: ForecastOptions) -> dict[str, Candidate]:
    """By name; each takes frames (t, n) times the roots of the weights, and how many are to follow.

    Parameters
    ----------
    place   where one function lives; None offers no rule.
    """
    found: dict[str, Candidate] = {
        "persistence": _persistence,
        "dmd": _dmd,
        "pydmd": lambda given, n: _pydmd(given, n, options.rank, 1),
        "hodmd": lambda given, n: _pydmd(given, n, options.rank, max(2, len(given) // 4)),
        "bop-dmd": lambda given, n: bop_dmd(given, n, options.rank),
    }
    if place is not None:
        found["rule"] = lambda given, n: _rule(given, n, place)
    return found


def _persistence(given: np.ndarray, n_frames: int) -> Continued:
    return Continued(np.repeat(given[-1:], n_frames, axis=0), np.zeros(given.shape[1]))


def _dmd(given: np.ndarray, n_frames: int) -> Continued:
    """Our own, with the settings that tell the last third best from the frames before."""
    u, size, vt = np.linalg.svd(given, full_matrices=False)
    known = u * size
    held = max(1, len(known) // 3)
    early, truth = known[:-held], known[-held:]
    tried = {}
    for delays, tolerance in _SETTINGS:
        if len(early) > 2 * delays:
            made = fit_dmd([early], delays, tolerance).roll(early, held)
            tried[delays, tolerance] = float(np.linalg.norm(made - truth))
    if not tried:
        raise ParameterError(f"{len(given)} frames are too few for it.", "Give more.")
    delays, tolerance = min(tried, key=tried.__getitem__)
    rolled = fit_dmd([known], delays, tolerance).roll(known, n_frames)
    return Continued(rolled @ vt, np.zeros(given.shape[1]))


def _pydmd(given: np.ndarray, n_frames: int, rank: int, delays: int) -> Continued:
    pydmd = require("pydmd", "series")
    known, directions = _reduced(given)
    rank = min(rank, *known.shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kind = {"svd_rank_extra": -1, "d": delays} if delays > 1 else {}
        model = (pydmd.HODMD if delays > 1 else pydmd.DMD)(svd_rank=rank, **kind)
        model.fit(known.T)
        model.dmd_time["tend"] = len(known) + n_frames - 1
        made = np.real(model.reconstructed_data).T
    return _with_rest(given, made @ directions, n_frames)


def bop_dmd(given: np.ndarray, n_frames: int, rank: int) -> Continued:
    """PyDMD's optimised decomposition with decaying, conjugate eigenvalues.

    Raises
    ------
    DeviceError   PyDMD is not installed.

    Source   Sashidhar & Kutz 2022, arXiv 2107.10878.
    """
    pydmd = require("pydmd", "series")
    known, directions = _reduced(given)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = pydmd.BOPDMD(
            svd_rank=min(rank, *known.shape),
            eig_constraints={"stable", "conjugate_pairs"},
            varpro_opts_dict={"maxiter": _ITERATIONS},
        )
        model.fit(known.T, np.arange(float(len(known))))
        made = np.real(model.forecast(np.arange(float(len(known) + n_frames)))).T
    return _with_rest(given, made @ directions, n_frames)


def _rule(given: np.ndarray, n_frames: int, place: Place) -> Continued:
    from geomlearn.operators.sequence.forecasting.sparse_rule import sparse_rule

    root = np.sqrt(place.weights)
    # Nodes without area weigh nothing, and keep their value.
    fields = np.divide(given, root, out=np.zeros_like(given), where=root > 0)
    known = place.project(fields)
    rolled = sparse_rule(known, place).roll(known, n_frames)
    return Continued(rolled @ place.modes.T * root, given[-1] - known[-1] @ place.modes.T * root)


def _with_rest(given: np.ndarray, made: np.ndarray, n_frames: int) -> Continued:
    """The frames after those given, of a decomposition of all; what it misses at the last given one is its rest."""
    return Continued(made[-n_frames:], given[-1] - made[len(given) - 1])


def _reduced(given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(t, r) coordinates in the directions (r, n) that the frames span; nothing is lost."""
    u, size, vt = np.linalg.svd(given, full_matrices=False)
    kept = size > 1e-10 * max(float(size[0]), 1e-300)
    if not kept.any():
        raise ParameterError("The frames vanish.", "There is nothing to continue.")
    return (u * size)[:, kept], vt[kept]
