"""ListOps: nested lists of digits under MIN, MAX, MEDIAN and sums, and the digit they come to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.core.incoming import read_text
from geomlearn.operators.sequence.classification.labelled import LabelledSequences

_OPERATORS = ("[MIN", "[MAX", "[MED", "[SM", "[FIRST", "[LAST", "[PM")
_GENERATED = _OPERATORS[:4]
# Padding comes first, so that no word is told apart by it.
VOCABULARY = ("", "]", *(str(digit) for digit in range(10)), *_OPERATORS)
_NUMBER = {word: index for index, word in enumerate(VOCABULARY)}
_DIGITS = tuple(str(digit) for digit in range(10))
_MOST_TRIES = 10_000


def generate_listops(
    n: int,
    seed: int = 0,
    *,
    shortest: int = 500,
    longest: int = 2000,
    max_depth: int = 10,
    max_arguments: int = 10,
    leaf_share: float = 0.75,
) -> LabelledSequences:
    """Draw n lists, each as a sequence of words with its brackets, and the digit it comes to.

    A node at a depth below `max_depth` is a digit with chance `leaf_share`, else an operator with 2 … `max_arguments`
    arguments; only lists of `shortest` … `longest` words are kept. Sequence i depends on (seed, i) alone.

    Raises
    ------
    ParameterError   no list of such a length is met in ten thousand draws.

    Source   Nangia & Bowman 2018, arXiv 1804.06028; the lengths of Tay et al. 2020, arXiv 2011.04006, are the defaults.
    Differs  the root is always an operator: a lone digit is never as long as the shortest list.
    """
    values, labels = [], []
    for index in range(n):
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(index,)))
        for _ in range(_MOST_TRIES):
            words: list[str] = []
            value = _draw(rng, words, 1, max_depth, max_arguments, leaf_share, longest)
            if value is not None and shortest <= len(words) <= longest:
                break
        else:
            raise ParameterError(
                f"No list of {shortest} … {longest} words in {_MOST_TRIES} draws.", "Allow more depth or arguments."
            )
        values.append(np.array([_NUMBER[word] for word in words]))
        labels.append(value)
    return LabelledSequences(tuple(values), np.array(labels), _DIGITS, len(VOCABULARY), "listops")


def _draw(
    rng: np.random.Generator, words: list[str], depth: int, max_depth: int, most: int, leaf_share: float, longest: int
) -> int | None:
    """Append one expression to `words` and return its value; None once it is longer than asked."""
    if depth > 1 and (depth >= max_depth or rng.random() < leaf_share):
        digit = int(rng.integers(10))
        words.append(str(digit))
        return digit
    operator = _GENERATED[rng.integers(len(_GENERATED))]
    words.append(operator)
    arguments = []
    for _ in range(rng.integers(2, most + 1)):
        argument = _draw(rng, words, depth + 1, max_depth, most, leaf_share, longest)
        if argument is None or len(words) > longest:
            return None
        arguments.append(argument)
    words.append("]")
    return _apply(operator, arguments)


def _apply(operator: str, arguments: list[int]) -> int:
    if operator == "[MED":
        return int(np.median(arguments))
    rules: dict[str, Callable[[list[int]], int]] = {
        "[MIN": min,
        "[MAX": max,
        "[SM": sum,
        "[FIRST": lambda a: a[0],
        "[LAST": lambda a: a[-1],
    }
    if operator == "[PM":
        return (arguments[0] + sum((-1) ** i * value for i, value in enumerate(arguments[1:], start=1))) % 10
    return rules[operator](arguments) % 10


def evaluate_listops(words: list[str]) -> int:
    """The digit a list comes to, brackets and all.

    Raises
    ------
    FormatError   the brackets do not match.
    """
    stack: list[list] = [[]]
    for word in words:
        if word == "]":
            operator, *arguments = stack.pop()
            if not stack or not arguments:
                raise FormatError("A list closes more brackets than it opens, or is empty.", "Check the file.")
            stack[-1].append(_apply(operator, arguments))
        elif word in _OPERATORS:
            stack.append([word])
        else:
            stack[-1].append(int(word))
    if len(stack) != 1 or len(stack[0]) != 1:
        raise FormatError("A list leaves brackets open.", "Check the file.")
    return stack[0][0]


def is_listops(text: str) -> bool:
    """Whether a text begins as lists do."""
    start = text[:4096]
    return start.startswith("Source\tTarget") or any(operator in start for operator in _OPERATORS)


def read_listops(path: Path) -> LabelledSequences:
    """Lines of a label, a tab and a list, as published; or of the long version, Source and Target with a heading.

    Round brackets only mark the pairs of a binary tree and are dropped.

    Raises
    ------
    FormatError   a line is no list.
    """
    values, labels = [], []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        first, _, second = line.partition("\t")
        if (number == 1 and {first, second.strip()} == {"Source", "Target"}) or not line.strip():
            continue
        label, text = (first, second) if first.strip().isdigit() else (second, first)
        try:
            values.append(np.array([_NUMBER[word] for word in text.split() if word not in "()"]))
            labels.append(int(label))
        except (KeyError, ValueError) as error:
            raise FormatError(
                f"Line {number} of {path.name} is no list: {str(error)[:80]}.", "Give ListOps files."
            ) from None
    if not values:
        raise FormatError(f"{path.name} holds no lists.", "Give a ListOps file.")
    return LabelledSequences(tuple(values), np.array(labels), _DIGITS, len(VOCABULARY), "listops")
