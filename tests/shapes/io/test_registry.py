"""Reading by content, writing by suffix, and the same numbers as other programs read."""

import json
import shutil
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geomlearn.core.errors import CountsFromOne, FormatError, GeomError, MeshError, SizeMismatch
from geomlearn.shapes.io import READABLE, WRITABLE, read_metadata, read_point_data, read_shape, write_shape
from geomlearn.shapes.io.registry import FORMATS
from geomlearn.shapes.shape import Shape


def corners(shape: Shape) -> np.ndarray:
    """The triangles as sorted coordinates: equal for equal surfaces, whatever the vertex order."""
    table = np.sort(np.round(shape.vertices[shape.faces], 5).view([("", float)] * 3)[..., 0], axis=1)
    return np.sort(table, axis=0)


def test_every_format_gives_the_same_sphere(seed_files, sphere):
    for name, path in seed_files.items():
        shape = read_shape(path)
        assert shape.n_vertices == 42, name
        assert np.allclose(np.linalg.norm(shape.vertices, axis=1), 1, atol=1e-6), name
        if shape.is_cloud:
            np.testing.assert_allclose(shape.vertices, sphere.vertices, atol=1e-6, err_msg=name)
        elif name != "ragged.ply":
            assert shape.n_faces == 80, name
            np.testing.assert_array_equal(corners(shape), corners(sphere), err_msg=name)


def test_the_seeds_cover_every_readable_suffix(seed_files):
    covered = {path.suffix for path in seed_files.values()}
    assert set(READABLE) - covered == {".asc", ".hdf5"}  # other names for .xyz and .h5


def test_content_decides_when_the_suffix_lies(seed_files, tmp_path):
    for name, path in seed_files.items():
        if name.startswith("spread."):
            continue  # two files that know each other by their names
        # A text file of bare numbers is what these columns look like under any name.
        lying = tmp_path / f"{path.stem}-{path.suffix[1:]}{'.off' if path.suffix != '.off' else '.ply'}"
        shutil.copy(path, lying)
        shape = read_shape(lying)
        assert shape.n_vertices == 42, name
        assert any("whatever its name says" in sentence for sentence in shape.warnings), name


def test_an_unknown_suffix_is_read_by_content_without_a_warning(seed_files, tmp_path):
    path = shutil.copy(seed_files["little.ply"], tmp_path / "mesh.backup")
    assert read_shape(path).warnings == ()


# STL repeats its corners and has no room for clouds: `test_an_stl_comes_back` is its own.
KEEPING = [suffix for suffix in WRITABLE if suffix != ".stl"]


@pytest.mark.parametrize("suffix", KEEPING)
def test_written_files_bring_everything_back(sphere, tmp_path, suffix):
    rng = np.random.default_rng(0)
    shape = sphere.replace(normals=sphere.vertices, colors=np.round(rng.random((42, 3)) * 255) / 255)
    back = read_shape(write_shape(tmp_path / f"sphere{suffix}", shape))
    np.testing.assert_array_equal(back.faces, shape.faces)
    # glb knows single precision only.
    tolerance = 1e-7 if suffix == ".glb" else 1e-15
    np.testing.assert_allclose(back.vertices, shape.vertices, rtol=0, atol=tolerance)
    np.testing.assert_allclose(back.normals, shape.normals, atol=1e-6)
    np.testing.assert_allclose(back.colors, shape.colors, atol=1e-6)
    assert back.content_hash == shape.content_hash or suffix == ".glb"
    assert back.warnings == ()


@settings(max_examples=25, deadline=None)
@given(st.data())
@pytest.mark.parametrize("suffix", [s for s in KEEPING if s != ".glb"])
def test_any_shape_comes_back_bit_for_bit(tmp_path_factory, suffix, data):
    number = st.floats(-1e49, 1e49)  # beyond that coordinates count as not finite
    points = data.draw(st.lists(st.tuples(number, number, number), min_size=1, max_size=6))
    corner = st.integers(0, len(points) - 1)
    faces = data.draw(st.lists(st.tuples(corner, corner, corner), max_size=6))
    shape = Shape(np.array(points), np.array(faces, np.int64).reshape(-1, 3))
    path = write_shape(tmp_path_factory.mktemp("any") / f"a{suffix}", shape)
    assert read_shape(path).content_hash == shape.content_hash


@pytest.mark.parametrize("suffix", KEEPING)
def test_clouds_are_written_as_clouds(sphere, tmp_path, suffix):
    cloud = Shape(sphere.vertices)
    back = read_shape(write_shape(tmp_path / f"cloud{suffix}", cloud))
    assert back.is_cloud
    np.testing.assert_allclose(back.vertices, cloud.vertices, atol=1e-7)


@pytest.mark.parametrize("suffix", [s for s in KEEPING if s not in (".npz", ".off")])
def test_other_programs_read_what_is_written(sphere, tmp_path, suffix):
    import pyvista
    import trimesh

    path = write_shape(tmp_path / f"sphere{suffix}", sphere)
    if suffix == ".vtp":
        mesh = pyvista.read(path)
        points, faces = mesh.points, mesh.regular_faces
    else:
        mesh = trimesh.load(path, force="mesh", process=False)
        points, faces = mesh.vertices, mesh.faces
    np.testing.assert_allclose(points, sphere.vertices, atol=1e-6)
    np.testing.assert_array_equal(faces, sphere.faces)


def test_point_data_travel(sphere, tmp_path):
    data = {"height": sphere.vertices[:, 2], "evecs": sphere.vertices * 2, "label": np.arange(42)}
    path = write_shape(tmp_path / "sphere.vtp", sphere, point_data=data)
    back = read_point_data(path)
    for name, values in data.items():
        np.testing.assert_array_equal(back[name], values)
    assert back["label"].dtype == np.int64
    import pyvista

    np.testing.assert_array_equal(pyvista.read(path).point_data["evecs"], data["evecs"])


def test_point_data_that_do_not_fit_are_refused(sphere, tmp_path):
    with pytest.raises(SizeMismatch, match="42 vertices"):
        write_shape(tmp_path / "a.vtp", sphere, point_data={"u": np.zeros(41)})
    with pytest.raises(FormatError, match="obj file cannot carry"):
        write_shape(tmp_path / "a.obj", sphere, point_data={"u": np.zeros(42)})
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_without_force(sphere, tmp_path):
    path = write_shape(tmp_path / "a.ply", sphere)
    with pytest.raises(GeomError, match="exists already"):
        write_shape(path, sphere)
    write_shape(path, sphere, force=True)


def test_formats_that_are_not_written_say_so(sphere, tmp_path):
    with pytest.raises(FormatError, match=r"not written as \.step"):
        write_shape(tmp_path / "a.step", sphere)
    with pytest.raises(FormatError, match="is a point cloud"):
        write_shape(tmp_path / "a.stl", sphere.replace(faces=np.zeros((0, 3), int)))


@pytest.mark.parametrize("offset", [0.0, 1e7])
@pytest.mark.parametrize("suffix", [".stl", ".glb"])
def test_single_precision_moves_nothing_wherever_the_shape_lies(sphere, tmp_path, suffix, offset):
    write_shape(tmp_path / f"a{suffix}", sphere.replace(vertices=sphere.vertices + offset, normals=None, colors=None))
    back = read_shape(tmp_path / f"a{suffix}")
    assert (back.n_vertices, back.n_faces) == (42, 80)
    assert back.area == pytest.approx(sphere.area, rel=1e-6)
    np.testing.assert_allclose(back.vertices.mean(axis=0), offset, atol=1e-6)


@pytest.mark.parametrize(
    "content, sentence", [(b"", "empty"), (b"hello", "none of the formats"), (b"\0" * 99, "none of")]
)
def test_what_is_no_shape_is_refused(tmp_path, content, sentence):
    path = tmp_path / "file.dat"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=sentence):
        read_shape(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FormatError, match=r"no file .*nowhere\.ply"):
        read_shape(tmp_path / "nowhere.ply")


# What other readers make of these files differs by design: trimesh drops faces with repeated corners or splits at
# texture seams, pyvista keeps degenerate polygons; here the file's own vertices and faces count.
SAME_AS_TRIMESH = (
    "clean/*.obj",
    "open/*.obj",
    "open/*.ply",
    "large/*.ply",
    "formats/fuze_ascii.ply",
    "formats/bone.ply",
)


def test_counts_agree_with_trimesh_on_real_files(shared_data):
    import trimesh

    paths = [path for pattern in SAME_AS_TRIMESH for path in sorted((shared_data / "meshes").glob(pattern))]
    assert len(paths) > 15
    for path in paths:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = trimesh.load(path, process=False, maintain_order=True, force="mesh", skip_texture=True)
        ours = read_shape(path)
        assert ours.n_faces == len(theirs.faces), path.name
        if path.suffix == ".ply" and path.stem != "fuze_ascii":  # there it splits vertices at texture seams
            assert ours.n_vertices == len(theirs.vertices), path.name
        assert ours.area == pytest.approx(theirs.area, rel=1e-6), path.name


def test_all_real_files_load(shared_data):
    """Every file of the collection, the broken ones too, is usable."""
    folders = [shared_data / "meshes" / name for name in ("broken", "clean", "open", "formats", "large")]
    suffixes = {suffix for format_ in FORMATS for suffix in format_.suffixes}
    paths = [p for folder in (*folders, shared_data / "pointclouds") for p in sorted(folder.iterdir())]
    paths = [p for p in paths if p.suffix.lower() in suffixes]
    assert len(paths) > 70
    for path in paths:
        shape = read_shape(path)
        assert shape.n_vertices >= 3, path.name
        assert all(s.endswith(".") and s.isprintable() for s in shape.warnings), path.name


# What the broken files are documented to hold.
KNOWN = {
    "meshes/broken/whitespace.off": (8, 12),
    "meshes/broken/comments.off": (8, 12),
    "meshes/broken/negative_indices.obj": (8, 12),
    "meshes/broken/polygonfaces.obj": (5, 3),
    "meshes/broken/notenoughindices.obj": (3, 1),
    "meshes/broken/points_emptyface.ply": (1024, 0),
    "meshes/broken/soup.stl": (300, 100),
    "meshes/formats/beetle.off": (5105, 9664),
    "meshes/formats/chameleon.pts": (4594, 0),
    "meshes/formats/icosahedron_ascii.stl": (12, 20),
    "meshes/formats/icosahedron_binary.stl": (12, 20),
    "meshes/large/turbineblade.ply": (99519, 199034),
    "pointclouds/milk.pcd": (12575, 0),
    "pointclouds/samp11-utm.pcd": (38010, 0),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_counts(shared_data, name):
    shape = read_shape(shared_data / name)
    assert (shape.n_vertices, shape.n_faces) == KNOWN[name]


def test_scene_files_agree_with_trimesh(shared_data):
    import trimesh

    theirs = trimesh.load(shared_data / "meshes/formats/Duck.glb", force="mesh")
    ours = read_shape(shared_data / "meshes/formats/Duck.glb")
    assert ours.n_faces == len(theirs.faces)
    assert ours.n_vertices < len(theirs.vertices)  # which are split along the texture's seams
    assert ours.warnings == (
        "Not read, since a shape has no place for it: texture coordinates, 1 material.",
        "Vertices that texture or normal seams had split are welded.",
    )
    np.testing.assert_allclose([ours.vertices.min(0), ours.vertices.max(0)], theirs.bounds, atol=1e-6)
    # The same part as an STL: an independent encoding of the same triangles.
    other = read_shape(shared_data / "meshes/large/counter.unitsmm.STL")
    ours = read_shape(shared_data / "meshes/formats/counterXP.3MF")
    assert ours.n_faces == other.n_faces
    assert ours.area == pytest.approx(other.area, rel=1e-4)


def test_vertices_that_are_not_finite_are_left_out_with_a_warning(tmp_path):
    path = tmp_path / "a.obj"
    path.write_text("v 0 0 0\nv nan 0 0\nv 1 0 0\nv 0 1 0\nf 1 3 4\nf 1 2 3\n")
    shape = read_shape(path)
    np.testing.assert_array_equal(shape.faces, [[0, 1, 2]])
    assert shape.warnings == (
        "1 vertex without finite coordinates left out, with 1 face: vertices after number 1 are numbered anew.",
    )


def test_coordinates_beyond_any_measure_count_as_not_finite(tmp_path):
    path = tmp_path / "a.xyz"
    path.write_text("0 0 0\n1 0 0\n0 1 0\n0 0 1e200\n")
    assert read_shape(path).n_vertices == 3


def test_faces_that_count_from_one_are_recognised(tmp_path):
    path = tmp_path / "cat.off"
    path.write_text("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 1 2 3\n")
    with pytest.raises(MeshError) as caught:
        read_shape(path)
    assert caught.value.message == (
        "cat.off cannot be used as a mesh: face 0 refers to vertex 3, but the file has 3 vertices."
    )
    assert caught.value.hint == "The faces are probably 1-based."
    assert isinstance(caught.value, CountsFromOne)
    assert read_shape(path, index_base=1).faces.tolist() == [[0, 1, 2]]
    with pytest.raises(MeshError, match="face 0 refers to vertex 3"):
        read_shape(path, index_base=0)


def test_a_base_given_for_a_file_that_has_another_is_an_error_in_its_own_numbers(tmp_path):
    path = tmp_path / "cat.obj"
    path.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    assert read_shape(path, index_base=1).n_faces == 1
    with pytest.raises(MeshError, match="face 0 refers to vertex 3"):
        read_shape(path, index_base=0)


def test_metadata_of_a_vtp_come_back_here_and_in_vtk(sphere, tmp_path):
    import pyvista

    about = {"source": 'ü "quoted" <a> & </VTKFile>', "k": 3, "parameters": {"x": [1.5, None]}}
    path = write_shape(tmp_path / "a.vtp", sphere, metadata=about)
    assert read_metadata(path) == about
    assert json.loads(str(pyvista.read(path).field_data["metadata"][0])) == about
    assert read_metadata(write_shape(tmp_path / "plain.vtp", sphere)) == {}
    path.write_bytes(path.read_bytes().replace(b">123 34", b">123 35", 1))
    with pytest.raises(FormatError, match="metadata are damaged"):
        read_metadata(path)
