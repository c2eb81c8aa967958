"""The part of a rollout that is fitted in closed form: what each mode does by itself, transport, and powers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from geomlearn.core.errors import ParameterError
from geomlearn.operators.sequence.rollout.modal import ModalBatch, ModalFrame
from geomlearn.operators.sequence.rollout.start import nearest_course

DEGREE = 8
# Powers of the field that a local reaction is made of.
POWERS = (2, 3)
# A rule is rolled this many times as long as the series show, and may grow by so much beyond them.
_LONG, _GROWTH = 8, 3.0
_EXACT = 1e-5
# Starting from more frames than two may bring undisturbed series to this error, or by this factor beyond their own.
_FIT_ERROR, _FIT_LOSS = 0.01, 1.02


@dataclass(frozen=True, eq=False)
class FieldRule:
    """a_{t+1} = c₀(λ) a_t + c₁(λ) a_{t−1} + Σ_e d_e T_e a_t + Σ_p r_p P[(S a_t)^p].

    Attributes
    ----------
    modal      (2, DEGREE + 1) weights of the Chebyshev polynomials of √λ that make c₀ and c₁.
    reach      √λ is scaled by this to [−1, 1], and cut off there.
    transport  (6,) d, the weights of the transport matrices.
    powers     (2,) r, the weights of the field's square and cube.
    fitted     a forecast starts from the course of the rule nearest to so many of the last given frames; 2: from these.
    """

    modal: np.ndarray
    reach: float
    transport: np.ndarray
    powers: np.ndarray
    fitted: int = 2

    @property
    def is_linear(self) -> bool:
        return not self.powers.any()


def fit_rule(
    series: np.ndarray,
    frames: Sequence[ModalFrame],
    shape_of: np.ndarray,
    *,
    delays: int = 2,
    transport: bool = True,
    powers: bool = False,
    ridge: float = 1e-8,
) -> FieldRule:
    """The rule of least squared one-step errors on series (N, T, k), each weighing the same.

    Parameters
    ----------
    delays   1: the frame before is not looked at; 2: it is.
    transport, powers   whether these parts are fitted, or zero.
    ridge   beside the mean square of the features.

    Raises
    ------
    ParameterError   fewer than three frames.

    Source   least squares in a library of terms, as Brunton, Proctor & Kutz 2016, arXiv 1509.03580, without selection.
    """
    if series.shape[1] < 3:
        raise ParameterError(f"{series.shape[1]} frames show no rule with two delays.", "Give three or more.")
    reach = float(np.sqrt(max(max(float(frame.evals.max()) for frame in frames), 1e-300)))
    own = delays * (DEGREE + 1)
    count = own + 6 * transport + len(POWERS) * powers
    gram, moment = np.zeros((count, count)), np.zeros(count)
    for one, shape in zip(series, shape_of, strict=True):
        features = _features(one, frames[shape], reach, delays, transport, powers).reshape(-1, count)
        weight = 1.0 / max(float((one**2).sum()), 1e-300)
        gram += weight * features.T @ features
        moment += weight * (features.T @ one[2:].ravel())
    scale = np.sqrt(np.maximum(np.diag(gram), 1e-300))
    solved = np.linalg.solve(gram / np.outer(scale, scale) + ridge * np.eye(count), moment / scale) / scale
    modal, rest = np.zeros((2, DEGREE + 1)), solved[own:]
    modal[:delays] = solved[:own].reshape(delays, -1)
    drift = rest[:6] if transport else np.zeros(6)
    return FieldRule(modal, reach, drift, rest[6 * transport :] if powers else np.zeros(len(POWERS)))


def best_rule(
    series: np.ndarray,
    frames: Sequence[ModalFrame],
    shape_of: np.ndarray,
    n_given: int,
    *,
    transport: bool = True,
    powers: bool = False,
) -> FieldRule:
    """Of the rules with one and two delays, with transport and powers or without, the one that rolls best.

    Judged by the mean error of the series themselves after their first `n_given` frames, relative to their size.
    A rule that runs away when it is rolled on is chosen only when all do. A linear one starts from as many given frames
    as it can without losing much by it, so that what disturbs them is averaged out.

    Parameters
    ----------
    transport, powers   whether rules with these parts are tried.
    """
    parts = [{}, {"transport": True}, {"transport": True, "powers": True}]
    tried = [part for part in parts if (transport or not part) and (powers or "powers" not in part)]
    n_seen = series.shape[1] - n_given
    size = np.linalg.norm(series.reshape(len(series), -1), axis=1)
    best: FieldRule | None = None
    least = np.inf
    for part in tried:
        for delays in (1, 2):
            rule = fit_rule(series, frames, shape_of, delays=delays, **{"transport": False, **part})
            made = roll_rule(rule, series[:, :n_given], frames, shape_of, _LONG * n_seen)
            gap = (made[:, :n_seen] - series[:, n_given:]).reshape(len(series), -1)
            error = float((np.linalg.norm(gap, axis=1) / size).mean())
            # What grows beyond all that was seen when it is rolled on is no rule, however well it begins.
            grown = np.linalg.norm(made, axis=2).max() / np.linalg.norm(series, axis=2).max()
            error *= max(1.0, grown / _GROWTH) ** 2
            # A part has to earn its place, and what is exact already needs none.
            if error < 0.99 * least and least > _EXACT:
                best, least = rule, error
    if best is None:
        raise ParameterError("No rule could be fitted to these series.", "Give more frames.")
    return _longest_fit(best, series, frames, shape_of, n_given) if best.is_linear else best


def _longest_fit(
    rule: FieldRule, series: np.ndarray, frames: Sequence[ModalFrame], shape_of: np.ndarray, n_given: int
) -> FieldRule:
    """The same rule, started from as many given frames as its own errors allow."""
    truth = series[:, n_given:]
    size = np.linalg.norm(series.reshape(len(series), -1), axis=1)

    def error(tried: FieldRule) -> float:
        made = roll_rule(tried, series[:, :n_given], frames, shape_of, truth.shape[1])
        return float((np.linalg.norm((made - truth).reshape(len(series), -1), axis=1) / size).mean())

    bound = max(_FIT_ERROR, _FIT_LOSS * error(rule))
    for fitted in sorted({n_given, n_given // 2, n_given // 4}, reverse=True):
        if fitted > 2 and error(replace(rule, fitted=fitted)) <= bound:
            return replace(rule, fitted=fitted)
    return rule


def _features(
    one: np.ndarray, frame: ModalFrame, reach: float, delays: int, transport: bool, powers: bool
) -> np.ndarray:
    """(T − 2, k, count) what the weights multiply."""
    at = np.clip(2 * np.sqrt(np.maximum(frame.evals, 0.0)) / reach - 1, -1.0, 1.0)
    polynomials = np.polynomial.chebyshev.chebvander(at, DEGREE)
    now, before = one[1:-1], one[:-2]
    parts = [frame_before[..., None] * polynomials for frame_before in (now, before)[:delays]]
    if transport:
        parts.append(np.einsum("eij,tj->tie", frame.transport, now))
    if powers:
        values = now @ frame.modes.T
        parts.append(np.stack([frame.project(values**p) for p in POWERS], axis=-1))
    return np.concatenate(parts, axis=-1)


def modal_coefficients(modal: torch.Tensor, reach: torch.Tensor, evals: torch.Tensor) -> torch.Tensor:
    """(B, 2, K) c₀ and c₁ of modes with eigenvalues (B, K)."""
    at = (2 * evals.clamp(min=0).sqrt() / reach - 1).clamp(-1, 1)
    polynomials = [torch.ones_like(at), at]
    while len(polynomials) <= DEGREE:
        polynomials.append(2 * at * polynomials[-1] - polynomials[-2])
    return torch.einsum("dp,pbk->bdk", modal, torch.stack(polynomials))


def beyond_modes(a: torch.Tensor, transport: torch.Tensor, powers: torch.Tensor, frames: ModalBatch) -> torch.Tensor:
    """(B, T, K) Σ_e d_e T_e a + Σ_p r_p P[(S a)^p] of coefficients (B, T, K)."""
    moved = a @ torch.einsum("e,beij->bji", transport, frames.transport)
    if not powers.any():
        return moved
    values = a @ frames.modes.transpose(1, 2)
    local = sum(weight * values**p for weight, p in zip(powers, POWERS, strict=True))
    return moved + (local * frames.weights[:, None]) @ frames.modes


@torch.no_grad()
def roll_rule(
    rule: FieldRule, history: np.ndarray, frames: Sequence[ModalFrame], shape_of: np.ndarray, n_frames: int
) -> np.ndarray:
    """(N, n_frames, k) what the rule alone makes of given frames (N, T, k), T ≥ 2."""
    batch = ModalBatch.of(frames).double().take(torch.from_numpy(shape_of))
    modal, transport, powers = (torch.from_numpy(w) for w in (rule.modal, rule.transport, rule.powers))
    c = modal_coefficients(modal, torch.tensor(rule.reach, dtype=torch.float64), batch.evals)
    start = nearest_course(torch.from_numpy(history), c, transport, batch, rule.fitted)
    before, now = (start[:, [i]] for i in (-2, -1))
    # A nonlinear rule may run away; what lies beyond all sense is cut, so that its error is told as a number.
    most = 1e3 * float(np.abs(history).max())
    found = []
    for _ in range(n_frames):
        now, before = c[:, :1] * now + c[:, 1:] * before + beyond_modes(now, transport, powers, batch), now
        now = now.nan_to_num(most).clamp(-most, most)
        found.append(now)
    return torch.cat(found, 1).numpy()
