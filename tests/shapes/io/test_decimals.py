"""Decimals in blocks, against `float` word by word, bit by bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geomlearn.core.errors import FormatError
from geomlearn.shapes.io.blocks import BLOCK, blocks
from geomlearn.shapes.io.decimals import decimals
from geomlearn.shapes.io.source import Source
from geomlearn.shapes.io.text import floats

DIGITS = st.text("0123456789", max_size=24)
PLAIN = st.builds("{}{}.{}".format, st.sampled_from(["", "-"]), DIGITS, st.text("0123456789", min_size=1, max_size=24))
WRITTEN = st.floats(width=32, allow_nan=False, allow_infinity=False).map(repr) | st.floats().map(repr) | PLAIN


def word_by_word(text: bytes) -> np.ndarray:
    return np.array([float(word) for word in text.split()])


def assert_bits_agree(words: list[str]) -> None:
    text = " ".join(words).encode()
    # Among twenty plain words each odd one is asked for by itself.
    text = b"0.5 " * 20 * len(words) + text
    np.testing.assert_array_equal(decimals(text, word_by_word).view(np.int64), word_by_word(text).view(np.int64))


@given(st.lists(WRITTEN, min_size=1, max_size=20))
def test_each_word_means_what_float_says(words):
    assert_bits_agree(words)


@given(st.integers(2**52, 2**53 - 1), st.integers(-20, 4), st.integers(0, 3))
def test_halves_between_two_numbers_are_rounded_as_float_rounds_them(mantissa, exponent, further):
    """(2m + 1) / 2 · 2^e written out, and cut to as many digits as are read here: the hardest words there are."""
    twice = (2 * mantissa + 1) * 5 ** max(1 - exponent, 0) * 2 ** max(exponent - 1, 0)
    n_digits = max(1 - exponent, 0)
    word = str(twice).rjust(n_digits + 1, "0")
    word = f"{word[: len(word) - n_digits]}.{word[len(word) - n_digits :]}"
    assert_bits_agree([word, word[: 18 + further]])


def test_most_words_are_not_asked_for():
    rng = np.random.default_rng(0)
    values = rng.standard_normal(20_000).astype(np.float32).tolist()
    asked = []

    def read(text: bytes) -> np.ndarray:
        asked.extend(text.split())
        return word_by_word(text)

    np.testing.assert_array_equal(decimals("\n".join(map(repr, values)).encode(), read), values)
    assert len(asked) < 0.01 * len(values)


@pytest.mark.parametrize(
    "word", [b"1-2", b"1.2.3", b"-", b".", b"-.", b"--1", b"1\x002", b"0x1", b"1,5", b"5/6", b"1.2-3", b"1234567.-5"]
)
def test_what_is_no_number_ends_in_a_sentence_that_quotes_it(word, tmp_path):
    with pytest.raises(FormatError, match="stands where a number belongs"):
        floats(b"0.5 " * 30 + word + b" 2.5", Source(tmp_path / "a.txt"))


@pytest.mark.parametrize("text", [b"", b" \n\t", b"1.5", b"0.25 " * BLOCK, b"0.25\n" * BLOCK, b"0.25\t" * BLOCK])
def test_texts_of_any_length_and_any_white_space(text):
    np.testing.assert_array_equal(decimals(text, word_by_word), word_by_word(text))


@given(st.lists(st.integers(0, 3 * BLOCK), max_size=6))
def test_blocks_are_the_text_and_end_with_lines(lengths):
    text = b"".join(b"x" * length + b"\n" for length in lengths) + b"end"
    pieces = list(blocks(text, b"\n"))
    assert b"".join(pieces) == text
    assert all(piece.endswith(b"\n") for piece in pieces[:-1])
