"""An orthogonal dictionary learned from a stream, one batch at a time, in memory of fixed size."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.core.polar import polar
from geomlearn.sparse.options import OnlineDictionaryOptions


class OnlineOrthogonalDictionary:
    """Orthonormal atoms in which the samples of a stream are sparse.

    G = (1/B) [|A Y|^{p−1} ∘ sign(A Y)] Yᵀ,   Ḡ ← (1 − ρ) Ḡ + ρ G,   A ← (1 − γ) A + γ polar(Ḡ)   (equation 1)
    ρ = min(1, 4 (t+1)^{−1/2}),   γ = min(1, 2 (t+2)^{−3/4})                                          (equation 2)

    Samples are centred and whitened by the moments seen so far, unless `whiten` is off.

    Attributes
    ----------
    components_ (k, n)   orthonormal rows of A: the atoms of the whitened stream.
    n_iter_              steps taken.
    mean_ (n,), second_moment_ (n, n)   of what was seen; with A and Ḡ the whole state.

    Raises
    ------
    SizeMismatch     a batch has another width than the first; the state stays as it was.
    ParameterError   values are not finite, or more atoms are asked for than a sample has entries.

    Use when …   modes of an animation or of many sensors should be local instead of global, while data keep coming.
    Avoid when … samples are Gaussian or dense (over about 70 % of the codes active): no rotation makes them sparse.
    Source   Xue & Lau 2021, arXiv 2103.01484.
    Differs  1. ρ and γ are capped by 1: without it early averages have negative weights. 2. Floors for drifting streams
             and whitening by running moments are additions. 3. Fewer atoms than entries by the thin polar factor.
    """

    components_: np.ndarray
    gradient_: np.ndarray
    mean_: np.ndarray
    second_moment_: np.ndarray
    waiting_: np.ndarray
    n_iter_: int
    n_seen_: int

    def __init__(self, options: OnlineDictionaryOptions | None = None, **changes: Any) -> None:
        self.options = (options or OnlineDictionaryOptions()).replace(**changes)

    def fit(self, samples: np.ndarray, y: None = None) -> Self:
        """Learn anew from one pass over samples (b, n) in their order."""
        for name in ("components_", "gradient_", "mean_", "second_moment_"):
            self.__dict__.pop(name, None)
        return self.partial_fit(samples)

    def partial_fit(self, samples: np.ndarray, y: None = None) -> Self:
        """Take samples (b, n) in, batch after batch; a batch that is not full waits for the next call."""
        samples = self._checked(samples)
        waiting = np.concatenate([self.waiting_, samples])
        size = self.options.batch_size
        for start in range(0, len(waiting) - size + 1, size):
            self._step(waiting[start : start + size])
        self.waiting_ = waiting[len(waiting) // size * size :]
        return self

    def transform(self, samples: np.ndarray) -> np.ndarray:
        """Codes (b, k) of samples (b, n)."""
        samples = self._checked(samples)
        return self._white(samples) @ self.components_.T

    def inverse_transform(self, codes: np.ndarray) -> np.ndarray:
        """Samples (b, n) of codes (b, k)."""
        whitened = codes @ self.components_
        return whitened @ self._root(0.5) + self.mean_ if self.options.whiten else whitened

    @property
    def modes_(self) -> np.ndarray:
        """(k, n) what one unit of each code adds to a sample, in the units of the stream; not orthogonal there."""
        return self.components_ @ self._root(0.5) if self.options.whiten else self.components_

    def gap(self, samples: np.ndarray) -> float:
        """Frank–Wolfe gap per atom, (‖∇F‖_* − ⟨A, ∇F⟩)/k ≥ 0; zero where no first-order step helps (equation 3)."""
        gradient = self._gradient(self._white(self._checked(samples)))
        nuclear = np.linalg.svd(gradient, compute_uv=False).sum()
        return float(nuclear - np.sum(self.components_ * gradient)) / len(self.components_)

    def state(self) -> dict[str, np.ndarray]:
        """All that is needed to go on: arrays whose size does not depend on how much was seen."""
        self._ready()
        names = ("components_", "gradient_", "mean_", "second_moment_", "waiting_")
        counts = {"n_iter": np.array(self.n_iter_), "n_seen": np.array(self.n_seen_)}
        return {**{name.rstrip("_"): getattr(self, name) for name in names}, **counts}

    def restore(self, state: dict[str, np.ndarray]) -> Self:
        """Go on from what `state` gave.

        Raises
        ------
        SizeMismatch   its arrays do not fit each other.
        """
        k, n = state["components"].shape
        sizes = {"gradient": (k, n), "mean": (n,), "second_moment": (n, n), "waiting": (len(state["waiting"]), n)}
        for name, shape in sizes.items():
            if state[name].shape != shape:
                raise SizeMismatch(f"{name} is {state[name].shape} where {shape} was expected.", "Learn it again.")
        for name in ("components", *sizes):
            setattr(self, f"{name}_", np.array(state[name], float))
        self.n_iter_, self.n_seen_ = int(state["n_iter"]), int(state["n_seen"])
        return self

    def _step(self, batch: np.ndarray) -> None:
        seen = self.n_seen_ + len(batch)
        self.mean_ = self.mean_ + (batch - self.mean_).sum(0) / seen
        self.second_moment_ = self.second_moment_ + (batch.T @ batch - len(batch) * self.second_moment_) / seen
        self.n_seen_ = seen
        t = self.n_iter_
        average = max(min(1.0, 4 / (t + 1) ** 0.5), self.options.average_floor)
        step = max(min(1.0, 2 / (t + 2) ** 0.75), self.options.step_floor)
        self.gradient_ = (1 - average) * self.gradient_ + average * self._gradient(self._white(batch))
        moved = (1 - step) * self.components_ + step * polar(self.gradient_)
        self.components_ = polar(moved) if self.options.reproject else moved
        self.n_iter_ = t + 1

    def _gradient(self, white: np.ndarray) -> np.ndarray:
        codes = white @ self.components_.T
        return (np.abs(codes) ** (self.options.power - 1) * np.sign(codes)).T @ white / len(white)

    def _white(self, samples: np.ndarray) -> np.ndarray:
        return (samples - self.mean_) @ self._root(-0.5) if self.options.whiten else samples

    def _root(self, exponent: float) -> np.ndarray:
        """A power of the covariance; directions in which nothing has been seen stay as they are."""
        covariance = self.second_moment_ - np.outer(self.mean_, self.mean_)
        evals, evecs = np.linalg.eigh(covariance)
        seen = evals > 1e-10 * max(evals[-1], 0)
        return (evecs * np.where(seen, np.abs(evals), 1.0) ** exponent) @ evecs.T

    def _checked(self, samples: np.ndarray) -> np.ndarray:
        samples = np.atleast_2d(np.asarray(samples, float))
        if samples.ndim != 2 or not np.isfinite(samples).all():
            raise ParameterError("Samples must be finite numbers (b, n).", "Leave broken rows out, or fill them.")
        if not hasattr(self, "components_"):
            self._begin(samples.shape[1])
        if samples.shape[1] != self.components_.shape[1]:
            raise SizeMismatch(
                f"The stream had {self.components_.shape[1]} numbers a sample, now {samples.shape[1]}.",
                "Begin a new dictionary for it; this one stays as it was.",
            )
        return samples

    def _begin(self, width: int) -> None:
        k = self.options.n_atoms or width
        if k > width:
            raise ParameterError(f"{k} orthogonal atoms do not fit in {width} numbers.", f"Ask for at most {width}.")
        random = np.random.default_rng(self.options.seed)
        self.components_ = np.linalg.qr(random.standard_normal((width, k)))[0].T
        self.gradient_ = np.zeros((k, width))
        self.mean_, self.second_moment_ = np.zeros(width), np.zeros((width, width))
        self.waiting_ = np.zeros((0, width))
        self.n_iter_ = self.n_seen_ = 0

    def _ready(self) -> None:
        if not hasattr(self, "components_"):
            raise ParameterError("This dictionary has seen nothing yet.", "Call fit or partial_fit first.")
