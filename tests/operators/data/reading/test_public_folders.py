"""Folders as neuraloperator keeps them, and DeepONets' files: more of each, with the values they should give."""

import numpy as np
import pytest
import torch
from scipy.io import savemat

from geomlearn.core.errors import FormatError
from geomlearn.operators.data.description import described, understood
from geomlearn.operators.data.files import read_all, read_dataset, read_samples

RNG = np.random.default_rng(11)


def kept(folder, word, n, size, *, binary=True):
    """neuraloperator's tensors: coefficients of true and false, and answers."""
    x = torch.tensor(RNG.random((n, size, size)) > 0.5)
    y = torch.tensor(RNG.random((n, size, size)), dtype=torch.float32)
    torch.save({"x": x if binary else x.float(), "y": y}, folder / f"darcy_{word}_{size}.pt")
    return x.numpy().astype(np.float32)[..., None], y.numpy()[..., None]


@pytest.mark.parametrize("binary", [True, False])
def test_two_files(tmp_path, binary):
    train, test = kept(tmp_path, "train", 5, 8, binary=binary), kept(tmp_path, "test", 3, 8, binary=binary)
    found = read_dataset(tmp_path)
    for part, (x, y) in ((found.train, train), (found.test, test)):
        np.testing.assert_array_equal(part.inputs, x)
        np.testing.assert_array_equal(part.targets, y)
    assert described(found.train) == "5 samples, 2-D grid of 8 × 8, 1 channel"


@pytest.mark.parametrize("sizes", [(8, 12), (12, 8, 16), (6, 8)])
def test_of_several_test_files_the_one_on_the_training_grid(tmp_path, sizes):
    kept(tmp_path, "train", 5, 8)
    tests = {size: kept(tmp_path, "test", 2, size) for size in sizes}
    found = read_dataset(tmp_path)
    np.testing.assert_array_equal(found.test.inputs, tests[8][0])
    np.testing.assert_array_equal(found.test.targets, tests[8][1])
    for size in set(sizes) - {8}:
        assert f"darcy_test_{size}.pt" in understood(found.test)


def test_one_file_on_another_grid_is_taken_and_none_of_several_is_guessed(tmp_path):
    kept(tmp_path, "train", 5, 8)
    x, _ = kept(tmp_path, "test", 2, 12)
    np.testing.assert_array_equal(read_dataset(tmp_path).test.inputs, x)
    kept(tmp_path, "test", 2, 16)
    with pytest.raises(FormatError, match="and 0 of them on the training"):
        read_dataset(tmp_path)


LINE = np.linspace(0, 1, 9)
UNEVEN = np.sort(RNG.random(9))


@pytest.mark.parametrize("names", [("X0", "X1", "y"), ("branch", "trunk", "outputs"), ("branch", "trunk", "targets")])
@pytest.mark.parametrize("line", [LINE, LINE[:, None], 5 * LINE - 2])
def test_deeponet_answers_at_its_sensors_are_a_grid(tmp_path, names, line):
    branch, answers = RNG.random((4, 9)), RNG.random((4, 9, 1))
    np.savez(tmp_path / "d.npz", **dict(zip(names, (branch, line, answers), strict=True)))
    found = read_samples(tmp_path / "d.npz")
    assert (found.kind, found.resolution) == ("grid", (9,))
    np.testing.assert_array_equal(found.inputs[..., 0], branch.astype(np.float32))
    np.testing.assert_array_equal(found.targets, answers.astype(np.float32))


@pytest.mark.parametrize("places", [UNEVEN, LINE[::-1], RNG.random((9, 2)), 100 * RNG.random((9, 2))])
def test_deeponet_answers_elsewhere_are_points_that_numbers_describe(tmp_path, places):
    branch, answers = RNG.random((4, 9)), RNG.random((4, 9))
    savemat(tmp_path / "d.mat", {"branch": branch, "trunk": places.reshape(9, -1), "y": answers})
    found = read_samples(tmp_path / "d.mat")
    assert found.kind == "points"
    np.testing.assert_array_equal(found.codes, branch.astype(np.float32))
    np.testing.assert_array_equal(found.targets[..., 0], answers.astype(np.float32))
    columns = places.reshape(9, -1)
    unit = (columns - columns.min(0)) / np.ptp(columns, axis=0)
    np.testing.assert_allclose(found.points[2][:, : columns.shape[1]], unit, atol=1e-6)


def test_deeponet_halves_stay_apart(tmp_path):
    parts = {"train": RNG.random((2, 6, 9)), "test": RNG.random((2, 3, 9))}
    arrays = {
        f"{prefix}_{word}{end}": values
        for word, (branch, answers) in parts.items()
        for prefix, end, values in (("X", "0", branch), ("X", "1", UNEVEN[:, None]), ("y", "", answers))
    }
    np.savez(tmp_path / "d.npz", **arrays)
    found = read_all(tmp_path / "d.npz")
    for part, (branch, answers) in ((found.train, parts["train"]), (found.test, parts["test"])):
        np.testing.assert_array_equal(part.codes, branch.astype(np.float32))
        np.testing.assert_array_equal(part.targets[..., 0], answers.astype(np.float32))
