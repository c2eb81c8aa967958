"""The inputs and errors by which torch tests its own Muon and AdamW, where that part of torch can be imported."""

import sys
from pathlib import Path

import pytest
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parent))
from recipes import RECIPES

pytest.importorskip("expecttest", reason="torch's test inputs need the package expecttest")
suite = pytest.importorskip("torch.testing._internal.common_optimizers", exc_type=ImportError)

KINDS = {kind.__name__: kind for kind, _ in RECIPES.values()}
# Its names for what we call otherwise, or do as a matter of course.
RENAMED = {"adjust_lr_fn": "lr_scale"}
each = pytest.mark.parametrize("name", KINDS)


def ours(kind, options):
    options = {RENAMED.get(key, key): value for key, value in options.items()}
    known = kind.options_model.model_fields
    return {key: value for key, value in options.items() if key in known and value is not None}


@each
@pytest.mark.parametrize("source", ["muon", "adamw"])
@pytest.mark.parametrize("foreach", [False, True])
def test_losses_fall_for_every_input(name, source, foreach):
    torch.manual_seed(0)
    for given in getattr(suite, f"optim_inputs_func_{source}")("cpu"):
        options = ours(KINDS[name], given.kwargs)
        if options.get("maximize"):
            continue
        for stride in (1, 2):
            weight = nn.Parameter(torch.randn(10, 5, stride)[..., 0])
            bias, x = nn.Parameter(torch.randn(10, 1)), torch.randn(5)
            optimizer = KINDS[name]([weight, bias], **{**options, "foreach": foreach})

            def closure(weight=weight, bias=bias, x=x, optimizer=optimizer):
                optimizer.zero_grad()
                loss = (weight.mv(x) + bias.squeeze()).square().sum()
                loss.backward()
                return loss

            first = float(closure().detach())
            for _ in range(20):
                last = float(optimizer.step(closure).detach())
            assert last < first, given.desc


@each
def test_wrong_inputs_are_refused_as_torch_refuses_them(name):
    kind, refused = KINDS[name], 0
    for given in suite.optim_error_inputs_func_muon("cpu", torch.float32):
        wrong = given.optimizer_error_input
        options = ours(kind, wrong.kwargs)
        # More dimensions, complex numbers and duplicates (a warning there) are not errors here, and an option that
        # the optimizer lacks cannot be wrong.
        if given.error_type not in (ValueError, TypeError) or "2D" in wrong.desc or len(options) < len(wrong.kwargs):
            continue
        with pytest.raises((ValueError, TypeError)):
            kind(wrong.params, **options)
        refused += 1
    assert refused >= 3
