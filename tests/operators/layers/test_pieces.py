"""Pieces of a field give what the whole gives, also to the weights."""

import pytest
import torch
from torch import nn

import geomlearn.operators.layers.pieces as module
from geomlearn.operators.layers.pieces import in_pieces


@pytest.mark.parametrize("shape", [(7, 3), (2, 5, 4, 3), (1, 1, 3)])
def test_pieces_are_the_whole(shape, monkeypatch):
    monkeypatch.setattr(module, "PIECE", 4)
    torch.manual_seed(0)
    layer = nn.Sequential(nn.Linear(3, 6), nn.GELU(), nn.Linear(6, 2)).double()
    field = torch.randn(shape, dtype=torch.float64)
    gradients = []
    for out in (layer(field), in_pieces(layer, field)):
        gradients.append([out, *torch.autograd.grad(out.square().sum(), list(layer.parameters()))])
    torch.testing.assert_close(*gradients, rtol=0, atol=1e-12)
