"""Reading samples: every public layout, and sentences for the rest."""

import h5py
import numpy as np
import pytest
import torch
from scipy.io import savemat

from geomlearn.core.errors import FormatError
from geomlearn.operators.data.files import read_dataset, read_samples
from geomlearn.operators.data.sample_files import write_samples
from geomlearn.operators.data.samples import Samples

RNG = np.random.default_rng(0)
A, U = RNG.random((10, 6, 7)), RNG.random((10, 6, 7))


def assert_holds(samples, inputs, targets):
    np.testing.assert_allclose(samples.inputs, inputs.astype(np.float32))
    np.testing.assert_allclose(samples.targets, targets.astype(np.float32))


def test_old_matlab_files(tmp_path):
    savemat(tmp_path / "d.mat", {"coeff": A, "sol": U, "norm": np.ones(3)})
    assert_holds(read_samples(tmp_path / "d.mat"), A[..., None], U[..., None])


def test_new_matlab_files_have_their_axes_turned_back(tmp_path):
    path = tmp_path / "d.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["coeff"], file["sol"] = A.T, U.T
    with path.open("r+b") as stream:
        stream.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(116))
    assert_holds(read_samples(path), A[..., None], U[..., None])


def test_tensors_are_read_and_pickles_are_not(tmp_path):
    torch.save({"x": torch.tensor(A) > 0.5, "y": torch.tensor(U)}, tmp_path / "t.pt")
    assert_holds(read_samples(tmp_path / "t.pt"), A[..., None] > 0.5, U[..., None])
    torch.save({"x": object()}, tmp_path / "evil.pt")
    with pytest.raises(FormatError, match="more than tensors"):
        read_samples(tmp_path / "evil.pt")


@pytest.mark.parametrize(("suffix", "names"), [(".npz", ("inputs", "targets")), (".h5", ("x", "y"))])
def test_named_pairs(tmp_path, suffix, names):
    path = tmp_path / f"d{suffix}"
    if suffix == ".npz":
        np.savez(path, **dict(zip(names, (A, U), strict=True)))
    else:
        with h5py.File(path, "w") as file:
            file[names[0]], file[names[1]] = A, U
    assert_holds(read_samples(path), A[..., None], U[..., None])


def test_lines_channels_and_frames(tmp_path):
    lines = RNG.random((10, 32))
    np.savez(tmp_path / "lines.npz", a=lines, u=2 * lines)
    assert_holds(read_samples(tmp_path / "lines.npz"), lines[..., None], 2 * lines[..., None])
    series = RNG.random((10, 6, 6, 8))
    np.savez(tmp_path / "frames.npz", u=series)
    assert_holds(read_samples(tmp_path / "frames.npz"), series[..., :4], series[..., 4:])
    np.savez(tmp_path / "start.npz", a=series[..., 0], u=series)
    assert_holds(read_samples(tmp_path / "start.npz"), series[..., :1], series)


def test_warped_grids_in_separate_files(tmp_path):
    q = RNG.random((4, 5, 6, 7))
    for name, value in (("X", A[:4]), ("Y", U[:4]), ("Q", q)):
        np.save(tmp_path / f"NACA_Cylinder_{name}.npy", value)
    found = read_samples(tmp_path)
    assert found.task == "airfoil"
    assert_holds(found, np.stack([A[:4], U[:4]], -1), q[:, 4, ..., None])


def test_unit_cells_in_separate_files(tmp_path):
    points, stress, radii = RNG.random((9, 2, 5)), RNG.random((9, 5)), RNG.random((42, 5))
    for name, value in (("XY", points), ("sigma", stress), ("rr", radii)):
        np.save(tmp_path / f"Random_UnitCell_{name}_10.npy", value)
    found = read_samples(tmp_path)
    assert (found.kind, found.codes.shape) == ("points", (5, 42))
    assert_holds(found, np.moveaxis(points, -1, 0), stress.T[..., None])


def test_a_folder_may_say_what_is_for_testing(tmp_path):
    for half, part in (("train", slice(0, 7)), ("test", slice(7, 10))):
        write_samples(tmp_path / f"{half}.npz", Samples(A[part, ..., None], U[part, ..., None]))
    found = read_dataset(tmp_path)
    assert (found.train.n_samples, found.test.n_samples) == (7, 3)


@pytest.mark.parametrize(
    ("name", "n_train", "n_test", "kind"),
    [
        ("darcy", 1000, 50, "grid"),
        ("advection1d", 100, 1000, "grid"),
        ("burgers1d", 1000, 200, "grid"),
        ("holed_poisson", 97, 24, "shapes"),
    ],
)
def test_the_real_data_sets(shared_data, name, n_train, n_test, kind):
    found = read_dataset(shared_data / "pde" / name, 200 if name == "burgers1d" else None)
    assert (found.train.n_samples, found.test.n_samples, found.train.kind) == (n_train, n_test, kind)
    assert found.train.n_in == (2 if kind == "shapes" else 1)


def test_what_is_no_data_set_gets_a_sentence(tmp_path):
    with pytest.raises(FormatError, match="holds no samples"):
        read_dataset(tmp_path)
    with pytest.raises(FormatError, match="There is no file"):
        read_dataset(tmp_path / "nothing.npz")
    np.savez(tmp_path / "other.npz", apples=A)
    with pytest.raises(FormatError, match="no layout that is known: it holds apples"):
        read_dataset(tmp_path / "other.npz")
    (tmp_path / "cut.pt").write_bytes(b"PK\x03\x04")
    with pytest.raises(FormatError, match="damaged"):
        read_dataset(tmp_path / "cut.pt")
    np.savez(tmp_path / "both.npz", x_train=A, y_train=U, x_test=A, y_test=U)
    with pytest.raises(FormatError, match="training and test samples"):
        read_samples(tmp_path / "both.npz")
