"""A folder of sources that hides what is installed."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_python_m_in_a_folder_of_half_the_sources_ends_in_a_sentence(tmp_path):
    """As in a checkout whose other half is elsewhere; without the packages of this installation (-S)."""
    for name in ("__init__.py", "__main__.py", "core"):
        copy = shutil.copytree if (ROOT / "geomlearn" / name).is_dir() else shutil.copyfile
        (tmp_path / "geomlearn").mkdir(exist_ok=True)
        copy(ROOT / "geomlearn" / name, tmp_path / "geomlearn" / name)
    command = [sys.executable, "-S", "-m", "geomlearn", "info", "a.off"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "hides what is installed (geomlearn.app is missing)" in done.stderr
    assert "Traceback" not in done.stderr
