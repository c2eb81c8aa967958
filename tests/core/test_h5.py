"""HDF5 files of any layout: what is in them comes back, and damage ends in a sentence, never in circles."""

import json
import struct

import h5py
import numpy as np
import pytest

from geomlearn.core import child_reader
from geomlearn.core import h5 as module
from geomlearn.core.arrays import read_arrays, write_arrays
from geomlearn.core.errors import FormatError

METADATA = {"source": "ü.off", "empty": "", "k": 3, "clusters": [[0, 2]], "long": "z" * 100_000}


@pytest.fixture
def old_layout(tmp_path):
    """What h5py writes by default, and most others: symbol tables, heaps and trees without checksums."""
    path = tmp_path / "old.h5"
    with h5py.File(path, "w") as file:
        file["evals"] = np.arange(8.0)
        file["evecs"] = np.random.default_rng(0).random((4000, 600))  # more than one slab
        file["names"] = ["a", "bcd"]
        file["flags"] = np.array([True, False])
        file["none"] = np.empty((0, 3))
        file["inside/a_group"] = 1
        file.attrs["source"] = "x.off"
        file.attrs["counts"] = np.arange(3)
    return path


def test_our_own_files_have_checksums_throughout(tmp_path, monkeypatch) -> None:
    path = write_arrays(tmp_path / "a.h5", {"x": np.arange(6).reshape(2, 3)}, METADATA)
    monkeypatch.setattr(module, "_read_in_child", None)
    arrays, metadata = read_arrays(path)
    np.testing.assert_array_equal(arrays["x"], [[0, 1, 2], [3, 4, 5]])
    assert metadata == METADATA


def test_the_old_layout_is_read_in_a_process_of_its_own_to_the_same_effect(old_layout, monkeypatch) -> None:
    arrays, metadata = read_arrays(old_layout)
    monkeypatch.setattr(module, "_has_unchecked_parts", lambda path: False)
    straight, same_metadata = read_arrays(old_layout)
    assert list(arrays) == list(straight) == ["evals", "evecs", "flags", "names", "none"]
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, straight[name])
        assert array.dtype == straight[name].dtype
    assert metadata == same_metadata == {"source": "x.off", "counts": [0, 1, 2]}


def test_a_structure_that_leads_in_circles_is_left(old_layout, monkeypatch) -> None:
    """The free list of the names' heap is bent so that it points to itself: HDF5 follows it for ever."""
    raw = bytearray(old_layout.read_bytes())
    heap = raw.index(b"HEAP")
    first_free, data = struct.unpack_from("<QQ", raw, heap + 16)
    size = struct.unpack_from("<Q", raw, data + first_free + 8)[0]
    struct.pack_into("<QQ", raw, data + first_free, first_free, size)
    old_layout.write_bytes(raw)
    monkeypatch.setattr(child_reader, "PATIENCE_S", 1.0)
    with pytest.raises(FormatError, match="in circles"):
        read_arrays(old_layout)


def test_a_library_that_falls_over_takes_nobody_with_it(old_layout, monkeypatch, tmp_path) -> None:
    (tmp_path / "h5py.py").write_text("import os; os.abort()")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(FormatError, match="HDF5 library"):
        read_arrays(old_layout)


def test_a_file_cut_short_while_it_is_handed_over_is_damaged(old_layout) -> None:
    raw = old_layout.read_bytes()
    old_layout.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(FormatError, match="damaged"):
        read_arrays(old_layout)


@pytest.mark.parametrize("layout", ["earliest", "v108"])
def test_huge_announced_data_is_refused_before_memory_is_taken(tmp_path, layout) -> None:
    path = tmp_path / "huge.h5"
    with h5py.File(path, "w", libver=(layout, "latest")) as file:
        file.create_dataset("evecs", shape=(10**6, 2000), dtype="f8", chunks=(1000, 100))
    with pytest.raises(FormatError, match="more than the file holds"):
        read_arrays(path)


def test_a_matlab_file_of_version_7_3_goes_the_same_way(old_layout, tmp_path, monkeypatch) -> None:
    path = tmp_path / "m.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["x"] = np.arange(6.0).reshape(2, 3)
    raw = bytearray(path.read_bytes())
    raw[:19] = b"MATLAB 7.3 MAT-file"
    path.write_bytes(raw)
    np.testing.assert_array_equal(read_arrays(path)[0]["x"], np.arange(6.0).reshape(2, 3).T)
    path.write_bytes(raw[:1000])
    with pytest.raises(FormatError, match="damaged"):
        read_arrays(path)


def test_metadata_is_plain_enough_for_json(old_layout) -> None:
    metadata = read_arrays(old_layout)[1]
    assert json.loads(json.dumps(metadata)) == metadata == {"source": "x.off", "counts": [0, 1, 2]}


@pytest.mark.parametrize("kind", ["external storage", "external link", "virtual", "link in a group"])
def test_a_file_reads_nothing_but_itself(tmp_path, kind) -> None:
    (tmp_path / "secret").write_bytes(b"root:x:0:0" * 8)
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["secret"] = np.arange(10.0)
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["own"] = np.arange(3.0)
        if kind == "external storage":
            file.create_dataset("u", shape=(80,), dtype="u1", external=[(str(tmp_path / "secret"), 0, 80)])
        elif kind == "virtual":
            layout = h5py.VirtualLayout(shape=(10,), dtype="f8")
            layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "secret", shape=(10,))
            file.create_virtual_dataset("u", layout)
        else:
            file["g/u" if kind == "link in a group" else "u"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "secret")
    with pytest.raises((FormatError, OSError, ValueError), match="another file, which is not opened"):
        module.read_h5(path, groups=True) if kind == "link in a group" else read_arrays(path)


def test_groups_that_hold_themselves_end(tmp_path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["g/u"] = np.arange(3.0)
        for i in range(20):
            file[f"g/again{i}"] = file["g"]
    assert list(module.read_h5(tmp_path / "a.h5", groups=True)[0]) == ["g/u"]
