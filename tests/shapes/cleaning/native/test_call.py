"""What a library does to its process stays there."""

import numpy as np
import pytest

from geomlearn.core.errors import DeviceError, MeshError
from geomlearn.shapes.cleaning.native import call as module
from geomlearn.shapes.cleaning.native.call import NEEDS, call


def test_a_missing_library_is_named_with_the_extra_that_brings_it(monkeypatch):
    monkeypatch.setitem(NEEDS, "decimate", ("fast-simplification", "no_such_module_at_all"))
    with pytest.raises(DeviceError, match=r"fast-simplification is needed.*geomlearn\[clean\]"):
        call("decimate", "ball", count=3)


def test_what_the_library_refuses_is_a_sentence(ball):
    pytest.importorskip("fast_simplification")
    with pytest.raises(MeshError, match="fast-simplification cannot decimate ball: "):
        call("decimate", "ball", vertices=np.zeros((3, 2)), faces=np.zeros((1, 3), int), count=1)


@pytest.mark.parametrize("ending", ["import os; os.abort()", "import sys; sys.exit(7)"])
def test_a_library_that_brings_its_process_down_leaves_ours_alone(ending, monkeypatch, tmp_path):
    pytest.importorskip("fast_simplification")
    (tmp_path / "child.py").write_text(ending)
    (tmp_path / "__init__.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path.parent))
    monkeypatch.setattr(module, "_MODULE", tmp_path.name)
    with pytest.raises(MeshError, match="ball brings fast-simplification down"):
        call("decimate", "ball", count=1)


def test_one_that_does_not_end_is_ended(monkeypatch, tmp_path):
    pytest.importorskip("fast_simplification")
    (tmp_path / "child.py").write_text("import time; time.sleep(600)")
    (tmp_path / "__init__.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path.parent))
    monkeypatch.setattr(module, "_MODULE", tmp_path.name)
    monkeypatch.setattr(module, "PATIENCE_S", 0.5)
    with pytest.raises(MeshError, match="did not end on ball"):
        call("decimate", "ball", count=1)
