"""Files as people bring them, each with the value computed by hand: a cube of side 2, a cloud."""

import bz2
import gzip
import lzma

import numpy as np
import pytest

from geomlearn.core.errors import CountsFromOne, FormatError
from geomlearn.shapes.io import read_held, read_shape
from tests.shapes.io.kinds.cube import CLOUD, CORNERS, FACES, OBJ, OFF, PLY, is_cube, read


def comma(value):
    return f"{value:.3f}".replace(".", ",")


@pytest.mark.parametrize("separator", [";", " ", "\t", "; "])
def test_a_comma_is_a_decimal_point_where_something_else_separates(tmp_path, separator):
    text = "\n".join(separator.join(map(comma, p)) for p in CLOUD)
    shape = read(tmp_path, "a.txt", text)
    np.testing.assert_array_equal(shape.vertices, CLOUD)
    assert "decimal points" in shape.warnings[0]


def test_quoted_decimal_commas(tmp_path):
    text = "\n".join(",".join(f'"{comma(x)}"' for x in p) for p in CLOUD)
    np.testing.assert_array_equal(read(tmp_path, "a.csv", text).vertices, CLOUD)


@pytest.mark.parametrize(
    "text",
    ["\n".join(",".join(map(comma, p)) for p in CLOUD), "1,5;2.5;3\n" * 4, "1,234.5;2,000.5;3,000.1\n" * 4],
)
def test_commas_that_can_mean_two_things_are_refused(tmp_path, text):
    with pytest.raises(FormatError, match=r"cannot be read: .*comma"):
        read(tmp_path, "a.txt", text)


@pytest.mark.parametrize("separator", [",", ", ", ";", " ", "\t"])
def test_points_stay_points(tmp_path, separator):
    text = "\n".join(separator.join(map(str, p)) for p in CLOUD)
    np.testing.assert_array_equal(read(tmp_path, "a.xyz", text).vertices, CLOUD)


ROWS = ["{},{},{}".format(*p) for p in CLOUD]
TABLES = {
    "quoted": '"x","y","z"\n' + "\n".join(",".join(f'"{x}"' for x in p) for p in CLOUD),
    "named rows": "\n".join(f"p{i},{row}" for i, row in enumerate(ROWS)),
    "an index without a name": ",x,y,z\n" + "\n".join(f"{i},{row}" for i, row in enumerate(ROWS)),
    "an index whose header is missing": "x,y,z\n" + "\n".join(f"{i},{row}" for i, row in enumerate(ROWS)),
    "an index without header": "\n".join(f"{i + 1},{row}" for i, row in enumerate(ROWS)),
    "units and capitals": "X [m],Y [m],Z [m]\n" + "\n".join(ROWS),
    "CloudCompare": "//X Y Z\n" + "\n".join(row.replace(",", " ") for row in ROWS),
    "ParaView": "T,Points:0,Points:1,Points:2\n" + "\n".join(f"7.5,{row}" for row in ROWS),
    "other columns first": "label,when,z,x,y\n" + "\n".join(f"a,,{z},{x},{y}" for x, y, z in CLOUD),
}


@pytest.mark.parametrize("kind", TABLES)
def test_tables_with_quotes_indices_and_names(tmp_path, kind):
    np.testing.assert_array_equal(read(tmp_path, "a.csv", TABLES[kind]).vertices, CLOUD)


def test_further_columns_are_kept_as_point_data(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y,z,heat\n" + "\n".join(f"{row},{i}" for i, row in enumerate(ROWS)))
    np.testing.assert_array_equal(read_held(path).point_data["heat"], [0, 1, 2, 3])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("name, text", [("a.obj", OBJ), ("a.off", OFF), ("a.ply", PLY)])
def test_marks_and_encodings(tmp_path, encoding, name, text):
    assert is_cube(read(tmp_path, name, text.encode(encoding)))


@pytest.mark.parametrize("pack, suffix", [(gzip.compress, ".gz"), (bz2.compress, ".bz2"), (lzma.compress, ".xz")])
def test_packed_files(tmp_path, pack, suffix):
    assert is_cube(read(tmp_path, "a.obj" + suffix, pack(OBJ.encode())))
    assert is_cube(read(tmp_path, "b.off", pack(OFF.encode())))  # whatever its name says
    with pytest.raises(FormatError, match=r"cannot be unpacked|damaged"):
        read(tmp_path, "c.obj" + suffix, pack(OBJ.encode() * 300)[:-30])


def test_a_packed_bomb_is_refused(tmp_path):
    with pytest.raises(FormatError, match="out of proportion"):
        read(tmp_path, "a.obj.gz", gzip.compress(b"v 0 0 0\n" * (9 << 20)))


def test_free_of_lines(tmp_path):
    assert is_cube(read(tmp_path, "a.off", OFF.replace("3 ", "3\n")))
    assert is_cube(read(tmp_path, "b.off", " ".join(OFF.split())))
    assert is_cube(read(tmp_path, "c.off", "OFF\n" + "\n".join(OFF.split()[1:])))
    with pytest.raises(FormatError):
        read(tmp_path, "d.off", " ".join(OFF.split()[:-1]))


def stl(join="\n"):
    facets = [
        join.join(["facet normal 0 0 1", "outer loop", *("vertex {} {} {}".format(*CORNERS[i]) for i in f)])
        + join.join(["", "endloop", "endfacet"])
        for f in FACES
    ]
    return join.join(["solid cube", *facets, "endsolid cube"])


@pytest.mark.parametrize("join", ["\n", " ", "\r\n", " \n  "])
def test_an_stl_of_any_lines(tmp_path, join):
    assert is_cube(read(tmp_path, "a.stl", stl(join)))


def test_every_cut_of_an_stl_is_noticed(tmp_path):
    text = stl()
    for end in range(60, text.rfind("endsolid"), 37):
        try:
            shape = read(tmp_path, "a.stl", text[:end])
        except FormatError:
            continue
        assert any("cut short" in sentence for sentence in shape.warnings), end


@pytest.mark.parametrize("end", ["end_header\n", "end_header  \n", "end_header\t\n", "end_header \r\n"])
@pytest.mark.parametrize("order, word", [("<", "little"), (">", "big")])
def test_blanks_after_the_header_of_a_binary_ply(tmp_path, end, order, word):
    head = PLY[: PLY.index("end_header")].replace("ascii", f"binary_{word}_endian")
    rows = np.zeros(12, [("n", "u1"), ("f", f"{order}i4", 3)])
    rows["n"], rows["f"] = 3, FACES
    body = CORNERS.astype(f"{order}f4").tobytes() + rows.tobytes()
    head = head.replace("\n", "\r\n") if "\r" in end else head
    assert is_cube(read(tmp_path, "a.ply", (head + end).encode() + body))


@pytest.mark.parametrize("end", ["end_header  \n", "end_header\t\n", "end_header \r\n", "end_header\n\n"])
def test_blanks_after_the_header_of_a_ply_of_text(tmp_path, end):
    assert is_cube(read(tmp_path, "a.ply", PLY.replace("end_header\n", end)))


def test_two_files_of_one_name(tmp_path):
    (tmp_path / "cube0.vert").write_text("".join("{:g} {:g} {:g}\n".format(*p) for p in CORNERS))
    assert "No cube0.tri" in read_shape(tmp_path / "cube0.vert").warnings[0]
    (tmp_path / "cube0.tri").write_text("".join("{} {} {}\n".format(*f) for f in FACES + 1))
    assert is_cube(read_shape(tmp_path / "cube0.vert"))
    assert is_cube(read_shape(tmp_path / "cube0.tri"))
    (tmp_path / "cube0.vert").unlink()
    with pytest.raises(FormatError, match=r"no \.vert file lies beside it"):
        read_shape(tmp_path / "cube0.tri")


# A spare vertex first or last leaves open what the faces count from.
SPARE_LAST, SPARE_FIRST = np.vstack([CORNERS, [[5, 5, 5]]]), np.vstack([[[5, 5, 5]], CORNERS])


@pytest.mark.parametrize("points, faces, area", [(SPARE_LAST, FACES + 1, 24), (SPARE_FIRST, FACES + 2, 24)])
def test_matlab_counts_from_one(tmp_path, points, faces, area):
    from scipy.io import savemat

    savemat(tmp_path / "a.mat", {"VERT": points, "TRIV": faces.astype(float)})
    assert read_shape(tmp_path / "a.mat").area == pytest.approx(area)


def test_matlab_counts_from_zero_where_a_zero_occurs(tmp_path):
    from scipy.io import savemat

    savemat(tmp_path / "a.mat", {"vertices": SPARE_LAST, "faces": FACES})
    assert read_shape(tmp_path / "a.mat").area == pytest.approx(24)


def test_elsewhere_what_cannot_be_told_is_said(tmp_path):
    np.savez(tmp_path / "open.npz", vertices=SPARE_LAST, faces=FACES + 1)
    assert "may count from 1" in read_shape(tmp_path / "open.npz").warnings[0]
    assert read_shape(tmp_path / "open.npz", index_base=1).area == pytest.approx(24)
    np.savez(tmp_path / "told.npz", vertices=SPARE_FIRST, faces=FACES + 2)
    assert read_shape(tmp_path / "told.npz").area == pytest.approx(24)
    assert read_shape(tmp_path / "told.npz", index_base=1).area == pytest.approx(24)
    with pytest.raises(CountsFromOne):
        read(tmp_path, "a.off", OFF.replace("3 0 1 3", "3 1 2 8").replace(" 0", " 1").replace("8 12 1", "8 12 0"))


def test_structs_in_structs_and_several(tmp_path):
    from scipy.io import savemat

    x, y, z = CORNERS.T[:, :, None]
    surface = {"X": x, "Y": y, "Z": z, "TRIV": FACES + 1.0}
    savemat(tmp_path / "deep.mat", {"S": {"name": "cube", "surface": surface}})
    assert is_cube(read_shape(tmp_path / "deep.mat"))
    big = {"VERT": 2 * CORNERS, "TRIV": FACES + 1.0}
    savemat(tmp_path / "two.mat", {"a": {"VERT": CORNERS, "TRIV": FACES + 1.0}, "b": big})
    shape = read_shape(tmp_path / "two.mat")
    assert is_cube(shape)
    assert "2 shapes: a was read, not b" in " ".join(shape.warnings)
    cells = np.empty((1, 2), object)
    cells[0, 0], cells[0, 1] = surface, big
    savemat(tmp_path / "cells.mat", {"shapes": cells})
    assert is_cube(read_shape(tmp_path / "cells.mat"))


def test_matlab_7_3(tmp_path):
    import h5py

    path = tmp_path / "a.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["S/surface/VERT"], file["S/surface/TRIV"] = CORNERS.T, FACES.T + 1.0
        file["S/name"] = np.array([[99, 97, 116]], np.uint16)
        file["S/name"].attrs["MATLAB_class"] = np.bytes_("char")
    raw = bytearray(path.read_bytes())
    raw[:19] = b"MATLAB 7.3 MAT-file"
    path.write_bytes(raw)
    assert is_cube(read_shape(path))


def test_lost_colours_are_left_out_and_said(tmp_path):
    head = "VERSION .7\nFIELDS x y z rgb\nSIZE 4 4 4 4\nTYPE F F F F\n"
    head += "COUNT 1 1 1 1\nWIDTH 2\nHEIGHT 1\nPOINTS 2\nDATA ascii\n"
    shape = read(tmp_path, "a.pcd", head + "0 0 0 nan\n1 0 0 4.2108e+06\n")
    assert shape.colors is None
    assert "1 of 2 were written as nan" in shape.warnings[0]
    shape = read(tmp_path, "a.pcd", head + "0 0 0 16711680\n1 0 0 255\n")
    np.testing.assert_array_equal(shape.colors, [[1, 0, 0], [0, 0, 1]])


def test_what_has_no_place_in_a_shape_is_named(tmp_path):
    text = "mtllib a.mtl\ng one\nusemtl red\n" + OBJ.replace("f 1", "vt 0 0\ng two\nusemtl blue\nf 1", 1) + "l 1 2\n"
    sentence = " ".join(read(tmp_path, "a.obj", text).warnings)
    for word in ("texture coordinates", "2 materials", "2 groups", "lines"):
        assert word in sentence
    quads = "OFF\n4 1 0\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n4 0 1 2 3\n"
    assert read(tmp_path, "a.off", quads).warnings == ("1 face of more than three corners cut into triangles.",)
