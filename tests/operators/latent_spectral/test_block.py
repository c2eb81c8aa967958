"""The neural spectral block: every numbered property of its definition."""

import itertools
import math

import numpy as np
import pytest
import torch

from geomlearn.core.errors import ParameterError
from geomlearn.operators.latent_spectral.block import NeuralSpectralBlock
from geomlearn.operators.latent_spectral.options import LatentSpectralOptions, SpectralBlockOptions
from geomlearn.operators.latent_spectral.patches import from_patches, plan, to_patches
from geomlearn.operators.latent_spectral.trigonometric import TrigonometricStep

OPTIONS = SpectralBlockOptions(width=16, heads=4, tokens=4, n_frequencies=12)


@pytest.fixture(autouse=True)
def double_precision():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def by_definition(block, points):
    """The block as the paper writes it: keys, values and queries formed for every head, every sine on its own."""
    heads, _n_tokens, size = block.tokens.shape
    out = torch.empty_like(points)
    for s, x in enumerate(points):
        key, value, query = block.key(x), block.value(x), block.query(x)
        for h in range(heads):
            at = slice(h * size, (h + 1) * size)
            attention = (block.tokens[h] @ key[:, at].T).softmax(1)
            tokens = attention @ value[:, at] + block.tokens[h]
            stepped = tokens.clone()
            for k in range(block.step.cosine.shape[1]):
                first = k + 1 if block.step.integer else k
                stepped = stepped + block.step.sine[at, k] * torch.sin(first * block.step.unit * tokens)
                stepped = stepped + block.step.cosine[at, k] * torch.cos(k * block.step.unit * tokens)
            written = (query[:, at] @ stepped.T).softmax(1) @ stepped
            scale = block.strength[at] if block.identity_start else 1.0
            out[s, :, at] = x[:, at] + scale * written
    return out


@pytest.mark.parametrize("frequencies", ["pi-over-k", "integer"])
@pytest.mark.parametrize("start", ["published", "identity"])
def test_it_is_the_papers_formula(frequencies, start):
    block = NeuralSpectralBlock(16, OPTIONS.replace(frequencies=frequencies, start=start))
    if start == "identity":
        for parameter in (block.strength, block.step.sine, block.step.cosine):
            torch.nn.init.normal_(parameter)
    points = torch.randn(3, 9, 16)
    torch.testing.assert_close(block(points), by_definition(block, points), rtol=0, atol=1e-12)


@pytest.mark.parametrize("shift", [0, 1])
def test_the_hand_written_gradient_is_the_true_one(shift):
    step = TrigonometricStep(6, OPTIONS.replace(n_frequencies=5, frequencies=["pi-over-k", "integer"][shift]))
    tokens = torch.randn(2, 3, 6, requires_grad=True)
    torch.autograd.gradcheck(step, (tokens,))

    def through_weights(sine, cosine):
        return torch.func.functional_call(step, {"sine": sine, "cosine": cosine}, (tokens.detach(),))

    torch.autograd.gradcheck(
        through_weights, (step.sine.detach().requires_grad_(), step.cosine.detach().requires_grad_())
    )


def test_a_patch_sees_only_itself():  # 1
    block = NeuralSpectralBlock(16, OPTIONS)
    field = torch.randn(2, 12, 8, 16)
    changed = field.clone()
    changed[:, :6, 4:] += 1
    before, after = (from_patches(block(to_patches(f, (6, 4))), (6, 4), f.shape) for f in (field, changed))
    elsewhere = torch.ones(12, 8, dtype=torch.bool)
    elsewhere[:6, 4:] = False
    assert float((before - after).detach()[:, elsewhere].abs().max()) == 0
    assert float((before - after).detach()[:, ~elsewhere].abs().min()) > 0


def test_points_of_a_patch_may_come_in_any_order():  # 2
    block = NeuralSpectralBlock(16, OPTIONS)
    points, order = torch.randn(2, 36, 16), torch.randperm(36)
    torch.testing.assert_close(block(points[:, order]), block(points)[:, order], rtol=0, atol=1e-12)


def test_what_is_written_back_has_low_rank_and_stays_among_the_tokens():  # 3
    block = NeuralSpectralBlock(64, OPTIONS)
    points = 3 * torch.randn(1, 36, 64)
    tokens = block.step(block.encode(points))[0].unflatten(-1, (4, 16)).transpose(0, 1)
    written = (block(points) - points)[0].unflatten(-1, (4, 16))
    for head in range(4):
        assert torch.linalg.matrix_rank(written[:, head], rtol=1e-10) <= 4
        assert (written[:, head] >= tokens[head].min(0).values - 1e-12).all()
        assert (written[:, head] <= tokens[head].max(0).values + 1e-12).all()


def test_without_basis_weights_the_step_does_nothing():  # 4
    block = NeuralSpectralBlock(16, OPTIONS)
    torch.nn.init.zeros_(block.step.sine)
    torch.nn.init.zeros_(block.step.cosine)
    tokens = torch.randn(2, 4, 16)
    assert torch.equal(block.step(tokens), tokens)
    points = torch.randn(2, 9, 16)
    assert float((block(points) - points).detach().abs().max()) > 0.1
    for parameter in (block.tokens, block.value.weight, block.value.bias):
        torch.nn.init.zeros_(parameter)
    torch.testing.assert_close(block(points), points, rtol=0, atol=1e-7)


def test_the_identity_start_is_the_identity():
    block = NeuralSpectralBlock(16, OPTIONS.replace(start="identity"))
    points = torch.randn(2, 9, 16)
    assert torch.equal(block(points), points)
    block(points).square().sum().backward()
    assert float(block.strength.grad.abs().min()) > 0


def test_the_first_sine_of_the_published_frequencies_is_dead_and_ours_is_not():  # 5
    for frequencies in ("pi-over-k", "integer"):
        step = TrigonometricStep(16, OPTIONS.replace(frequencies=frequencies))
        step(torch.randn(5, 16)).square().sum().backward()
        dead = bool((step.sine.grad[:, 0] == 0).all())
        assert dead == (frequencies == "pi-over-k")
        assert (step.sine.grad[:, 1:] != 0).all()


def test_the_published_step_repeats_after_2k():  # 6
    step = TrigonometricStep(16, OPTIONS)
    tokens = torch.randn(7, 16)
    moved = [step(t) - t for t in (tokens, tokens + 24)]
    torch.testing.assert_close(*moved, rtol=0, atol=1e-12)
    halfway = step(tokens + 12) - (tokens + 12)
    assert float((halfway - moved[0]).detach().abs().max()) > 1e-3


def worst_error(n, frequencies):
    """Largest error of the least-squares fit of tanh(3t) on [−1, 1] by the step's basis functions."""
    step = TrigonometricStep(1, OPTIONS.replace(n_frequencies=n, frequencies=frequencies))
    t = np.linspace(-1, 1, 2001)
    angles = step.unit * t[:, None]
    first = np.arange(n) + step.integer
    basis = np.concatenate([np.sin(first * angles), np.cos(np.arange(n) * angles)], 1)
    truth = np.tanh(3 * t)
    return float(np.abs(basis @ np.linalg.lstsq(basis, truth, rcond=1e-15)[0] - truth).max())


def test_integer_frequencies_converge_and_the_published_ones_stall():  # 7
    integer = [worst_error(n, "integer") for n in (4, 8, 12, 24)]
    published = [worst_error(n, "pi-over-k") for n in (4, 8, 12, 24)]
    assert all(later < earlier for earlier, later in itertools.pairwise(integer))
    assert integer[-1] < 1e-6
    assert published[-1] > 1e-4


def test_the_cost_is_linear_in_the_points():  # 8: operations are counted, since a clock on a busy machine is no test
    from torch.utils.flop_counter import FlopCounterMode

    block = NeuralSpectralBlock(32, OPTIONS)
    counts = []
    for n_sets in (8, 16):
        with FlopCounterMode(display=False) as counter:
            block(torch.randn(n_sets, 64, 32))
        counts.append(counter.get_total_flops())
    assert counts[1] / counts[0] == pytest.approx(2, rel=0.05)


def test_patches_come_back_where_they_were():
    for grid, patch in (((12,), (4,)), ((6, 8), (3, 2)), ((4, 6, 2), (2, 3, 1))):
        field = torch.randn(2, *grid, 3)
        patches = to_patches(field, patch)
        assert patches.shape == (2 * math.prod(grid) // math.prod(patch), math.prod(patch), 3)
        corner = field[(0, *(slice(p) for p in patch))].reshape(-1, 3)
        assert torch.equal(patches[0], corner)
        assert torch.equal(from_patches(patches, patch, field.shape), field)


@pytest.mark.parametrize(
    ("resolution", "scales", "patch"),
    [((85, 85), 5, (6, 6)), ((129, 129), 5, (9, 9)), ((29, 29), 3, (8, 8)), ((64, 64), 4, (8, 8)), ((5,), 1, (5,))],
)
def test_scales_and_patches_are_chosen_so_that_there_is_something_to_compress(resolution, scales, patch):
    assert plan(resolution, LatentSpectralOptions()) == (scales, patch)


@pytest.mark.parametrize(
    ("resolution", "patch"), [((85, 85), (6, 6)), ((221, 51), (14, 4)), ((101, 31, 20), (7, 2, 2)), ((64, 64), (4, 4))]
)
def test_with_five_scales_the_patches_are_the_published_ones(resolution, patch):
    assert plan(resolution, LatentSpectralOptions(scales=5))[1] == patch


def test_options_that_contradict_each_other_are_refused():
    with pytest.raises(ParameterError, match="no multiple of the 8 heads"):
        SpectralBlockOptions(width=20)
    with pytest.raises(ParameterError, match="2 numbers, but the grid has 1"):
        plan((64,), LatentSpectralOptions(patch=(4, 4)))
    with pytest.raises(ParameterError, match="single point"):
        plan((8, 8), LatentSpectralOptions(scales=4, norm="instance"))
