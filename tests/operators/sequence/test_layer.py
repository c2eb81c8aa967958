"""The layer: three modes that agree, streaming, the continuous system behind it, bad input (card 6.6, 6.7)."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from geomlearn.core.errors import ParameterError, SizeMismatch
from geomlearn.operators.sequence.layer import SSMLayer
from geomlearn.operators.sequence.options import SSMOptions
from geomlearn.operators.sequence.systems.hippo import normal_part
from geomlearn.operators.sequence.systems.initial import InitialSystem, initial_system
from geomlearn.operators.sequence.systems.modes import real_modes
from geomlearn.operators.sequence.systems.ptd import diagonalize_perturbed

FAMILY = ("s4", "s4d-legs", "s4d-lin", "s4d-inv", "s4-ptd", "s5", "s5-ptd")
WIDTH = 3


def layer_of(init, *, seed=0, **options):
    return SSMLayer(WIDTH, SSMOptions(init=init, **{"n": 8} | options), seed=seed)


def in_mode(layer, mode):
    layer.options = layer.options.replace(mode=mode)
    return layer


def drawn(length, n_batch=2, seed=0):
    return torch.randn(n_batch, length, WIDTH, generator=torch.Generator().manual_seed(seed))


def stepped(layer, u, state=None):
    outputs, system = [], layer.discretize()
    for value in u.unbind(1):
        y, state = layer.step(value, state, system)
        outputs.append(y)
    return torch.stack(outputs, 1), state


def assert_agree(found, expected):
    tolerance = 1e-10 if expected.dtype == torch.float64 else 1e-5
    assert (found - expected).abs().max() <= tolerance * expected.abs().max()


@pytest.mark.parametrize("init", FAMILY)
@pytest.mark.parametrize(("n", "length"), [(32, 700), (5, 1), (1, 9)])
@pytest.mark.parametrize("discretization", ["zoh", "bilinear"])
def test_conv_scan_and_step_agree_in_double_precision(double, init, n, length, discretization):
    layer, u = layer_of(init, n=n, discretization=discretization), drawn(length)
    whole = in_mode(layer, "conv")(u)
    assert_agree(in_mode(layer, "scan")(u), whole)
    assert_agree(stepped(layer, u)[0], whole)


@pytest.mark.parametrize("init", FAMILY)
def test_conv_scan_and_step_agree_in_single_precision(init):
    layer, u = layer_of(init, n=32), drawn(1024)
    whole = in_mode(layer, "conv")(u)
    assert_agree(in_mode(layer, "scan")(u), whole)
    assert_agree(stepped(layer, u)[0], whole)


@pytest.mark.parametrize("init", FAMILY)
@pytest.mark.parametrize("length", [1, 40])
def test_both_directions_agree_between_modes_and_see_the_future(double, init, length):
    layer, u = layer_of(init, bidirectional=True), drawn(length).requires_grad_()
    y = in_mode(layer, "conv")(u)
    assert_agree(in_mode(layer, "scan")(u), y)
    y[:, 0].sum().backward()
    assert (u.grad[:, 1:] != 0).any() == (length > 1)


@pytest.mark.parametrize("init", ["s4d-legs", "s5-ptd"])
def test_the_gradients_of_conv_and_scan_agree(double, init):
    u, gradients = drawn(50), []
    for mode in ("conv", "scan"):
        layer = in_mode(layer_of(init), mode)
        layer(u).square().sum().backward()
        gradients.append([parameter.grad for parameter in layer.parameters()])
    for conv, scan in zip(*gradients, strict=True):
        torch.testing.assert_close(conv, scan, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("init", FAMILY)
@given(cuts=st.lists(st.integers(1, 30), min_size=1, max_size=4))
@settings(max_examples=8, deadline=None)
def test_a_stream_in_stretches_is_the_whole_sequence(init, cuts):
    layer, u = layer_of(init), drawn(sum(cuts))
    pieces, state = [], None
    for piece in u.split(cuts, dim=1):
        y, state = layer.resume(piece, state)
        pieces.append(y)
    assert_agree(torch.cat(pieces, 1), layer(u))


@pytest.mark.parametrize("init", FAMILY)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_padding_is_neither_read_nor_written(init, bidirectional):
    layer, u, lengths = layer_of(init, bidirectional=bidirectional), drawn(20, 3), torch.tensor([20, 7, 1])
    padded = u.clone()
    padded[1, 7:], padded[2, 1:] = float("nan"), 1e30
    y = layer(padded, lengths)
    for sample, length in enumerate(lengths.tolist()):
        assert_agree(y[sample, :length], layer(u[sample : sample + 1, :length])[0])
        assert (y[sample, length:] == 0).all()


@pytest.mark.parametrize("init", ["s4", "s4-ptd", "s5"])
def test_streams_of_mixed_lengths_go_on_from_their_own_ends(init):
    layer, u, lengths = layer_of(init), drawn(12, 2), torch.tensor([12, 5])
    _, state = layer.resume(u, lengths=lengths)
    following = drawn(4, 2, seed=1)
    y, _ = layer.resume(following, state)
    for sample, length in enumerate(lengths.tolist()):
        joined = torch.cat([u[sample, :length], following[sample]])[None]
        assert_agree(y[sample], layer(joined)[0, length:])


@pytest.mark.parametrize("init", FAMILY)
def test_a_batch_is_its_sequences_one_by_one(init):
    layer, u = layer_of(init), drawn(30, 4)
    assert_agree(torch.cat([layer(one[None]) for one in u]), layer(u))


@pytest.mark.parametrize("init", FAMILY)
def test_it_is_linear_and_causal(double, init):
    layer, u, v = layer_of(init), drawn(25), drawn(25, seed=1)
    assert_agree(layer(2.0 * u - 3.0 * v), 2.0 * layer(u) - 3.0 * layer(v))
    later = u.clone()
    later[:, 15:] += 1.0
    torch.testing.assert_close(layer(later)[:, :15], layer(u)[:, :15], atol=1e-9, rtol=0)


def test_zoh_is_the_exact_solution_for_a_piecewise_constant_input(double):
    """Against the matrix exponential of the real perturbed system, C read back from the modes."""
    layer = layer_of("s4-ptd", n=6, dt_min=0.05, dt_max=0.05)
    start = initial_system(layer.options)
    a = np.real(start.modes.vecs * (start.modes.weight * start.modes.lam) @ start.modes.vecs_inv)
    weighted = layer.weight * torch.view_as_complex(layer.c)[0]
    c = np.real(weighted.detach().numpy() @ start.modes.vecs_inv)
    u = drawn(20, 1)
    held = np.zeros((7, 7))
    held[:6, :6], held[:6, 6] = a, start.b
    transition = expm(0.05 * held)
    y = layer(u) - layer.d * u
    for channel in range(WIDTH):
        x, expected = np.zeros(6), []
        for value in u[0, :, channel].tolist():
            x = transition[:6, :6] @ x + transition[:6, 6] * value
            expected.append(c[channel] @ x)
        np.testing.assert_allclose(y[0, :, channel].detach().numpy(), expected, atol=1e-10)


@pytest.mark.parametrize("init", FAMILY)
def test_sampling_twice_as_densely_changes_the_output_to_first_order_only(double, init):
    layer = layer_of(init, dt_min=0.01, dt_max=0.01)

    def outputs(n_steps):
        time = torch.arange(n_steps) / n_steps
        u = torch.sin(6.0 * time + 0.3)[None, :, None].expand(1, n_steps, WIDTH)
        return (layer(u, dt_scale=64 / n_steps) - layer.d * u)[0, n_steps // 64 - 1 :: n_steps // 64]

    fine = outputs(4096)
    errors = [(outputs(n_steps) - fine).abs().max().item() for n_steps in (64, 128, 256)]
    assert errors[0] > 1.7 * errors[1] > 1.7 * 1.7 * errors[2]


@pytest.mark.parametrize(("perturbed", "parent", "share"), [("s5-ptd", "s5", 1.0), ("s4-ptd", "s4d-legs", 0.5)])
def test_the_perturbation_that_undoes_the_rank_one_part_gives_the_parent(double, perturbed, parent, share):
    _, p = normal_part(8)
    modes = diagonalize_perturbed(np.outer(p, p)).modes()
    start = initial_system(SSMOptions(init="s4d-legs", n=8))
    undone = InitialSystem(modes, 2.0 * share * start.b)
    options = SSMOptions(init=perturbed, n=8, dt_min=0.01, dt_max=0.01)
    u = drawn(40)
    assert_agree(SSMLayer(WIDTH, options, start=undone)(u), SSMLayer(WIDTH, options.replace(init=parent))(u))


def test_two_states_are_exact_hippo(double):
    """E = 0 for n = 2: the bilinear S4-PTD layer is the S4 layer."""
    u = drawn(60)
    options = SSMOptions(init="s4-ptd", n=2, discretization="bilinear")
    assert_agree(SSMLayer(WIDTH, options)(u), SSMLayer(WIDTH, options.replace(init="s4"))(u))


def test_s4_and_its_perturbed_form_give_nearly_the_same_output_and_s4d_does_not(double):
    """At S4D's top frequency, all three with the same C in the coordinates of HiPPO."""
    dt, n = 0.002, 32
    options = SSMOptions(init="s4", n=n, dt_min=dt, dt_max=dt, discretization="bilinear", gamma=20)
    time = torch.arange(3000) * dt
    u = torch.cos(325.43 * time)[None, :, None].expand(1, 3000, WIDTH)
    outputs = {}
    for init in ("s4", "s4-ptd", "s4d-legs"):
        layer = SSMLayer(WIDTH, options.replace(init=init), seed=1)
        outputs[init] = (layer(u) - layer.d * u)[:, 1500:]
    gap = {init: (y - outputs["s4"]).abs().max().item() for init, y in outputs.items()}
    assert gap["s4d-legs"] > 20 * gap["s4-ptd"]


def test_the_same_seed_gives_the_same_layer_and_another_one_another():
    first, second, third = (layer_of("s5-ptd", seed=seed).state_dict() for seed in (4, 4, 5))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["c"], third["c"])


@pytest.mark.parametrize("c_init", ["lecun", "trunc-normal", "complex-normal"])
def test_every_read_out_start_gives_outputs_of_moderate_size(c_init):
    y = layer_of("s5", blocks=4, c_init=c_init)(drawn(256))
    assert 0.05 < y.std() < 5


@pytest.mark.parametrize("recipe", ["published", "ginibre"])
def test_complex_perturbations_make_layers_whose_modes_agree(double, recipe):
    layer, u = layer_of("s5-ptd", n=6, ptd_recipe=recipe), drawn(30)
    assert len(layer.lam) == 12
    assert_agree(in_mode(layer, "scan")(u), in_mode(layer, "conv")(u))


def test_an_unstable_perturbation_gives_a_stable_layer():
    options = SSMOptions(init="s5-ptd", n=32, ptd_recipe="ginibre")
    assert initial_system(options).modes.reflected > 0
    layer = SSMLayer(WIDTH, options)
    assert (layer.lam.real < 0).all()
    assert layer(torch.ones(1, 5000, WIDTH)).abs().max() < 100


def test_no_values_of_the_parameters_make_it_unstable():
    layer = layer_of("s5-ptd")
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter += 3.0 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(0))
    assert (layer.discretize().lam_bar.abs() <= 1).all()
    assert torch.isfinite(layer(drawn(2000))).all()


def test_half_precision_inputs_come_back_in_half_precision():
    y = layer_of("s5")(drawn(10).to(torch.bfloat16))
    assert y.dtype == torch.bfloat16


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_value_that_is_not_finite_is_located(value):
    u = drawn(10)
    u[1, 6, 0] = value
    with pytest.raises(ParameterError, match=r"Sequence 1 .* at step 6"):
        layer_of("s5")(u)


def test_in_steps_a_nan_stays_in_its_own_sequence():
    layer, u = layer_of("s5"), drawn(1)[:, 0]
    u[0, 0] = float("nan")
    y, _ = layer.step(u)
    assert y[0].isnan().any()
    assert y[1].isfinite().all()


@pytest.mark.parametrize("shape", [(2, 0, WIDTH), (0, 5, WIDTH), (2, 5, WIDTH + 1), (5, WIDTH)])
def test_wrong_shapes_are_told(shape):
    with pytest.raises(SizeMismatch, match="Sequences come as"):
        layer_of("s5")(torch.zeros(shape))


@pytest.mark.parametrize("lengths", [[0, 3], [3, 6], [-1, 2]])
def test_lengths_out_of_range_are_told(lengths):
    with pytest.raises(ParameterError, match=r"Lengths must lie in 1 … 5"):
        layer_of("s5")(drawn(5), torch.tensor(lengths))


def test_other_bad_input_ends_in_a_sentence():
    layer, u = layer_of("s5"), drawn(5)
    with pytest.raises(SizeMismatch, match="2 sequences need 2 lengths"):
        layer(u, torch.tensor([5]))
    with pytest.raises(ParameterError, match="whole numbers"):
        layer(u, torch.tensor([5.0, 2.0]))
    with pytest.raises(ParameterError, match="real floating-point"):
        layer(u.to(torch.int64))
    with pytest.raises(SizeMismatch, match="state has shape"):
        layer.resume(u, torch.zeros(1, 2, dtype=torch.complex64))
    with pytest.raises(SizeMismatch, match="A step takes"):
        layer.step(u)
    with pytest.raises(ParameterError, match="rank-one part"):
        SSMLayer(WIDTH, SSMOptions(init="s4"), start=initial_system(SSMOptions(init="s4d-legs")))
    with pytest.raises(ParameterError, match="at least one channel"):
        SSMLayer(0)
    for dt_scale in (0.0, -1.0, float("nan")):
        with pytest.raises(ParameterError, match="dt_scale"):
            layer(u, dt_scale=dt_scale)
    for values in ({"dt_min": 0.0}, {"dt_min": -1.0}, {"dt_max": 0.0}):
        with pytest.raises(ParameterError, match=next(iter(values))):
            SSMOptions(**values)
    with pytest.raises(ParameterError, match="above dt_max"):
        SSMOptions(dt_min=0.2, dt_max=0.1)


@pytest.mark.parametrize("call", ["resume", "step"])
def test_a_bidirectional_layer_says_that_it_cannot_be_streamed(call):
    layer, u = layer_of("s5", bidirectional=True), drawn(5)
    with pytest.raises(ParameterError, match="cannot be streamed"):
        getattr(layer, call)(u if call == "resume" else u[:, 0])


@pytest.mark.parametrize("bidirectional", [False, True])
def test_it_is_the_layer_of_s5_pytorch(bidirectional):
    """An independent implementation, with its own associative scan and all its modes, given our numbers."""
    peer_package = pytest.importorskip("s5", reason="s5-pytorch is not installed")
    torch.manual_seed(0)
    peer = peer_package.S5(WIDTH, 8, block_count=1, bidir=bidirectional)
    lam = peer.seq.Lambda.detach().numpy()
    modes = real_modes(lam, np.eye(8, dtype=complex), np.eye(8, dtype=complex), closed=False)
    options = SSMOptions(init="s5", n=8, blocks=1, bidirectional=bidirectional)
    layer = SSMLayer(WIDTH, options, start=InitialSystem(modes, np.ones(8)))
    with torch.no_grad():
        layer.b.copy_(peer.seq.B)
        layer.c.copy_(torch.view_as_real(peer.seq.C.unflatten(1, (-1, 8)).movedim(1, 0)))
        layer.log_dt.copy_(peer.seq.log_step.flatten())
        layer.d.copy_(peer.seq.D)
    u = drawn(128)
    assert_agree(layer(u), peer(u))


@pytest.mark.parametrize("init", ["s4", "s4d-legs", "s5"])
def test_layers_in_half_precision_compute_in_single(init):
    layer = SSMLayer(4, SSMOptions(init=init, n=8))
    u = torch.randn(2, 40, 4, generator=torch.Generator().manual_seed(0))
    expected = layer(u).detach()
    layer.bfloat16()
    outputs = layer(u.bfloat16())
    assert outputs.dtype is torch.bfloat16
    assert float((outputs.float() - expected).norm() / expected.norm()) < 0.05
    outputs.float().square().sum().backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in layer.parameters())
    first, state = layer.step(u[:, 0].bfloat16())
    assert state.dtype is torch.complex64 and first.dtype is torch.bfloat16
