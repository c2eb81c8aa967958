"""Which pairs of a collection are to be matched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import permutations
from pathlib import Path

from geomlearn.collections.members import Member, members_of
from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.core.files import existing_file
from geomlearn.core.incoming import read_text
from geomlearn.shapes.load import BUILTIN

Pair = tuple[Member, Member]
# Pairs are solved in blocks of so many sources and targets, so that few shapes at a time are in memory.
BLOCK = 4


def all_pairs(members: Sequence[Member]) -> list[Pair]:
    """Every shape to every other, n(n − 1) pairs."""
    return list(permutations(members, 2))


def to_template(members: Sequence[Member], template: str | Member) -> list[Pair]:
    """Every other shape to one of them, named by its name or file.

    Raises
    ------
    ParameterError   none is called so.
    """
    goal = template if isinstance(template, Member) else named(members, template)
    return [(member, goal) for member in members if member != goal]


def with_template(members: Sequence[Member], template: str) -> tuple[tuple[Member, ...], Member]:
    """The members and the template among them; a file that is none of them is added.

    Raises
    ------
    ParameterError   there is no such shape, or its name is taken.
    """
    try:
        return tuple(members), named(members, template)
    except ParameterError:
        if not template.startswith(BUILTIN) and not Path(template).expanduser().is_file():
            raise
    (added,) = members_of([template])
    taken = [member for member in members if member.name.casefold() == added.name.casefold()]
    if taken:
        raise ParameterError(f"{taken[0].spec} is called {added.name} too.", "Rename the template.")
    return (*members, added), added


def read_pairs(path: str | Path, members: Sequence[Member]) -> list[Pair]:
    """The pairs that a text file lists, two names a line: source, target.

    Raises
    ------
    FormatError      a line has not two names, or there is none.
    ParameterError   a name is no shape of the collection, or both are the same.
    """
    path = existing_file(path)
    pairs: list[Pair] = []
    for number, line in enumerate(read_text(path, "Write source and target.").splitlines(), 1):
        words = line.split("#")[0].replace(",", " ").replace("\t", " ").split()
        if not words:
            continue
        if len(words) != 2:
            raise FormatError(f"Line {number} of {path.name} has {len(words)} words.", "Write source and target.")
        source, target = (named(members, word) for word in words)
        if source == target:
            raise ParameterError(f"Line {number} of {path.name} maps {source.name} to itself.", "Leave it out.")
        pairs.append((source, target))
    if not pairs:
        raise FormatError(f"{path.name} lists no pairs.", "Write two names a line: source and target.")
    return list(dict.fromkeys(pairs))


def named(members: Iterable[Member], word: str) -> Member:
    """The member that a person means by its name, its file, or the end of its path.

    Raises
    ------
    ParameterError   none or several.
    """
    from difflib import get_close_matches

    members = tuple(members)
    exact = [member for member in members if word in (member.name, member.spec)]
    path = Path(word).expanduser().absolute()
    found = exact or [member for member in members if Path(member.spec) == path] or _by_end(members, word)
    if len(found) == 1:
        return found[0]
    if found:
        raise ParameterError(f"{word} may be {' or '.join(one.name for one in found[:3])}.", "Give the whole name.")
    near = get_close_matches(Path(word).stem, [one.name for one in members], n=3, cutoff=0.4)
    names = near or [one.name for one in members[:6]]
    raise ParameterError(f"No shape of the collection is called {word}.", f"Did you mean {' or '.join(names)}?")


def in_blocks(pairs: Iterable[Pair], members: Sequence[Member]) -> list[Pair]:
    """The same pairs, those of few shapes beside each other."""
    rank = {member: number // BLOCK for number, member in enumerate(members)}
    return sorted(pairs, key=lambda pair: (rank[pair[0]], rank[pair[1]]))


def _by_end(members: Iterable[Member], word: str) -> list[Member]:
    return [one for one in members if Path(one.spec).name == word or one.name == word.replace("/", "__")]
