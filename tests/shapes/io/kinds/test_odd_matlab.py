"""MATLAB's and HDF5's ways to keep shapes: versions, structs, cells, groups, names."""

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from geomlearn.core.arrays import read_arrays
from geomlearn.core.errors import FormatError
from geomlearn.shapes.io import read_shape
from tests.shapes.io.kinds.cube import CORNERS, FACES, is_cube

CUBE = {"VERT": CORNERS, "TRIV": FACES + 1.0}


@pytest.mark.parametrize("names", [("VERT", "TRIV"), ("vertex", "face"), ("V", "F"), ("nodes", "elements")])
@pytest.mark.parametrize("version", ["4", "5"])
def test_versions_and_names(tmp_path, names, version):
    savemat(tmp_path / "a.mat", dict(zip(names, CUBE.values(), strict=True)), format=version)
    assert is_cube(read_shape(tmp_path / "a.mat"))


def test_rows_and_columns_may_be_exchanged(tmp_path):
    savemat(tmp_path / "a.mat", {"vertex": CORNERS.T, "face": FACES.T + 1.0})
    shape = read_shape(tmp_path / "a.mat")
    assert is_cube(shape)
    assert shape.warnings == ("Faces count from 1 in this file, as in MATLAB.",)  # nothing is left out


@pytest.mark.parametrize("head", [b"\0" * 128, b"\0\0\0\0" * 4 + b"\1\0\0\0" + b"\0" * 9, bytes(range(128))])
def test_what_only_begins_like_version_4_is_none(tmp_path, head):
    (tmp_path / "a.mat").write_bytes(head)
    with pytest.raises(FormatError, match="none of npz, npy, mat, h5"):
        read_arrays(tmp_path / "a.mat")


def of_version_73(path, fill):
    with h5py.File(path, "w", userblock_size=512) as file:
        fill(file)
    raw = bytearray(path.read_bytes())
    raw[:19] = b"MATLAB 7.3 MAT-file"
    path.write_bytes(raw)
    return path


def several_structs(file):
    """M(1) and M(2): a group whose fields are references, as MATLAB writes an array of structs."""
    for key, value in CUBE.items():
        places = file.create_dataset(f"M/{key}", (2, 1), h5py.ref_dtype)
        for i in range(2):
            file[f"#refs#/{key}{i}"] = value.T * (1 + i if key == "VERT" else 1)
            places[i, 0] = file[f"#refs#/{key}{i}"].ref


def cells_of_structs(file):
    for i in range(2):
        for key, value in CUBE.items():
            file[f"#refs#/{i}/{key}"] = value.T * (1 + i if key == "VERT" else 1)
    places = file.create_dataset("shapes", (2, 1), h5py.ref_dtype)
    places[:, 0] = [file[f"#refs#/{i}"].ref for i in range(2)]
    places.attrs["MATLAB_class"] = np.bytes_("cell")


def nested_structs(file):
    for key, value in CUBE.items():
        file[f"S/shape/surface/{key}"] = value.T


def circles(file):
    nested_structs(file)
    places = file.create_dataset("loop", (1, 1), h5py.ref_dtype)
    places[0, 0] = places.ref
    file["S/again"] = file["S"]


@pytest.mark.parametrize("fill", [several_structs, cells_of_structs, nested_structs, circles])
def test_structs_and_cells_of_version_73(tmp_path, fill):
    shape = read_shape(of_version_73(tmp_path / "a.mat", fill))
    assert is_cube(shape)
    said = " ".join(shape.warnings)
    assert ("2 shapes" in said) == (fill in (several_structs, cells_of_structs))


def test_groups_of_hdf5(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["run/mesh/vertices"], file["run/mesh/faces"], file["run/mesh/height"] = CORNERS, FACES, CORNERS[:, 2]
        file["other/vertices"], file["other/faces"] = 3 * CORNERS, FACES
    shape = read_shape(tmp_path / "a.h5")
    assert "2 shapes: other was read, not run/mesh" in " ".join(shape.warnings)
