"""What a run over pairs refuses before it begins, and what it says of the shapes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from geomlearn.collections.members import Member
from geomlearn.collections.pairs.choice import Pair
from geomlearn.collections.pairs.store import FOLDER
from geomlearn.collections.pairs.tasks import Facts
from geomlearn.core.errors import GeomError, ParameterError

# Shapes so many times as large, or as small, as the middle one are probably in another unit.
_OTHER_UNIT = 9.0


def refuse_folder(out: Path, members: Sequence[Member], *, force: bool) -> None:
    """Refuse a folder of shapes, and one that holds other things."""
    if out.exists() and not out.is_dir():
        raise GeomError(f"{out} is a file.", "Give a folder for the maps.")
    if out in {Path(member.spec).parent for member in members}:
        raise ParameterError(f"{out} is where the shapes are, and nothing is written there.", "Give another folder.")
    if out.is_dir() and any(out.iterdir()) and not (out / FOLDER).is_dir() and not force:
        raise GeomError(f"{out} holds other things.", "Give another folder, or write into it with --force.")


def refuse_clashes(pairs: Sequence[Pair]) -> None:
    """Refuse pairs whose maps would be one file."""
    by_file: dict[str, Pair] = {}
    for pair in pairs:
        file = f"{pair[0].name}--{pair[1].name}".casefold()
        other = by_file.setdefault(file, pair)
        if other != pair:
            names = [f"{source.name} → {target.name}" for source, target in (other, pair)]
            raise ParameterError(f"The maps {' and '.join(names)} would have the same name.", "Rename a shape.")


def warnings_of(facts: dict[str, Facts]) -> list[str]:
    """What the reading of each shape warned of."""
    return [f"{name}: {sentence}" for name, told in facts.items() for sentence in told["warnings"]]


def mixed_units(facts: dict[str, Facts]) -> list[str]:
    """Matching heeds no size, but who measures afterwards should know that units are mixed."""
    sizes = sorted(told["diagonal"] for told in facts.values())
    if len(sizes) < 2:
        return []
    middle = sizes[len(sizes) // 2]
    odd = [name for name, told in facts.items() if not 1 / _OTHER_UNIT <= told["diagonal"] / middle <= _OTHER_UNIT]
    if not odd:
        return []
    named = ", ".join(odd[:3]) + (" …" if len(odd) > 3 else "")
    times = max(max(facts[name]["diagonal"] / middle, middle / facts[name]["diagonal"]) for name in odd)
    return [f"Units seem to be mixed: {named} differ in size from the middle shape by up to {times:.3g} times."]
