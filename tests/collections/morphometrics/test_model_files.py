"""Shape models as files: what is written comes back, and nothing else is taken for one."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.collections.morphometrics.model_files import read_shape_model, write_shape_model
from geomlearn.collections.morphometrics.shape_model import shape_model
from geomlearn.collections.options import ShapeModelOptions
from geomlearn.core.arrays import read_arrays, write_arrays
from geomlearn.core.errors import FormatError
from geomlearn.shapes.builtin import builtin
from geomlearn.shapes.io import read_shape


@pytest.fixture(scope="module")
def made():
    template = builtin("icosphere")
    scales = np.random.default_rng(0).normal((1, 1, 1), (0.3, 0.1, 0.03), size=(12, 3))
    shapes = template.vertices * scales[:, None]
    return template, shape_model(shapes, options=ShapeModelOptions(explained=0.9)).value


@pytest.mark.parametrize("suffix", [".npz", ".mat", ".h5"])
def test_a_model_comes_back_with_its_mean_as_the_shape_of_the_file(made, tmp_path, suffix):
    template, model = made
    path = write_shape_model(tmp_path / f"model{suffix}", model, template, ("a", "b"))
    found = read_shape_model(path)
    assert np.allclose(found.mean.vertices, model.mean) and np.array_equal(found.mean.faces, template.faces)
    assert np.allclose(found.shares, model.eigenvalues / model.total) and found.shares.sum() < 0.9999
    for mode in range(len(model.modes)):
        assert np.allclose(found.mean.vertices + found.displacements[mode], model.at(mode, 1.0))
    assert np.allclose(read_shape(path).vertices, model.mean)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"modes": None}, "lacks modes"),
        ({"modes": np.ones((2, 5, 3))}, "do not fit"),
        ({"eigenvalues": np.array([np.nan])}, "not finite"),
        ({"eigenvalues": np.array([-1.0])}, "negative"),
    ],
)
def test_what_is_no_model_is_a_sentence(made, tmp_path, changes, said):
    template, model = made
    arrays = read_arrays(write_shape_model(tmp_path / "whole.npz", model, template, ()))[0]
    arrays |= {"modes": arrays["modes"][:1], "eigenvalues": arrays["eigenvalues"][:1], **changes}
    kept = {key: array for key, array in arrays.items() if array is not None}
    with pytest.raises(FormatError, match=said):
        read_shape_model(write_arrays(tmp_path / "other.npz", kept, {}))
