"""Unfolded solvers: what each loss gives, the plain iterations they contain, and whose operator they belong to."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from geomlearn.core.errors import FormatError, ParameterError, SizeMismatch
from geomlearn.sparse.options import UnfoldedOptions
from geomlearn.sparse.penalties import hard, soft
from geomlearn.sparse.unfolded import UnfoldedSolver
from geomlearn.sparse.unfolded_training import train_unfolded

M, N = 100, 200


def operator(seed: int = 0) -> torch.Tensor:
    return torch.randn(M, N, generator=torch.Generator().manual_seed(seed)) / M**0.5


def draw(generator: torch.Generator, count: int, p: float = 0.08) -> tuple[torch.Tensor, torch.Tensor]:
    codes = torch.randn(count, N, generator=generator) * (torch.rand(count, N, generator=generator) < p)
    return codes @ operator().T + 0.03 * torch.randn(count, M, generator=generator), codes


TEST = draw(torch.Generator().manual_seed(77), 200)


def solver(algorithm: str, weight: float, loss: str = "unsupervised", n_layers: int = 20) -> UnfoldedSolver:
    # Larger rates than the defaults, so that few steps suffice here.
    rate, n_steps = (0.1, 20) if algorithm == "ista" else (0.06, 30)
    options = UnfoldedOptions(
        algorithm=algorithm, weight=weight, loss=loss, n_layers=n_layers, n_steps=n_steps, batch_size=40, rate=rate
    )
    return UnfoldedSolver(operator(), options)


@pytest.fixture(scope="module")
def trained() -> dict[tuple[str, str], UnfoldedSolver]:
    found = {}
    for algorithm, weight in (("ista", 0.2), ("iht", 0.03)):
        for loss in ("supervised", "unsupervised"):
            found[algorithm, loss] = solver(algorithm, weight, loss)
            train_unfolded(found[algorithm, loss], draw)
    return found


def nmse(codes: torch.Tensor) -> float:
    return float(((codes - TEST[1]) ** 2).sum() / (TEST[1] ** 2).sum())


def objective(model: UnfoldedSolver, codes: torch.Tensor) -> float:
    return float(model.objective(codes, TEST[0]).mean())


def test_6_other_signals_hurt_the_supervised_loss_more():
    """Trained at p = .08, σ = .03: the median over five operators, as the source claims for IHT."""
    grown = {"supervised": [], "unsupervised": []}
    for seed in range(5):
        matrix = torch.randn(30, 60, generator=torch.Generator().manual_seed(seed)) / 30**0.5

        def signals(generator, count, p=0.08, sigma=0.03, matrix=matrix):
            codes = torch.randn(count, 60, generator=generator) * (torch.rand(count, 60, generator=generator) < p)
            return codes @ matrix.T + sigma * torch.randn(count, 30, generator=generator), codes

        for loss, factors in grown.items():
            options = UnfoldedOptions(
                algorithm="iht", weight=0.03, loss=loss, n_layers=6, n_steps=12, batch_size=50, rate=0.06
            )
            model = UnfoldedSolver(matrix, options)
            train_unfolded(model, signals)
            errors = []
            for p, sigma in ((0.08, 0.03), (0.12, 0.03), (0.08, 0.1)):
                measured, codes = signals(torch.Generator().manual_seed(99), 300, p, sigma)
                with torch.no_grad():
                    errors.append(float(((model(measured) - codes) ** 2).sum() / (codes**2).sum()))
            factors.append((errors[1] * errors[2]) ** 0.5 / errors[0])
    assert np.median(grown["supervised"]) >= np.median(grown["unsupervised"])


@pytest.mark.parametrize(("algorithm", "threshold"), [("ista", soft), ("iht", hard)])
def test_1_untrained_it_is_the_plain_iteration(algorithm, threshold):
    model = solver(algorithm, 0.1, n_layers=5)
    a, y = operator().double().numpy(), TEST[0].double().numpy()
    model, step = model.double(), 1 / np.linalg.norm(a, 2) ** 2
    x = np.zeros((len(y), N))
    for _ in range(5):
        x = threshold(x + step * (y - x @ a.T) @ a, step, 0.1)
    assert model.solve(y) == pytest.approx(x, abs=1e-4)


@torch.no_grad()
@pytest.mark.parametrize("algorithm", ["ista", "iht"])
def test_1_equal_steps_are_the_plain_iteration_to_the_bit(algorithm):
    model, a, y = solver(algorithm, 0.1, n_layers=7), operator(), TEST[0]
    step = model.steps()[0]
    x = torch.zeros(len(y), N)
    for _ in range(7):
        v = x + step * (y - x @ a.T) @ a
        x = (
            v.sign() * (v.abs() - step * 0.1).clamp(min=0)
            if algorithm == "ista"
            else v * (v.abs() > (0.2 * step).sqrt())
        )
    assert torch.equal(model(y), x)


@torch.no_grad()
@pytest.mark.parametrize("algorithm", ["ista", "iht"])
def test_2_the_plain_iteration_never_climbs(algorithm):
    model = solver(algorithm, 0.1)
    values = [model.objective(model(TEST[0], 0, tail=t), TEST[0]) for t in range(1, 30)]
    assert all(bool((b <= a + 1e-5).all()) for a, b in pairwise(values))


@torch.no_grad()
def test_3_and_4_what_the_loss_decides_for_ista(trained):
    unsupervised, supervised = trained["ista", "unsupervised"], trained["ista", "supervised"]
    plain = solver("ista", 0.2)
    solution = plain(TEST[0], tail=3000)
    best = objective(plain, solution)
    reached = objective(unsupervised, unsupervised(TEST[0]))
    assert reached >= best - 1e-6
    assert (reached - best) / best < 1e-2
    assert (objective(plain, plain(TEST[0])) - best) / best > 5e-2
    assert nmse(supervised(TEST[0])) < 0.8 * nmse(solution)
    assert objective(supervised, supervised(TEST[0])) > best + 1e-2


@torch.no_grad()
def test_5_both_losses_pass_the_plain_hard_iteration(trained):
    plain = solver("iht", 0.03)
    long = plain(TEST[0], tail=3000)
    errors = {}
    for loss in ("supervised", "unsupervised"):
        model = trained["iht", loss]
        found = model(TEST[0])
        errors[loss] = nmse(found)
        assert objective(model, found) < objective(plain, long)
        assert errors[loss] < 0.5 * nmse(long)
    assert abs(errors["supervised"] - errors["unsupervised"]) < 0.5 * nmse(long)


def test_7_gradients_against_differences():
    model = solver("ista", 0.05, n_layers=4).double()
    y, truth = TEST[0][:6].double(), TEST[1][:6].double()

    def loss(beta: torch.Tensor) -> torch.Tensor:
        found = torch.func.functional_call(model, {"beta": beta}, (y,))
        return ((found - truth) ** 2).sum()

    assert torch.autograd.gradcheck(loss, (model.beta.detach().clone().requires_grad_(),), eps=1e-7, atol=1e-4)


def test_8_one_number_a_layer():
    assert sum(parameter.numel() for parameter in solver("iht", 0.1).parameters()) == 20


@torch.no_grad()
def test_9_a_solution_stays_where_it_is_under_any_step():
    model, y = solver("ista", 0.2).double(), TEST[0][:20].double()
    solution = model(y, tail=6000)
    for step in (0.01, 0.3, 4.0):
        assert torch.allclose(model.layer(solution, y, torch.tensor(step)), solution, atol=1e-5)


def test_files_and_other_operators(tmp_path, trained):
    model = trained["iht", "supervised"]
    again = UnfoldedSolver.load(model.save(tmp_path / "steps.safetensors"))
    assert (again.solve(TEST[0].numpy()) == model.solve(TEST[0].numpy())).all()
    assert (again.solve(TEST[0].numpy(), operator().numpy()) == model.solve(TEST[0].numpy())).all()
    with pytest.raises(ParameterError, match="another operator"):
        again.solve(TEST[0].numpy(), operator(1).numpy())
    with pytest.raises(SizeMismatch, match="must be"):
        again.solve(np.ones((2, M + 1)))
    with pytest.raises(ParameterError, match="not finite"):
        again.solve(np.full((1, M), np.nan))
    (tmp_path / "none.safetensors").write_bytes(b"nothing")
    with pytest.raises(FormatError):
        UnfoldedSolver.load(tmp_path / "none.safetensors")


def test_the_supervised_loss_needs_codes():
    with pytest.raises(ParameterError, match="needs the codes"):
        train_unfolded(solver("ista", 0.2, "supervised"), lambda generator, count: (TEST[0][:count], None))
    with pytest.raises(ParameterError, match="not all zero"):
        UnfoldedSolver(np.zeros((3, 4)))
