"""What stays unloaded: the price of `--help`, and the libraries that must not share a process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"torch", "scipy", "trimesh", "pyvista", "vtk", "vtkmodules", "polyscope", "h5py", "matplotlib", "numpy"}


def loaded_by(program: str, cwd: Path) -> set[str]:
    """The top-level packages in memory after `program` ran in a fresh interpreter."""
    report = "; import sys, json; sys.stderr.write(json.dumps(sorted({n.split('.')[0] for n in sys.modules})))"
    ran = subprocess.run(
        [sys.executable, "-c", program + report],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(cwd)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    return set(json.loads(ran.stderr.splitlines()[-1]))


def test_help_and_version_load_nothing_heavy(tmp_path):
    program = "from geomlearn.app.cli.main import main; main(['--help']); main(['--version'])"
    assert not loaded_by(program, tmp_path) & HEAVY


@pytest.mark.parametrize("verb", ["basis", "match", "solve heat", "render"])
def test_the_help_of_a_verb_reads_its_options_without_torch_or_scipy(tmp_path, verb):
    program = f"from geomlearn.app.cli.main import main; main([*{verb!r}.split(), '--help'])"
    assert not loaded_by(program, tmp_path) & (HEAVY - {"numpy", "h5py"})


def test_pictures_are_drawn_in_another_process(tmp_path):
    program = "from geomlearn.app.cli.main import main; "
    program += "main(['render', 'builtin:icosphere', '-o', 'p.png', '--size', '64x64'])"
    assert not loaded_by(program, tmp_path) & {"vtk", "vtkmodules", "pyvista", "torch", "polyscope"}
    assert (tmp_path / "p.png").is_file()


def test_importing_the_packages_does_nothing(tmp_path):
    assert not loaded_by("import geomlearn, geomlearn.operators, geomlearn.app", tmp_path) & HEAVY
    assert list(tmp_path.iterdir()) == []


def test_the_short_api_and_python_m_are_the_same_program(tmp_path):
    assert not loaded_by("import geomlearn as gl; gl.__all__; dir(gl)", tmp_path) & HEAVY
    ran = subprocess.run(
        [sys.executable, "-m", "geomlearn", "--version"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert ran.stdout.strip() == "0.1.0"
