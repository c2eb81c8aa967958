"""Where to measure, and what is told from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import plots

import geomlearn as gl


def _marked(shape: gl.Mesh, places: np.ndarray) -> np.ndarray:
    """Colours (n, 3): sensors are red spots on grey."""
    reach = 0.022 * np.linalg.norm(np.ptp(shape.vertices, axis=0))
    near = np.linalg.norm(shape.vertices[:, None] - shape.vertices[places], axis=2).min(axis=1) < reach
    return np.where(near[:, None], (0.80, 0.22, 0.15), (0.80, 0.82, 0.85))


def _cat() -> tuple[gl.Mesh, gl.Basis]:
    cat = gl.read("builtin:quadruped-cat-stand@6000")
    return cat, gl.eigenbasis(cat, k=30)


def sensor_placement(path: Path) -> None:
    """Sixty sensors for thirty modes, by repeated DPPs and by chance."""
    from geomlearn.sensing import PlacementOptions, from_basis, place

    cat, basis = _cat()
    found = place(from_basis(basis), cat.vertices, PlacementOptions(n=60))
    chance = np.random.default_rng(0).choice(cat.n_vertices, 60, replace=False)
    shown = {"placed": _marked(cat, found.vertices), "by chance": _marked(cat, chance)}
    gl.render(cat, fields=shown, path=path, size=(1300, 560))


def qdeim(path: Path) -> None:
    """Thirty sensors for thirty modes, chosen without chance."""
    from geomlearn.sensing import PlacementOptions, from_basis, place

    cat, basis = _cat()
    found = place(from_basis(basis), cat.vertices, PlacementOptions(n=30, law="qdeim"))
    gl.render(cat, _marked(cat, found.vertices), path, size=(900, 600))


def projection_dpp(path: Path) -> None:
    """Sixty-four points of a square that repel each other, and as many by chance."""
    from geomlearn.sensing import projection_dpp as draw

    rng = np.random.default_rng(0)
    x = (np.arange(90) + 0.5) / 90
    grid = np.stack(np.meshgrid(x, x, indexing="ij"), -1).reshape(-1, 2)
    waves = [np.cos(np.pi * i * grid[:, 0]) * np.cos(np.pi * j * grid[:, 1]) for i in range(8) for j in range(8)]
    rows = np.linalg.qr(np.stack(waves, 1))[0]
    chance = grid[rng.choice(len(grid), 64, replace=False)]
    plots.clouds(
        path, {"DPP": (grid[draw(rows, rng)], plots.PALETTE[0]), "chance": (chance, plots.PALETTE[1])}, size=14
    )


def greedy_reduction(path: Path) -> None:
    """How well the modes are still seen when sensors are given up, the least missed first or any."""
    from geomlearn.sensing import PlacementOptions, from_basis, place, stability
    from geomlearn.sensing import greedy_reduction as reduce

    cat, basis = _cat()
    found = place(from_basis(basis), cat.vertices, PlacementOptions(n=120))
    functions = from_basis(basis).functions[found.vertices]
    rng, counts = np.random.default_rng(0), (120, 100, 80, 60, 50, 40, 35)
    kept = [reduce(functions, found.weights, keep=n) for n in counts]
    chance = [rng.choice(120, n, replace=False) for n in counts]
    curves = {
        name: (
            counts,
            [stability(functions[which], found.weights[which]).lambda_min for which in sets],
        )
        for name, sets in (("greedy", kept), ("any", chance))
    }
    plots.curves(path, curves, "sensors kept of 120", "λ_min", marker="o")


def _modes(x: np.ndarray, k: int = 9) -> np.ndarray:
    return np.stack([np.cos(np.pi * j * x) for j in range(k)], 1)


def weighted_least_squares(path: Path) -> None:
    """A field of which nine modes are fitted to fourteen readings, and its 95 % band."""
    from geomlearn.sensing import weighted_least_squares as fit

    rng, x = np.random.default_rng(3), np.linspace(0, 1, 300)
    where = np.sort(rng.random(14))

    def truth(x: np.ndarray) -> np.ndarray:
        return np.sin(5 * x) + 0.3 * np.cos(17 * x)

    found = fit(_modes(where), truth(where) + 0.02 * rng.standard_normal(14))
    middle, half = (_modes(x) @ found.coefficients).ravel(), found.band(_modes(x)).ravel()
    figure, (axes,) = plots.sheet()
    axes.fill_between(x, middle - half, middle + half, color="#bcd0ea", linewidth=0, label="band")
    axes.plot(x, truth(x), color=plots.PALETTE[1], label="truth")
    axes.plot(x, middle, color=plots.PALETTE[0], label="fit")
    axes.scatter(where, truth(where), color=plots.INK, s=14, zorder=3, label="readings")
    axes.set_ylim(-2.2, 2.2)
    axes.legend(frameon=False, fontsize=8, ncol=4)
    plots.words(axes, "x", "")
    figure.savefig(path)


def _regression(n: int = 60000, d: int = 40) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    design = rng.standard_normal((n, d)) @ np.diag(np.geomspace(1, 100, d))
    return design, design @ rng.standard_normal(d) + 30 * rng.standard_normal(n)


def sketch_and_solve(path: Path) -> None:
    """The largest error of a coefficient over the rows of the sketch, and the bound that is printed with it."""
    from geomlearn.sensing import SketchOptions
    from geomlearn.sensing import sketch_and_solve as solve

    design, values = _regression()
    exact = np.linalg.lstsq(design, values)[0]
    errors, bounds, rows = [], [], (4, 8, 16, 32, 64)
    for m in rows:
        found = solve(design, values, SketchOptions(rows_per_mode=m))
        errors.append(np.abs(found.coefficients[:, 0] - exact).max())
        bounds.append(found.bound[0])
    plots.curves(
        path,
        {"error": (rows, errors), "bound": (rows, bounds)},
        "rows of the sketch per coefficient",
        "",
        log="xy",
        marker="o",
    )


def sketch_and_precondition(path: Path) -> None:
    """Conjugate gradients on 60,000 rows of condition 100: with the sketch as preconditioner, and without."""
    from geomlearn.sensing import SketchOptions
    from geomlearn.sensing import sketch_and_precondition as solve

    design, values = _regression()
    exact = np.linalg.lstsq(design, values)[0]
    found = [solve(design, values, SketchOptions(iterations=n, tolerance=1e-15)) for n in (1, 2, 3)]
    counts = (1, 2, 4, 6, 8, 12, 16, 24)
    plain = [_plain(design, values, n) for n in counts]
    size = np.linalg.norm(exact)
    ways = {
        "with the sketch": ([one.stats["passes"] for one in found], [one.value.ravel() for one in found]),
        "without": (counts, plain),
    }
    curves = {
        name: (passes, [max(np.linalg.norm(one - exact) / size, 1e-16) for one in answers])
        for name, (passes, answers) in ways.items()
    }
    plots.curves(path, curves, "passes", "relative error", log="y", marker="o")


def _plain(design: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    from scipy.sparse.linalg import lsqr

    return lsqr(design, values, iter_lim=n, atol=0, btol=0)[0]


def tensor_srht(path: Path) -> None:
    """A film of 200 × 300 fitted in products of modes: error over the rows of the sketch."""
    from geomlearn.sensing import tensor_srht as sketch

    rng = np.random.default_rng(0)
    left, right = _modes(np.linspace(0, 1, 200), 8), _modes(np.linspace(0, 1, 300), 8)
    true = rng.standard_normal((8, 8))
    film = left @ true @ right.T + 0.1 * rng.standard_normal((200, 300))
    best = np.linalg.norm(np.linalg.pinv(left) @ film @ np.linalg.pinv(right).T - true)
    rows, errors = (128, 256, 512, 1024, 2048, 4096), []
    for m in rows:
        a, b = sketch(left, right, film, m, np.random.default_rng(1))
        errors.append(np.linalg.norm(np.linalg.lstsq(a, b)[0].reshape(8, 8) - true))
    curves = {"sketch": (rows, errors), "all 60,000 rows": (rows, [best] * len(rows))}
    plots.curves(path, curves, "rows of the sketch", "error of the coefficients", log="xy", marker="o")


def self_calibration(path: Path) -> None:
    """Gains of eighty sensors: true ones, and those found from eight snapshots of unknown fields."""
    from geomlearn.sensing import self_calibration as calibrate

    rng = np.random.default_rng(0)
    operator = _modes(np.sort(rng.random(80)), 6)
    gains = 1 + 0.3 * rng.standard_normal(80)
    readings = gains[:, None] * (operator @ rng.standard_normal((6, 8)))
    found = calibrate(readings.T + 0.005 * rng.standard_normal((8, 80)), operator)
    figure, (axes,) = plots.sheet(width=3.6, height=3.2)
    axes.plot([0, 2], [0, 2], color="#c9ccd2", linewidth=1)
    axes.scatter(gains / gains.mean(), found.gains, s=14, linewidths=0)
    plots.words(axes, "true gain", "found gain")
    figure.savefig(path)


def normal_equations(path: Path) -> None:
    """The relative error of the coefficients over the condition of the samples, and the bound printed with them."""
    from geomlearn.sensing import normal_equations as solve

    rng, conditions, errors, bounds = np.random.default_rng(0), [], [], []
    frame, true = np.linalg.qr(rng.standard_normal((5000, 30)))[0], rng.standard_normal(30)
    turn = np.linalg.qr(rng.standard_normal((30, 30)))[0]
    for condition in np.geomspace(1, 1e6, 10):
        design = frame * np.geomspace(1, condition, 30) @ turn
        found = solve(design, design @ true)
        conditions.append(found.stats["condition"])
        errors.append(np.linalg.norm(found.value[:, 0] - true) / np.linalg.norm(true))
        bounds.append(found.stats["bound"])
    curves = {"error": (conditions, errors), "bound": (conditions, bounds)}
    plots.curves(path, curves, "condition κ", "relative error", log="xy", marker="o")
