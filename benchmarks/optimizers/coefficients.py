"""How near one ROOT's and Muon's coefficients bring the singular values of real momenta.

    python -m benchmarks optimizers coefficients [--shapes 64x128 256x512] [--fit]

Momenta of two hidden weights under Muon, after 10, 25 and 50 steps. Chosen on: GELU networks on a regression, seed 0
(what `--fit` fits). Judged on: ReLU networks on a classification, seed 7.
"""

from __future__ import annotations

import argparse
from itertools import chain, pairwise

import torch
from torch import Tensor, nn

from benchmarks.machine import machine_line
from geomlearn.optimizers.calibration import coefficients_for, fit, gaussian_profiles, parsed, profile_error
from geomlearn.optimizers.muon import Muon
from geomlearn.optimizers.options import MUON_COEFFICIENTS

SHAPES = ["64x64", "64x128", "64x256", "128x128", "128x256", "128x512", "256x256", "256x512"]
NOTED = (10, 25, 50)


def momenta(short: int, long: int, activation: type[nn.Module], classes: bool, seed: int) -> Tensor:
    """Singular values (6, short) of the momenta of two weights of this shape, each row of norm 1."""
    torch.manual_seed(seed)
    sides = [32, long, short, long]
    hidden = chain.from_iterable((nn.Linear(a, b), activation()) for a, b in pairwise(sides))
    net = nn.Sequential(*hidden, nn.Linear(long, 8))
    rule = torch.randn(8, 32) if classes else torch.randn(32, 8) / 6
    optimizer, profiles = Muon(net.parameters(), lr=1e-2, weight_decay=0.0), []
    for step in range(1, NOTED[-1] + 1):
        optimizer.zero_grad()
        _loss(net, rule, classes).backward()
        optimizer.step()
        for weight in (net[2].weight, net[4].weight) if step in NOTED else ():
            mean = torch.lerp(weight.grad, optimizer.state[weight]["momentum_buffer"], 0.95)
            values = torch.linalg.svdvals(mean.double())
            profiles.append(values / values.norm())
    return torch.stack(profiles)


def _loss(net: nn.Module, rule: Tensor, classes: bool) -> Tensor:
    if not classes:
        x = torch.randn(64, 32)
        return nn.functional.mse_loss(net(x), torch.sin(2 * x @ rule))
    labels = torch.randint(0, 8, (64,))
    return nn.functional.cross_entropy(net(rule[labels] + 1.5 * torch.randn(64, 32)), labels)


def main() -> None:
    """Print one row per shape."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shapes", nargs="*", default=SHAPES)
    parser.add_argument("--fit", action="store_true", help="fit anew, instead of the table")
    given = parser.parse_args()
    torch.set_num_threads(1)
    print(machine_line("torch"))
    print("shape | Muon | ROOT | Muon, Gaussian | ROOT, Gaussian")
    for text in given.shapes:
        shape = parsed(text)
        judged = momenta(*shape, nn.ReLU, True, 7)
        gaussian = gaussian_profiles(shape, 3, seed=0)
        found = coefficients_for(shape, "table", 5)
        if given.fit:
            chosen = momenta(*shape, nn.GELU, False, 0)
            found = fit(torch.cat([chosen, gaussian.repeat(2, 1)]), iterations=700, lr=4e-3)
        errors = [
            float(profile_error(profiles, coefficients))
            for profiles in (judged, gaussian)
            for coefficients in (MUON_COEFFICIENTS, found)
        ]
        print(text, *(f"{error:.4f}" for error in errors), found if given.fit else "", sep=" | ")


if __name__ == "__main__":
    main()
