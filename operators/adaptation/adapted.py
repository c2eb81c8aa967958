"""A model file with an adapter file put on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.core.weights import weights_kind
from geomlearn.operators.adaptation.adapter_files import load_adapter
from geomlearn.operators.adaptation.attached import Adapter, attach, detach
from geomlearn.operators.adaptation.orthogonal.attached import attach_conditions, detach_conditions
from geomlearn.operators.adaptation.orthogonal.condition_files import FORMAT, load_conditions
from geomlearn.operators.adaptation.orthogonal.slots import ConditionAdapter
from geomlearn.operators.adaptation.peft_folder import read_peft_folder
from geomlearn.operators.models.field_operator import FieldOperator
from geomlearn.operators.models.model_files import load_operator


def load_adapted(
    model: str | Path, adapter: str | Path | None = None, condition: str | None = None
) -> tuple[FieldOperator, dict[str, Any]]:
    """The model of a file with the adapter of another on, and the facts saved with the model.

    Parameters
    ----------
    adapter    a file that `geomlearn adapt` wrote, or a folder of PEFT; None for the model alone.
    condition  of an adapter that holds several, the one to answer under.

    Raises
    ------
    FormatError      a file is missing or damaged, or is none of these.
    ParameterError   the adapter belongs to another model, or has no such condition.
    """
    operator, facts = load_operator(model)
    if adapter is None:
        return operator, facts
    if weights_kind(adapter) == FORMAT:
        put_on(operator, load_conditions(adapter)[0], condition)
        return operator.eval(), facts
    if condition is not None:
        raise ParameterError(f"{Path(adapter).name} holds no conditions.", "Leave --condition out.")
    found = read_peft_folder(adapter, operator) if Path(adapter).is_dir() else load_adapter(adapter)[0]
    put_on(operator, found)
    return operator.eval(), facts


def put_on(model: nn.Module, adapter: Adapter | ConditionAdapter, condition: str | None = None) -> None:
    """Put an adapter of either kind on its model, as `attach` and `attach_conditions` do."""
    if isinstance(adapter, Adapter):
        attach(model, adapter)
    else:
        attach_conditions(model, adapter, condition)


def take_off(model: nn.Module) -> None:
    """Take off whatever is on; the model is as it was."""
    if hasattr(model, "condition"):
        detach_conditions(model)
    detach(model)
