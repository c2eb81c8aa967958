"""The command line, run inside the test's own process, in an empty folder with a cache of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from geomlearn.app.cli.main import main
from geomlearn.shapes.builtin import icosphere
from geomlearn.shapes.io import write_shape


@dataclass(frozen=True)
class Run:
    """What one command line did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """stdout, which must be one JSON object and nothing else."""
        return json.loads(self.out)


Geomlearn = Callable[..., Run]


@pytest.fixture
def geomlearn(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Geomlearn:
    """Runs a command line, given word by word, and returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GEOMLEARN_CACHE", str(tmp_path / "cache"))

    def run(*words: object) -> Run:
        capsys.readouterr()
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return Run(code, captured.out, captured.err)

    return run


@pytest.fixture
def ball(tmp_path: Path) -> Path:
    """A sphere of radius 1 with 642 vertices, as ball.off."""
    return write_shape(tmp_path / "ball.off", icosphere(8))
