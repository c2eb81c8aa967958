"""The numbered properties of norm-aware linear attention, and those of the mixers beside it."""

import itertools
import math

import numpy as np
import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from geomlearn.core.errors import ParameterError
from geomlearn.operators.layers.attention.linear import causal_attention, linear_attention, signed
from geomlearn.operators.layers.attention.nalaformer import (
    NormAwareLinearAttention,
    exponent,
    key_features,
    query_features,
)
from geomlearn.operators.layers.attention.operator import AttentionOperator, GlobalMixer
from geomlearn.operators.layers.attention.options import AttentionOptions

KINDS = ("nala", "softmax", "elu", "relu", "galerkin", "polaformer")


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)
    torch.manual_seed(0)


def rows(query, key):
    """The weights of each query on all tokens, formed in quadratic time."""
    products = query @ key.transpose(-2, -1)
    return products / products.sum(-1, keepdim=True)


def entropy(weights):
    return -(weights * weights.clamp_min(1e-300).log()).sum(-1)


def test_1_linear_is_quadratic_and_rows_are_probabilities():
    query, key, values = (torch.randn(2, 50, 8) for _ in range(3))
    features = query_features(query), key_features(key)
    weights = rows(*features)
    torch.testing.assert_close(linear_attention(*features, values), weights @ values, rtol=1e-5, atol=1e-5)
    assert weights.min() >= 0
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 50))


@pytest.mark.parametrize("sharpness", [None, 0.7, 20.0])
def test_2_norms_are_kept_halves_swap_and_opposite_signs_do_not_meet(sharpness):
    vectors = torch.randn(20, 6, dtype=torch.float64)
    found = key_features(vectors, sharpness=sharpness)
    torch.testing.assert_close(found.norm(dim=-1), (vectors.abs() ** 3).norm(dim=-1))
    assert found.min() >= 0
    swapped = torch.cat(key_features(-vectors, sharpness=sharpness).chunk(2, -1)[::-1], -1)
    torch.testing.assert_close(swapped, found)
    if sharpness is None:
        others = -vectors.sign() * torch.rand_like(vectors)
        assert (query_features(others) * found).sum(-1).abs().max() == 0


def test_3_the_norm_of_a_query_cancels_for_relu_and_not_here():
    query, key = torch.randn(5, 8, dtype=torch.float64), torch.randn(40, 8, dtype=torch.float64)
    torch.testing.assert_close(rows((3 * query).relu(), key.relu()), rows(query.relu(), key.relu()))
    ours = rows(query_features(0.5 * query), key_features(key)), rows(query_features(query), key_features(key))
    assert (ours[0] - ours[1]).abs().max() > 1e-3


def test_4_the_entropy_of_softmax_falls_by_the_variance():
    direction, keys = torch.randn(8, dtype=torch.float64), torch.randn(60, 8, dtype=torch.float64)
    products = keys @ (direction / direction.norm())

    def at(s):
        return entropy((s * products).softmax(0))

    s, h = 1.3, 1e-5
    p = (s * products).softmax(0)
    variance = (p * products**2).sum() - (p * products).sum() ** 2
    assert float((at(s + h) - at(s - h)) / (2 * h)) == pytest.approx(float(-s * variance), abs=1e-6)


def test_5_longer_queries_focus_up_to_a_limit_which_lambda_lowers():
    directions, keys = torch.randn(64, 32, dtype=torch.float64), torch.randn(256, 32, dtype=torch.float64)
    directions = directions / directions.norm(dim=-1, keepdim=True)
    norms = (0.05, 0.25, 0.5, 1, 2, 4, 8)

    def curve(lam):
        return [
            float(entropy(rows(query_features(n * directions, lam), key_features(keys, lam))).mean()) for n in norms
        ]

    ours = curve(3.0)
    assert all(a > b for a, b in itertools.pairwise(ours[:-1]))
    # Keys and queries are drawn anew: their sample of 64 moves the mean by a few hundredths.
    assert ours == pytest.approx([5.230, 5.142, 5.032, 4.878, 4.780, 4.764, 4.764], abs=0.08)
    assert ours[-2] == pytest.approx(ours[-1], abs=2e-3)
    assert curve(4.0)[-1] < ours[-1] - 0.1
    relu = [float(entropy(rows((n * directions).relu(), keys.relu())).mean()) for n in norms]
    assert relu == pytest.approx([relu[0]] * len(norms))
    softmax = [float(entropy((n * directions @ keys.T).softmax(-1)).mean()) for n in norms]
    assert softmax[-1] < ours[-1] < math.log(256)


def test_6_with_both_powers_at_one_equal_signs_are_what_is_left_and_the_norm_cancels():
    query, key = torch.randn(7, 5, dtype=torch.float64), torch.randn(9, 5, dtype=torch.float64)
    # A flat exponent of 1: λ so small that tanh adds nothing, and λτ = 1.
    ours = query_features(query, 1e-12, 1e12, eps=0.0) @ key_features(key, 1.0).T
    same = (query[:, None] * key[None]).clamp_min(0).sum(-1) / query.norm(dim=-1, keepdim=True)
    torch.testing.assert_close(ours, same)
    twice = query_features(2 * query, 1e-12, 1e12, eps=0.0) @ key_features(key, 1.0).T
    torch.testing.assert_close(twice, ours)


def test_7_gradients_are_finite_at_zero_coordinates_and_at_zero():
    query = torch.randn(4, 6, dtype=torch.float64)
    query[0] = 0
    query[1, 2:4] = 0
    key = torch.randn(4, 6, dtype=torch.float64)
    key[2, 1] = 0
    query.requires_grad_(), key.requires_grad_()
    values = torch.randn(4, 3, dtype=torch.float64)
    out = linear_attention(query_features(query), key_features(key), values)
    found = torch.autograd.grad(out.square().sum(), (query, key))
    assert out.isfinite().all()
    assert all(part.isfinite().all() for part in found)
    away = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: linear_attention(query_features(x), key_features(x), x), away)
    assert float(exponent(torch.zeros(()))) == 1.5
    assert float(exponent(torch.tensor(50.0))) == 4.5


@pytest.mark.parametrize("kind", KINDS)
def test_8_two_tokens_of_half_the_area_are_one(kind):
    operator = AttentionOperator(3, 2, AttentionOptions(width=16, layers=2, heads=2, attention=kind)).double()
    values, area = torch.randn(1, 30, 3, dtype=torch.float64), torch.rand(1, 30, dtype=torch.float64)
    once = operator(values, area)
    twice = operator(torch.cat([values, values], 1), torch.cat([area, area], 1) / 2)
    torch.testing.assert_close(twice[:, :30], once, rtol=0, atol=1e-6)
    # Rows that are only filling do nothing, and no area is the same everywhere.
    padded = operator(
        torch.cat([values, torch.randn(1, 5, 3, dtype=torch.float64)], 1), torch.cat([area, 0 * area[:, :5]], 1)
    )
    torch.testing.assert_close(padded[:, :30], once, rtol=0, atol=1e-6)
    torch.testing.assert_close(operator(values), operator(values, torch.full_like(area, 2.0)), rtol=0, atol=1e-6)


def test_8_sampling_a_sphere_more_finely_converges():
    rng = np.random.default_rng(0)
    mix, query = torch.from_numpy(rng.standard_normal((3, 16))), torch.from_numpy(rng.standard_normal((10, 16)))

    def answer(n):
        points = rng.standard_normal((n, 3))
        points = torch.from_numpy(points / np.linalg.norm(points, axis=1, keepdims=True))
        return linear_attention(query_features(query), key_features(points @ mix), points**3)

    truth = answer(400_000)
    errors = [
        np.sqrt(np.mean([float((answer(n) - truth).square().mean()) for _ in range(40)])) for n in (256, 1024, 4096)
    ]
    for coarse, fine in itertools.pairwise(errors):
        assert 1.6 < coarse / fine < 2.5


def test_9_work_grows_with_the_number_of_tokens_and_for_softmax_with_its_square():
    def work(kind, n):
        mixer = GlobalMixer(AttentionOptions(width=16, heads=2, attention=kind))
        # Fused softmax hides its products from the counter.
        with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter, torch.no_grad():
            mixer(torch.randn(1, n, 16))
        return counter.get_total_flops()

    for kind in ("nala", "elu", "galerkin", "polaformer"):
        assert work(kind, 4096) / work(kind, 1024) < 5
    assert work("softmax", 4096) / work("softmax", 1024) > 12


def test_10_causal_in_chunks_is_masked_quadratic():
    query, key, values = (torch.randn(2, 150, 8) for _ in range(3))
    features = query_features(query), key_features(key)
    products = (features[0] @ features[1].transpose(-2, -1)).tril()
    wanted = products / (products.sum(-1, keepdim=True) + 1e-6) @ values
    for chunk in (1, 64, 500):
        torch.testing.assert_close(causal_attention(*features, values, chunk), wanted, rtol=1e-4, atol=1e-4)


def test_queries_may_come_from_elsewhere():
    mixer = NormAwareLinearAttention(1, 8)
    few, many = torch.randn(1, 1, 3, 8), torch.randn(1, 1, 40, 8)
    assert mixer(few, many, many).shape == (1, 1, 3, 8)


def test_signs_of_polaformer_meet_in_halves_of_their_own():
    query, key = torch.randn(4, 6), torch.randn(5, 6)
    same = signed(query) @ signed(key).T
    swapped = torch.cat(signed(key).chunk(2, -1)[::-1], -1)
    torch.testing.assert_close(same - signed(query) @ swapped.T, query @ key.T)


@pytest.mark.parametrize("kind", KINDS)
def test_order_does_not_matter_and_half_precision_neither(kind):
    operator = AttentionOperator(3, 1, AttentionOptions(width=16, layers=1, heads=2, attention=kind))
    values, area = torch.randn(1, 25, 3), torch.rand(1, 25)
    order = torch.randperm(25)
    with torch.no_grad():
        plain = operator(values, area)
        torch.testing.assert_close(operator(values[:, order], area[:, order]), plain[:, order], rtol=1e-4, atol=1e-5)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            low = operator(20 * values, area)
    assert low.isfinite().all()


def test_options_that_cannot_be_are_refused():
    with pytest.raises(ParameterError, match="width 10 is no multiple"):
        AttentionOptions(width=10, heads=4)
    with pytest.raises(ParameterError, match="polaformer halves the 3 channels"):
        AttentionOptions(width=12, heads=4, attention="polaformer")
