"""An index in memory and in a folder: padded tokens, preselection, and a collection that finds without one."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.collections.collection import Collection
from geomlearn.collections.members import members_of
from geomlearn.collections.retrieval.find import Query, find, pairs_of_tokens, query_of
from geomlearn.collections.retrieval.heads import unit
from geomlearn.collections.retrieval.index import index_shapes, open_index, packed
from geomlearn.collections.retrieval.options import FindOptions
from geomlearn.core.errors import FormatError
from geomlearn.shapes.load import load_shape


@pytest.fixture
def made():
    """Shapes of 5 to 9 tokens around a direction each."""
    random = np.random.default_rng(0)
    tokens = [
        unit(random.standard_normal(6) + 0.4 * random.standard_normal((int(random.integers(5, 10)), 6)))
        for _ in range(60)
    ]
    names = [f"s{number:02}" for number in range(60)]
    return packed(names, names, tokens, {name: np.arange(10, 30) for name in names}), tokens


def test_preselection_by_the_mean_token_finds_the_same_first(made):
    index, tokens = made
    same = 0
    for number in range(0, 60, 5):
        query = Query(tokens[number], np.arange(len(tokens[number])))
        exact = find(index, query, FindOptions(top=5))
        few = find(index, query, FindOptions(top=5, preselect=15, exact_below=0))
        assert exact[0].shape == few[0].shape == f"s{number:02}"
        assert exact[0].score == pytest.approx(1, abs=1e-5)
        same += len({hit.shape for hit in exact} & {hit.shape for hit in few})
    assert same >= 0.8 * 60


def test_a_part_is_found_in_its_whole_and_told_by_its_tokens(made):
    index, tokens = made
    part = Query(tokens[7][:3], np.array([4, 5, 6]), part=True)
    assert find(index, part)[0].shape == "s07"
    assert find(index, part)[0].score == pytest.approx(1, abs=1e-5)
    pairs, alike = pairs_of_tokens(index, part, "s07")
    assert sorted(pairs[:, 0]) == [4, 5, 6]
    assert dict(pairs.tolist()) == {4: 10, 5: 11, 6: 12}
    assert alike == pytest.approx(1, abs=1e-5)


def test_a_folder_holds_the_same_tokens_in_half_precision(tmp_path):
    members = members_of(["builtin:sphere@500", "builtin:torus@600"])
    done = index_shapes(members, tmp_path / "two.collection")
    assert done.added == ("sphere@500", "torus@600")
    assert index_shapes(members, tmp_path / "two.collection").kept == done.added
    index = open_index(tmp_path / "two.collection")
    query = query_of(load_shape("builtin:torus@600"))
    assert index.tokens_of("torus@600") == pytest.approx(query.vectors, abs=2e-3)
    assert (index.places_of("torus@600") == query.places).all()
    hits = Collection(["builtin:sphere@500", "builtin:torus@600"]).find("torus@600")
    assert [hit.shape for hit in hits] == [hit.shape for hit in find(index, query)] == ["torus@600", "sphere@500"]
    next((tmp_path / "two.collection/tokens").glob("*.vectors.npy")).write_bytes(b"junk")
    with pytest.raises(FormatError, match="damaged"):
        open_index(tmp_path / "two.collection")
