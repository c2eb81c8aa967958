"""Which pairs: all, to a template, from a file; and the order that keeps few shapes in memory."""

from __future__ import annotations

import pytest

from geomlearn.collections.members import Member
from geomlearn.collections.pairs.choice import (
    BLOCK,
    all_pairs,
    in_blocks,
    named,
    read_pairs,
    to_template,
    with_template,
)
from geomlearn.core.errors import FormatError, ParameterError

MEMBERS = tuple(Member(name, f"/scans/{name}.off") for name in ("ant", "bee", "cow"))


def names(pairs):
    return [(source.name, target.name) for source, target in pairs]


def test_all_pairs_are_n_times_n_minus_one():
    assert names(all_pairs(MEMBERS)) == [
        *(("ant", "bee"), ("ant", "cow"), ("bee", "ant"), ("bee", "cow"), ("cow", "ant"), ("cow", "bee"))
    ]


def test_to_a_template_by_name_or_file():
    assert names(to_template(MEMBERS, "bee")) == [("ant", "bee"), ("cow", "bee")]
    assert names(to_template(MEMBERS, "bee.off")) == names(to_template(MEMBERS, "/scans/bee.off"))


def test_a_template_from_elsewhere_is_added_and_one_that_is_nowhere_is_not():
    members, template = with_template(MEMBERS, "builtin:sphere@200")
    assert template.name == "sphere@200"
    assert members == (*MEMBERS, template)
    with pytest.raises(ParameterError, match="Did you mean bee"):
        with_template(MEMBERS, "bea")


def test_pairs_from_a_file(tmp_path):
    file = tmp_path / "pairs.txt"
    file.write_text("# source target\nant bee\ncow,ant\n\nant bee\n")
    assert names(read_pairs(file, MEMBERS)) == [("ant", "bee"), ("cow", "ant")]


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("ant\n", FormatError, "Line 1 of pairs.txt has 1 words"),
        ("ant dog\n", ParameterError, "No shape of the collection is called dog"),
        ("ant ant\n", ParameterError, "maps ant to itself"),
        ("# none\n", FormatError, "lists no pairs"),
    ],
)
def test_a_wrong_line_is_a_sentence(tmp_path, text, kind, says):
    file = tmp_path / "pairs.txt"
    file.write_text(text)
    with pytest.raises(kind, match=says):
        read_pairs(file, MEMBERS)


def test_an_ambiguous_name_is_refused():
    twins = (Member("x__a", "/s/x/a.off"), Member("y__a", "/s/y/a.off"))
    with pytest.raises(ParameterError, match=r"a\.off may be x__a or y__a"):
        named(twins, "a.off")


def test_blocks_touch_few_shapes_in_a_row():
    members = [Member(f"{i:02}", f"{i}.off") for i in range(20)]
    ordered = in_blocks(all_pairs(members), members)
    assert sorted(names(ordered)) == sorted(names(all_pairs(members)))
    for first in range(0, len(ordered), BLOCK * BLOCK):
        touched = {one for pair in ordered[first : first + BLOCK * BLOCK] for one in pair}
        assert len(touched) <= 4 * BLOCK
