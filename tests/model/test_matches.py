"""Pictures of a match, and landmarks placed one side at a time."""

import numpy as np

from geomlearn.app.model.computed import BasisItem
from geomlearn.app.model.matching.matches import (
    ERRORS,
    MATRIX,
    VERDICT,
    Judgement,
    LandmarksItem,
    MatchItem,
    TruthErrors,
)
from tests.model.scenes import basis_of, pair_scene


def full_match():
    scene, first, second = pair_scene()
    basis = scene.of(BasisItem)[0].basis
    other = basis_of(second, seed=1).basis
    judged = tuple(
        Judgement(name=name, value=1.0, unit="", sentence="", field=np.arange(6.0) + number, on=on)
        for number, (name, on) in enumerate((("bijectivity", "source"), ("coverage", "target")))
    )
    curve = np.linspace(0, 1, 3)
    truth = TruthErrors(source="t", sentence="", mean=1.0, distances=curve, shares=curve, errors=np.arange(6.0))
    fmap = np.array([[0.5, -0.2, 0.1], [0.0, -1.0, 0.0]])
    match = scene.of(MatchItem)[0]
    known = {"fmap_ab": fmap, "basis_a": basis, "basis_b": other, "judgements": judged, "truth": truth}
    return scene, first, second, match.replace(**known)


def test_each_picture_is_on_the_shape_it_belongs_to():
    scene, first, second, match = full_match()
    assert np.array_equal(match.paint(scene, first, VERDICT).values, match.judgements[0].field)
    assert match.paint(scene, second, VERDICT) is None
    assert match.paint(scene, first, VERDICT + 1) is None
    assert np.array_equal(match.paint(scene, second, VERDICT + 1).values, match.judgements[1].field)
    assert np.array_equal(match.paint(scene, first, ERRORS).values, match.truth.errors)
    assert np.array_equal(match.doubt(), match.judgements[0].field)


def test_an_entry_shows_mode_j_on_a_and_mode_i_on_b_with_the_sign_that_the_map_gives_it():
    scene, first, second, match = full_match()
    column = match.entry_column(1, 1)
    assert match.entry(column) == (1, 1) and match.column_names()(column) == "C[1, 1]"
    assert np.array_equal(match.paint(scene, first, column).values, match.basis_a.evecs[:, 1])
    assert np.array_equal(match.paint(scene, second, column).values, -match.basis_b.evecs[:, 1])
    assert match.entry(MATRIX - 1) is None and match.n_columns == MATRIX + 6


def test_clicks_complete_the_open_pair_or_correct_it():
    marks = LandmarksItem(label="m", shape_a="a", shape_b="b")
    for side, vertex in ((0, 5), (0, 6), (1, 7), (1, 8)):
        marks = marks.replace(pairs=marks.with_vertex(side, vertex))
    assert marks.pairs == ((6, 7), (-1, 8))
    assert marks.complete == ((6, 7),)
