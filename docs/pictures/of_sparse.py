"""Sparse codes, dictionaries, learned steps, learned weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import plots

import geomlearn as gl


def sparse_codes(path: Path) -> None:
    """What penalties do to a coefficient v: soft shrinks all, hard and CEL0 leave large ones alone."""
    from geomlearn.sparse import penalty

    v = np.linspace(-3, 3, 400)
    curves = {key: (v, penalty(key).prox(v, 1.0, 1.0)) for key in ("soft", "hard", "half", "cel0")}
    plots.curves(path, curves, "v", "what is left of it")


def _patches(n: int = 3000, size: int = 8) -> np.ndarray:
    """Patches of a picture of stripes and edges."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:96, 0:96] / 96
    picture = np.sign(np.sin(14 * (x + 0.4 * y))) + np.sign(np.sin(9 * (y - 0.7 * x) + 1)) + (x**2 + y**2 < 0.4)
    corners = rng.integers(0, 96 - size, (n, 2))
    found = np.stack([picture[i : i + size, j : j + size].ravel() for i, j in corners])
    return found - found.mean(axis=1, keepdims=True)


def _tiles(atoms: np.ndarray, columns: int) -> np.ndarray:
    """Atoms (p, s²) as one picture."""
    size = round(atoms.shape[1] ** 0.5)
    atoms = atoms / np.abs(atoms).max(axis=1, keepdims=True)
    rows = [np.pad(atom.reshape(size, size), 1, constant_values=np.nan) for atom in atoms]
    return np.vstack([np.hstack(rows[i : i + columns]) for i in range(0, len(rows), columns)])


def sparse_dictionary(path: Path) -> None:
    """Thirty-two atoms learned from patches of a picture: edges in its directions."""
    from geomlearn.sparse import SparseDictionary

    learner = SparseDictionary(n_atoms=32, activity=0.06).fit(_patches())
    figure, (axes,) = plots.sheet(width=5.4, height=2.8)
    axes.imshow(_tiles(learner.components_, 8), cmap="RdBu_r", vmin=-1, vmax=1)
    axes.set_axis_off()
    figure.savefig(path)


def online_odl(path: Path) -> None:
    """How far the modes are from the truth, batch by batch, of a stream that is never kept."""
    from geomlearn.sparse import OnlineOrthogonalDictionary

    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.standard_normal((24, 24)))[0]
    learner, errors = OnlineOrthogonalDictionary(n_atoms=24), []
    for _ in range(60):
        codes = rng.standard_normal((200, 24)) * (rng.random((200, 24)) < 0.15)
        learner.partial_fit(codes @ basis.T)
        atoms = learner.modes_ / np.linalg.norm(learner.modes_, axis=1, keepdims=True)
        errors.append(1 - np.abs(atoms @ basis).max(axis=0).mean())
    plots.curves(
        path, {"error": (np.arange(1, 61) * 200, errors)}, "samples seen", "1 − cosine to the true atoms", log="y"
    )


def unfolded(path: Path) -> None:
    """The objective above its minimum, layer by layer: learned steps, and the plain iterations."""
    import torch

    from geomlearn.sparse import UnfoldedOptions, UnfoldedSolver, train_unfolded
    from geomlearn.sparse.unfolded_training import invented

    rng = np.random.default_rng(0)
    operator = rng.standard_normal((40, 80))
    operator /= np.linalg.norm(operator, axis=0)
    fresh, taught = (UnfoldedSolver(operator, UnfoldedOptions(n_layers=16)) for _ in range(2))
    draw = invented(torch.as_tensor(operator), 0.08, 0.01)
    train_unfolded(taught, draw)
    measured = draw(torch.Generator().manual_seed(9), 64)[0]
    with torch.no_grad():
        best = taught.objective(fresh(measured, tail=3000), measured).mean()
        layers = range(1, 17)
        curves = {
            name: (layers, [float(one.objective(one(measured, n), measured).mean() - best) for n in layers])
            for name, one in (("learned steps", taught), ("plain", fresh))
        }
    plots.curves(path, curves, "layer", "objective above its minimum", log="y", marker="o")


def maid(path: Path) -> None:
    """A noisy field on a cat, and what total variation makes of it with the two weights that were learned."""
    import torch

    from geomlearn.tuning import solve_bilevel
    from geomlearn.tuning.problems.on_shapes import total_variation_on

    cat, rng = gl.read("builtin:quadruped-cat-stand@1500"), np.random.default_rng(0)
    clean = np.sign(np.sin(9 * cat.vertices[:, 0] / np.ptp(cat.vertices[:, 0])))[None]
    noisy = clean + 0.5 * rng.standard_normal(clean.shape)
    problem = total_variation_on(cat, noisy, clean)
    found = solve_bilevel(problem, torch.tensor([-3.0, -3.0]), step=10.0, max_iterations=15)
    shown = {"noisy": noisy[0], "learned weights": found.value.x.numpy().ravel()}
    gl.render(cat, fields=shown, path=path, size=(1300, 560), limits=(-1.6, 1.6), colormap="balance")
