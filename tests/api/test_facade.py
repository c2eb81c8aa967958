"""The short API as a whole: what it names, what it loads, and that threads may ask at once."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys

import pytest

import geomlearn as gl
from geomlearn.api.calls import Outcome
from tests.matching.blobs import bent, blob, permuted


def in_a_fresh_interpreter(program: str) -> str:
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=240)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("name", gl.__all__)
def test_every_public_call_says_what_it_raises_and_takes_progress_and_seed_by_keyword(name):
    value = getattr(gl, name)
    assert value.__doc__
    if not inspect.isfunction(value):
        return
    for parameter in inspect.signature(value).parameters.values():
        if parameter.name in ("progress", "seed", "cache", "force"):
            assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
    assert "Raises\n" in inspect.getdoc(value) or name in ("methods",)


def test_a_name_that_does_not_exist_is_refused_like_any_attribute():
    with pytest.raises(AttributeError, match="frobnicate"):
        _ = gl.frobnicate
    assert "match" in dir(gl)


def test_bases_files_and_equations_load_neither_torch_nor_vtk(tmp_path):
    program = (
        "import sys, json, geomlearn as gl\n"
        "bare = set(sys.modules)\n"
        "s = gl.read('builtin:icosphere')\n"
        f"gl.write(s, {str(tmp_path / 's.ply')!r}); s = gl.read({str(tmp_path / 's.ply')!r})\n"
        "gl.eigenbasis(s, k=5); gl.solve('heat', s, vertex=0, duration=0.01)\n"
        "heavy = {'torch', 'vtk', 'vtkmodules', 'pyvista', 'trimesh', 'polyscope', 'numpy', 'scipy'}\n"
        "print(json.dumps([sorted(heavy & bare), sorted(heavy & set(sys.modules))]))"
    )
    before, after = json.loads(in_a_fresh_interpreter(program))
    assert before == []
    assert after == ["numpy", "scipy"]


def test_names_may_be_asked_for_by_several_threads_at_once():
    program = (
        "import threading, geomlearn as gl\n"
        "barrier, found, failed = threading.Barrier(8), [], []\n"
        "def ask(turn):\n"
        "    barrier.wait()\n"
        "    for name in sorted(gl.__all__, key=lambda n: hash((n, turn))):\n"
        "        if name == 'as_shape' or not name.startswith('to_'):\n"
        "            try: found.append((name, id(getattr(gl, name))))\n"
        "            except Exception as error: failed.append(f'{name}: {error!r}')\n"
        "threads = [threading.Thread(target=ask, args=(i,)) for i in range(8)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]\n"
        "assert not failed, failed\n"
        "assert len(set(found)) == len({name for name, _ in found}), 'a name had two values'\n"
        "print(len(found))"
    )
    assert int(in_a_fresh_interpreter(program)) == 8 * sum(not name.startswith("to_") for name in gl.__all__)


def test_the_short_story_of_the_readme(tmp_path):
    a = blob(3)
    b, _ = permuted(bent(a), seed=1)
    basis = gl.eigenbasis(a, k=20)
    assert basis.evals.shape == (20,)
    m = gl.match(a, b, k_end=40)
    u = gl.solve("heat", a, vertex=0)
    assert isinstance(m, Outcome)
    assert isinstance(u, Outcome)
    assert m.pull(b.vertices).shape == a.vertices.shape
    assert gl.render(a, u, tmp_path / "heat.png", size=(64, 64)).is_file()
