"""Arrays under the names people use, from numpy and MATLAB; never a pickle."""

import io
import zipfile

import numpy as np
import pytest
from scipy.io import savemat

from geomlearn.core.errors import FormatError
from geomlearn.shapes.io import read_shape


@pytest.mark.parametrize("names", [("V", "F"), ("verts", "TRIV"), ("pos", "cells"), ("points", None)])
def test_usual_names(sphere, tmp_path, names):
    arrays = {names[0]: sphere.vertices} | ({names[1]: sphere.faces} if names[1] else {})
    np.savez(tmp_path / "a.npz", **arrays)
    shape = read_shape(tmp_path / "a.npz")
    np.testing.assert_array_equal(shape.vertices, sphere.vertices)
    assert shape.n_faces == (80 if names[1] else 0)


def test_matlab_structs_of_columns_that_count_from_one(sphere, tmp_path):
    columns = {axis: sphere.vertices[:, [i]] for i, axis in enumerate("XYZ")}
    savemat(tmp_path / "a.mat", {"surface": {**columns, "TRIV": (sphere.faces + 1).astype(float)}}, do_compression=True)
    shape = read_shape(tmp_path / "a.mat")
    np.testing.assert_array_equal(shape.faces, sphere.faces)
    assert shape.warnings == ("Faces count from 1 in this file, as in MATLAB.",)


def test_pickles_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(FormatError):
        read_shape(tmp_path / "a.npy")


def test_arrays_without_vertices_are_named(tmp_path):
    np.savez(tmp_path / "a.npz", evals=np.arange(4.0), mass=np.ones(4))
    with pytest.raises(FormatError, match="evals, mass"):
        read_shape(tmp_path / "a.npz")


def test_a_header_of_terabytes_is_refused_before_memory_is_taken(tmp_path):
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 3), }"
    data = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    (tmp_path / "a.npy").write_bytes(data)
    with pytest.raises(FormatError, match="announces 2399999999976 bytes"):
        read_shape(tmp_path / "a.npy")


def test_zip_bombs_are_refused(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("vertices.npy", bytes(80 << 20))
    (tmp_path / "a.npz").write_bytes(packed.getvalue())
    with pytest.raises(FormatError, match="out of proportion"):
        read_shape(tmp_path / "a.npz")
