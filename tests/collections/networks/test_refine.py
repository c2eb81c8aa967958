"""A network whose true maps are known, with one pair spoilt: it is found, and mended by the others."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest

from geomlearn.collections.members import Member
from geomlearn.collections.networks.refine import refine_network, write_refined
from geomlearn.collections.options import NetworkOptions
from geomlearn.collections.pairs.matched import Matched
from geomlearn.collections.pairs.store import pair_key
from geomlearn.collections.pairs.table import Row
from geomlearn.collections.pairs.tasks import Export
from geomlearn.core.errors import ParameterError
from geomlearn.matching.io.maps import read_map
from geomlearn.matching.options import MatchOptions
from geomlearn.shapes.builtin import builtin

OPTIONS = MatchOptions(k_solve=15, k_end=40, k_descriptors=40)
NAMES = "abcde"


@pytest.fixture
def network(tmp_path):
    """One creature in five orders of its vertices, with true maps between all; and the places of its vertices."""
    dog = builtin("quadruped-dog-walk", 500)
    random = np.random.default_rng(0)
    order = {name: random.permutation(500) for name in NAMES}
    place = {name: np.argsort(order[name]) for name in NAMES}
    members = tuple(Member(name, f"{name}.off") for name in NAMES)
    found = Matched(tmp_path / "maps", members, OPTIONS, Export(tmp_path / "maps"), keys={name: name for name in NAMES})
    for name in NAMES:
        shape = dog.replace(vertices=dog.vertices[order[name]], faces=place[name][dog.faces])
        found.store.put_shape(name, shape, {})
    found.rows = [Row(a, b, "made", "good", None, None, 0.0, "") for a, b in permutations(NAMES, 2)]
    truth = {(a, b): place[b][order[a]] for a, b in permutations(NAMES, 2)}
    for a, b in combinations(NAMES, 2):
        keep(found, a, b, truth[a, b], truth[b, a])
    return found, truth


def keep(found, a, b, there, back):
    found.store.put("pairs", pair_key(a, b, OPTIONS), {"map_ab": there, "map_ba": back}, {})


def test_true_maps_stay_as_they_are(network):
    found, truth = network
    refined = refine_network(found, NetworkOptions(k=15))
    assert refined.wrong == refined.replaced == []
    for pair, mapped in truth.items():
        np.testing.assert_array_equal(refined.maps[pair], mapped)


def test_a_spoilt_pair_is_found_and_mended_by_the_others(network, tmp_path):
    found, truth = network
    random = np.random.default_rng(1)
    keep(found, "b", "d", random.permutation(truth["b", "d"]), random.permutation(truth["d", "b"]))
    refined = refine_network(found, NetworkOptions(k=15))
    assert set(refined.wrong) == {("b", "d"), ("d", "b")}
    for pair in refined.wrong:
        assert (refined.maps[pair] == truth[pair]).mean() > 0.95
        assert refined.after[pair] < 0.05 * refined.before[pair]
    assert all((refined.maps[pair] == truth[pair]).all() for pair in truth if pair not in refined.wrong)
    assert "2 of 20 maps contradicted" in refined.sentence
    write_refined(tmp_path / "better", found, refined)
    np.testing.assert_array_equal(read_map(tmp_path / "better/b--d.txt").map_ab, refined.maps["b", "d"])


def test_two_shapes_have_no_cycles(network):
    found, _ = network
    found.rows = found.rows[:1]
    with pytest.raises(ParameterError, match="2 shapes have no cycles"):
        refine_network(found)
