"""State-space layers and rollouts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import plots

import geomlearn as gl


def ptd(path: Path) -> None:
    """Eigenvalues of S4D, on one line, and of HiPPO after the smallest perturbation that makes it well conditioned."""
    from geomlearn.operators.sequence.options import PTDOptions
    from geomlearn.operators.sequence.systems.hippo import diagonalize_normal
    from geomlearn.operators.sequence.systems.ptd import perturb_then_diagonalize

    found = perturb_then_diagonalize(PTDOptions(n=32, gamma=100)).value
    figure, axes = plots.sheet(2, width=6.4, height=2.8)
    for one, title, lam in zip(axes, ("S4D-LegS", "perturbed"), (diagonalize_normal(32)[0], found.lam), strict=True):
        one.scatter(lam.real, lam.imag, s=14, linewidths=0, color=plots.PALETTE[0])
        plots.words(one, "Re λ", "Im λ", title)
    figure.savefig(path)


def _memory(path: Path, name: str, **options: object) -> None:
    """What a layer of four channels answers to a single one."""
    import torch

    from geomlearn.operators import SSMLayer
    from geomlearn.operators.sequence.options import SSMOptions

    layer = SSMLayer(4, SSMOptions(**options), seed=1)
    impulse = torch.zeros(1, 400, 4)
    impulse[:, 10] = 1
    with torch.no_grad():
        answer = layer(impulse)[0].numpy()
    # What passes by the skip at once is left out.
    curves = {f"channel {i}": (np.arange(11, 400), answer[11:, i]) for i in range(3)}
    plots.curves(path, curves, "step", f"answer of {name} to a one at step 10")


def s4(path: Path) -> None:
    """What a fresh layer answers to a single one: it remembers at once for short and for long."""
    _memory(path, "S4", init="s4")


def s4d(path: Path) -> None:
    """What a fresh layer answers to a single one: damped waves of all frequencies."""
    _memory(path, "S4D-Lin", init="s4d-lin")


def s5(path: Path) -> None:
    """What a fresh layer answers to a single one; all channels share one system."""
    _memory(path, "S5", init="s5")


def s4_ptd(path: Path) -> None:
    """What a fresh layer answers to a single one, with HiPPO's own modes, perturbed."""
    _memory(path, "S4-PTD", init="s4-ptd")


def s5_ptd(path: Path) -> None:
    """What a fresh layer answers to a single one, with HiPPO's own modes, perturbed and shared."""
    _memory(path, "S5-PTD", init="s5-ptd")


def _waves(n: int = 1500) -> tuple[gl.Mesh, gl.Field]:
    torus = gl.read(f"builtin:torus@{n}")
    return torus, gl.solve("wave", torus, vertex=0, radius=0.4, duration=4, time_step=0.01, save_every=4)


def forecast(path: Path) -> None:
    """A wave on a torus forty frames after the sixty that were given, true and foretold."""
    torus, whole = _waves()
    seen = replace(whole, times=whole.times[:61], values=whole.values[:61])
    foretold, true = gl.forecast(seen, 40).values[-1], whole.values[100]
    shown = {"last given": whole.values[60], "true": true, "foretold": foretold}
    gl.render(torus, fields=shown, path=path, size=(1500, 480), up="z", limits=(true.min(), true.max()))


def dmd(path: Path) -> None:
    """What lasts of a wave lies on the unit circle, what fades within: eigenvalues from one frame to the next."""
    from geomlearn.operators.sequence.rollout.propagators import fit_dmd

    torus, whole = _waves(800)
    coefficients = whole.values @ (gl.eigenbasis(torus, k=20).mass[:, None] * gl.eigenbasis(torus, k=20).evecs)
    lam = np.linalg.eigvals(fit_dmd([coefficients], delays=2).matrix)
    figure, (axes,) = plots.sheet(width=3.4, height=3.2)
    turn = np.linspace(0, 2 * np.pi, 200)
    axes.plot(np.cos(turn), np.sin(turn), color="#c9ccd2", linewidth=1)
    axes.scatter(lam.real, lam.imag, s=16, linewidths=0, color=plots.PALETTE[0])
    axes.set_aspect("equal")
    plots.words(axes, "Re λ", "Im λ")
    figure.savefig(path)


def _series(n_shapes: int = 3) -> tuple[np.ndarray, list, np.ndarray]:
    """Waves on built-in animals, in the first 32 modes of each: (N, T, k), frames, and which shape each is of."""
    from geomlearn.operators.sequence.rollout.modal import modal_frame

    rows, frames = [], []
    for kind in ("cat", "horse", "dog")[:n_shapes]:
        shape = gl.read(f"builtin:quadruped-{kind}-stand@900")
        # One rule for all: the speed of a wave is the same where the area is.
        shape = gl.Mesh(shape.vertices / np.sqrt(shape.area), shape.faces)
        frames.append(modal_frame(shape, gl.eigenbasis(shape, k=32), 32))
        for vertex in (0, 300, 600):
            start = np.exp(-((gl.distances(shape, vertex) / 0.2) ** 2))
            rows.append(frames[-1].project(gl.solve("wave", shape, initial=start, duration=0.8, time_step=0.02).values))
    return np.array(rows), frames, np.repeat(np.arange(n_shapes), 3)


def _errors(truth: np.ndarray, found: np.ndarray) -> np.ndarray:
    return (np.linalg.norm(found - truth, axis=2) / np.linalg.norm(truth, axis=2)).mean(axis=0)


def field_rule(path: Path) -> None:
    """Errors on a shape the rule has not seen, frame by frame, beside DMD and standing still."""
    from geomlearn.operators.sequence.rollout.propagators import fit_dmd
    from geomlearn.operators.sequence.rollout.rule import best_rule, roll_rule

    rows, frames, shape_of = _series()
    seen, given = shape_of < 2, 5
    rule = best_rule(rows[seen], frames[:2], shape_of[seen], given)
    rest = rows.shape[1] - given
    judged, start = rows[~seen][:, given:], rows[~seen][:, :given]
    rolled = roll_rule(rule, start, frames[2:], np.zeros(3, int), rest)
    propagator = fit_dmd(list(rows[seen]), delays=2)
    by_dmd = np.array([propagator.roll(one, rest) for one in start])
    ahead = np.arange(1, rest + 1)
    still = np.repeat(start[:, -1:], rest, axis=1)
    named = {"rule": rolled, "DMD": by_dmd, "standing still": still}
    curves = {name: (ahead, _errors(judged, made)) for name, made in named.items()}
    plots.curves(path, curves, "frames ahead", "relative error", log="y")


def rollout(path: Path) -> None:
    """A wave on an animal that the rule was not fitted on: given, true and rolled on."""
    from geomlearn.operators.sequence.rollout.rule import best_rule, roll_rule

    rows, frames, shape_of = _series()
    seen, given = shape_of < 2, 5
    rule = best_rule(rows[seen], frames[:2], shape_of[seen], given)
    made = roll_rule(rule, rows[-1:, :given], frames[2:], np.zeros(1, int), 16)[0, -1]
    dog = gl.read("builtin:quadruped-dog-stand@900")
    modes = frames[2].modes.T
    shown = {
        "last given": rows[-1, given - 1] @ modes,
        "true, 16 on": rows[-1, given + 15] @ modes,
        "rolled": made @ modes,
    }
    reach = float(np.abs(shown["true, 16 on"]).max())
    gl.render(dog, fields=shown, path=path, size=(1500, 480), limits=(-reach, reach), colormap="balance")
