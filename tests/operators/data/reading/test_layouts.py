"""Public layouts and people's own, each with the values it should give."""

import h5py
import numpy as np
import pytest
import torch

from geomlearn.core.errors import FormatError, GeomError, ParameterError, SizeMismatch
from geomlearn.operators.data.description import described, fingerprint, understood
from geomlearn.operators.data.files import read_all, read_dataset, read_samples
from geomlearn.operators.data.reading.named_arrays import read_any
from geomlearn.operators.data.reading.options import ReadingOptions

RNG = np.random.default_rng(3)


def assert_holds(samples, inputs, targets):
    np.testing.assert_array_equal(samples.inputs, np.asarray(inputs, np.float32))
    np.testing.assert_array_equal(samples.targets, np.asarray(targets, np.float32))


def saved(tmp_path, **arrays):
    np.savez(tmp_path / "d.npz", **arrays)
    return tmp_path / "d.npz"


def test_case_s17_channels_first_is_no_image_of_one_row(shared_data):
    path = shared_data / "cases" / "S17" / "xy_channel_first.npz"
    arrays = np.load(path)
    found = read_samples(path)
    assert_holds(found, np.moveaxis(arrays["x"], 1, -1), np.moveaxis(arrays["y"], 1, -1))
    assert described(found) == "12 samples, 2-D grid of 17 × 19, 1 channel"
    assert understood(found) == "x (n, c, x, y) to y (n, c, x, y)"


def test_case_r20_the_test_file_on_the_training_grid_is_taken(shared_data):
    found = read_dataset(shared_data / "cases" / "R20")
    held = torch.load(shared_data / "cases" / "R20" / "darcy_test_16.pt", weights_only=True)
    assert (found.train.n_samples, found.test.n_samples) == (24, 6)
    assert_holds(found.test, held["x"][..., None], held["y"][..., None])
    assert "darcy_test_32.pt is left" in understood(found.test)


@pytest.mark.parametrize(("name", "frames", "n"), [("burgers_gen.mat", 11, 64), ("burgers_traj.pt", 17, 16)])
def test_case_r21_frames_of_a_target_are_channels(shared_data, name, frames, n):
    found = read_samples(shared_data / "cases" / "R21" / name)
    assert (found.resolution, found.n_in, found.n_out) == ((n,), 1, frames)
    raw = read_any(shared_data / "cases" / "R21" / name)[0]
    given, wanted = (raw["input"], raw["output"]) if name.endswith(".mat") else (raw["x"], raw["y"])
    assert_holds(found, given[..., None], np.moveaxis(wanted, 1, 2))


def test_one_dimension_with_channels_is_no_image(tmp_path):
    x = RNG.random((8, 64, 3))
    found = read_samples(saved(tmp_path, x=x, y=2 * x))
    assert_holds(found, x, 2 * x)
    assert described(found) == "8 samples, 1-D grid of 64, 3 channels"


def test_arrays_and_axes_of_any_name_and_order_are_told(tmp_path):
    k, p = RNG.random((2, 20, 24, 7)), RNG.random((20, 24, 7))
    path = saved(tmp_path, perm=k, press=p, other=np.ones(3))
    with pytest.raises(FormatError, match="no layout that is known") as caught:
        read_samples(path)
    assert "--inputs" in caught.value.hint
    found = read_samples(path, ReadingOptions(inputs="perm", targets="press", axes="cxyn", target_axes="xyn"))
    assert_holds(found, np.moveaxis(k, (0, 3), (3, 0)), np.moveaxis(p, 2, 0)[..., None])
    with pytest.raises(FormatError, match="There is no array pres; the file holds perm"):
        read_samples(path, ReadingOptions(inputs="perm", targets="pres"))
    with pytest.raises(ParameterError, match="one n"):
        ReadingOptions(axes="cxy")


def test_trajectories_alone_are_cut_into_given_and_asked(tmp_path):
    u = RNG.random((5, 9, 32))
    path = saved(tmp_path, field=u)
    assert_holds(read_samples(path, ReadingOptions(inputs="field", axes="ntx")), u[:, 0, :, None], u[:, -1, :, None])
    found = read_samples(path, ReadingOptions(inputs="field", axes="ntx", frames_in=3, frames_out=4))
    assert_holds(found, np.moveaxis(u[:, :3], 1, -1), np.moveaxis(u[:, 3:7], 1, -1))
    with pytest.raises(SizeMismatch, match="9 frames do not hold 6 given and 4 asked for"):
        read_samples(path, ReadingOptions(inputs="field", axes="ntx", frames_in=6, frames_out=4))
    with pytest.raises(FormatError, match="no axis of it is known to be time"):
        read_samples(path, ReadingOptions(inputs="field", axes="ncx"))


def test_pdebench_one_tensor(tmp_path):
    u = RNG.random((6, 5, 64))
    with h5py.File(tmp_path / "1D_Burgers.hdf5", "w") as file:
        file["tensor"], file["x-coordinate"], file["t-coordinate"] = u, np.arange(64), np.arange(6)
    assert_holds(read_samples(tmp_path / "1D_Burgers.hdf5"), u[:, 0, :, None], u[:, -1, :, None])
    nu, p = RNG.random((6, 16, 16)), RNG.random((6, 1, 16, 16))
    with h5py.File(tmp_path / "2D_Darcy.hdf5", "w") as file:
        file["nu"], file["tensor"], file["x-coordinate"] = nu, p, np.arange(16)
    assert_holds(read_samples(tmp_path / "2D_Darcy.hdf5"), nu[..., None], p[:, 0, ..., None])


def test_pdebench_a_group_for_each_sample(tmp_path):
    u = RNG.random((4, 6, 16, 16, 2))
    with h5py.File(tmp_path / "2D_diff-react.h5", "w") as file:
        for i, one in enumerate(u):
            file[f"{i:04d}/data"], file[f"{i:04d}/grid/x"] = one, np.arange(16)
    found = read_samples(tmp_path / "2D_diff-react.h5", ReadingOptions(frames_in=2))
    assert_holds(found, np.concatenate([u[:, 0], u[:, 1]], -1), np.concatenate([u[:, i] for i in range(2, 6)], -1))
    assert described(found) == "4 samples, 2-D grid of 16 × 16, 4 channels to 8"


def test_pdebench_an_array_for_each_quantity(tmp_path):
    density, vx = RNG.random((2, 4, 6, 32))
    with h5py.File(tmp_path / "1D_CFD.hdf5", "w") as file:
        file["density"], file["Vx"], file["t-coordinate"] = density, vx, np.arange(7)
    found = read_samples(tmp_path / "1D_CFD.hdf5")
    assert_holds(found, np.stack([density[:, 0], vx[:, 0]], -1), np.stack([density[:, -1], vx[:, -1]], -1))
    assert found.input_names == ("density(0)", "Vx(0)")
    v, f = RNG.random((3, 4, 8, 8, 2)), RNG.random((3, 8, 8, 2))
    with h5py.File(tmp_path / "ns.h5", "w") as file:
        file["velocity"], file["force"], file["t"] = v, f, np.arange(4)
    assert_holds(read_samples(tmp_path / "ns.h5"), np.concatenate([v[:, 0], f], -1), v[:, -1])


def test_tuples_lists_and_dicts_of_tensors(tmp_path):
    x, y = torch.rand(6, 16, 16), torch.rand(6, 16, 16)
    for name, content in (
        ("pair", (x, y)),
        ("samples", list(zip(x, y, strict=True))),
        ("dicts", [{"x": a, "y": b} for a, b in zip(x, y, strict=True)]),
        ("lists", {"x": list(x), "y": list(y)}),
        ("half", {"x": x.bfloat16().float(), "y": y}),
    ):
        torch.save(content, tmp_path / f"{name}.pt")
        found = read_samples(tmp_path / f"{name}.pt")
        np.testing.assert_allclose(found.inputs[..., 0], x, atol=1e-2)
        np.testing.assert_array_equal(found.targets[..., 0], y)
    torch.save([x, y, x], tmp_path / "three.pt")
    with pytest.raises(FormatError, match="list of 3"):
        read_samples(tmp_path / "three.pt")


def test_deeponet_on_one_grid_and_at_other_places(tmp_path):
    branch, values = RNG.random((7, 20)), RNG.random((7, 20))
    line = np.linspace(0, 1, 20)[:, None]
    arrays = {"X_train0": branch, "X_train1": line, "y_train": values}
    arrays |= {"X_test0": branch[:2], "X_test1": line, "y_test": values[:2]}
    found = read_all(saved(tmp_path, **arrays))
    assert_holds(found.train, branch[..., None], values[..., None])
    assert found.test.n_samples == 2
    places = RNG.random((30, 2))
    found = read_samples(saved(tmp_path, branch=branch, trunk=places, y=RNG.random((7, 30))))
    assert (found.kind, found.points.shape, found.codes.shape) == ("points", (7, 30, 2), (7, 20))
    np.testing.assert_array_equal(found.codes, branch.astype(np.float32))
    with pytest.raises(FormatError, match="no DeepONet data where all samples are answered"):
        read_samples(saved(tmp_path, X0=branch, X1=RNG.random((7, 1)), y=RNG.random((7, 1))))


def test_frames_of_a_lone_u_are_not_guessed(tmp_path):
    u = RNG.random((3, 10, 32, 32))
    with pytest.raises(FormatError, match="frames first or last"):
        read_samples(saved(tmp_path, u=u))
    assert_holds(
        read_samples(saved(tmp_path, u=u), ReadingOptions(axes="ntxy")),
        u[:, 0, ..., None],
        u[:, -1, ..., None],
    )


def test_a_folder_of_several_files_is_not_guessed(tmp_path):
    for name in ("one", "two"):
        np.savez(tmp_path / f"{name}.npz", x=np.ones((4, 8, 8)), y=np.ones((4, 8, 8)))
    with pytest.raises(FormatError, match="does not say which are for training"):
        read_dataset(tmp_path)
    for name in ("train_16", "train_32", "test_16"):
        np.savez(tmp_path / f"{name}.npz", x=np.ones((4, 8, 8)), y=np.ones((4, 8, 8)))
    with pytest.raises(FormatError, match="several files for training"):
        read_dataset(tmp_path)


def test_a_fingerprint_knows_order_and_every_bit(tmp_path):
    x = RNG.random((4, 16, 16))
    first = read_samples(saved(tmp_path, x=x, y=x))
    word = fingerprint(first)
    assert word == fingerprint(read_samples(saved(tmp_path, x=x, y=x)))
    assert word != fingerprint(read_samples(saved(tmp_path, x=x[::-1], y=x)))
    x[2, 3, 4] = np.nextafter(np.float32(x[2, 3, 4]), np.float32(2))
    assert word != fingerprint(read_samples(saved(tmp_path, x=x, y=x)))


@pytest.mark.parametrize("text", ["nnxy", "ncxyw", "nc", "nxyx", "xyc"])
def test_axes_that_are_none(text):
    with pytest.raises(GeomError):
        ReadingOptions(axes=text)
