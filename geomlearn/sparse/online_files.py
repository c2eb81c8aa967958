"""The state of an online dictionary in a file, of a size that does not depend on what was seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geomlearn.core.arrays import read_arrays, write_arrays
from geomlearn.core.errors import FormatError
from geomlearn.sparse.online_dictionary import OnlineOrthogonalDictionary

_KIND = "geomlearn-online-dictionary"


def write_state(path: str | Path, learner: OnlineOrthogonalDictionary, *, force: bool = False) -> Path:
    """Write what `learner.state()` gives, with its options (npz)."""
    facts = {"format": _KIND, "options": learner.options.model_dump()}
    return write_arrays(path, learner.state(), facts, force=force)


def read_state(path: str | Path) -> dict[str, np.ndarray]:
    """The arrays that `OnlineOrthogonalDictionary.restore` takes.

    Raises
    ------
    FormatError   the file holds no such state.
    """
    arrays, facts = read_arrays(path)
    wanted = {"components", "gradient", "mean", "second_moment", "waiting", "n_iter", "n_seen"}
    if facts.get("format") != _KIND or not wanted <= arrays.keys():
        raise FormatError(f"{Path(path).name} holds no state of an online dictionary.", "Give what --online wrote.")
    return {name: arrays[name] for name in wanted}
