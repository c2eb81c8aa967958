"""Penalties reach the layers their terms name, and layers that cannot be orthogonal say so."""

import pytest
import torch
from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.regularizers.model_penalty import regularization, shares
from geomlearn.regularizers.orthogonal_conv import orthogonal_conv, orthogonal_dense
from geomlearn.regularizers.terms import parse_terms


def model():
    torch.manual_seed(0)
    return nn.ModuleDict(
        {
            "stem": nn.Conv2d(3, 8, 3, stride=2),
            "shortcut": nn.Conv2d(8, 16, 1, stride=2),
            "mix": nn.Linear(6, 6),
            "head": nn.Linear(6, 2),
        }
    )


def test_the_penalty_is_the_weighted_mean_over_layers():
    net = model()
    found = shares(net, parse_terms("orth-conv:0.5"))
    assert [share.name for share in found if not share.refusal] == ["stem", "mix", "head"]
    (refused,) = [share for share in found if share.refusal]
    assert refused.name == "shortcut" and "stays at 8 or more" in refused.refusal
    parts = [
        orthogonal_conv(net["stem"].weight, 2),
        orthogonal_dense(net["mix"].weight),
        orthogonal_dense(net["head"].weight),
    ]
    torch.testing.assert_close(regularization(found), 0.5 * torch.stack(parts).mean())


def test_layers_get_the_weight_of_every_term_that_names_them():
    net = model()
    both = regularization(shares(net, parse_terms("orth-conv[stem]:1,orth-conv[mix]:3")))
    torch.testing.assert_close(both, orthogonal_conv(net["stem"].weight, 2) + 3 * orthogonal_dense(net["mix"].weight))
    assert float(regularization(())) == 0


def test_lambda_orthogonality_takes_square_matrices_and_has_gradients():
    net = model()
    found = shares(net, parse_terms("lambda-orth:0.1"))
    assert [share.name for share in found] == ["mix"]
    regularization(found).backward()
    assert net["mix"].weight.grad.abs().sum() > 0 and net["head"].weight.grad is None


def test_terms_without_layers_are_refused_with_the_reason():
    with pytest.raises(ParameterError, match="no convolutions"):
        shares(model(), parse_terms("orth-conv[encoder.*]:1"))
    with pytest.raises(ParameterError, match="shortcut cannot be orthogonal"):
        shares(model(), parse_terms("orth-conv[shortcut]:1"))
    with pytest.raises(ParameterError, match="no square"):
        shares(nn.Linear(3, 4), parse_terms("lambda-orth:1"))


def test_convolutions_of_every_kind_have_their_share():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv3d(2, 3, 2), nn.ConvTranspose1d(3, 2, 4, stride=2), nn.Conv1d(2, 4, 3, 2, dilation=2))
    found = shares(net, parse_terms("orth-conv:1"))
    assert [share.name for share in found if not share.refusal] == ["0", "1"]
    (refused,) = [share for share in found if share.refusal]
    assert "2 cannot be orthogonal: its penalty stays at 2" in refused.refusal
    torch.testing.assert_close(
        regularization(found), (orthogonal_conv(net[0].weight) + orthogonal_conv(net[1].weight, 2)) / 2
    )
