"""Shapes that cannot be matched say so in a sentence: no features, other handles, parts, mirrored copies."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from geomlearn.core.results import Status
from geomlearn.matching.doubts import featureless, handles, suspicion
from geomlearn.matching.match import match_shapes
from geomlearn.matching.options import MatchOptions
from geomlearn.matching.prepared import Prepared
from geomlearn.shapes.builtin import builtin, icosphere
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions
from tests.matching.blobs import blob

SMALL = MatchOptions(method="bijective-zoomout", k_end=40, k_descriptors=60, n_candidates=2)


def prepared(shape: Shape) -> Prepared:
    return Prepared(shape, eigenbasis(shape, EigenbasisOptions(k=60)), 300)


@pytest.mark.parametrize("ball", [icosphere(8), builtin("sphere", 900)], ids=["icosphere", "sphere"])
def test_spheres_have_no_features_and_bodies_have(ball: Shape) -> None:
    assert "alike from everywhere" in featureless(prepared(ball), prepared(blob(3)))[0]
    assert featureless(prepared(blob(3)), prepared(builtin("torus", 900))) == []


def test_a_map_between_spheres_is_never_called_good() -> None:
    found = match_shapes(icosphere(8), builtin("sphere", 900), SMALL)
    assert found.value.verdict.word == "bad"
    assert found.value.verdict.p_within_5 == 0
    assert "alike from everywhere" in found.value.verdict.sentence
    assert "alike from everywhere" in found.sentence
    assert found.status is not Status.CONVERGED


def test_other_numbers_of_handles_are_said() -> None:
    ring = builtin("torus", 900)
    assert handles(ring, blob(3))[0].startswith(f"{ring.name} has 1 and blob-0 has 0 handles: no map between them is")
    assert handles(blob(3), blob(2)) == []
    assert handles(ring.replace(faces=np.zeros((0, 3), int)), blob(3)) == []
    assert "handles" in match_shapes(ring, blob(3), SMALL).sentence


def test_a_mirrored_copy_is_suspected_where_no_map_keeps_sides(monkeypatch) -> None:
    from geomlearn.matching.strategies import single

    honest = single.descriptor_candidates
    turned = lambda *all: [replace(one, orientation=-0.5) for one in honest(*all)]  # noqa: E731
    monkeypatch.setattr(single, "descriptor_candidates", turned)
    assert "--orientation reversed" in match_shapes(blob(3), blob(3), SMALL).sentence
    monkeypatch.undo()
    assert "--orientation reversed" not in match_shapes(blob(3), blob(3), SMALL).sentence


@pytest.mark.parametrize(("disorder", "said"), [(0.07, False), (0.09, True)])
def test_directions_that_contradict_each_other_are_said_beyond_what_isometric_pairs_show(disorder, said) -> None:
    from geomlearn.matching.strategies.single import warn

    whole = SimpleNamespace(whole=blob(3))
    work = SimpleNamespace(notes=[], a=whole, b=whole)
    warn(work, SimpleNamespace(disorder=disorder, orientation=0.5))
    assert any("contradict each other" in note for note in work.notes) is said


def test_only_a_part_beside_a_whole_is_suspected() -> None:
    whole = blob(3)
    kept = whole.vertices[whole.faces].mean(axis=1)[:, 0] > 0.3
    used, compact = np.unique(whole.faces[kept], return_inverse=True)
    part = Shape(whole.vertices[used], compact.reshape(-1, 3), "part")
    assert "part has long open rims" in suspicion(part, whole)[0]
    assert suspicion(whole, whole) == []
    assert suspicion(part, part) == []
