"""A dictionary of atoms learned from signals, with any of the penalties."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from geomlearn.core.errors import ParameterError
from geomlearn.core.progress import SILENT, Progress
from geomlearn.sparse.codes import checked, sparse_codes, weight_for_activity
from geomlearn.sparse.options import CodeOptions, DictionaryOptions


class SparseDictionary:
    """Atoms Φ and codes R that make ½‖S − R Φ‖² + λ C(R) small, in turns.

    R ← sparse codes of a batch,  Φ ← Φ + η_Φ Rᵀ(S − R Φ),  atoms to unit length (equation 6).

    Parameters
    ----------
    options     penalty, activity or weight, number of atoms, batches; keywords change single ones.

    Attributes
    ----------
    components_ (k, p)   the atoms, of unit length.
    weight_              λ used; found once for the activity on the first batch and refined as atoms change.
    history_             relative error and activity of each batch.
    usage_ (k,)          share of the signals that use an atom, over the last ten batches or so.

    Raises
    ------
    ParameterError   fewer signals than two, or values that are not finite.

    Use when …   signals of one kind are plenty (patches of fields, frames) and few parts make up each.
    Avoid when … the stream is endless and memory must stay fixed: see the online orthogonal dictionary.
    Source   Olshausen & Field 1996; Rentzeperis et al. 2023, arXiv 2301.10002.
    Differs  1. η_Φ is capped by 1/‖R‖², below which the error cannot grow. 2. λ is found for an activity, since weights
             of different penalties do not compare. 3. An atom that no signal uses is replaced by the worst signal.
    """

    components_: np.ndarray
    usage_: np.ndarray
    weight_: float

    def __init__(self, options: DictionaryOptions | None = None, **changes: Any) -> None:
        self.options = (options or DictionaryOptions()).replace(**changes)
        self.history_: list[dict[str, float]] = []

    def fit(self, signals: np.ndarray, y: None = None, *, progress: Progress = SILENT) -> Self:
        """Learn anew from signals (b, p), in random batches."""
        signals, _ = checked(signals, np.atleast_2d(signals)[:1])
        if len(signals) < 2:
            raise ParameterError("One signal makes no dictionary.", "Give at least two.")
        random = np.random.default_rng(self.options.seed)
        self.__dict__.pop("components_", None)
        self.history_ = []
        for batch in range(self.options.n_batches):
            progress(batch / self.options.n_batches, "dictionary")
            self.partial_fit(signals[random.integers(0, len(signals), min(self.options.batch_size, len(signals)))])
        return self

    def partial_fit(self, signals: np.ndarray, y: None = None) -> Self:
        """Take one batch of signals (b, p) in."""
        if not hasattr(self, "components_"):
            self._begin(np.atleast_2d(signals).shape[1])
        signals, atoms = checked(signals, self.components_)
        if self.options.weight is None and len(self.history_) % 10 == 0:
            self.weight_ = weight_for_activity(signals, atoms, self.options, near=self.weight_)
        found = sparse_codes(signals, atoms, self._coding())
        codes, rest = found.value, signals - found.value @ atoms
        length = float(np.linalg.norm(codes, 2)) ** 2
        if length > 0:
            atoms = atoms + min(self.options.rate, 1 / length) * codes.T @ rest
        self.usage_ = 0.9 * self.usage_ + 0.1 * np.mean(codes != 0, axis=0)
        self._revive(atoms, rest)
        self.components_ = atoms / np.linalg.norm(atoms, axis=1, keepdims=True)
        self.history_.append({name: float(found.stats[name]) for name in ("relative_error", "activity", "weight")})
        return self

    def transform(self, signals: np.ndarray) -> np.ndarray:
        """Codes (b, k) of signals (b, p) in the atoms as they are, with the weight they were learned with."""
        self._ready()
        return sparse_codes(signals, self.components_, self._coding()).value

    def inverse_transform(self, codes: np.ndarray) -> np.ndarray:
        """Signals (b, p) that codes (b, k) stand for."""
        self._ready()
        return codes @ self.components_

    def similar_atoms(self, cosine: float = 0.99) -> int:
        """How many pairs of atoms are nearly the same up to sign."""
        self._ready()
        gram = np.abs(np.triu(self.components_ @ self.components_.T, 1))
        return int((gram > cosine).sum())

    def _begin(self, length: int) -> None:
        random = np.random.default_rng(self.options.seed)
        atoms = random.standard_normal((self.options.n_atoms, length))
        self.components_ = atoms / np.linalg.norm(atoms, axis=1, keepdims=True)
        self.usage_ = np.full(self.options.n_atoms, self.options.activity)
        self.weight_ = self.options.weight or 0.0

    def _coding(self) -> CodeOptions:
        chosen = {name: getattr(self.options, name) for name in CodeOptions.model_fields}
        return CodeOptions(**{**chosen, "weight": self.weight_})

    def _revive(self, atoms: np.ndarray, rest: np.ndarray) -> None:
        """An atom that almost no signal uses begins again as the signal that is rendered worst."""
        unused = np.flatnonzero(self.usage_ < 0.01 * self.options.activity)
        worst = np.argsort(-np.sum(rest**2, axis=1))[: len(unused)]
        for atom, signal in zip(unused, worst, strict=False):
            if np.any(rest[signal]):
                atoms[atom] = rest[signal]
                self.usage_[atom] = self.options.activity

    def _ready(self) -> None:
        if not hasattr(self, "components_"):
            raise ParameterError("This dictionary has learned nothing yet.", "Call fit or partial_fit first.")
