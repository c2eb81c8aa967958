"""The numbered properties of SORSA: starts, residuals, penalties, drift, updates."""

import copy

import pytest
import torch
from torch import nn

from geomlearn.core.errors import ParameterError
from geomlearn.operators.adaptation.attached import attach_fresh, changes, detach, disabled, identity, taken
from geomlearn.operators.adaptation.low_rank.lora import Pissa
from geomlearn.operators.adaptation.low_rank.matrices import MatrixForm
from geomlearn.operators.adaptation.low_rank.singular_drift import drift
from geomlearn.operators.adaptation.low_rank.sorsa import Sorsa, orthonormality, penalty
from geomlearn.operators.adaptation.merging import add, differences
from geomlearn.operators.adaptation.options import AdaptationOptions


def started(m=12, n=9, rank=4, scale=1.0, seed=0):
    torch.manual_seed(seed)
    weight = torch.randn(m, n, dtype=torch.float64)
    change = Sorsa(MatrixForm((m, n)), rank, scale).double()
    change.start(weight)
    return weight, change


@pytest.mark.parametrize(("dtype", "within"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_1_at_the_start_the_output_is_the_original_and_the_penalty_is_zero(dtype, within):
    weight, change = started()
    weight, change = weight.to(dtype), change.to(dtype)
    change.start(weight)
    assert torch.equal(change(weight), weight)
    whole = change.residual(weight) + change.product()
    assert (whole - weight).norm() <= within * weight.norm()
    assert float(change.penalty().detach()) <= (1e-12 if dtype is torch.float64 else 1e-6 * change.rank)


def test_2_merging_and_unmerging_and_the_merged_model_answers_as_the_adapted(build, stirred, samples):
    model = build()
    before = copy.deepcopy(model.state_dict())
    options = AdaptationOptions(rank=3)
    attach_fresh(model, options)
    stirred(model)
    given = torch.from_numpy(samples.test.inputs)
    with torch.no_grad():
        adapted = model(given)
    on = taken(model, options, ("base", identity(build())))
    detach(model)
    change = differences(model, on)
    merged = add(model, change)
    with torch.no_grad():
        assert torch.equal(merged(given), adapted)
    back = add(merged, change, -1.0)
    for name, value in back.state_dict().items():
        assert (value - before[name]).abs().max() <= 1e-6 * before[name].abs().max().clamp_min(1)


def test_3_the_residual_is_the_best_of_its_rank():
    weight, change = started()
    sigma = torch.linalg.svdvals(weight)
    residual = change.residual(weight)
    assert torch.linalg.matrix_norm(residual, 2) == pytest.approx(float(sigma[4]), rel=1e-12)
    assert float(residual.pow(2).sum()) == pytest.approx(float(sigma[4:].pow(2).sum()), rel=1e-12)
    weight, whole = started(rank=9)
    assert whole.residual(weight).abs().max() < 1e-13


def test_4_the_frozen_part_gets_no_gradient_and_r_m_plus_n_plus_1_numbers_learn(build, samples):
    model = build("transolver")
    attach_fresh(model, AdaptationOptions(rank=2, targets="lift.0"))
    ((name, change),) = changes(model).items()
    m, n = model.get_submodule(name.rpartition(".")[0]).parametrizations.weight.original.shape
    assert sum(p.numel() for p in model.parameters() if p.requires_grad) == 2 * (m + n + 1)
    model(torch.from_numpy(samples.train.inputs[:2])).sum().backward()
    got = {name for name, parameter in model.named_parameters() if parameter.grad is not None}
    assert got == {f"{name.rpartition('.')[0]}.parametrizations.weight.0.{part}" for part in ("U", "V", "s")}
    assert change.U_start.grad is None


def test_5_the_penalty_is_not_convex():
    columns = torch.linalg.qr(torch.randn(6, 3, dtype=torch.float64))[0]
    ends = [float(orthonormality(sign * columns)) for sign in (1, -1)]
    assert max(ends) < 1e-12
    assert float(orthonormality(0 * columns)) == pytest.approx(3**0.5)


def test_6_the_gradient_of_the_penalty():
    torch.manual_seed(0)
    columns = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(orthonormality, columns)
    gram = columns.T @ columns - torch.eye(3, dtype=torch.float64)
    (found,) = torch.autograd.grad(orthonormality(columns), columns)
    torch.testing.assert_close(found, 2 * columns @ gram / gram.norm())
    exact = torch.eye(5, 3, dtype=torch.float64, requires_grad=True)
    (at_zero,) = torch.autograd.grad(orthonormality(exact), exact)
    assert torch.equal(at_zero, torch.zeros_like(exact))
    assert float(orthonormality(columns.detach(), squared=True)) == pytest.approx(float(gram.detach().pow(2).sum()))


def test_7_one_step_without_a_task_lowers_the_gap_to_first_order():
    torch.manual_seed(0)
    columns, tau = torch.randn(8, 3, dtype=torch.float64, requires_grad=True), 1e-4
    before = orthonormality(columns)
    (slope,) = torch.autograd.grad(before, columns)
    gram = columns.T @ columns - torch.eye(3, dtype=torch.float64)
    told = tau * float(((2 * columns @ gram).pow(2).sum() / gram.pow(2).sum()).detach())
    fell = float((before - orthonormality(columns - tau * slope)).detach())
    assert fell == pytest.approx(told, rel=0.02)


def fitted(kind, gamma, rate, steps=400):
    """A linear map moved by a rank of 3, learned from the start of `kind`: its relative error, and the change."""
    torch.manual_seed(0)
    weight, inputs = torch.randn(16, 12), torch.randn(64, 12)
    moved = weight + 0.5 * torch.randn(16, 3) @ torch.randn(3, 12)
    change = kind(MatrixForm((16, 12)), 6)
    change.start(weight)
    optimizer = torch.optim.Adam(change.parameters(), lr=rate)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = rate * (1 - step / steps)
        optimizer.zero_grad()
        loss = (inputs @ (change(weight) - moved).T).norm() / (inputs @ moved.T).norm()
        (loss + gamma * change.penalty() if gamma else loss).backward()
        optimizer.step()
    return float(loss.detach()), change


def test_8_without_the_penalty_it_reaches_the_loss_of_pissa():
    sorsa, pissa = (min(fitted(kind, 0.0, rate)[0] for rate in (1e-2, 3e-2)) for kind in (Sorsa, Pissa))
    assert sorsa == pytest.approx(pissa, rel=0.01)
    assert sorsa < 0.8 * fitted(Sorsa, 0.0, 1e-9, steps=1)[0]


def test_9_with_the_penalty_the_vectors_stay_orthonormal_and_without_they_do_not():
    (with_it, kept), (without, free) = fitted(Sorsa, 0.1, 3e-2), fitted(Sorsa, 0.0, 3e-2)
    assert float(kept.penalty().detach()) < 1e-3
    assert float(free.penalty().detach()) > 0.1
    assert with_it == pytest.approx(without, rel=0.02)


def test_10_drift_of_nothing_of_signs_and_of_a_scale():
    weight, _ = started()
    still = drift(weight, weight)
    assert still.values == 0
    assert abs(still.directions) < 1e-12
    left, sigma, right = torch.linalg.svd(weight, full_matrices=False)
    flipped = drift(weight, (-left * sigma) @ -right)
    assert abs(flipped.values) < 1e-12 > abs(flipped.directions)
    scaled = drift(weight, 1.25 * weight)
    assert scaled.values == pytest.approx(0.25 * float(sigma.mean()))
    assert abs(scaled.directions) < 1e-12


def test_11_two_rates_are_one_loss_when_they_share_a_schedule():
    torch.manual_seed(0)
    columns = torch.randn(6, 2, dtype=torch.float64)
    goal = torch.randn(6, 2, dtype=torch.float64)
    gamma, peak = 3e-3, 1e-2
    apart, joined = columns.clone(), columns.clone()
    for step in range(20):
        rate = peak * (1 - step / 20)
        apart.requires_grad_(), joined.requires_grad_()
        task = torch.autograd.grad((apart - goal).pow(2).sum(), apart)[0]
        kept = torch.autograd.grad(orthonormality(apart), apart)[0]
        both = torch.autograd.grad((joined - goal).pow(2).sum() + gamma / peak * orthonormality(joined), joined)[0]
        apart = (apart - rate * task - gamma / peak * rate * kept).detach()
        joined = (joined - rate * both).detach()
    torch.testing.assert_close(apart, joined)


def test_12_the_condition_is_that_of_the_scales():
    _, change = started()
    with torch.no_grad():
        change.s.copy_(torch.tensor([5.0, 3.0, 2.0, 0.5], dtype=torch.float64))
    values = torch.linalg.svdvals(change.product().detach())[:4]
    assert float(values[0] / values[3]) == pytest.approx(10.0)


def test_complex_spectral_weights_have_one_decomposition_a_mode():
    torch.manual_seed(0)
    pairs = torch.randn(5, 6, 4, 2)
    change = Sorsa(MatrixForm(tuple(pairs.shape), spectral=True), 3)
    change.start(pairs)
    assert change.U.shape == (5, 4, 3, 2)
    assert float(change.penalty().detach()) < 1e-5
    for mode in range(5):
        matrix = torch.view_as_complex(pairs[mode]).T
        sigma = torch.linalg.svdvals(matrix)
        assert torch.linalg.matrix_norm(change.residual(pairs)[mode], 2) == pytest.approx(float(sigma[3]), rel=1e-4)
    loose = nn.Parameter(change.U.detach() * 1.5)
    change.U = loose
    change.penalty().backward()
    assert loose.grad.isfinite().all()


def test_kernels_are_reshaped_and_transposed_ones_read_by_their_inputs():
    for layer in (nn.Conv2d(3, 5, 3), nn.ConvTranspose2d(3, 5, 2), nn.Conv1d(2, 4, 3)):
        form = MatrixForm(tuple(layer.weight.shape), inputs_first=isinstance(layer, nn.ConvTranspose2d))
        matrix = form.matrix(layer.weight)
        assert matrix.shape == form.size
        assert torch.equal(form.weight(matrix), layer.weight)


def test_disabling_restores_every_bit(build, stirred, samples):
    model, given = build(), torch.from_numpy(samples.test.inputs)
    with torch.no_grad():
        before = model(given)
        attach_fresh(model, AdaptationOptions(rank=2))
        assert torch.equal(model(given), before)
        stirred(model)
        assert not torch.equal(model(given), before)
        with disabled(model):
            assert torch.equal(model(given), before)
        assert float(penalty(model)) > 0.05
        detach(model)
        assert torch.equal(model(given), before)
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_ranks_beyond_every_matrix_and_names_of_no_layer_end_in_a_sentence(build):
    with pytest.raises(ParameterError, match="Rank 64 is beyond every matrix"):
        attach_fresh(build(), AdaptationOptions(rank=64))
    with pytest.raises(ParameterError, match="No layer of the model is called decoder"):
        attach_fresh(build(), AdaptationOptions(targets="decoder"))
    with pytest.raises(ParameterError, match="gamma belongs to sorsa"):
        AdaptationOptions(method="lora", gamma=0.5)
    with pytest.raises(ParameterError, match="alpha belongs to low-rank changes"):
        AdaptationOptions(method="full", alpha=2)
    model = build()
    attach_fresh(model, AdaptationOptions(rank=2))
    with pytest.raises(ParameterError, match="has an adapter on already"):
        attach_fresh(model, AdaptationOptions(rank=2))
