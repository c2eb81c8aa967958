"""A mesh for every sample, in each of the ways people keep them."""

import h5py
import numpy as np
import pytest

from geomlearn.core.errors import FormatError, SizeMismatch
from geomlearn.operators.data.description import described
from geomlearn.operators.data.files import read_dataset, read_samples
from geomlearn.operators.data.reading.options import ReadingOptions
from geomlearn.shapes.io import write_shape
from geomlearn.shapes.load import load_shape

RNG = np.random.default_rng(5)
SHAPES = [load_shape(f"builtin:sphere@{n}") for n in (642, 642, 2562)]
FIELDS = [(RNG.random((shape.n_vertices, 2)), RNG.random(shape.n_vertices)) for shape in SHAPES]


def check(found):
    assert (found.kind, found.n_in, found.n_out, len(found.shapes)) == ("shapes", 2, 1, 2)
    assert described(found) == "3 samples, 2 shapes of 642 … 2562 vertices, 2 channels to 1"
    for i, (inputs, targets) in enumerate(FIELDS):
        np.testing.assert_array_equal(found.inputs[i], inputs.astype(np.float32))
        np.testing.assert_array_equal(found.targets[i], targets[:, None].astype(np.float32))
        np.testing.assert_allclose(found.shapes[found.shape_of[i]].vertices, SHAPES[i].vertices, atol=1e-6)


def named(i, inputs="inputs", targets="targets"):
    return {
        "vertices": SHAPES[i].vertices,
        "faces": SHAPES[i].faces,
        inputs: FIELDS[i][0],
        targets: FIELDS[i][1],
    }


def test_a_folder_of_npz(tmp_path):
    for i in range(3):
        np.savez(tmp_path / f"{i:03d}.npz", **named(i))
    check(read_samples(tmp_path))


def test_a_folder_of_npz_with_names_of_its_own(tmp_path):
    for i in range(3):
        np.savez(tmp_path / f"{i:03d}.npz", **named(i, "load", "stress"))
    with pytest.raises(FormatError, match=r"does not say which values are the inputs: it holds vertices.* load"):
        read_samples(tmp_path)
    check(read_samples(tmp_path, ReadingOptions(inputs="load", targets="stress")))


def test_one_hdf5_with_a_group_for_each(tmp_path):
    with h5py.File(tmp_path / "all.h5", "w") as file:
        for i in range(3):
            for name, array in named(i).items():
                file[f"samples/{i:03d}/{name}"] = array
    check(read_samples(tmp_path / "all.h5"))


def test_faces_that_count_from_one(tmp_path):
    for i in range(3):
        np.savez(tmp_path / f"{i}.npz", **{**named(i), "faces": SHAPES[i].faces + 1})
    found = read_samples(tmp_path)
    check(found)
    np.testing.assert_array_equal(found.shapes[0].faces, SHAPES[0].faces)


@pytest.mark.parametrize("suffix", [".vtp"])
def test_a_folder_of_vtk_files_with_point_data(tmp_path, suffix):
    for i in range(3):
        data = {"px": FIELDS[i][0][:, 0], "py": FIELDS[i][0][:, 1], "T": FIELDS[i][1]}
        write_shape(tmp_path / f"{i}{suffix}", SHAPES[i], point_data=data)
    with pytest.raises(FormatError, match=r"which values are the inputs: it holds px .*, py .*, T"):
        read_samples(tmp_path)
    found = read_samples(tmp_path, ReadingOptions(inputs="px,py", targets="T"))
    assert (found.input_names, found.target_names) == (("px", "py"), ("T",))
    check(found)


def test_a_folder_of_vtu(tmp_path):
    for i in range(3):
        _write_vtu(tmp_path / f"{i}.vtu", SHAPES[i], *FIELDS[i])
    check(read_samples(tmp_path))


def test_one_mesh_or_meshes_of_one_size_with_stacked_values(tmp_path):
    shape = SHAPES[0]
    a, u = RNG.random((5, shape.n_vertices)), RNG.random((5, shape.n_vertices, 3))
    np.savez(tmp_path / "d.npz", vertices=shape.vertices, faces=shape.faces, inputs=a, targets=u)
    found = read_samples(tmp_path / "d.npz")
    assert (found.n_samples, len(found.shapes), found.n_in, found.n_out) == (5, 1, 1, 3)
    np.testing.assert_array_equal(found.targets[4], u[4].astype(np.float32))
    moved = shape.vertices * np.arange(1, 6)[:, None, None]
    np.savez(tmp_path / "d.npz", vertices=moved, faces=shape.faces, inputs=a, targets=u)
    assert len(read_samples(tmp_path / "d.npz").shapes) == 5


def test_points_of_the_plane_stay_points(tmp_path):
    points, a = 10 * RNG.random((5, 40, 2)) - 3, RNG.random((5, 40, 1))
    np.savez(tmp_path / "d.npz", points=points, inputs=a, targets=2 * a)
    found = read_samples(tmp_path / "d.npz")
    assert (found.kind, found.resolution) == ("points", (40,))
    assert found.points.min() == 0.0
    assert found.points.max() == 1.0


def test_folders_that_say_what_is_for_testing(tmp_path):
    for i, half in enumerate(("train", "train", "test")):
        (tmp_path / half).mkdir(exist_ok=True)
        np.savez(tmp_path / half / f"{i}.npz", **named(i))
    found = read_dataset(tmp_path)
    assert (found.train.n_samples, found.test.n_samples) == (2, 1)


def test_what_does_not_fit_is_told_by_its_file(tmp_path):
    np.savez(tmp_path / "0.npz", **named(0))
    np.savez(tmp_path / "1.npz", **{**named(1), "inputs": FIELDS[2][0]})
    with pytest.raises(SizeMismatch, match=r"inputs of 1\.npz has shape \(2562, 2\), on 642 vertices"):
        read_samples(tmp_path)
    np.savez(tmp_path / "1.npz", **{**named(1), "inputs": FIELDS[1][1]})
    with pytest.raises(SizeMismatch, match=r"1\.npz holds inputs to targets, and 0\.npz"):
        read_samples(tmp_path)
    np.savez(tmp_path / "1.npz", **{**named(1), "faces": SHAPES[1].faces + 5000})
    with pytest.raises(FormatError, match=r"1\.npz: Face"):
        read_samples(tmp_path)


def _write_vtu(path, shape, inputs, targets):
    def array(name, values, kind):
        flat, width = " ".join(map(repr, values.ravel().tolist())), values.shape[1] if values.ndim > 1 else 1
        return f'<DataArray type="{kind}" Name="{name}" NumberOfComponents="{width}" format="ascii">{flat}</DataArray>'

    n = shape.n_faces
    cells = array("connectivity", shape.faces.ravel(), "Int64") + array("offsets", 3 * np.arange(1, n + 1), "Int64")
    cells += array("types", np.full(n, 5), "UInt8")
    path.write_text(
        '<VTKFile type="UnstructuredGrid" version="1.0" byte_order="LittleEndian"><UnstructuredGrid>'
        f'<Piece NumberOfPoints="{shape.n_vertices}" NumberOfCells="{n}">'
        f"<PointData>{array('inputs', inputs, 'Float64')}{array('targets', targets, 'Float64')}</PointData>"
        f"<Points>{array('Points', shape.vertices, 'Float64')}</Points><Cells>{cells}</Cells>"
        "</Piece></UnstructuredGrid></VTKFile>"
    )
