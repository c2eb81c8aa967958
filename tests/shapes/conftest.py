"""One small mesh in every format and variant, written by hand or by programs other than ours."""

import base64
import io
import json
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from geomlearn.shapes.shape import Shape


def icosphere(level: int = 1) -> Shape:
    """A closed sphere of genus 0: 12, 42, 162 … vertices."""
    golden = (1 + 5**0.5) / 2
    points = np.array([p for s in (-1, 1) for t in (-golden, golden) for p in ((0, s, t), (s, t, 0), (t, 0, s))], float)
    gaps = np.linalg.norm(points[:, None] - points[None], axis=2)
    near = np.isclose(gaps, 2.0)
    faces = [
        (i, j, k) for i in range(12) for j in range(i) for k in range(j) if near[i, j] and near[j, k] and near[i, k]
    ]
    faces = np.array(faces)
    for _ in range(level):
        edges, where = np.unique(np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)), axis=0, return_inverse=True)
        middle = len(points) + where.reshape(-1, 3)
        points = np.concatenate([points, points[edges].mean(axis=1)])
        a, b, c, (ab, bc, ca) = *faces.T, middle.T
        faces = np.concatenate([np.stack(t, 1) for t in ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))])
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    inwards = np.einsum("ij,ij->i", np.cross(*(points[faces[:, i]] for i in (0, 1))), points[faces[:, 2]]) < 0
    return Shape(points, np.where(inwards[:, None], faces[:, ::-1], faces), name="sphere")


@pytest.fixture(scope="session")
def sphere() -> Shape:
    return icosphere(1)


@pytest.fixture(scope="session")
def seed_files(tmp_path_factory) -> dict[str, Path]:
    return write_seeds(tmp_path_factory.mktemp("seeds"))


def write_seeds(folder: Path) -> dict[str, Path]:
    """The 42-vertex sphere (or its points) as files; the key is the variant, the suffix the usual one."""
    shape = icosphere(1)
    points, faces = shape.vertices.astype(np.float32).astype(float), shape.faces
    contents = {**_text_meshes(points, faces), **_binary_meshes(points, faces), **_scenes(points, faces)}
    contents |= {**_clouds(points), **_arrays(points, faces)}
    paths = {}
    for name, data in contents.items():
        path = folder / name
        path.write_bytes(data)
        paths[name] = path
    return {**paths, **_vtk(points, faces, folder)}


def _lines(table, form="%.9g", before="") -> str:
    return "".join(before + " ".join(form % x for x in row) + "\n" for row in table)


def _text_meshes(points, faces) -> dict[str, bytes]:
    n, m = len(points), len(faces)
    colored = _lines(np.hstack([points, abs(points)]))
    slashes = "".join(f"f {a}/1/1 {b}/2/1 {c}/1/1\n" for a, b, c in faces + 1)
    facets = "".join(
        "facet normal 0 0 1\n outer loop\n" + _lines(points[f], before="  vertex ") + " endloop\nendfacet\n"
        for f in faces
    )
    header = f"ply\nformat ascii 1.0\ncomment by hand\nelement vertex {n}\n"
    header += "".join(f"property float {c}\n" for c in "xyz")
    return {
        "plain.obj": f"# sphere\n{_lines(points, before='v ')}{_lines(faces + 1, '%d', 'f ')}".encode(),
        "slashes.obj": f"mtllib a.mtl\n{_lines(points, before='v ')}vt 0 0\nvt 1 0\nvn 0 0 1\n{slashes}".encode(),
        "negative.obj": f"{_lines(points, before='v ')}{_lines(faces - n, '%d', 'f ')}".encode(),
        "ascii.off": f"OFF\n{n} {m} 0\n{_lines(points)}{_lines(faces, '%d', '3 ')}".encode(),
        "colors.off": f"COFF\n{n} {m} 0\n{colored}{_lines(faces, '%d', '3 ')}".encode(),
        "ascii.ply": (
            header
            + f"element face {m}\nproperty list uchar int vertex_indices\nend_header\n"
            + _lines(points)
            + _lines(faces, "%d", "3 ")
        ).encode(),
        "spread.vert": _lines(points).encode(),
        "spread.tri": _lines(faces + 1, "%d").encode(),
        "ascii.stl": f"solid sphere\n{facets}endsolid sphere\n".encode(),
    }


def _binary_meshes(points, faces) -> dict[str, bytes]:
    n, m = len(points), len(faces)

    def ply(order: str, ragged: bool) -> bytes:
        word = {"<": "little", ">": "big"}[order]
        last = [[*faces[-2], faces[-1][0]]] if ragged else []
        rows = [*faces[: m - 2].tolist(), *last] if ragged else faces.tolist()
        head = f"ply\nformat binary_{word}_endian 1.0\nelement vertex {n}\n"
        head += "".join(f"property float {c}\n" for c in "xyz") + f"element face {len(rows)}\n"
        head += "property list uchar int vertex_indices\nend_header\n"
        body = b"".join(struct.pack(f"{order}B{len(row)}i", len(row), *row) for row in rows)
        return head.encode() + points.astype(order + "f4").tobytes() + body

    triangles = b"".join(struct.pack("<3f", 0, 0, 1) + points[f].astype("<f4").tobytes() + b"\0\0" for f in faces)
    corners = np.hstack([np.full((m, 1), 3), faces])
    closing = np.hstack([corners, np.zeros((m, 1), int)])
    return {
        "little.ply": ply("<", False),
        "big.ply": ply(">", False),
        "ragged.ply": ply("<", True),
        "binary.stl": b"by hand".ljust(80, b"\0") + struct.pack("<I", m) + triangles,
        "little.off": b"OFF BINARY\n"
        + b"".join(
            [np.array([n, m, 0], "<i4").tobytes(), points.astype("<f4").tobytes(), corners.astype("<i4").tobytes()]
        ),
        "big.off": b"OFF BINARY\n"
        + b"".join(
            [np.array([n, m, 0], ">i4").tobytes(), points.astype(">f4").tobytes(), closing.astype(">i4").tobytes()]
        ),
    }


def _scenes(points, faces) -> dict[str, bytes]:
    import trimesh

    glb = trimesh.Trimesh(points, faces, process=False).export(file_type="glb")
    blob = points.astype("<f4").tobytes() + faces.astype("<u2").tobytes()
    gltf = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "translation": [0, 0, 0]}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "buffers": [
            {"uri": "data:application/octet-stream;base64," + base64.b64encode(blob).decode(), "byteLength": len(blob)}
        ],
        "bufferViews": [
            {"buffer": 0, "byteLength": points.size * 4},
            {"buffer": 0, "byteOffset": points.size * 4, "byteLength": faces.size * 2},
        ],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": len(points), "type": "VEC3"},
            {"bufferView": 1, "componentType": 5123, "count": faces.size, "type": "SCALAR"},
        ],
    }
    vertices = "".join(f'<vertex x="{x:.9g}" y="{y:.9g}" z="{z:.9g}"/>' for x, y, z in points)
    triangles = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in faces)
    model = (
        '<?xml version="1.0"?>'
        '<model unit="millimeter" xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02">'
        f'<resources><object id="1" type="model"><mesh><vertices>{vertices}</vertices>'
        f'<triangles>{triangles}</triangles></mesh></object></resources><build><item objectid="1"/></build></model>'
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("3D/3dmodel.model", model)
    return {"scene.glb": glb, "scene.gltf": json.dumps(gltf).encode(), "plate.3mf": packed.getvalue()}


def lzf(data: bytes) -> bytes:
    """A plain LZF packer: copies of four bytes or more, else literals."""
    out, literals, seen, at = bytearray(), bytearray(), {}, 0

    def flush() -> None:
        for i in range(0, len(literals), 32):
            out.extend([len(literals[i : i + 32]) - 1, *literals[i : i + 32]])
        literals.clear()

    while at < len(data):
        earlier = seen.get(data[at : at + 4])
        seen[data[at : at + 4]] = at
        if earlier is not None and at - earlier <= 8192 and at + 4 <= len(data):
            length = 4
            while length < 264 and at + length < len(data) and data[earlier + length] == data[at + length]:
                length += 1
            flush()
            distance, rest = at - earlier - 1, length - 2
            first = (min(rest, 7) << 5) | (distance >> 8)
            out.extend([first, rest - 7, distance & 255] if rest >= 7 else [first, distance & 255])
            at += length
        else:
            literals.append(data[at])
            at += 1
    flush()
    return bytes(out)


def _clouds(points) -> dict[str, bytes]:
    n = len(points)
    head = f"# .PCD v0.7\nVERSION 0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH {n}\nHEIGHT 1\n"
    head += f"VIEWPOINT 0 0 0 1 0 0 0\nPOINTS {n}\nDATA "
    columns = points.astype("<f4").T.tobytes()
    packed = lzf(columns)
    compressed = struct.pack("<II", len(packed), len(columns)) + packed
    expe = "[Expe/PointSet/Binary/0.1]\nproperty position 12\nproperty radius 4\nproperty normal 12\n"
    expe += f"nofpoints {n}\ndata\n"
    rows = np.hstack([points, np.ones((n, 1)), points]).astype("<f4").tobytes()
    return {
        "ascii.pcd": (head + "ascii\n" + _lines(points)).encode(),
        "binary.pcd": (head + "binary\n").encode() + points.astype("<f4").tobytes(),
        "compressed.pcd": (head + "binary_compressed\n").encode() + compressed,
        "plain.xyz": _lines(points).encode(),
        "normals.txt": _lines(np.hstack([points, points])).encode(),
        "named.csv": ("x,y,z,nx,ny,nz\n" + _lines(np.hstack([points, points])).replace(" ", ",")).encode(),
        "counted.pts": (f"{n}\n" + _lines(np.hstack([points, np.full((n, 1), 7)]))).encode(),
        "expe.pts": expe.encode() + rows,
    }


def _arrays(points, faces) -> dict[str, bytes]:
    import h5py
    from scipy.io import savemat

    npz, npy, mat, h5 = io.BytesIO(), io.BytesIO(), io.BytesIO(), io.BytesIO()
    with h5py.File(h5, "w", libver=("v108", "v108")) as file:
        file["vertices"], file["faces"] = points, faces
    np.savez_compressed(npz, vertices=points, faces=faces)
    np.save(npy, points)
    savemat(mat, {"surface": {"VERT": points, "TRIV": faces + 1}}, do_compression=False)
    files = {"mesh.npz": npz, "points.npy": npy, "mesh.h5": h5, "surface.mat": mat}
    return {name: stream.getvalue() for name, stream in files.items()}


def _vtk(points, faces, folder: Path) -> dict[str, Path]:
    """VTK's own files, in all its encodings, by VTK itself."""
    import pyvista
    from vtkmodules.vtkIOLegacy import vtkPolyDataWriter
    from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter, vtkXMLUnstructuredGridWriter

    mesh = pyvista.PolyData.from_regular_faces(points, faces)
    mesh.point_data["height"] = points[:, 2]
    paths = {}

    def save(name: str, writer, data) -> None:
        paths[name] = folder / name
        writer.SetFileName(str(folder / name))
        writer.SetInputData(data)
        writer.Write()

    for name, ascii_, version in (
        ("ascii.vtk", 1, 42),
        ("binary.vtk", 0, 42),
        ("offsets.vtk", 0, 51),
        ("words.vtk", 1, 51),
    ):
        writer = vtkPolyDataWriter()
        writer.SetFileType(1 if ascii_ else 2)
        writer.SetFileVersion(version)
        save(name, writer, mesh)
    for name, mode, packed in (("text.vtp", 0, 0), ("base64.vtp", 1, 0), ("zlib.vtp", 1, 1), ("raw.vtp", 2, 0)):
        writer = vtkXMLPolyDataWriter()
        writer.SetDataMode(mode)
        writer.SetCompressorTypeToZLib() if packed else writer.SetCompressorTypeToNone()
        if mode == 2:
            writer.EncodeAppendedDataOff()
        save(name, writer, mesh)
    writer = vtkXMLUnstructuredGridWriter()
    save("grid.vtu", writer, mesh.cast_to_unstructured_grid())
    return paths
