"""The part of `layers.py` on fields over time: who continues them best, on shapes seen and unseen.

Each training is kept as JSON below the cache folder and not repeated; `GEOMLEARN_CACHE` moves it.
"""

from __future__ import annotations

import json
import math
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch

from geomlearn.core.cache import cache_folder
from geomlearn.operators.data.generate import generate
from geomlearn.operators.data.options import SeriesData
from geomlearn.operators.sequence.rollout.learning import continued, relative_errors, train_rollout
from geomlearn.operators.sequence.rollout.options import RolloutOptions
from geomlearn.operators.sequence.rollout.propagators import fit_dmd
from geomlearn.operators.sequence.rollout.rule import best_rule, roll_rule
from geomlearn.operators.sequence.rollout.series_set import BASES, SeriesSet, series_of_samples
from geomlearn.operators.training.options import TrainingOptions

EQUATIONS = ("heat", "wave", "advect", "allen-cahn")
# Those whose closed-form rule may have powers or transport; of heat and waves it leaves mixers nearly nothing to learn.
NONLINEAR = ("allen-cahn", "advect")
MIXERS = ("s5-ptd", "s5", "s4d", "s4-ptd", "gru", "transformer")
LEARNED_MODES, FROM_TWO = "learned-modes", "from-two"
MODES, GIVEN, HORIZON = 32, 16, 16
HORIZONS = (HORIZON, 2 * HORIZON, 4 * HORIZON)
# Shapes of five series each: of those seen four to learn from and one to judge by, of the others all to judge by.
SHAPES, SEEN = 6, 4
FREQUENCIES = np.linspace(0.1, 0.95, 8) * np.pi
DISTURBANCE = 0.1
# Of two steps each.
EPOCHS = 30
_VERSION = 1

Roll = Callable[[SeriesSet, np.ndarray, int], np.ndarray]


def rollouts(n_seeds: int, until: float = math.inf) -> None:
    """Relative L2 of rollouts over one, two and four training horizons; clean, and from disturbed frames.

    No fit or training is begun after `until`.
    """
    for fitted in (True, False):
        for seed, equation in product(range(n_seeds), reversed(EQUATIONS)):
            for name in _names(equation):
                # Trainings come last: what is fitted in closed form takes no time.
                if (name in MIXERS) is not fitted:
                    run(equation, name, seed, until)
    print(
        f"Relative L2 in {MODES} modes over the {HORIZONS[0]}, {HORIZONS[1]} and {HORIZONS[2]} frames after\n"
        f"{GIVEN} given ones, mean ± deviation over seeds of data and weights, on {SHAPES - SEEN} shapes never seen,\n"
        f"and over {HORIZONS[0]} on {SEEN} shapes learned from. Disturbed: a tone of {DISTURBANCE:g} of the field's\n"
        "size in the given frames, the worst of 8 frequencies. dmd: fitted to the given frames of each series, its\n"
        "delays and tolerance chosen on the training series. dmd-shape: fitted to the training series of the same\n"
        "shape. linear: the closed-form rule without powers, on all training series. rule: with them. from-two:\n"
        "without fitting the start to all given frames, which the others do where the rule holds. learned-modes: in\n"
        "the modes that the shipped network gives for eigenfunctions, beside what these hold. Mixers are trained\n"
        f"on top of the rule, for {2 * EPOCHS} steps.\n"
    )
    for equation in EQUATIONS:
        found = {name: [run(equation, name, seed, -math.inf) for seed in range(n_seeds)] for name in _names(equation)}
        _table(equation, {name: [one for one in ones if one is not None] for name, ones in found.items()})


def _names(equation: str) -> tuple[str, ...]:
    plain = ("hold", "dmd", "dmd-shape", "linear")
    return (*plain, "rule", LEARNED_MODES, *MIXERS) if equation in NONLINEAR else (*plain, FROM_TWO, LEARNED_MODES)


def run(equation: str, name: str, seed: int, until: float = math.inf) -> dict[str, Any] | None:
    """Fit or train one forecast and judge it, or read what was found before; None when not done by the time `until`."""
    folder = cache_folder("benchmark-rollouts") or Path(tempfile.gettempdir()) / "benchmark-rollouts"
    path = folder / f"{equation}-{name}-{seed}-v{_VERSION}.json"
    if path.is_file():
        return json.loads(path.read_text())
    if time.monotonic() > until:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    learned, seen, unseen = _data(equation, seed, "learned" if name == LEARNED_MODES else "laplace")
    start = time.process_time()
    roll, parameters = _forecast(equation, name, seed, learned, path.with_suffix(".run"))
    found = {"time_s": time.process_time() - start, "parameters": parameters, "missed": float(unseen.missed.mean())}
    start = time.process_time()
    found["unseen"] = _errors(roll, unseen).mean(0).tolist()
    found["frames_per_s"] = unseen.n * HORIZONS[-1] / (time.process_time() - start)
    found["seen"] = _errors(roll, seen).mean(0).tolist()
    found["disturbed"] = [_errors(roll, unseen, omega).mean(0).tolist() for omega in FREQUENCIES]
    path.write_text(json.dumps(found))
    print(f"{time.strftime('%H:%M:%S')} {path.stem}: {found['unseen'][0]:.3g}, {found['time_s']:.0f} s", flush=True)
    return found


def _data(equation: str, seed: int, basis: str) -> tuple[SeriesSet, SeriesSet, SeriesSet]:
    """Series to learn from, others on the same shapes, and series on other shapes."""
    options = SeriesData(samples_per_shape=5, frames=GIVEN + HORIZONS[-1])
    samples = generate(f"{equation}-series", 5 * SHAPES, options, seed=seed)
    whole = series_of_samples(samples, MODES, basis_of=BASES[basis])
    number = np.arange(whole.n)
    on_seen, last = number < 5 * SEEN, number % 5 == 4
    parts = (on_seen & ~last, on_seen & last, ~on_seen)
    return tuple(whole.take(np.flatnonzero(part)) for part in parts)


def _forecast(equation: str, name: str, seed: int, learned: SeriesSet, folder: Path) -> tuple[Roll, int]:
    known = learned.coefficients[:, : GIVEN + HORIZON]
    if name == "hold":
        return lambda data, given, n: np.repeat(given[:, -1:], n, 1), 0
    if name == "dmd":
        settings = min(
            product((1, 2, 4, 6), (1e-1, 1e-2, 1e-3, 1e-4, 1e-6)), key=lambda s: _in_context_error(known, *s)
        )
        return lambda data, given, n: _each(given, lambda one, _: fit_dmd([one], *settings), data, n), 0
    if name == "dmd-shape":
        return _per_shape(learned, known), 0
    if name in ("linear", "rule", FROM_TWO, LEARNED_MODES):
        powers = name == "rule" or (name == LEARNED_MODES and equation == "allen-cahn")
        rule = best_rule(known, learned.frames, learned.shape_of, GIVEN, powers=powers)
        rule = replace(rule, fitted=2) if name == FROM_TWO else rule
        count = int(np.count_nonzero(rule.modal) + np.count_nonzero(rule.transport) + np.count_nonzero(rule.powers))
        return lambda data, given, n: roll_rule(rule, given, data.frames, data.shape_of, n), count
    options = RolloutOptions(mixer=name, amplitude="absolute" if equation == "allen-cahn" else "own", width=16)
    training = TrainingOptions(epochs=EPOCHS, batch_size=8, learning_rate=4e-3, weight_decay=0.01, seed=seed)
    model = train_rollout(learned, None, folder, options, training, resume=True).value
    return lambda data, given, n: continued(model, data, n, given=given), model.n_parameters


def _in_context_error(known: np.ndarray, delays: int, tolerance: float) -> float:
    made = np.stack([fit_dmd([one[:GIVEN]], delays, tolerance).roll(one[:GIVEN], HORIZON) for one in known])
    return float(relative_errors(made, known[:, GIVEN:], (HORIZON,)).mean())


def _per_shape(learned: SeriesSet, known: np.ndarray) -> Roll:
    """One propagator for each shape, where its training series are there; elsewhere there is none."""
    by_evals = {}
    settings = list(product((1, 2), (1e-2, 1e-3, 1e-4, 1e-6)))
    errors = np.zeros(len(settings))
    for index, frame in enumerate(learned.frames):
        own = known[learned.shape_of == index]
        for place, setting in enumerate(settings):
            # Chosen by the series left out of the fit.
            left = own[-1]
            made = fit_dmd(list(own[:-1]), *setting).roll(left[:GIVEN], HORIZON)
            errors[place] += relative_errors(made[None], left[None, GIVEN:], (HORIZON,))[0, 0]
        by_evals[frame.evals.tobytes()] = own
    setting = settings[int(errors.argmin())]
    fitted = {key: fit_dmd(list(own), *setting) for key, own in by_evals.items()}

    def roll(data: SeriesSet, given: np.ndarray, n: int) -> np.ndarray:
        return _each(given, lambda one, shape: fitted.get(data.frames[shape].evals.tobytes()), data, n)

    return roll


def _each(given: np.ndarray, propagator: Callable[[np.ndarray, int], Any], data: SeriesSet, n: int) -> np.ndarray:
    made = []
    for one, shape in zip(given, data.shape_of, strict=True):
        found = propagator(one, int(shape))
        made.append(np.full((n, MODES), np.nan) if found is None else found.roll(one, n))
    return np.stack(made)


def _errors(roll: Roll, data: SeriesSet, omega: float | None = None) -> np.ndarray:
    given = data.coefficients[:, :GIVEN]
    if omega is not None:
        # A pattern of its own for each series, swinging at one frequency.
        rng = np.random.default_rng(0)
        pattern = rng.standard_normal((data.n, 1, MODES))
        pattern /= np.linalg.norm(pattern, axis=2, keepdims=True)
        size = np.sqrt((given**2).sum(2).mean(1))[:, None, None]
        given = given + DISTURBANCE * size * pattern * np.cos(omega * np.arange(GIVEN))[None, :, None]
    horizons = HORIZONS if omega is None else HORIZONS[:1]
    return relative_errors(
        roll(data, given, horizons[-1]), data.coefficients[:, GIVEN : GIVEN + horizons[-1]], horizons
    )


def _table(equation: str, found: dict[str, list[dict[str, Any]]]) -> None:
    own, other = (100 * np.mean([one["missed"] for one in found[name]]) for name in ("hold", LEARNED_MODES))
    print(f"### {equation} ({own:.0f} % of each field lies beyond the modes, {other:.0f} % beyond learned ones)\n")
    titles = " | ".join(f"{title:17s}" for title in ("1×", "2×", "4×", "1×, shapes seen", "1×, disturbed"))
    print(f"| forecast      | seeds | {titles} | parameters | frames/s |")
    print(f"|:--------------|------:|{'|'.join([':' + '-' * 18] * 5)}|-----------:|---------:|")
    for name, ones in found.items():
        if not ones:
            print(f"| {name:13s} |     0 | not run yet       |")
            continue
        cells = [_cell([one["unseen"][i] for one in ones]) for i in range(3)]
        cells += [_cell([one["seen"][0] for one in ones])]
        cells += [_cell([max(tone[0] for tone in one["disturbed"]) for one in ones])]
        speed = np.median([one["frames_per_s"] for one in ones])
        print(f"| {name:13s} | {len(ones):5d} | {' | '.join(cells)} | {ones[0]['parameters']:10d} | {speed:8.0f} |")
    print(flush=True)


def _cell(values: list[float]) -> str:
    if not np.isfinite(values).all():
        return f"{'–':17s}"
    return f"{np.mean(values):.2e} ± {np.std(values):.0e}"
