"""The card of a method: its equation, when to use it, when not, and where it comes from."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from geomlearn.core.methods import METHODS

_GNS = "geomlearn.optimizers.newton.closure:GradientNormalizedNewton"
_PART = re.compile(r"^(Use when|Avoid when|Source|Differs|Units)(?:\s…\s+|\s{2,})(.*)")


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

_CHAINS = {
    "match": Card(
        "",
        "A first functional map from what looks alike on both shapes, grown until it knows every vertex.",
        ("C ← functional map in k_solve modes", "C, map ← ZoomOut up to k_end modes", "kept: CᵀC nearest to I"),
        "",
        "",
        "",
    ),
    "functional-map": Card(
        "",
        "",
        ("C = argmin ‖C F_a − F_b‖² + w Σ ‖C X_i − Y_i C‖² + w ‖M ∘ C‖²", "F = Φ⁺ d, of descriptors d"),
        "",
        "",
        "",
    ),
    "zoomout": Card(
        "",
        "",
        ("map_ba(i) ← argmin_j ‖(Φ_b C)_i − (Φ_a)_j‖", "C ← Φ_b⁺ Φ_a[map_ba],  k ← k + step"),
        "",
        "",
        "",
    ),
    "diffumatch": Card(
        "",
        "Features trained on this pair alone, with a diffusion prior over |C| in place of the wish for isometry.",
        ("min ‖C F_a − F_b‖² + λ ‖M ∘ C‖²,  x = |C| + σ n", "M² = E[(x − D(x; σ)) x] / (2 σ² E[x²])"),
        "shapes are not isometric but of one kind, and their parts look alike from their low modes.",
        "poses differ much or shapes are near-isometric: match by descriptors had the lower error there.",
        "",
    ),
}
"""What the docstrings of chains of several methods leave to their parts: filled in where a card has nothing."""


@cache
def method_card(key: str) -> Card | None:
    """The card of a row of the method table, or of an optimizer of torch, by its word; None where there is none.

    It is read from the docstring of the class or function, which is not imported.
    """
    if key in _TORCH:
        return _TORCH[key]
    row = next((row for row in METHODS if row.key == key), None)
    if row is None:
        return None
    module, name = (_GNS if key == "gns" else row.target).split(":")
    head, parts = _parted(_docstring(module, name))
    # The first line of an equation's docstring is the equation; what follows is prose on how it is solved.
    lines = head[1:] if row.kind != "equation" else []
    equation = tuple(_shown(line) for line in lines if _is_equation(line))
    source = f"{row.paper}, {row.year}" + (f", arXiv {row.arxiv}" if row.arxiv else "")
    more = _CHAINS.get(key, Card("", "", (), "", "", ""))
    return Card(
        row.title,
        more.summary or _shown(head[0]),
        more.equation or equation,
        more.use or _shown(parts.get("Use when", "")),
        more.avoid or _shown(parts.get("Avoid when", "")),
        source,
    )


def _parted(text: str) -> tuple[list[str], dict[str, str]]:
    """The lines before the first heading, and what stands under each heading, on one line."""
    head: list[str] = []
    parts: dict[str, str] = {}
    current = ""
    for line in filter(str.strip, text.splitlines()):
        found = _PART.match(line)
        if found:
            current = found[1]
            parts[current] = found[2].strip()
        elif line in ("Parameters", "Returns", "Raises"):
            current = line
        elif current in parts:
            parts[current] += f" {line.strip()}"
        elif not current:
            head.append(line)
    return head, parts


def _docstring(module: str, name: str) -> str:
    origin = find_spec(module).origin
    tree = ast.parse(Path(origin).read_text(encoding="utf-8"))
    node = next(node for node in tree.body if getattr(node, "name", "") == name)
    return ast.get_docstring(node) or ""


def _is_equation(line: str) -> bool:
    return ("←" in line or " = " in line) and not line.startswith(("Its ", "The "))


def _shown(line: str) -> str:
    return re.sub(r"\s*\(equation \d+\)", "", line).replace("`", "").strip()
