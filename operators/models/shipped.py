"""Trained models that come with the program: literal rows; weights and cards lie in ``assets/operators``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geomlearn.core.assets import asset
from geomlearn.core.errors import FormatError

PREFIX = "shipped:"


@dataclass(frozen=True)
class ShippedModel:
    """One trained model.

    Attributes
    ----------
    key     the word after ``shipped:``.
    title   what it maps to what.
    data    the task whose samples it learned from, and its options beside the defaults.
    error   mean relative L2 on the samples of its card, none of which it has seen.
    """

    key: str
    title: str
    data: tuple[str, dict[str, Any]]
    error: float


SHIPPED: tuple[ShippedModel, ...] = (
    ShippedModel("darcy", "Darcy flow on 29 × 29 nodes", ("darcy", {"resolution": 85, "stride": 3}), 0.0162),
    ShippedModel("elasticity", "Stress around a hole on 41 × 41 nodes", ("elasticity", {"layout": "grid"}), 0.0474),
    ShippedModel("heat", "Heat on shapes", ("heat-on-shapes", {}), 0.0042),
)


def shipped_model(spec: str | Path) -> ShippedModel | None:
    """The row behind ``shipped:NAME``; None for any other path.

    Raises
    ------
    FormatError   no model of this name is shipped.
    """
    text = str(spec)
    if not text.startswith(PREFIX):
        return None
    name = text.removeprefix(PREFIX)
    found = next((row for row in SHIPPED if row.key == name), None)
    if found is None:
        raise FormatError(
            f"No model called {name or 'nothing'} is shipped.",
            f"Choose one of {', '.join(PREFIX + row.key for row in SHIPPED)}.",
        )
    return found


def weights_of(spec: str | Path) -> Path:
    """The file behind ``shipped:NAME``; any other path as it is.

    Raises
    ------
    FormatError   no model of this name is shipped.
    """
    found = shipped_model(spec)
    return Path(spec) if found is None else asset("operators", f"{found.key}.safetensors")
