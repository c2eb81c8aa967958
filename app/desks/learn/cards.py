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
_PART = re.compile(r"^(Use when|Avoid when|Source|Differs|Units)\s{2,}(.*)")


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
    """The card of an optimizer or regularizer by its word in the options; None where there is none.

    It is read from the docstring of the class or function, which is not imported.
    """
    if key in _TORCH:
        return _TORCH[key]
    row = next((row for row in METHODS if row.key == key), None)
    if row is None:
        return None
    module, name = (_GNS if key == "gns" else row.target).split(":")
    head, parts = _parted(_docstring(module, name))
    equation = tuple(_shown(line) for line in head[1:] if _is_equation(line))
    source = f"{row.paper}, {row.year}" + (f", arXiv {row.arxiv}" if row.arxiv else "")
    return Card(
        row.title,
        _shown(head[0]),
        equation,
        _shown(parts.get("Use when", "")),
        _shown(parts.get("Avoid when", "")),
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
