"""The bad files of tests/corpus, each with what is to be said about it."""

from pathlib import Path

import pytest

from geomlearn.core.errors import GeomError
from geomlearn.shapes.io import read_shape

CORPUS = Path(__file__).parents[1] / "corpus"

REFUSED = {
    "all_nan.ply": "has no vertex with finite coordinates",
    "counts_from_one.off": "face 0 refers to vertex 3, but the file has 3 vertices. The faces are probably 1-based",
    "cut_in_a_face.off": "face 1 announces 3 corners, but its line holds 1",
    "cut_short.stl": "announces 1000 triangles, but holds 2",
    "damaged_lzf.pcd": "compressed part is damaged",
    "decimal_commas.obj": "'0,0' stands where a number belongs. Write decimal numbers with a point",
    "empty.ply": "is empty (0 bytes)",
    "entities.vtp": "VTK",
    "fewer_points.pts": "announces 100 points, but holds 3",
    "git_lfs_pointer.ply": "placeholder of Git LFS",
    "half_header.vtk": "neither ASCII nor BINARY",
    "header_without_end.ply": "no complete PLY header",
    "huge_count.ply": "announces 4294967295 vertex rows, but holds 3",
    "huge_count.vtk": "announces 48000000000 bytes of numbers, but holds 0",
    "huge_counts.off": "announces 99999999999 vertices, but holds 3",
    "huge_list.ply": "announces 1 complete face rows, but holds 0",
    "huge_lzf.pcd": "compressed part is damaged",
    "matlab73.mat": "is damaged",
    "missing_vertex.obj": "face 2 refers to vertex 4021, but the file has 3 vertices",
    "molecule.xyz": "no rows of three numbers",
    "negative_counts.off": "announces -3 vertices",
    "no_data_line.pcd": "no DATA line",
    "no_model.3mf": "without a 3D model",
    "no_triangles.stl": "holds no triangles",
    "old_version.glb": "glTF version 1. Export it as glTF 2.0",
    "only_spaces.obj": "holds no vertices",
    "outside.gltf": "outside its own folder",
    "pickle.npy": "Python objects",
    "two_columns.xyz": "no rows of three numbers",
    "unclosed.vtp": "XML is damaged",
    "uneven_rows.csv": "line 3 has 2 numbers, the lines before it 3",
    "unknown_type.ply": "'property quaternion x'",
    "vertex_zero.obj": "OBJ files count from 1",
    "volume_image.vtk": "STRUCTURED_POINTS, which is no surface",
    "web_page.obj": "is a web page",
    "wrong_bytes.npz": "compressed part is damaged",
}
WARNED = {
    "lying_suffix.stl": "holds an OFF file, whatever its name says",
    "one_nan.ply": "1 vertex without finite coordinates left out, with 1 face",
}


def test_every_file_of_the_corpus_is_here():
    assert {path.name for path in CORPUS.iterdir() if path.is_file()} == REFUSED.keys() | WARNED.keys()


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_one_plain_sentence(name):
    with pytest.raises(GeomError) as caught:
        read_shape(CORPUS / name)
    error = caught.value
    assert REFUSED[name] in str(error)
    assert name in error.message
    assert error.hint
    for text in (error.message, error.hint):
        assert text.isprintable()
        assert text.endswith(".")


@pytest.mark.parametrize("name", WARNED)
def test_read_with_a_warning(name):
    shape = read_shape(CORPUS / name)
    assert shape.n_faces == 1
    assert len(shape.warnings) == 1
    assert WARNED[name] in shape.warnings[0]
