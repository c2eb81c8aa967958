"""The good files that are damaged, and the families that they are counted by."""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.shapes.conftest import icosphere, write_seeds


@dataclass(frozen=True)
class Family:
    """Good files with one reader.

    Attributes
    ----------
    reader   its key in `READERS`.
    files    patterns of the names, below the folder of the family's maker.
    make     writes the files into a folder.
    """

    reader: str
    files: tuple[str, ...]
    make: Callable[[Path], object]

    def lay(self, folder: Path, kept: Path) -> None:
        """The family's files in `folder`; `kept` is where each maker's files are kept."""
        made = kept / self.make.__name__
        if not made.exists():
            made.mkdir()
            self.make(made)
        for path in sorted({path for pattern in self.files for path in made.glob(pattern)}):
            (shutil.copytree if path.is_dir() else shutil.copy)(path, folder / path.name)


def packed(folder: Path) -> None:
    made = write_seeds(folder)
    for name, suffix, pack in (
        ("slashes.obj", ".gz", gzip.compress),
        ("little.ply", ".bz2", bz2.compress),
        ("ascii.off", ".xz", lzma.compress),
    ):
        (folder / f"{name}{suffix}").write_bytes(pack(made[name].read_bytes()))


def correspondences(folder: Path) -> None:
    from geomlearn.matching.io.functional_maps import write_fmap
    from geomlearn.matching.io.landmarks import write_landmarks
    from geomlearn.matching.io.maps import write_map

    map_ab = np.random.default_rng(0).permutation(42)
    about = {"source": "a.off", "target": "b.off", "method": "zoomout"}
    for name in ("list.txt", "table.csv", "arrays.npz", "bare.npy", "arrays.h5", "arrays.mat"):
        write_map(folder / name, map_ab, about)
    write_map(folder / "from_one.vts", map_ab, index_base=1, plain=True)
    write_landmarks(folder / "landmarks-blank.txt", np.stack([np.arange(9), map_ab[:9]], 1))
    write_landmarks(folder / "landmarks-comma.csv", np.stack([np.arange(9), map_ab[:9]], 1), index_base=1)
    for name in ("functional-map.npz", "functional-map.h5"):
        write_fmap(folder / name, np.eye(6) + 0.01, about)
    (folder / "inside.baryc_gt").write_text("".join(f"{1 + i % 80} 0.2 0.3 0.5\n" for i in range(42)))


def functions(folder: Path) -> None:
    from geomlearn.operators.fields.field_files import write_field
    from geomlearn.operators.fields.series import FieldSeries
    from geomlearn.spectral.basis_files import write_basis
    from geomlearn.spectral.eigenbasis import eigenbasis
    from geomlearn.spectral.options import EigenbasisOptions

    shape = icosphere(1)
    series = FieldSeries(np.arange(3.0), np.random.default_rng(0).random((3, 42)), metadata={"method": "heat"})
    for name in ("series.pvd", "series.npz", "series.h5", "series.mat"):
        write_field(folder / name, series, shape)
    basis = eigenbasis(shape, EigenbasisOptions(k=6), cache=False)
    for name in ("basis.npz", "basis.h5", "basis.mat", "basis.vtp"):
        write_basis(folder / name, basis, shape)
    (folder / "values-column.txt").write_text("\n".join(map(repr, series.values[0].tolist())))
    (folder / "values-table.csv").write_text(
        "vertex,u\n" + "".join(f"{i},{x!r}\n" for i, x in enumerate(shape.vertices[:, 2].tolist()))
    )
    (folder / "sensors.csv").write_text(
        "vertex,x,y,z,weight\n"
        + "".join(f"{i},{x!r},{y!r},{z!r},1\n" for i, (x, y, z) in enumerate(shape.vertices.tolist()))
    )


def models(folder: Path) -> None:
    from geomlearn.operators.models.field_operator import FieldOperator
    from geomlearn.operators.models.model_files import save_operator
    from geomlearn.operators.models.signature import Signature
    from geomlearn.operators.models.table import model_named
    from geomlearn.operators.sequence.classification.classifier import SequenceClassifier
    from geomlearn.operators.sequence.classification.options import ClassifierOptions
    from geomlearn.operators.sequence.model_files import save_sequence_model
    from geomlearn.operators.sequence.options import SSMOptions
    from geomlearn.operators.sequence.rollout.model import RolloutModel

    row = model_named("fno")
    options = row.resolve_options()(width=2, modes=2)
    save_operator(
        folder / "operator.safetensors", FieldOperator(row, Signature("grid", (8, 8), ("a",), ("u",)), options)
    )
    save_sequence_model(folder / "rule.safetensors", RolloutModel(equation="heat", pace=0.1))
    small = ClassifierOptions(ssm=SSMOptions(init="s4d-lin", n=4, blocks=1), width=4, depth=1)
    save_sequence_model(folder / "classifier.safetensors", SequenceClassifier(2, ("a", "b"), small))


def training_data(folder: Path) -> None:
    import h5py
    import torch
    from scipy.io import savemat

    from geomlearn.operators.data.sample_files import write_samples
    from geomlearn.operators.data.samples import Samples

    rng, shape = np.random.default_rng(0), icosphere(1)
    a, u = (rng.random((6, 8, 9)).astype(np.float32) for _ in range(2))
    np.savez(folder / "pairs.npz", a=a, u=u)
    savemat(folder / "pairs.mat", {"coeff": a, "sol": u})
    torch.save({"x": torch.tensor(a), "y": torch.tensor(u)}, folder / "pairs.pt")
    with h5py.File(folder / "pairs.h5", "w") as file:
        file["x"], file["y"] = a, u
    write_samples(folder / "ours.h5", Samples(a[..., None], u[..., None]))
    on_mesh = {
        "vertices": shape.vertices,
        "faces": shape.faces,
        "inputs": shape.vertices,
        "targets": shape.vertices[:, :1],
    }
    np.savez(folder / "mesh.npz", **on_mesh)
    rows = rng.random((12, 20))
    lines = [",".join([*(f"{x:.4f}" for x in row), "ab"[i % 2]]) for i, row in enumerate(rows)]
    (folder / "series.ts").write_text(
        "@problemName s\n@univariate true\n@classLabel true a b\n@data\n"
        + "\n".join(":".join(line.rsplit(",", 1)) for line in lines)
    )
    heads = "".join(f"@attribute t{i} numeric\n" for i in range(20))
    (folder / "series.arff").write_text(f"@relation s\n{heads}@attribute target {{a,b}}\n@data\n" + "\n".join(lines))
    (folder / "series.tsv").write_text(
        "\n".join("\t".join(["12"[i % 2], *(f"{x:.4f}" for x in row)]) for i, row in enumerate(rows))
    )


def _shapes(*suffixes: str) -> Family:
    return Family("shape", tuple(f"*{suffix}" for suffix in suffixes), write_seeds)


FAMILIES = {
    "obj": _shapes(".obj"),
    "off": _shapes(".off"),
    "ply": _shapes(".ply"),
    "stl": _shapes(".stl"),
    "tosca": _shapes(".vert", ".tri"),
    "gltf": _shapes(".glb", ".gltf"),
    "3mf": _shapes(".3mf"),
    "vtk": _shapes(".vtk"),
    "vtp, vtu": _shapes(".vtp", ".vtu"),
    "text clouds": _shapes(".xyz", ".txt", ".csv", "counted.pts"),
    "pcd, expe": _shapes(".pcd", "expe.pts"),
    "npz, npy": _shapes(".npz", ".npy"),
    "h5": _shapes(".h5"),
    "mat": _shapes(".mat"),
    "packed": Family("shape", ("*.gz", "*.bz2", "*.xz"), packed),
    "pvd": Family("fields", ("series.pvd", "series_frames"), functions),
    "fields": Family("fields", ("series.npz", "series.h5", "series.mat"), functions),
    "values": Family("values", ("values-*",), functions),
    "bases": Family("bases", ("basis.*",), functions),
    "sensors": Family("sensors", ("sensors.csv",), functions),
    "maps": Family("maps", ("list.txt", "table.csv", "arrays.*", "bare.npy", "from_one.vts"), correspondences),
    "truth": Family("truth", ("list.txt", "inside.baryc_gt"), correspondences),
    "landmarks": Family("landmarks", ("landmarks-*",), correspondences),
    "functional maps": Family("functional_maps", ("functional-map.*",), correspondences),
    "operator models": Family("operators", ("operator.safetensors",), models),
    "sequence models": Family("sequence_models", ("rule.safetensors", "classifier.safetensors"), models),
    "training data": Family("samples", ("pairs.*", "ours.h5", "mesh.npz"), training_data),
    "labelled series": Family("labelled", ("series.ts", "series.arff", "series.tsv"), training_data),
}
