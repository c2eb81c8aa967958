"""The parts of `layers.py` that time the layers: beside their peers, against the length, over a million steps."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from geomlearn.operators.sequence.discrete.convolution import impulse_response
from geomlearn.operators.sequence.discrete.scan import diagonal_scan
from geomlearn.operators.sequence.layer import SSMLayer
from geomlearn.operators.sequence.options import SSMOptions

N_BATCH, WIDTH, STATES = 4, 64, 64


def speed(_n_seeds: int, turns: int = 7) -> None:
    """Forward and backward of one S5 layer beside s5-pytorch's, and each kernel beside what it replaces."""
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    print(
        f"One layer, batch {N_BATCH}, {WIDTH} channels, {STATES} states, float32, best of {turns} turns; ms.\n"
        "Ours keeps one mode of each conjugate pair of the same real system; the last columns keep all of them.\n"
    )
    print("|    L | pass          | s5-pytorch | ours | ratio | ours, all modes | ratio |")
    print("|-----:|:--------------|-----------:|-----:|------:|----------------:|------:|")
    for length in (1024, 4096):
        u = torch.randn(N_BATCH, length, WIDTH, generator=torch.Generator().manual_seed(0), requires_grad=True)
        layers = [_peer(), _ours(STATES // 32), _ours(STATES // 16)]
        for name, run in (("forward", _forward), ("with backward", _with_backward)):
            theirs, half, full = _alternate([layer and partial(run, layer, u) for layer in layers], turns)
            print(
                f"| {length:4d} | {name:13s} | {_cell(theirs):>10s} | {half:4.1f} | {_ratio(theirs, half):>5s} "
                f"| {full:15.1f} | {_ratio(theirs, full):>5s} |",
                flush=True,
            )
    _kernels(turns)


def memory(_n_seeds: int) -> None:
    """Peak of the process over what it holds before, for one forward and backward pass."""
    print("|      L | ours MB | MB per 1024 steps | s5-pytorch MB |")
    print("|-------:|--------:|------------------:|--------------:|")
    for length in (16384, 65536, 131072):
        ours = _in_child("ours", length)
        theirs = _in_child("peer", length) if _peer() is not None else None
        print(f"| {length:6d} | {ours:7.0f} | {ours / length * 1024:17.2f} | {_cell(theirs, 0):>13s} |", flush=True)


def stream(_n_seeds: int, n_steps: int = 1_000_000) -> None:
    """Step mode: the state is all that is kept."""
    torch.set_num_threads(1)
    layer, u, state = _ours(STATES // 32), torch.randn(1, WIDTH, generator=torch.Generator().manual_seed(0)), None
    with torch.inference_mode():
        system = layer.discretize()
        for _ in range(1000):
            _, state = layer.step(u, state, system)
        before, start = _resident_mb(), time.perf_counter()
        for _ in range(n_steps):
            _, state = layer.step(u, state, system)
        seconds, after = time.perf_counter() - start, _resident_mb()
    print("|   steps | µs per step | MB before | MB after |")
    print("|--------:|------------:|----------:|---------:|")
    print(f"| {n_steps:7d} | {seconds / n_steps * 1e6:11.1f} | {before:9.1f} | {after:8.1f} |")


def _kernels(turns: int) -> None:
    print("\n|     L | kernel                        | peer                        | peer ms | ours ms | ratio |")
    print("|------:|:------------------------------|:----------------------------|--------:|--------:|------:|")
    for length in (1024, 4096):
        generator = torch.Generator().manual_seed(0)
        lam_bar = torch.exp(torch.complex(-0.01 * torch.rand(STATES, generator=generator), torch.arange(1.0 * STATES)))
        v = torch.randn(length, N_BATCH, STATES, dtype=torch.complex64, generator=generator)
        values = (lam_bar.requires_grad_(), v.requires_grad_())
        pair = [partial(_scan_with_backward, run, *values) for run in (_associative, diagonal_scan)]
        _row(length, "scan, with backward", "torch associative_scan", _alternate(pair, turns))
        c = torch.randn(WIDTH, 16, dtype=torch.complex64, generator=generator)
        lam_bar = torch.exp(torch.complex(-0.01 * torch.rand(WIDTH, 16, generator=generator), torch.ones(WIDTH, 16)))
        pair = [partial(run, c, lam_bar, length) for run in (_vandermonde, impulse_response)]
        _row(length, "impulse response (H 64, N 32)", "Vandermonde matrix", _alternate(pair, turns))


def _row(length: int, kernel: str, peer: str, milliseconds: list[float]) -> None:
    theirs, ours = milliseconds
    print(
        f"| {length:5d} | {kernel:29s} | {peer:27s} | {theirs:7.1f} | {ours:7.1f} | {theirs / ours:5.1f} |", flush=True
    )


def _associative(lam_bar: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    from torch._higher_order_ops.associative_scan import associative_scan

    def combine(first, second):
        return first[0] * second[0], second[0] * first[1] + second[1]

    return associative_scan(combine, (lam_bar.expand_as(v), v), dim=0, combine_mode="generic")[1]


def _vandermonde(c: torch.Tensor, lam_bar: torch.Tensor, length: int) -> torch.Tensor:
    exponents = torch.arange(length, dtype=torch.float32)
    return torch.einsum("hm,hml->hl", c, torch.exp(torch.log(lam_bar)[..., None] * exponents)).real


def _ours(blocks: int) -> SSMLayer:
    return SSMLayer(WIDTH, SSMOptions(init="s5", n=32, blocks=blocks))


def _peer() -> torch.nn.Module | None:
    try:
        from s5 import S5
    except ImportError:
        return None
    torch.manual_seed(0)
    return S5(WIDTH, STATES, block_count=2)


def _forward(layer: torch.nn.Module, u: torch.Tensor) -> None:
    with torch.no_grad():
        layer(u)


def _with_backward(layer: torch.nn.Module, u: torch.Tensor) -> None:
    u.grad = None
    layer(u).sum().backward()


def _scan_with_backward(scan: Callable[..., torch.Tensor], lam_bar: torch.Tensor, v: torch.Tensor) -> None:
    lam_bar.grad = v.grad = None
    scan(lam_bar, v).real.sum().backward()


def _alternate(runs: list[Callable[[], None] | None], turns: int) -> list[float | None]:
    """Fastest milliseconds of each; None stays None."""
    best = [None if run is None else float("inf") for run in runs]
    for turn in range(turns + 1):
        for index, run in enumerate(runs):
            if run is None:
                continue
            start = time.perf_counter()
            run()
            if turn:
                best[index] = min(best[index], (time.perf_counter() - start) * 1e3)
    return best


def _cell(value: float | None, digits: int = 1) -> str:
    return "absent" if value is None else f"{value:.{digits}f}"


def _ratio(theirs: float | None, ours: float) -> str:
    return "–" if theirs is None else f"{theirs / ours:.1f}"


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def _in_child(which: str, length: int) -> float:
    """Peak megabytes of one pass in a process of its own, over what the process held before it."""
    command = [sys.executable, "-m", "benchmarks.sequence.speed", which, str(length)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def _child(which: str, length: int) -> None:
    torch.set_num_threads(1)
    layer = _ours(STATES // 32) if which == "ours" else _peer()
    _with_backward(layer, torch.randn(N_BATCH, 64, WIDTH, requires_grad=True))
    u = torch.randn(N_BATCH, length, WIDTH, requires_grad=True)
    before = _resident_mb()
    _with_backward(layer, u)
    print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before))


if __name__ == "__main__" and len(sys.argv) == 3:
    _child(sys.argv[1], int(sys.argv[2]))
