"""The scan: the recurrence itself, forwards and backwards in time, its gradient, its memory (card 6.7)."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from geomlearn.operators.sequence.discrete.scan import diagonal_scan, powers

KERNELS = ("blocked", "toeplitz")


def drawn(length, n_batch=2, m=3, dtype=torch.complex128, seed=0):
    generator = torch.Generator().manual_seed(seed)
    radius, angle = torch.rand(2, m, generator=generator, dtype=torch.float64)
    lam_bar = torch.polar(0.5 + 0.5 * radius, 6.0 * angle).to(dtype)
    inputs = torch.randn(length, n_batch, m, generator=generator, dtype=torch.complex128).to(dtype)
    state = torch.randn(n_batch, m, generator=generator, dtype=torch.complex128).to(dtype)
    return lam_bar, inputs, state


def step_by_step(lam_bar, inputs, state):
    states = []
    for value in inputs:
        state = lam_bar * state + value
        states.append(state)
    return torch.stack(states)


@given(length=st.integers(1, 150), n_batch=st.integers(1, 3), m=st.integers(1, 4), seed=st.integers(0, 50))
@settings(max_examples=40, deadline=None)
@pytest.mark.parametrize("kernel", KERNELS)
def test_it_is_the_recurrence_at_every_length(kernel, length, n_batch, m, seed):
    lam_bar, inputs, state = drawn(length, n_batch, m, seed=seed)
    expected = step_by_step(lam_bar, inputs, state)
    found = diagonal_scan(lam_bar, inputs, state, kernel=kernel)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("length", [1, 2, 33, 1100])
def test_reversed_it_is_flip_scan_flip(kernel, length):
    lam_bar, inputs, state = drawn(length)
    expected = step_by_step(lam_bar, inputs.flip(0), state).flip(0)
    found = diagonal_scan(lam_bar, inputs, state, reverse=True, kernel=kernel)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("length", [1, 6, 37])
def test_the_gradient_is_the_slope(kernel, reverse, length):
    lam_bar, inputs, state = (value.requires_grad_() for value in drawn(length, 2, 2))

    def scan(*values):
        return diagonal_scan(*values, reverse=reverse, kernel=kernel)

    # Whole Jacobians of long sequences take seconds; a drawn projection of them tells as much.
    assert torch.autograd.gradcheck(scan, (lam_bar, inputs, state), fast_mode=length > 10)


def test_the_gradient_without_a_state_is_the_slope():
    lam_bar, inputs, _ = (value.requires_grad_() for value in drawn(9, 2, 2))
    assert torch.autograd.gradcheck(lambda a, b: diagonal_scan(a, b), (lam_bar, inputs))


@pytest.mark.parametrize("kernel", KERNELS)
def test_single_precision_is_as_good_as_the_loop(kernel):
    single = drawn(4096, 2, 16, dtype=torch.complex64)
    # The multipliers are rounded first, so that only the summation differs.
    exact = step_by_step(*(value.to(torch.complex128) for value in single))
    found = diagonal_scan(*single, kernel=kernel)
    assert (found - exact).abs().max() < 1e-5 * exact.abs().max()


def test_memory_kept_for_the_gradient_is_the_states_and_no_more():
    """A recursion would keep log L or L copies; here the graph saves one number for each state."""
    for length in (64, 256, 1024):
        lam_bar, inputs, _ = (value.requires_grad_() for value in drawn(length, 2, 3))
        kept = []

        def pack(value, kept=kept):
            kept.append(value.numel())
            return value

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda value: value):
            diagonal_scan(lam_bar, inputs)
        assert sum(kept) == length * 2 * 3 + 3


def test_powers_by_doubling_allow_zero_and_match():
    base = torch.tensor([0.0, 0.5, -1.0j], dtype=torch.complex128)
    table = powers(base, 11)
    torch.testing.assert_close(table, torch.stack([base**k for k in range(11)]))
    assert powers(base, 1).shape == (1, 3)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("kernel", KERNELS)
def test_gradients_of_gradients_exist(kernel, reverse):
    values = tuple(value.requires_grad_() for value in drawn(5, 1, 2))

    def scan(*given):
        return diagonal_scan(*given, reverse=reverse, kernel=kernel)

    assert torch.autograd.gradgradcheck(scan, values)


@pytest.mark.parametrize("reverse", [False, True])
def test_forward_derivatives_and_batches_of_functions(reverse):
    lam_bar, inputs, state = drawn(9, 2, 3)

    def scan(*given):
        return diagonal_scan(*given, reverse=reverse)

    tangents = tuple(0.3 * value.conj().resolve_conj() for value in (lam_bar, inputs, state))
    _, found = torch.func.jvp(scan, (lam_bar, inputs, state), tangents)
    step = 1e-6

    def moved(by):
        return scan(*(x + by * t for x, t in zip((lam_bar, inputs, state), tangents, strict=True)))

    torch.testing.assert_close(found, (moved(step) - moved(-step)) / (2 * step), rtol=1e-6, atol=1e-7)
    many = torch.stack([lam_bar, 0.5 * lam_bar])
    batched = torch.func.vmap(scan, (0, None, None))(many, inputs, state)
    torch.testing.assert_close(batched, torch.stack([scan(one, inputs, state) for one in many]))
    twice = torch.stack([inputs, 2 * inputs], 1)
    stacked = torch.func.vmap(scan, (None, 1, 0))(lam_bar, twice, torch.stack([state] * 2))
    torch.testing.assert_close(stacked[1], scan(lam_bar, 2 * inputs, state))
