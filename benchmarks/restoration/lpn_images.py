"""Digits of 28 × 28: what the prior says of noise, blur and mixtures, and what it restores."""

from __future__ import annotations

import numpy as np
import torch
from scipy.ndimage import gaussian_filter

from benchmarks.harness import SHARED
from geomlearn.restoration.learning import learn_image_prior
from geomlearn.restoration.measurements import of_blur
from geomlearn.restoration.options import LpnOptions, LpnTraining, RestoreOptions
from geomlearn.restoration.signals import restore_blurred

SIGMA = 0.3


def measure(seed: int, steps: int) -> dict[str, float]:
    """R of changed digits over that of digits as they are, and the errors of denoising and of undoing a blur."""
    with np.load(SHARED / "sequences" / "mnist" / "mnist_t10k_first5000.npz") as file:
        images = file["x"] / 255.0
    train, judged = images[:4000], images[4900:4950]
    options = LpnTraining(sigma=SIGMA, steps=steps // 2, batch_size=32, seed=seed)
    prior = learn_image_prior(train, LpnOptions(hidden=16), options).value
    random = np.random.default_rng(seed)
    flat = judged.reshape(len(judged), -1)
    noise = random.standard_normal(flat.shape)
    plain = prior.score(flat)
    rows = {}
    for level in (0.05, 0.1, 0.2):
        rows[f"R over that of digits, noise {level}"] = float((prior.score(flat + level * noise) - plain).mean())
    for width in (0.5, 1.0, 2.0):
        soft = np.stack([gaussian_filter(image, width) for image in judged]).reshape(len(flat), -1)
        rows[f"R over that of digits, blur {width}"] = float((prior.score(soft) - plain).mean())
    ends = (plain + np.roll(plain, 1)) / 2
    rows["R halfway between two digits over that of the ends"] = float(
        (prior.score((flat + np.roll(flat, 1, axis=0)) / 2) - ends).mean()
    )
    noisy = flat + SIGMA * noise
    rows["RMSE, noisy"] = float(np.sqrt(((noisy - flat) ** 2).mean()))
    rows["RMSE, denoised"] = float(np.sqrt(((prior.denoise(noisy) - flat) ** 2).mean()))
    blurred = of_blur(28, 1.5).forward(torch.as_tensor(flat)).numpy() + 0.03 * noise
    found = restore_blurred(prior, blurred[:20], 1.5, RestoreOptions(noise=0.03, max_iterations=60, tolerance=1e-5))
    rows["RMSE, blurred"] = float(np.sqrt(((blurred - flat) ** 2).mean()))
    rows["RMSE, blur undone"] = float(np.sqrt(((found.value - flat[:20]) ** 2).mean()))
    return rows
