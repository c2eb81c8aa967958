"""The parts of `layers.py` that need no layer: transfer functions, conditioning, frozen systems."""

from __future__ import annotations

import time
from itertools import product

import numpy as np

from geomlearn.operators.sequence.options import PTDOptions
from geomlearn.operators.sequence.systems.hippo import diagonalize_normal, hippo_legs, normal_part
from geomlearn.operators.sequence.systems.ptd import perturb_then_diagonalize
from geomlearn.operators.sequence.systems.transfer import inspect_ssm


def transfer(n_seeds: int, gammas: tuple[float, ...] = (20.0, 100.0)) -> None:
    """Largest deviation from HiPPO over all frequencies, for unit B; the worst of the seeds."""
    print(f"Seeds 0 … {n_seeds - 1}, the worst (of Ginibre the best); drawn C: 8 unit read-outs; worst C: over all.\n")
    print(
        "|   n |   γ | κ(V) | ‖E‖/‖A‖ | max Re λ | PTD drawn C | S4D drawn C | PTD worst C | S4D worst C "
        "| Ginibre κ(V) | Ginibre worst C | solver s |"
    )
    print(
        "|----:|----:|-----:|--------:|---------:|------------:|------------:|------------:|------------:"
        "|-------------:|----------------:|---------:|"
    )
    for n, gamma in product((16, 32, 64, 128), gammas):
        found, drawn, seconds = [], [], []
        for seed in range(n_seeds):
            options = PTDOptions(n=n, gamma=gamma, seed=seed)
            start = time.perf_counter()
            # The search is timed here, and read back from the cache for Ginibre's size and by `inspect_ssm`.
            perturb_then_diagonalize(options, cache=False)
            seconds.append(time.perf_counter() - start)
            found.append(inspect_ssm(options))
            drawn.append(inspect_ssm(options.replace(recipe="ginibre")))
        print(
            f"| {n:3d} | {gamma:3.0f} | {max(i.conditioning for i in found):4.1f} | {max(i.ratio for i in found):7.4f} "
            f"| {max(i.max_real for i in found):8.2f} | {max(i.deviation.drawn for i in found):11.4f} "
            f"| {found[0].deviation_s4d.drawn:11.3f} | {max(i.deviation.worst for i in found):11.4f} "
            f"| {found[0].deviation_s4d.worst:11.4f} | {min(i.conditioning for i in drawn):12.0f} "
            f"| {min(i.deviation.worst for i in drawn):15.3f} | {max(seconds):8.2f} |",
            flush=True,
        )


def trade_off(n_seeds: int) -> None:
    """Conditioning against size, for the optimised, the authors' and a random perturbation of equal size."""
    print(f"Medians of seeds 0 … {n_seeds - 1}. The authors' γ multiplies ‖E‖_F itself, so its scale differs.\n")
    print("|  n | recipe    |     γ |   κ(V) | ‖E‖/‖A‖ | worst C | max Re λ |     s |")
    print("|---:|:----------|------:|-------:|--------:|--------:|---------:|------:|")
    rows = [("smooth", gamma) for gamma in (3.0, 10.0, 20.0, 50.0, 100.0)]
    rows += [("ginibre", 10.0), ("published", 0.003), ("published", 1.0), ("published", 10.0)]
    for n in (16, 32):
        for recipe, gamma in rows:
            found = []
            for seed in range(n_seeds):
                start = time.perf_counter()
                inspected = inspect_ssm(PTDOptions(n=n, gamma=gamma, recipe=recipe, seed=seed), cache=False)
                numbers = (inspected.conditioning, inspected.ratio, inspected.deviation.worst, inspected.max_real)
                found.append((*numbers, time.perf_counter() - start))
            kappa, ratio, worst, max_real, seconds = np.median(found, axis=0)
            print(
                f"| {n:2d} | {recipe:9s} | {gamma:5g} | {kappa:6.1f} | {ratio:7.4f} | {worst:7.4f} | {max_real:8.2f} "
                f"| {seconds:5.2f} |",
                flush=True,
            )


def robustness(n_seeds: int, n: int = 32, dt: float = 0.01, length: int = 1024, ridge: float = 1e-5) -> None:
    """A linear read-out of a frozen state, fitted on clean sinusoids, then given a tone at S4D's top frequency."""
    print(
        f"n = {n}, dt = {dt:g}, L = {length}; targets amplitude and frequency; rmse, mean ± deviation over seeds\n"
        f"0 … {n_seeds - 1}; the tone has amplitude 0.1·U[0, 1] beside 0.5 … 2 of the signal.\n"
    )
    a, b = hippo_legs(n)
    systems = {"HiPPO (S4)": (a, b), "normal part, B/2 (S4D)": (normal_part(n)[0], b / 2)}
    for gamma in (10.0, 20.0):
        e = perturb_then_diagonalize(PTDOptions(n=n, gamma=gamma)).value.perturbation
        systems[f"S4-PTD, γ = {gamma:g}"] = (a + e, b)
    print("| system                 | clean rmse    | disturbed rmse  | ratio |")
    print("|:-----------------------|:--------------|:----------------|------:|")
    for name, system in systems.items():
        errors = np.array([_read_out_errors(*system, dt, length, ridge, seed) for seed in range(n_seeds)])
        (clean, disturbed), (clean_sd, disturbed_sd) = errors.mean(axis=0), errors.std(axis=0)
        print(
            f"| {name:22s} | {clean:5.3f} ± {clean_sd:5.3f} | {disturbed:6.3f} ± {disturbed_sd:6.3f} "
            f"| {disturbed / clean:5.2f} |",
            flush=True,
        )


def _read_out_errors(a, b, dt: float, length: int, ridge: float, seed: int) -> tuple[float, float]:
    from scipy.linalg import expm

    n = len(a)
    held = np.zeros((n + 1, n + 1))
    held[:n, :n], held[:n, n] = a * dt, b * dt
    step = expm(held)

    def features(u):
        state = np.zeros((len(u), n))
        for value in u.T:
            state = state @ step[:n, :n].T + value[:, None] * step[:n, n]
        return np.concatenate([state, np.ones((len(u), 1))], axis=1)

    train, _, wanted = _signals(n, dt, length, 2 * seed)
    clean, disturbed, truth = _signals(n, dt, length, 2 * seed + 1)
    x = features(train)
    gram = x.T @ x
    readout = np.linalg.solve(gram + ridge * np.trace(gram) / n * np.eye(n + 1), x.T @ wanted)
    return tuple(float(np.sqrt(np.mean((features(u) @ readout - truth) ** 2))) for u in (clean, disturbed))


def _signals(n: int, dt: float, length: int, seed: int, n_samples: int = 400):
    rng = np.random.default_rng(seed)
    amplitude, frequency = rng.uniform(0.5, 2.0, n_samples), rng.uniform(1.0, 5.0, n_samples)
    moments = dt * np.arange(length)
    clean = amplitude[:, None] * np.cos(frequency[:, None] * moments)
    tone = 0.1 * rng.uniform(size=(n_samples, 1)) * np.cos(diagonalize_normal(n)[0].imag.max() * moments)
    return clean, clean + tone, np.stack([amplitude, frequency], axis=1)
