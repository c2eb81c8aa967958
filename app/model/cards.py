"""The card of a method: its equation, when to use it, when not, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from geomlearn.core.methods import METHODS


@dataclass(frozen=True)
class Card:
    """Words about one method; `equation` has a line each."""

    title: str
    summary: str
    equation: tuple[str, ...]
    use: str
    avoid: str
    source: str


_TORCH = {
    "adamw": Card(
        "AdamW",
        "Each weight by its own running mean over the root of its running square, with decay beside it.",
        ("m ← β₁m + (1−β₁)g,  v ← β₂v + (1−β₂)g²", "W ← (1 − lr·wd)·W − lr·m̂/(√v̂ + ε)"),
        "nothing is known yet: it works for embeddings, norms, vectors and matrices alike.",
        "memory binds (two numbers for each weight), or hidden matrices are what matters: see muon.",
        "Loshchilov & Hutter, Decoupled Weight Decay Regularization, 2019, arXiv 1711.05101",
    ),
    "adam": Card(
        "Adam",
        "AdamW with the decay inside the gradient.",
        ("g ← g + wd·W", "m ← β₁m + (1−β₁)g,  v ← β₂v + (1−β₂)g²", "W ← W − lr·m̂/(√v̂ + ε)"),
        "a published recipe asks for it, as that of the Latent Spectral Models does.",
        "weights should decay alike: large gradients weaken the decay here.",
        "Kingma & Ba, Adam: A Method for Stochastic Optimization, 2015, arXiv 1412.6980",
    ),
    "sgd": Card(
        "SGD with Nesterov momentum",
        "One rate for all weights.",
        ("M ← 0.9·M + g", "W ← W − lr·(g + 0.9·M)"),
        "layers are scaled alike (critical or orthogonal weights), or as the plain control.",
        "layers differ in scale: the steepest one limits the rate of all.",
        "Sutskever et al., On the Importance of Initialization and Momentum, 2013",
    ),
}


@cache
def method_card(key: str) -> Card | None:
    """The card of a row of the method table, or of an optimizer of torch, by its word; None where there is none."""
    if key in _TORCH:
        return _TORCH[key]
    row = next((row for row in METHODS if row.key == key), None)
    if row is None:
        return None
    return Card(row.title, row.summary, row.equation, row.use, row.avoid, row.source)
