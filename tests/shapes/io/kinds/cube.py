"""A cube of side 2 and a cloud of four points, as arrays and as text, and how a file of them is read back."""

import numpy as np

from geomlearn.shapes.io import read_shape

CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
FACES = np.array(
    [
        *([0, 1, 3], [4, 6, 7], [0, 4, 5], [2, 3, 7], [0, 2, 6], [1, 5, 7]),
        *([0, 3, 2], [4, 7, 5], [0, 5, 1], [2, 7, 6], [0, 6, 4], [1, 7, 3]),
    ]
)
CLOUD = [(0.25, -1.5, 3.0), (1.5, 2.25, -0.5), (-0.75, 0.5, 1.25), (2.0, -0.25, 0.125)]
OBJ = "".join("v {:g} {:g} {:g}\n".format(*p) for p in CORNERS) + "".join("f {} {} {}\n".format(*f) for f in FACES + 1)
OFF = (
    "OFF\n8 12 0\n"
    + "".join("{:g} {:g} {:g}\n".format(*p) for p in CORNERS)
    + "".join("3 {} {} {}\n".format(*f) for f in FACES)
)
PLY = (
    "ply\nformat ascii 1.0\nelement vertex 8\nproperty float x\nproperty float y\nproperty float z\n"
    "element face 12\nproperty list uchar int vertex_indices\nend_header\n" + OFF[len("OFF\n8 12 0\n") :]
)


def is_cube(shape):
    return (shape.n_vertices, shape.n_faces, round(shape.area, 9)) == (8, 12, 24.0)


def read(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_shape(path)


def lines(form: str, table) -> str:
    return "".join(form.format(*row) + "\n" for row in table)
