"""Bodies with noise and with faults: a learned prior beside smoothing and principal components."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu
from scipy.stats import rankdata

from benchmarks.worlds.families import family
from geomlearn.core.arrays import read_arrays, write_arrays
from geomlearn.restoration.learning import learn_body_prior
from geomlearn.restoration.options import LpnOptions, LpnTraining
from geomlearn.restoration.placing import placed
from geomlearn.restoration.prior import Prior

MODES, N_VERTICES, N_TRAIN, N_JUDGED = 256, 1200, 500, 100
NOISE = 0.03
_PART = 50


def bodies(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The same as `family`, kept in the folder for temporary files."""
    parts, faces = [], np.zeros((0, 3), int)
    for part in range(-(-count // _PART)):
        path = Path(tempfile.gettempdir()) / f"geomlearn-bodies-{N_VERTICES}-{_PART}-{seed}-{part}.npz"
        if not path.exists():
            vertices, faces = family(_PART, N_VERTICES, 1000 * seed + part)
            write_arrays(path, {"vertices": vertices, "faces": faces}, {}, force=True)
        arrays, _ = read_arrays(path)
        parts, faces = [*parts, arrays["vertices"]], arrays["faces"]
    return np.concatenate(parts)[:count], faces


def measure(seed: int, steps: int) -> dict[str, float]:
    """Errors of denoised bodies in mm, and how well faults are told."""
    train, faces = bodies(N_TRAIN, 0)
    judged, _ = bodies(N_JUDGED, 1)
    priors = {
        loss: learn_body_prior(
            train, faces, MODES, LpnOptions(hidden=128, layers=2),
            LpnTraining(loss=loss, steps=steps, sigma=NOISE, batch_size=128, seed=seed),
        ).value
        for loss in ("proximal", "l2")
    }  # fmt: skip
    prior = priors["proximal"]
    mean = prior.subspace.mean.reshape(-1, 3)
    clean = placed(judged, mean)[0]
    random = np.random.default_rng(100 + seed)
    noisy = clean + NOISE * random.standard_normal(clean.shape)

    def error(found: np.ndarray) -> float:
        return 1000 * float(np.linalg.norm(found.reshape(clean.shape) - clean, axis=2).mean())

    flat, learned = noisy.reshape(len(noisy), -1), placed(train, mean)[0].reshape(len(train), -1)
    rows = {"mm, noisy": error(noisy)}
    weights = (0.1, 0.3, 1, 3, 10, 30)
    tried = learned[:10].reshape(10, -1, 3)
    loud = tried + NOISE * random.standard_normal(tried.shape)
    best = min(weights, key=lambda w: float(((_smoothed(loud, faces, w) - tried) ** 2).mean()))
    rows["mm, Laplacian smoothing"] = error(_smoothed(noisy, faces, best))
    rows["mm, principal components"] = error(_principal(prior, learned, flat, NOISE))
    rows |= {f"mm, LPN, {loss}": error(found.denoise(flat, NOISE)) for loss, found in priors.items()}
    scores = prior.score(clean.reshape(len(clean), -1))
    gaussian = _gaussian_score(prior, learned, clean.reshape(len(clean), -1))
    for name, fault in FAULTS.items():
        broken = np.stack([fault(body, faces, random) for body in clean])
        broken = placed(broken, mean)[0].reshape(len(broken), -1)
        rows[f"AUC, {name}: LPN"] = _auc(prior.score(broken), scores)
        rows[f"AUC, {name}: principal components"] = _auc(_gaussian_score(prior, learned, broken), gaussian)
    return rows


def _smoothed(bodies: np.ndarray, faces: np.ndarray, weight: float) -> np.ndarray:
    """(1 + w L)⁻¹ with the graph Laplacian, each row of it of mean one."""
    n = bodies.shape[1]
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    graph = sp.coo_array((np.ones(len(ends)), ends.T), shape=(n, n)).tocsr()
    graph = ((graph + graph.T) > 0).astype(float)
    system = sp.eye_array(n) + weight * (sp.eye_array(n) - sp.diags_array(1 / graph.sum(1)) @ graph)
    solver = splu(sp.csc_matrix(system))
    return np.stack([solver.solve(body) for body in bodies])


def _principal(prior: Prior, learned: np.ndarray, noisy: np.ndarray, noise: float) -> np.ndarray:
    """Each direction shrunk by its own variance, what lies outside by its own: the best linear estimate."""
    space = prior.subspace
    variance = space.coordinates(learned).var(0)
    inside = space.signals(space.coordinates(noisy) * variance / (variance + noise**2))
    return inside + space.rest**2 / (space.rest**2 + noise**2) * space.outside(noisy)


def _gaussian_score(prior: Prior, learned: np.ndarray, signals: np.ndarray) -> np.ndarray:
    space = prior.subspace
    inside = 0.5 * (space.coordinates(signals) ** 2 / space.coordinates(learned).var(0)).sum(1)
    return inside + 0.5 * space.outside_squared(signals) / space.rest**2


def _spike(body: np.ndarray, faces: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Three vertices pulled out by 8 cm."""
    body = body.copy()
    picked = random.integers(len(body), size=3)
    body[picked] += 0.08 * _unit(random.standard_normal((3, 3)))
    return body


def _dent(body: np.ndarray, faces: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """All within 10 cm of a vertex pushed towards the middle of the body by up to 4 cm."""
    middle = body[random.integers(len(body))]
    near = np.clip(1 - np.linalg.norm(body - middle, axis=1) / 0.1, 0, 1)[:, None]
    return body - 0.04 * near * _unit(middle - body.mean(0))


def _swap(body: np.ndarray, faces: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Left and right mirrored: the body inside out."""
    return body * np.array([-1, 1, 1])


def _long_arm(body: np.ndarray, faces: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """What lies farthest to one side, a seventh of the width, stretched by a quarter of the width."""
    body = body.copy()
    side = random.choice([-1, 1])
    out = side * body[:, 0]
    start = np.quantile(out, 0.97)
    body[:, 0] += side * 1.0 * np.clip(out - start, 0, None)
    return body


FAULTS = {"spikes": _spike, "dent": _dent, "mirrored": _swap, "stretched hand": _long_arm}


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def _auc(positive: np.ndarray, negative: np.ndarray) -> float:
    ranks = rankdata(np.concatenate([positive, negative]))[: len(positive)]
    return float((ranks.sum() - len(positive) * (len(positive) + 1) / 2) / (len(positive) * len(negative)))
