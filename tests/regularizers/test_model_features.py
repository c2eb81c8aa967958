"""Features of a network: the input of the last layer a call went through, averaged over places."""

import numpy as np
import pytest
import torch
from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.regularizers.model_features import penultimate_features


class Skipping(nn.Module):
    """Its last registered layer is not the last that is called."""

    def __init__(self):
        super().__init__()
        self.head, self.body = nn.Linear(4, 2), nn.Linear(3, 4)

    def forward(self, x):
        return self.head(torch.relu(self.body(x)))


def test_dense_layers_have_channels_last_and_the_order_of_calls_counts():
    torch.manual_seed(0)
    model, x = Skipping(), torch.randn(5, 7, 3)
    with penultimate_features(model) as found:
        model(x)
        model(x[:2])
    expected = torch.relu(model.body(x)).mean(1).detach().numpy()
    np.testing.assert_allclose(found[0], expected, rtol=1e-6)
    assert found[1].shape == (2, 4)


def test_convolutions_have_channels_second():
    torch.manual_seed(0)
    model, x = nn.Sequential(nn.Conv2d(1, 6, 3), nn.Tanh(), nn.Conv2d(6, 2, 1)), torch.randn(3, 1, 8, 8)
    with penultimate_features(model) as found:
        model(x)
    np.testing.assert_allclose(found[0], torch.tanh(model[0](x)).mean((2, 3)).detach().numpy(), rtol=1e-5)


def test_the_model_is_left_as_it_was_and_models_without_layers_are_refused():
    model = nn.Sequential(nn.Linear(3, 2))
    with penultimate_features(model) as found:
        pass
    model(torch.ones(1, 3))
    assert found == []
    with pytest.raises(ParameterError, match="no dense layer"), penultimate_features(nn.ReLU()):
        pass
