"""More of people's own data at the command line: arrays and axes that are told, and frames like a model's."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from geomlearn.core.arrays import read_arrays

pytestmark = pytest.mark.usefixtures("one_thread")
SMALL = ("--width", "2", "--modes", "2", "--layers", "1", "--epochs", "1", "--batch-size", "4", "--device", "cpu")


def saved(name, **arrays):
    if name.endswith(".npz"):
        np.savez(name, **arrays)
    elif name.endswith(".mat"):
        savemat(name, arrays)
    else:
        with h5py.File(name, "w") as file:
            for key, value in arrays.items():
                file[key] = value


@pytest.mark.parametrize(
    "name, axes, shape, told, answer",
    [
        ("d.npz", "ncx", (8, 3, 16), "1-D grid of 16, 3 channels", (8, 16, 3)),
        ("d.mat", "xyn", (16, 12, 8), "2-D grid of 16 × 12, 1 channel", (8, 16, 12, 1)),
        ("d.h5", "cxyn", (2, 10, 12, 8), "2-D grid of 10 × 12, 2 channels", (8, 10, 12, 2)),
        ("d.npz", "xtn", (16, 5, 8), "1-D grid of 16, 5 channels", (8, 16, 5)),
    ],
)
def test_arrays_and_axes_are_told(geomlearn, name, axes, shape, told, answer):
    x = np.random.default_rng(0).standard_normal(shape)
    saved(name, perm=x, press=2 * x, other=np.ones(4))
    words = ("--inputs", "perm", "--targets", "press", "--axes", axes)
    run = geomlearn("train", "fno", "--data", name, *words, *SMALL, "-o", "m.safetensors")
    assert run.code == 0, run.err
    assert f"8 samples, {told}" in run.out + run.err
    run = geomlearn("predict", "m.safetensors", name, "-o", "answer.npz")
    assert run.code == 0, run.err
    assert np.load("answer.npz")["prediction"].shape == answer


def test_two_orders_of_axes(geomlearn):
    x = np.random.default_rng(0).standard_normal((8, 2, 10, 12))
    np.savez("d.npz", a=x, b=np.moveaxis(x[:, 0], 0, -1))
    words = ("--inputs", "a", "--targets", "b", "--axes", "ncxy", "--target-axes", "xyn")
    run = geomlearn("train", "fno", "--data", "d.npz", *words, *SMALL, "-o", "m.safetensors")
    assert run.code == 0, run.err
    assert "8 samples, 2-D grid of 10 × 12, 2 channels to 1" in run.out + run.err


def test_frames_like_a_model_on_shapes_of_any_size(geomlearn):
    clock = ("--duration", 0.6, "--time-step", 0.01, "--save-every", 2, "-q")
    for i in range(4):
        run = geomlearn("solve", "heat", "builtin:sphere@500", "--vertex", 7 * i, *clock, "-o", f"fields/{i}.npz")
        assert run.code == 0, run.err
    sizes = ("--modes", "9", "--history", "6", "--horizon", "8")
    assert geomlearn("train", "rollout", "--data", "fields", *sizes, "-o", "r.safetensors").code == 0
    like = ("--frames-like", "r.safetensors", "-o", "like.npz", "--force")
    for shape in ("builtin:torus@500", "builtin:sphere@700", "builtin:sphere@500"):
        assert geomlearn("solve", "heat", shape, *like).code == 0, shape
        given = read_arrays("like.npz")[0]["times"]
        run = geomlearn("predict", "r.safetensors", "like.npz", "--frames", 3, "-o", "more.npz", "--force")
        assert run.code == 0, run.err
        made = read_arrays("more.npz")[0]["times"]
        np.testing.assert_allclose(made, given[-1] + np.diff(given).mean() * np.arange(1, 4), rtol=1e-6)
    # On the unit sphere the frames are those of the training: 0.02 apart.
    assert np.diff(given) == pytest.approx(0.02, rel=0.05)
    for words, sentence in (
        (("wave", "builtin:sphere@500"), "continues heat, not wave"),
        (("poisson", "builtin:sphere@500"), "no frames"),
        (("heat", "builtin:sphere@500", "--save-every", "2"), "so do"),
    ):
        run = geomlearn("solve", *words, *like)
        assert (run.code != 0, sentence in run.err) == (True, True), (words, run.err)
