"""ListOps: what is drawn comes to what its label says, and published files are read."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.operators.sequence.classification.listops import (
    VOCABULARY,
    evaluate_listops,
    generate_listops,
    read_listops,
)

SMALL = {"shortest": 5, "longest": 60, "max_depth": 4, "max_arguments": 5}


def test_the_label_is_what_the_list_comes_to():
    drawn = generate_listops(40, seed=3, **SMALL)
    for words, label in zip(drawn.values, drawn.labels, strict=True):
        assert evaluate_listops([VOCABULARY[word] for word in words]) == label
        assert 5 <= len(words) <= 60


def test_the_rules_by_hand():
    assert evaluate_listops(["[MAX", "2", "9", "[MIN", "4", "7", "]", "0", "]"]) == 9
    assert evaluate_listops(["[MED", "1", "8", "3", "]"]) == 3
    assert evaluate_listops(["[MED", "1", "8", "3", "4", "]"]) == 3
    assert evaluate_listops(["[SM", "8", "7", "9", "]"]) == 4
    assert evaluate_listops(["[FIRST", "6", "1", "]"]) == 6
    assert evaluate_listops(["[LAST", "6", "1", "]"]) == 1
    assert evaluate_listops(["[PM", "4", "2", "6", "]"]) == 8


def test_a_list_depends_on_its_number_and_seed_alone():
    few, many = generate_listops(3, seed=1, **SMALL), generate_listops(9, seed=1, **SMALL)
    assert all(np.array_equal(a, b) for a, b in zip(few.values, many.values[:3], strict=True))
    assert not np.array_equal(few.values[0], generate_listops(1, seed=2, **SMALL).values[0])


def test_the_full_length_is_500_to_2000_words():
    lengths = generate_listops(2, seed=0).lengths
    assert lengths.min() >= 500
    assert lengths.max() <= 2000


def test_lengths_that_never_come_up_end_in_a_sentence(monkeypatch):
    monkeypatch.setattr("geomlearn.operators.sequence.classification.listops._MOST_TRIES", 20)
    with pytest.raises(ParameterError, match="No list of 500"):
        generate_listops(1, shortest=500, longest=600, max_depth=2, max_arguments=3)


def test_published_lines_are_read_in_both_forms(tmp_path):
    first = tmp_path / "a.tsv"
    first.write_text("9\t( ( ( [MAX 2 ) ( ( ( [FIRST 9 ) 6 ) ] ) ) ] )\n")
    second = tmp_path / "b.tsv"
    second.write_text("Source\tTarget\n( ( ( [MAX 2 ) 9 ) ] )\t9\n")
    data, other = read_listops(first), read_listops(second)
    assert [VOCABULARY[word] for word in data.values[0]] == ["[MAX", "2", "[FIRST", "9", "6", "]", "]"]
    assert [VOCABULARY[word] for word in other.values[0]] == ["[MAX", "2", "9", "]"]
    assert data.labels[0] == other.labels[0] == 9


@pytest.mark.parametrize("text", ["", "x\ty\n", "9\t[MAX 2 Q ]\n"])
def test_other_files_end_in_a_sentence(tmp_path, text):
    file = tmp_path / "a.tsv"
    file.write_text(text)
    with pytest.raises(FormatError):
        read_listops(file)


@pytest.mark.parametrize("words", ["[MAX 2 3", "2 ]", "[MAX ]", "2 3"])
def test_brackets_that_do_not_match_are_told(words):
    with pytest.raises(FormatError, match="list"):
        evaluate_listops(words.split())
