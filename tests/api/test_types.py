"""The short API as a type checker sees it; CI gives this file to mypy, pytest runs what it says."""

from __future__ import annotations

from pathlib import Path
from typing import assert_type

import numpy as np
import torch

import geomlearn as gl
from geomlearn.matching.options import MatchOptions
from geomlearn.operators import LatentSpectralModel
from geomlearn.optimizers import Muon
from geomlearn.spectral.options import EigenbasisOptions


def test_a_basis_and_what_is_made_of_it() -> None:
    ball = gl.read("builtin:icosphere@600")
    assert_type(ball, gl.Shape)
    basis = gl.eigenbasis(ball, EigenbasisOptions(k=8))
    assert_type(basis, gl.Basis)
    assert_type(basis.evals, np.ndarray)
    assert_type(basis.project(ball.vertices), np.ndarray)
    assert_type(gl.wks(basis, n_energies=40), np.ndarray)
    assert basis.evecs.shape == (ball.n_vertices, 8)


def test_a_match_and_what_it_carries(tmp_path: Path) -> None:
    ball = gl.read("builtin:icosphere@600")
    found = gl.match(ball, ball, MatchOptions(k_end=20))
    assert_type(found, gl.Match)
    assert_type(found.map_ab, np.ndarray)
    assert_type(found.pull(ball.vertices), np.ndarray)
    assert_type(found.status, gl.Status)
    assert_type(found.save(tmp_path / "map.txt"), Path)
    assert found.map_ab.shape == (ball.n_vertices,)


def test_a_field_and_modules_of_torch() -> None:
    ball = gl.read("builtin:icosphere@600")
    field = gl.solve("heat", ball, vertex=0)
    assert_type(field, gl.Field)
    assert_type(field.values, np.ndarray)
    model = LatentSpectralModel((16, 16), 1, 1)
    assert_type(Muon(model.parameters(), lr=0.02), Muon)
    answer: torch.Tensor = model(torch.zeros(1, 16, 16, 1))
    assert answer.shape == (1, 16, 16, 1)
