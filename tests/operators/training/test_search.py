"""Searches at equal cost: journals that go on, pruning, and what is refused."""

import json
import sys
from pathlib import Path

import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import Progress
from geomlearn.core.results import Status
from geomlearn.operators.training.options import SearchOptions
from geomlearn.operators.training.search import JOURNAL, forget_search, search

sys.path.insert(0, str(Path(__file__).parent))
from line_fit import LineFit

pytestmark = pytest.mark.usefixtures("one_thread")

FEW = SearchOptions(trials=3, epochs=2, batch_size=8, optimizer=("adamw",), learning_rate=(1e-5, 3e-2))


def build(seed):
    return LineFit(dropout=0.0)


@pytest.mark.parametrize("kind", ["random", "optuna"])
def test_trials_cost_what_was_allowed_and_the_best_is_first(tmp_path, kind):
    pytest.importorskip("optuna")
    result = search(build, FEW.replace(search=kind), tmp_path)
    assert result.status is Status.LIMIT_REACHED
    assert sum(draw.epochs for draw in result.value) == 6
    whole = [draw.error for draw in result.value if not draw.pruned]
    assert whole == sorted(whole)
    assert len((tmp_path / JOURNAL).read_text().splitlines()) == len(result.value) + 1


def test_a_stopped_search_goes_on_with_the_same_draws(tmp_path):
    done = []
    stop = Progress(lambda share, note: done.append(share), lambda: len(done) >= 1)
    first = search(build, FEW, tmp_path / "a", progress=stop)
    assert first.status is Status.CANCELLED and len(first.value) == 1
    with pytest.raises(ParameterError, match="holds trials already"):
        search(build, FEW, tmp_path / "a")
    with pytest.raises(ParameterError, match="another search"):
        search(build, FEW.replace(seed=1), tmp_path / "a", resume=True)
    again = search(build, FEW, tmp_path / "a", resume=True)
    at_once = search(build, FEW, tmp_path / "b")
    assert [(d.chosen, d.error) for d in again.value] == [(d.chosen, d.error) for d in at_once.value]
    forget_search(tmp_path / "a")
    assert not (tmp_path / "a" / JOURNAL).exists()


def test_optuna_cuts_a_hopeless_trial_short_and_its_epochs_go_to_others(tmp_path):
    pytest.importorskip("optuna")
    wide = FEW.replace(search="optuna", trials=8, epochs=8, learning_rate=(1e-7, 3e-2))
    result = search(build, wide, tmp_path)
    assert any(draw.pruned and draw.epochs < 8 for draw in result.value)
    assert len(result.value) > 8
    assert not result.value[0].pruned


def test_a_journal_that_was_cut_in_a_line_goes_on(tmp_path):
    search(build, FEW.replace(trials=2), tmp_path)
    path = tmp_path / JOURNAL
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], lines[2][:20]]))
    assert len(search(build, FEW.replace(trials=2), tmp_path, resume=True).value) == 2
    assert json.loads(path.read_text().splitlines()[0])["trials"] == 2


@pytest.mark.parametrize(
    ("change", "word"),
    [({"learning_rate": (1e-2, 1e-4)}, "least first"), ({"optimizer": ("gns",)}, "no learning rate")],
)
def test_what_cannot_be_is_said(change, word):
    with pytest.raises(ParameterError, match=word):
        FEW.replace(**change)
