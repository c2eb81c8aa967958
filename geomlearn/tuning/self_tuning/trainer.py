"""Training in turns: weights and their answer to λ on training samples, λ itself on validation samples."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from geomlearn.core.errors import ParameterError, SolverError
from geomlearn.tuning.options import SelfTuningOptions
from geomlearn.tuning.self_tuning.hyper_layers import Hyper
from geomlearn.tuning.self_tuning.hyper_parameters import HyperParameters

TrainLoss = Callable[[nn.Module, dict[str, Tensor], torch.Generator], Tensor]
ValidLoss = Callable[[nn.Module, torch.Generator], Tensor]


class SelfTuning:
    """Steps of a self-tuning network.

    φ ← φ − α₁ ∇_φ f(λ + ε, ŵ_φ(λ + ε))  on training batches,                       (equation 1)
    (λ, σ) ← (λ, σ) − α₂ ∇ [F(ŵ_φ(λ + ε)) − τ H(ε)]  on validation batches.           (equation 2)

    Parameters
    ----------
    model        with layers that `self_tuning` made; all parameters but those of `knobs` are φ.
    train_loss   (model, values, generator) → f of a batch, where values are r(λ) by name, (b,) each, and the model is
                 in training. It says by `count` how many examples it draws.
    valid_loss   (model, generator) → F of a validation batch, the model in evaluation.

    Raises
    ------
    ParameterError   no validation loss: λ would have nothing to follow.

    Use when …   knobs act through the weights: dropout, noise, augmentation, weight decay; samples are few.
    Avoid when … a knob acts on validation too (a learning rate does): search it.
    Source   MacKay, Vicol, Lorraine, Duvenaud & Grosse 2019, arXiv 1903.03088, algorithm 1; centred layers: Bae &
             Grosse 2020, arXiv 2010.13514.
    Differs  Centred: elementary weights learn at ε = 0 and gates at λ + ε, each on a batch of its own; the network is
             not linearized in between.
    """

    def __init__(
        self,
        model: nn.Module,
        knobs: HyperParameters,
        train_loss: TrainLoss,
        valid_loss: ValidLoss | None,
        options: SelfTuningOptions | None = None,
        *,
        count: int = 1,
        rate: float = 1e-3,
        n_steps: int = 0,
    ) -> None:
        if valid_loss is None:
            raise ParameterError("Self-tuning needs validation samples.", "Hold some of the training samples back.")
        self.model, self.knobs, self.options, self.count = model, knobs, options or SelfTuningOptions(), count
        self.train_loss, self.valid_loss = train_loss, valid_loss
        own = {id(p) for p in knobs.parameters()}
        self.weights = [p for p in model.parameters() if p.requires_grad and id(p) not in own]
        gates = {id(p) for module in model.modules() if isinstance(module, Hyper) for p in module.gates()}
        self.gates = [p for p in self.weights if id(p) in gates]
        self.plain = [p for p in self.weights if id(p) not in gates]
        self.weight_rule = torch.optim.Adam(self.weights, lr=rate)
        self.knob_rule = torch.optim.Adam(
            [
                {"params": [knobs.inner], "lr": self.options.knob_rate},
                {"params": [knobs.spread], "lr": self.options.spread_rate},
            ]
        )
        self.steps, self.rate, self.n_steps = 0, rate, n_steps
        self.history: list[dict[str, float]] = []

    def step(self, generator: torch.Generator) -> float:
        """One step of φ, and after every `train_steps` of them `valid_steps` of λ; gives the training loss."""
        o = self.options
        loss = self._weights_step(generator)
        self.steps += 1
        if self.steps > o.warmup and self.steps % o.train_steps == 0:
            for _ in range(o.valid_steps):
                self._knobs_step(generator)
        return loss

    def _weights_step(self, generator: torch.Generator) -> float:
        self.model.train()
        if self.n_steps:
            # A cosine down to a fiftieth.
            share = min(self.steps / self.n_steps, 1.0)
            self.weight_rule.param_groups[0]["lr"] = self.rate * (0.02 + 0.49 * (1 + math.cos(math.pi * share)))
        inner = self.knobs.sample(self.count, generator).detach()
        self.weight_rule.zero_grad()
        if self.options.kind == "delta":
            loss = self._look(self.knobs.inner.detach().expand(self.count, -1), generator, self.plain)
            self._look(inner, generator, self.gates)
        else:
            loss = self._look(inner, generator, self.weights)
        torch.nn.utils.clip_grad_norm_(self.weights, 1.0)
        self.weight_rule.step()
        return loss

    def _look(self, inner: Tensor, generator: torch.Generator, parameters: list[nn.Parameter]) -> float:
        with self.knobs.at(inner):
            loss = self.train_loss(self.model, self.knobs.values(inner), generator)
        value = float(loss.detach())
        if not value < float("inf"):
            raise SolverError(f"The loss became {value}.", "Lower the learning rate, or look at the data.")
        for parameter, slope in zip(parameters, torch.autograd.grad(loss, parameters, allow_unused=True), strict=True):
            parameter.grad = slope
        return value

    def _knobs_step(self, generator: torch.Generator) -> None:
        self.model.eval()
        inner = self.knobs.sample(1, generator)
        self.knob_rule.zero_grad()
        with self.knobs.at(inner):
            loss = self.valid_loss(self.model, generator)
        whole = loss - self.options.entropy * self.knobs.entropy()
        for parameter, slope in zip(
            self.knobs.parameters(),
            torch.autograd.grad(whole, list(self.knobs.parameters()), allow_unused=True),
            strict=True,
        ):
            parameter.grad = slope
        self.knob_rule.step()
        row = {"step": float(self.steps), "valid_loss": float(loss.detach())}
        row |= {name: float(value) for name, value in self.knobs.values().items()}
        spread = self.knobs.deviations().detach()
        self.history.append(row | {f"{k.name}_spread": float(spread[i]) for i, k in enumerate(self.knobs.knobs)})

    def state(self) -> dict[str, Any]:
        """All that is needed to go on with `restore`."""
        return {
            "model": self.model.state_dict(),
            "knobs": self.knobs.state_dict(),
            "rules": [self.weight_rule.state_dict(), self.knob_rule.state_dict()],
            "steps": self.steps,
            "history": list(self.history),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
        self.model.load_state_dict(state["model"])
        self.knobs.load_state_dict(state["knobs"])
        for rule, held in zip((self.weight_rule, self.knob_rule), state["rules"], strict=True):
            rule.load_state_dict(held)
        self.steps, self.history = state["steps"], list(state["history"])
