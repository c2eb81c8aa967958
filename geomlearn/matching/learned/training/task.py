"""Learning the features, as the training loop wants it told."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from geomlearn.core.errors import ParameterError
from geomlearn.matching.learned.inputs import N_COORDINATES, N_SIGNATURES, STRETCH
from geomlearn.matching.learned.model import FeatureModel
from geomlearn.matching.learned.network import FeatureNet, SurfaceTensors
from geomlearn.matching.learned.options import FeatureNetOptions
from geomlearn.matching.learned.training.examples import Example
from geomlearn.matching.learned.training.templates import Template

# Every so many shapes one is kept to validate on.
HELD_OUT = 12
# Shares of the draws that read coordinates alone, and signatures alone.
WITHOUT_SIGNATURES, WITHOUT_COORDINATES = 0.35, 0.25
# Weights beside the cross-entropy over places.
W_MODES, W_KIND = 0.5, 0.3
# Noise of the signatures, shared by all points and apart; spread of the logarithm of the scale of each axis.
OFFSETS, NOISE, SCALES = 0.1, 0.05, 0.08


class FeatureTask:
    """Naming places on templates.

    Parameters
    ----------
    examples   shapes with known places, among them some of no kind;  templates   by kind.

    Attributes
    ----------
    model     the network;  n_train, n_valid   numbers of shapes.

    Raises
    ------
    ParameterError   there are too few shapes to keep one in twelve.
    """

    def __init__(self, examples: list[Example], templates: dict[str, Template], options: FeatureNetOptions) -> None:
        if len(examples) < HELD_OUT:
            raise ParameterError(f"{len(examples)} shapes are too few to learn from.", f"Give {HELD_OUT} or more.")
        self._valid = examples[::HELD_OUT]
        self._train = [example for i, example in enumerate(examples) if i % HELD_OUT]
        self._templates = templates
        self._kinds = list(templates)
        self.model = FeatureNet(self._kinds, options)
        self.n_train, self.n_valid = len(self._train), len(self._valid)

    def begin_from(self, model: FeatureModel) -> None:
        """Take the weights of features that are there.

        Raises
        ------
        ParameterError   they are of another size, or name other places.
        """
        same = model.options == self.model.options and model.kinds == tuple(self._kinds)
        same = same and all(
            np.allclose(model.templates[kind]["points"], one.points[one.anchors], atol=1e-4)
            for kind, one in self._templates.items()
        )
        if not same:
            raise ParameterError(
                "The features to begin from have another size, or other templates.", "Give those of this folder."
            )
        self.model.load_state_dict({name: torch.from_numpy(array) for name, array in model.weights.items()})

    def train_loss(self, model: nn.Module, samples: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Mean loss of these shapes under random turns, with signatures or coordinates now and then left out."""
        losses = []
        for i in samples.tolist():
            example = self._train[i]
            surface, marks, points = _tensors(example)
            values = _augmented(marks, points, generator)
            losses.append(self._loss(example, model(surface, values)))
        return torch.stack(losses).mean()

    def valid_errors(self, model: nn.Module, samples: torch.Tensor) -> dict[str, torch.Tensor]:
        """For each shape the mean distance from the named place to the true one, in √area at rest × 100.

        `error` reads both inputs, `error_signatures` and `error_coordinates` one of them; `kind` is the share of shapes
        whose kind is wrong. Shapes of no kind have no places: their errors are 0 on all.
        """
        found: dict[str, list[float]] = {"error": [], "error_signatures": [], "error_coordinates": [], "kind": []}
        for i in samples.tolist():
            example = self._valid[i]
            surface, marks, points = _tensors(example)
            for name, on in (("error", (1, 1)), ("error_signatures", (1, 0)), ("error_coordinates", (0, 1))):
                places, _, kind = model(surface, torch.cat([on[0] * marks, on[1] * points], dim=1))
                found[name].append(self._error(example, places))
                if name == "error":
                    found["kind"].append(float(int(kind.argmax()) != self._number(example)))
        return {name: torch.tensor(values) for name, values in found.items()}

    def _number(self, example: Example) -> int:
        return self._kinds.index(example.kind) if example.kind in self._kinds else len(self._kinds)

    def _loss(
        self, example: Example, outputs: tuple[list[torch.Tensor], list[torch.Tensor], torch.Tensor]
    ) -> torch.Tensor:
        places, modes, kind = outputs
        number = self._number(example)
        loss = W_KIND * functional.cross_entropy(kind[None], torch.tensor([number]))
        if number == len(self._kinds):
            return loss
        template = self._templates[example.kind]
        wanted = torch.from_numpy(template.targets(example.places))
        loss = loss - (wanted * functional.log_softmax(places[number], dim=1)).sum(dim=1).mean()
        return loss + W_MODES * functional.mse_loss(modes[number], torch.from_numpy(template.modes[example.places]))

    def _error(self, example: Example, places: list[torch.Tensor]) -> float:
        number = self._number(example)
        if number == len(self._kinds):
            return 0.0
        template = self._templates[example.kind]
        named = template.points[template.anchors[places[number].argmax(dim=1).numpy()]]
        return 100 * float(np.linalg.norm(named - template.points[example.places], axis=1).mean())


def _tensors(example: Example) -> tuple[SurfaceTensors, torch.Tensor, torch.Tensor]:
    """The surface, its signatures (s, 48), and its points and normals (s, 6)."""
    whole = {name: torch.from_numpy(array).float() for name, array in example.arrays.items()}
    surface = SurfaceTensors(whole["evals"], whole["evecs"], whole["gradient"], whole["project"])
    return surface, whole["signatures"], torch.cat([STRETCH * whole["points"], whole["normals"]], dim=1)


def _augmented(marks: torch.Tensor, points: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Inputs (s, 54) with noise, turned at random, one half of them now and then zero."""
    left_out = torch.rand(1, generator=generator).item()
    marks = marks + OFFSETS * torch.randn(1, N_SIGNATURES, generator=generator)
    marks = marks + NOISE * torch.randn(marks.shape, generator=generator)
    turn = torch.linalg.qr(torch.randn(3, 3, generator=generator))[0]
    turn = turn * torch.sign(torch.linalg.det(turn))
    stretch = torch.exp(SCALES * torch.randn(3, generator=generator))
    moved = torch.cat([points[:, :3] * stretch @ turn.T, points[:, 3:] @ turn.T], dim=1)
    if left_out < WITHOUT_SIGNATURES:
        marks = torch.zeros_like(marks)
    elif left_out < WITHOUT_SIGNATURES + WITHOUT_COORDINATES:
        moved = torch.zeros(len(moved), N_COORDINATES)
    return torch.cat([marks, moved], dim=1)
