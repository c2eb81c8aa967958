"""Which document tokens a query teaches, and that training finds what distinguishes bases."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from geomlearn.collections.retrieval.maxsim import maxsim
from geomlearn.collections.retrieval.network import TokenNet, maxsim_matrix
from geomlearn.collections.retrieval.options import HeadOptions


def test_2_tokens_that_win_nothing_get_no_gradient():
    torch.manual_seed(0)
    query = functional.normalize(torch.randn(1, 6, 4, dtype=torch.float64), dim=-1)
    document = functional.normalize(torch.randn(1, 11, 4, dtype=torch.float64), dim=-1).requires_grad_()
    maxsim_matrix(query, document).sum().backward()
    winners = (query[0] @ document[0].T).argmax(dim=1).unique()
    moved = document.grad[0].abs().sum(dim=1) > 0
    assert moved.nonzero().ravel().tolist() == winners.tolist()
    assert int(moved.sum()) <= 6
    assert document.grad[0, int(winners[0])].tolist() == pytest.approx(
        query[0, (query[0] @ document[0].T).argmax(dim=1) == winners[0]].sum(dim=0).tolist()
    )


def test_the_matrix_is_the_score_of_each_pair():
    torch.manual_seed(1)
    queries, documents = (functional.normalize(torch.randn(3, n, 4).double(), dim=-1) for n in (5, 8))
    found = maxsim_matrix(queries, documents).numpy()
    for i in range(3):
        assert found[i] == pytest.approx(maxsim(queries[i].numpy(), documents.numpy()), abs=1e-12)


def test_the_network_gives_unit_vectors():
    net = TokenNet(torch.zeros(9), torch.ones(9), 12, HeadOptions(size=5))
    found = net(torch.from_numpy(np.random.default_rng(0).standard_normal((2, 7, 9)).astype(np.float32)))
    assert found.shape == (2, 7, 5)
    assert found.norm(dim=-1).detach().numpy() == pytest.approx(1, abs=1e-5)
