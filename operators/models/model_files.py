"""Model files: weights and normalisers as safetensors, what they belong to as JSON beside them. Nothing is executed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geomlearn.core.weights import check_fit, fitting, read_weights, write_weights
from geomlearn.operators.models.field_operator import FieldOperator
from geomlearn.operators.models.shipped import weights_of
from geomlearn.operators.models.signature import Signature
from geomlearn.operators.models.table import model_named
from geomlearn.operators.models.training_range import TrainingRange

_FORMAT = "geomlearn-operator"


def save_operator(
    path: str | Path, model: FieldOperator, facts: Mapping[str, Any] | None = None, *, force: bool = False
) -> Path:
    """Write a model; `facts` (JSON values) say how it was trained.

    Raises
    ------
    GeomError   the file exists and `force` is false.
    """
    header = {
        "model": model.row.key,
        "options": model.options.model_dump(mode="json"),
        "signature": model.signature.to_json(),
        "normalization": model.normalization,
        "rollout": model.rollout,
        "equivariance": model.equivariance,
        "range": None if model.seen is None else model.seen.to_json(),
        "facts": dict(facts or {}),
    }
    return write_weights(path, _FORMAT, model.state_dict(), header, force=force)


def load_operator(path: str | Path) -> tuple[FieldOperator, dict[str, Any]]:
    """The model of a file or of ``shipped:NAME``, and the facts saved with it.

    The file names a row of the table of models; whatever else it names is not looked for.

    Raises
    ------
    FormatError   the file is missing or damaged, no model of this project, or of a kind this version does not have; or
                  nothing of this name is shipped.
    """
    path = weights_of(path)
    tensors, header = read_weights(path, _FORMAT, "model of geomlearn", "geomlearn train")
    with fitting(path):
        row = model_named(header["model"])
        options = row.resolve_options()(**header["options"])
        signature = Signature.from_json(header["signature"])

        # Files of earlier versions say neither.
        more = {"rollout": header["rollout"], "equivariance": header.get("equivariance", "none")}
        seen = header.get("range")

        def build() -> FieldOperator:
            return FieldOperator(row, signature, options, header["normalization"], **more)

        check_fit(build, tensors)
        model = build()
        model.load_state_dict(tensors)
        model.seen = None if seen is None else TrainingRange.from_json(seen)
    return model.eval(), header["facts"]
