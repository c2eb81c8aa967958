"""Designs: tables, surrogates, searches, and the verb."""

import csv
import json

import numpy as np
import pytest
import torch

from geomlearn.app.cli.main import main
from geomlearn.core.errors import FormatError, GeomError, ParameterError, SolverError
from geomlearn.operators.design.cma import cma_es
from geomlearn.operators.design.options import DesignOptions
from geomlearn.operators.design.propose import propose
from geomlearn.operators.design.runs import read_runs, runs_of, write_proposals
from geomlearn.operators.design.surrogate import Ensemble, climb, learn, network

QUICK = DesignOptions(members=2, width=32, epochs=40, steps=60, goal="max")


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def bowl(n=200, seed=0):
    """Runs of a score whose best design lies inside the ranges."""
    x = np.random.default_rng(seed).uniform(-1, 1, (n, 3))
    return runs_of(("a", "b", "c"), x.tolist(), 2 - ((x - [0.5, -0.3, 0.1]) ** 2).sum(1))


def test_8_gradient_ascent_reaches_the_maximum_of_a_known_quadratic():
    best = torch.tensor([0.5, -0.3, 0.1])
    start = torch.rand(20, 3)
    found = climb(lambda x: -((x - best) ** 2).sum(1), start, 400, 0.02)
    torch.testing.assert_close(found, best.expand(20, 3), atol=1e-4, rtol=0)
    held = climb(lambda x: -((x - best) ** 2).sum(1), start, 400, 0.02, torch.zeros(3), torch.ones(3))
    torch.testing.assert_close(held[:, 1], torch.zeros(20))


def test_8_cma_reaches_it_through_a_bad_condition():
    best, axes = np.linspace(-0.5, 0.5, 6), 10.0 ** np.linspace(0, 3, 6)
    seen, scores = cma_es(
        lambda x: -(axes * (x - best) ** 2).sum(1), np.zeros(6), 0.3, 250, 10, -np.ones(6), np.ones(6)
    )
    assert -scores.max() < 1e-8
    assert np.abs(seen).max() <= 1


@pytest.mark.parametrize("search", ["ascent", "cma"])
@pytest.mark.parametrize("flatness", ["none", "ignite", "sam"])
def test_searches_climb_and_stay_inside_the_ranges(search, flatness):
    x = np.random.default_rng(0).uniform(-1, 1, (200, 3))
    score = 2 - ((x - [0.5, -0.3, 0.1]) ** 2).sum(1)
    worse = np.argsort(score)[:150]
    runs = runs_of(("a", "b", "c"), x[worse].tolist(), score[worse])
    found = propose(runs, 10, QUICK.replace(search=search, flatness=flatness))
    made = np.array(found.rows)
    if search == "ascent":
        # The best quarter of the bowl was hidden, and some of what is proposed lies in it.
        assert (2 - ((made - [0.5, -0.3, 0.1]) ** 2).sum(1)).max() > runs.scores.max()
    else:
        # Evolution goes to the top of the surrogate, which need not be where the score is high: it says what it found.
        ascent = propose(runs, 10, QUICK.replace(flatness=flatness, steps=5))
        assert found.predicted[0] > ascent.predicted[0]
    assert (made >= x[worse].min(0) - 1e-6).all()
    assert (made <= x[worse].max(0) + 1e-6).all()
    assert len(found.rows) <= 10
    assert (np.diff(found.predicted) <= 0).all()
    assert (found.bar >= 0).all()
    assert found.known == runs.scores.max()


def test_no_proposal_is_a_run_of_the_table_and_a_search_that_goes_nowhere_says_so():
    letters = np.random.default_rng(0).integers(0, 4, (150, 5))
    runs = runs_of(
        [f"letter {i}" for i in range(5)], np.array(list("ACGT"))[letters].tolist(), letters.sum(1).astype(float)
    )
    found = propose(runs, 20, QUICK.replace(step_rel=0.1))
    table = {"".join(row) for row in runs.rows(runs.x)}
    made = ["".join(row) for row in found.rows]
    assert len(set(made)) == len(made)
    assert not set(made) & table
    with pytest.raises(SolverError, match="designs that the table has already"):
        propose(runs, 20, QUICK.replace(steps=0))


def test_small_scores_are_good_when_told_so():
    runs = bowl()
    flipped = runs_of(("a", "b", "c"), runs.rows(runs.x), -runs.scores)
    up = propose(runs, 5, QUICK)
    down = propose(flipped, 5, QUICK.replace(goal="min"))
    np.testing.assert_allclose(up.predicted, -down.predicted, rtol=1e-4)
    np.testing.assert_allclose(np.array(up.rows, float), np.array(down.rows, float), atol=1e-4)


def test_flatter_surrogates_have_smaller_slopes_in_their_weights():
    runs = bowl()
    x, y = torch.from_numpy(runs.x), torch.from_numpy((runs.scores - runs.scores.mean()) / runs.scores.std())
    free, kept = (
        learn(x, y.float(), QUICK.replace(flatness=flatness, epochs=60)).sharpness(x).mean()
        for flatness in ("none", "ignite-2")
    )
    assert kept < free


def test_sharpness_of_a_design_is_the_norm_of_its_gradient():
    torch.manual_seed(0)
    member = network(3, 8)
    x = torch.randn(4, 3)
    found = Ensemble([member]).sharpness(x)
    for one, value in zip(x, found, strict=True):
        slopes = torch.autograd.grad(member(one[None])[0, 0], list(member.parameters()))
        assert float(value) == pytest.approx(float(torch.cat([s.flatten() for s in slopes]).norm()), rel=1e-5)


def test_a_conservative_surrogate_promises_less_where_a_search_ends():
    runs = bowl(80)
    plain, low = (propose(runs, 5, QUICK.replace(conservative=weight)) for weight in (0.0, 0.5))
    assert low.predicted.mean() < plain.predicted.mean()


def test_the_worst_of_an_ensemble_is_below_its_mean():
    x = torch.randn(6, 3)
    members = [network(3, 8) for _ in range(3)]
    assert (Ensemble(members, "min")(x) <= Ensemble(members)(x) + 1e-7).all()


def test_words_come_back_as_words_and_numbers_as_numbers(tmp_path):
    rng = np.random.default_rng(0)
    rows = [[rng.choice(["red", "green", "blue"]), float(rng.uniform(2, 3))] for _ in range(60)]
    scores = np.array([{"red": 0, "green": 1, "blue": 2}[word] + value for word, value in rows])
    with (tmp_path / "runs.csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [["colour", "length", "lift"], *[[*r, s] for r, s in zip(rows, scores, strict=True)]]
        )
    runs = read_runs(tmp_path / "runs.csv", "lift")
    assert [variable.words for variable in runs.variables] == [("blue", "green", "red"), ()]
    back = runs.rows(runs.x)
    assert [row[0] for row in back] == [row[0] for row in rows]
    np.testing.assert_allclose(runs.encode(back[:5]), runs.x[:5], atol=1e-4)
    best = propose(runs, 5, QUICK)
    assert best.rows[0][0] == "blue"


def test_bad_tables_and_designs_end_in_a_sentence(tmp_path):
    path = tmp_path / "runs.csv"

    def written(text):
        path.write_text(text)
        return path

    lines = "".join(f"{i},{i * i % 7}\n" for i in range(20))
    runs = read_runs(written(f"a,s\n{lines}"), "s")
    with pytest.raises(ParameterError, match=r"a = 40 is outside its range 0 … 19"):
        runs.encode([[40.0]])
    with pytest.raises(ParameterError, match="30 designs cannot be found from 20 runs"):
        propose(runs, 30)
    for text, sentence in (
        (f"a,b\n{lines}", "no column called s"),
        ("a,s\n1,2\n", "1 runs are too few"),
        (f"a,s\n{lines}4\n", "rows of different lengths"),
        (f"a,s\n{lines}4,high\n", "Run 21 of runs.csv has no number as s"),
        (f"a,s\n{lines}nan,3\n", "column a holds values that are not finite"),
        ("a,s\n" + "".join(f"{i},1\n" for i in range(9)), "same score"),
        ("a,s\n" + "".join(f"w{i},{i}\n" for i in range(70)), "70 different words"),
    ):
        with pytest.raises(FormatError, match=sentence):
            read_runs(written(text), "s")
    write_proposals(tmp_path / "p.csv", runs, [])
    with pytest.raises(GeomError, match="exists already"):
        write_proposals(tmp_path / "p.csv", runs, [])
    with pytest.raises(ParameterError, match="sam and conservative both change the step"):
        DesignOptions(flatness="sam", conservative=1)


def test_the_verb_writes_a_table_of_proposals(tmp_path, capsys):
    runs = bowl(60)
    with (tmp_path / "runs.csv").open("w", newline="") as file:
        rows = [[*row, -score] for row, score in zip(runs.rows(runs.x), runs.scores, strict=True)]
        csv.writer(file).writerows([["a", "b", "c", "drag"], *rows])
    words = ["design", "--data", str(tmp_path / "runs.csv"), "--score", "drag", "-n", "4", "--epochs", "20"]
    assert main([*words, "-o", str(tmp_path / "next.csv"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    with (tmp_path / "next.csv").open() as file:
        lines = list(csv.reader(file))
    assert lines[0] == ["a", "b", "c", "predicted", "bar", "sharpness"]
    assert len(lines) == 1 + len(told["proposals"])
    assert main([*words[:4], "lift"]) == 1
    assert "no column called lift" in capsys.readouterr().err
