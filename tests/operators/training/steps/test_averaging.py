"""The average of the weights by hand, and that a model is what it was after looking at it."""

import pytest
import torch
from torch import nn

from geomlearn.operators.training.steps.averaging import WeightAverage


def model_of(value: float) -> nn.Module:
    model = nn.BatchNorm1d(2)
    with torch.no_grad():
        for one in model.state_dict().values():
            one.fill_(value)
    return model


def weights_of(model: nn.Module) -> dict[str, list[float]]:
    return {name: value.tolist() for name, value in model.state_dict().items()}


def test_past_weights_count_less_and_less_and_counts_are_no_weights():
    """w̄ = 0.75 (0.75 · 4 + 0.25 · 8) + 0.25 · 16 = 7.75, also of running statistics."""
    model = model_of(4.0)
    average = WeightAverage(model, 0.75)
    for value in (8.0, 16.0):
        model.load_state_dict(model_of(value).state_dict())
        average.update()
    average.hand_over()
    assert model.weight.tolist() == model.running_var.tolist() == [7.75, 7.75]
    assert model.num_batches_tracked == 16


def test_the_trained_weights_are_back_after_a_look_even_one_that_fails():
    model = model_of(4.0)
    average = WeightAverage(model, 0.5)
    model.load_state_dict(model_of(8.0).state_dict())
    before = weights_of(model)
    with average.in_place():
        assert model.weight.tolist() == [4.0, 4.0]
    assert weights_of(model) == before
    with pytest.raises(ValueError, match="no"), average.in_place():
        raise ValueError("no")
    assert weights_of(model) == before


def test_without_decay_nothing_is_kept_or_changed():
    model = model_of(4.0)
    average = WeightAverage(model, 0.0)
    model.load_state_dict(model_of(8.0).state_dict())
    before = weights_of(model)
    average.update()
    average.hand_over()
    with average.in_place():
        assert weights_of(model) == before
    assert not average.values
