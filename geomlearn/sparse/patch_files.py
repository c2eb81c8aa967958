"""A dictionary of patches in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from geomlearn.core.arrays import read_arrays, write_arrays
from geomlearn.core.errors import FormatError, SizeMismatch
from geomlearn.sparse.dictionary import SparseDictionary
from geomlearn.sparse.options import DictionaryOptions

_KIND = "geomlearn-patch-dictionary"


def write_dictionary(path: str | Path, learner: SparseDictionary, *, force: bool = False, **facts: Any) -> Path:
    """Write atoms, usage, weight and options of a dictionary that has learned (npz)."""
    said = {"format": _KIND, "options": learner.options.model_dump(), **facts}
    arrays = {"atoms": learner.components_, "usage": learner.usage_, "weight": np.array(learner.weight_)}
    return write_arrays(path, arrays, said, force=force)


def read_dictionary(path: str | Path, size: int) -> SparseDictionary:
    """The dictionary of a file, for patches of `size` values.

    Raises
    ------
    FormatError    the file holds none.
    SizeMismatch   its patches have another size.
    """
    name = Path(path).name
    arrays, facts = read_arrays(path)
    if facts.get("format") != _KIND or not {"atoms", "usage", "weight"} <= arrays.keys():
        raise FormatError(f"{name} holds no dictionary of patches.", "Give what `geomlearn sense patches` wrote.")
    atoms = np.asarray(arrays["atoms"], float)
    if atoms.ndim != 2 or not np.isfinite(atoms).all() or atoms.shape[1] != size:
        raise SizeMismatch(f"The atoms in {name} are {atoms.shape}, the patches have {size} values.", "Learn it again.")
    learner = SparseDictionary(DictionaryOptions(**facts["options"]))
    learner.components_, learner.usage_ = atoms, np.asarray(arrays["usage"], float)
    learner.weight_ = float(arrays["weight"])
    return learner
