"""Files of conditions: what they add, and not the shared basis, of which the columns are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from geomlearn.core.errors import GeomError
from geomlearn.core.weights import fitting, read_weights, write_weights
from geomlearn.operators.adaptation.orthogonal.basis import SEED, checksum, columns_of
from geomlearn.operators.adaptation.orthogonal.options import OrthogonalOptions
from geomlearn.operators.adaptation.orthogonal.slots import ConditionAdapter, Slot

FORMAT = "geomlearn-conditions"


def save_conditions(
    path: str | Path, adapter: ConditionAdapter, facts: dict[str, Any] | None = None, *, force: bool = False
) -> Path:
    """Write conditions; `facts` (JSON values) say how they were trained.

    Raises
    ------
    GeomError   the file exists and `force` is false.
    """
    ranks = [slot.rank for slot in adapter.slots]
    width = adapter.slots[0].options.width
    header = {
        "peft_type": "ORTHOGONAL",
        "base": {"name": adapter.base[0], "sha256": adapter.base[1]},
        "r": max(ranks),
        "lora_alpha": max(ranks),
        "target_modules": list(adapter.layers),
        "basis": {"seed": SEED, "width": width, "sha256": checksum(width)},
        "slots": [
            {
                "options": slot.options.model_dump(mode="json"),
                "r": slot.rank,
                "strength": slot.strength,
                "columns": list(columns_of(slot.options, slot.rank)),
            }
            for slot in adapter.slots
        ],
        "facts": dict(facts or {}),
    }
    return write_weights(path, FORMAT, adapter.tensors, header, force=force)


def load_conditions(path: str | Path) -> tuple[ConditionAdapter, dict[str, Any]]:
    """The conditions of a file, and the facts saved with them. Whether they fit a model, `attach_conditions` says.

    Raises
    ------
    FormatError   the file is missing or damaged, holds no conditions, or was made with another shared basis.
    """
    tensors, header = read_weights(path, FORMAT, "conditions", "geomlearn adapt --method orthogonal")
    with fitting(path):
        slots = tuple(
            Slot(OrthogonalOptions(**row["options"]), int(row["r"]), float(row["strength"])) for row in header["slots"]
        )
        width = slots[0].options.width
        if header["basis"]["sha256"] != checksum(width):
            raise GeomError("the shared basis it was trained with is another on this machine", "")
        for slot, row in zip(slots, header["slots"], strict=True):
            if list(columns_of(slot.options, slot.rank)) != row["columns"]:
                raise GeomError("its header contradicts itself", "")
        base = (str(header["base"]["name"])[:200], str(header["base"]["sha256"]))
        layers = tuple(str(name) for name in header["target_modules"])
    return ConditionAdapter(base, layers, slots, tensors), header["facts"]
