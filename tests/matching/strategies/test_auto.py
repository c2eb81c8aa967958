"""`auto`: several hypotheses judged, the likeliest kept, what is costly only begun when in doubt."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.results import Result, Status
from geomlearn.matching.judge.verdict import Verdict
from geomlearn.matching.match import match_shapes
from geomlearn.matching.options import MatchOptions
from geomlearn.matching.point_map import Maps
from geomlearn.matching.strategies import auto as module
from geomlearn.matching.strategies import problem
from geomlearn.shapes.builtin import builtin, ground_truth
from tests.matching.blobs import bent, blob, mean_error, permuted

AUTO = MatchOptions(k_end=60, n_candidates=2)
SMALL = AUTO.replace(k_descriptors=60)


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch):
    monkeypatch.setenv("GEOMLEARN_CACHE", "off")


def test_animals_have_hypotheses_of_several_kinds_which_are_kept(monkeypatch) -> None:
    monkeypatch.setattr(module, "CERTAIN", 2.0)
    names = "quadruped-cat-stand", "quadruped-cat-gallop"
    a, b = (builtin(name, 1500, seed=i) for i, name in enumerate(names))
    truth = ground_truth(*names, n_vertices_a=1500, n_vertices_b=1500, seed_b=1)
    monkeypatch.setattr(module, "COSTLY", ())
    found = match_shapes(a, b, AUTO)
    assert mean_error(found.value.map_ab, truth, b) < 6
    sources = {one.source for one in found.value.candidates}
    assert "descriptors" in sources
    assert any(source.startswith("learned") for source in sources)
    assert all(one.fmap_ab.shape == one.fmap_ba.shape for one in found.value.candidates)
    assert found.value.verdict.word in ("good", "doubtful", "bad")
    assert found.stats["hypotheses"][0]["source"] == found.value.candidates[0].source
    hasty = match_shapes(a, b, AUTO.replace(time=1e-6)).value
    assert all(one.source.startswith("learned") for one in hasty.candidates)


def test_nothing_costly_is_begun_when_a_map_is_surely_right(monkeypatch) -> None:
    a = blob(3)
    b, truth = permuted(bent(a, 0.1), seed=1)
    sure = Verdict("good", 1.0, 0.99, "good: sure.")
    monkeypatch.setattr(problem, "verdict_of", lambda *_, **__: sure)
    monkeypatch.setattr(module, "registration", lambda *_, **__: pytest.fail("registration was begun"))
    found = match_shapes(a, b, SMALL)
    assert mean_error(found.value.map_ab, truth, b) < 3
    assert found.status is Status.CONVERGED


def test_time_bounds_what_is_tried(monkeypatch) -> None:
    a = blob(3)
    b, _ = permuted(bent(a, 0.1), seed=1)
    unsure = Verdict("bad", 20.0, 0.1, "bad: unsure.")
    begun: list[str] = []

    def lay(work, progress):
        begun.append("registration")

    monkeypatch.setattr(problem, "verdict_of", lambda *_, **__: unsure)
    monkeypatch.setattr(module, "COSTLY", (("registration", lay),) * 2)
    match_shapes(a, b, SMALL.replace(time=1e-6))
    assert begun == []
    match_shapes(a, b, SMALL)
    assert begun == ["registration"] * 2


def test_what_time_cut_short_is_not_called_cancelled(monkeypatch) -> None:
    a = blob(3)
    b, _ = permuted(bent(a, 0.1), seed=1)

    def lay(work, progress):
        nothing = np.zeros(a.n_vertices, int)
        maps = Maps(nothing, nothing, np.eye(5), np.eye(5))
        return Result(maps, Status.CANCELLED, "Cancelled; as far as it got.", (), {})

    monkeypatch.setattr(module, "COSTLY", (("registration", lay),))
    monkeypatch.setattr(module, "_better", lambda *_: True)
    monkeypatch.setattr(problem, "verdict_of", lambda *_, **__: Verdict("doubtful", 20.0, 0.4, "doubtful: unsure."))
    found = match_shapes(a, b, SMALL)
    assert found.status is not Status.CANCELLED
    assert "The time given was over. as far as it got." in found.sentence


@pytest.mark.parametrize("method", ["bijective-zoomout", "auto"])
def test_converged_never_stands_beside_a_bad_map(monkeypatch, method) -> None:
    a = blob(3)
    b, _ = permuted(bent(a, 0.1), seed=1)
    monkeypatch.setattr(problem, "verdict_of", lambda *_, **__: Verdict("bad", 40.0, 0.01, "bad: torn."))
    monkeypatch.setattr(module, "COSTLY", ())
    found = match_shapes(a, b, SMALL.replace(method=method))
    assert found.status is Status.STALLED
    assert "not to be trusted" in found.sentence
    assert found.value.verdict.word == "bad"


def test_every_method_gives_a_verdict(bent_pair) -> None:
    found = match_shapes(bent_pair.a, bent_pair.b, SMALL.replace(method="bijective-zoomout"))
    assert found.value.verdict.word == "good"
    assert np.isfinite(found.value.verdict.predicted_error)
