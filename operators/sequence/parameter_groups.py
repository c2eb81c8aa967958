"""Which parameters learn how fast, and which decay."""

from __future__ import annotations

from typing import Any

from torch import nn

from geomlearn.operators.sequence.block import SequenceNorm
from geomlearn.operators.sequence.layer import SSMLayer
from geomlearn.operators.sequence.options import ParameterGroupOptions

# (learns at the full rate, decays) for B and for C.
_B_AND_C = {
    "standard": ((False, False), (True, True)),
    "b-and-c": ((False, True), (True, True)),
    "fast-b-and-c": ((True, True), (True, True)),
    "none": ((False, False), (True, False)),
}


def parameter_groups(model: nn.Module, options: ParameterGroupOptions | None = None) -> list[dict[str, Any]]:
    """Groups for a torch optimizer: every parameter of the model in exactly one.

    Eigenvalues, the rank-one part, time steps and norms learn at `ssm_lr` without decay; B and C follow `ssm_decay`;
    everything else learns at `lr` and decays. Each group has the keys params, lr, weight_decay and name.

    Source   Smith et al. 2022, arXiv 2208.04933: the four choices of its optimizer.
    Differs  time steps never decay, also at the full rate: decay would pull them towards dt = 1.
    """
    options = options or ParameterGroupOptions()
    (b_fast, b_decays), (c_fast, c_decays) = _B_AND_C[options.ssm_decay]
    kinds: dict[int, tuple[bool, bool]] = {}
    for module in model.modules():
        if isinstance(module, SSMLayer):
            kinds |= {id(module.b): (b_fast, b_decays), id(module.c): (c_fast, c_decays)}
            kinds |= {id(module.log_decay): (False, False), id(module.frequency): (False, False)}
            kinds |= {id(module.log_dt): (options.fast_dt, False)}
            if module.p is not None:
                kinds[id(module.p)] = (False, False)
        elif isinstance(module, SequenceNorm):
            kinds |= {id(parameter): (False, False) for parameter in module.parameters()}
    sorted_parameters: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for parameter in model.parameters():
        sorted_parameters.setdefault(kinds.get(id(parameter), (True, True)), []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": options.lr if fast else options.ssm_lr,
            "weight_decay": options.weight_decay if decays else 0.0,
            "name": f"{'full' if fast else 'ssm'} rate, {'decay' if decays else 'no decay'}",
        }
        for (fast, decays), parameters in sorted_parameters.items()
    ]


def trained_groups(model: nn.Module, learning_rate: float, weight_decay: float) -> list[dict[str, Any]]:
    """The groups of `parameter_groups` for one learning rate, the dynamics at a quarter of it."""
    return parameter_groups(
        model, ParameterGroupOptions(ssm_lr=learning_rate / 4, lr=learning_rate, weight_decay=weight_decay)
    )
