"""A model file with an adapter file put on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from geomlearn.operators.adaptation.adapter_files import load_adapter
from geomlearn.operators.adaptation.attach import attach
from geomlearn.operators.adaptation.peft_folder import read_peft_folder
from geomlearn.operators.models.field_operator import FieldOperator
from geomlearn.operators.models.model_files import load_operator


def load_adapted(model: str | Path, adapter: str | Path | None = None) -> tuple[FieldOperator, dict[str, Any]]:
    """The model of a file with the adapter of another on, and the facts saved with the model.

    Parameters
    ----------
    adapter   a file that `geomlearn adapt` wrote, or a folder of PEFT; None for the model alone.

    Raises
    ------
    FormatError      a file is missing or damaged, or is none of these.
    ParameterError   the adapter belongs to another model.
    """
    operator, facts = load_operator(model)
    if adapter is None:
        return operator, facts
    found = read_peft_folder(adapter, operator) if Path(adapter).is_dir() else load_adapter(adapter)[0]
    attach(operator, found)
    return operator.eval(), facts
