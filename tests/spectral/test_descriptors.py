"""The signatures by hand, property 5 of the functional-map card, and what they cannot tell apart."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geomlearn.core.errors import ParameterError
from geomlearn.shapes.shape import Shape
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.descriptors import (
    heat_kernel_landmarks,
    heat_kernel_signature,
    wave_kernel_landmarks,
    wave_kernel_signature,
)
from geomlearn.spectral.eigenbasis import eigenbasis
from geomlearn.spectral.options import EigenbasisOptions, HeatKernelOptions, WaveKernelOptions

TWO_POINTS = Basis(np.array([0.0, 2.0]), np.array([[1.0, 1.0], [1.0, -1.0]]) / np.sqrt(2), np.ones(2))
PLAIN_HEAT = HeatKernelOptions(normalize=False)
PLAIN_WAVE = WaveKernelOptions(normalize=False)


@pytest.fixture(scope="module")
def basis(blob) -> Basis:
    return eigenbasis(blob, EigenbasisOptions(k=60), cache=False)


def all_four(basis: Basis, landmarks) -> list[np.ndarray]:
    return [
        heat_kernel_signature(basis),
        wave_kernel_signature(basis),
        heat_kernel_landmarks(basis, landmarks),
        wave_kernel_landmarks(basis, landmarks),
    ]


def test_heat_between_two_points_by_hand() -> None:
    decay = np.exp(-2 * 0.3)
    here = heat_kernel_signature(TWO_POINTS, PLAIN_HEAT, times=np.array([0.3]))
    np.testing.assert_allclose(here, 0.5, rtol=1e-14)
    there = heat_kernel_landmarks(TWO_POINTS, np.array([0]), PLAIN_HEAT, times=np.array([0.3]))
    np.testing.assert_allclose(there[:, 0], [0.5, 0.5 * (1 - decay) / (1 + decay)], rtol=1e-14)


def test_a_wave_at_one_eigenvalue_sees_its_mode(basis) -> None:
    narrow = WaveKernelOptions(n_energies=2000, width=1.0, normalize=False)
    wave = wave_kernel_signature(basis, narrow, energies=np.log(basis.evals[[4]]))
    np.testing.assert_allclose(wave[:, 0], basis.evecs[:, 4] ** 2, rtol=1e-3, atol=1e-6)


def test_times_and_energies_are_those_of_the_card(basis) -> None:
    low, high = basis.evals[[1, -1]]
    times = np.geomspace(4 * np.log(10) / high, 4 * np.log(10) / low, 100)
    np.testing.assert_allclose(heat_kernel_signature(basis), heat_kernel_signature(basis, times=times))
    width = 7 * np.log(high / low) / 100
    energies = np.linspace(np.log(low) + 2 * width, np.log(high) - 2 * width, 100)
    np.testing.assert_allclose(wave_kernel_signature(basis), wave_kernel_signature(basis, energies=energies))


def test_columns_have_unit_length_under_the_mass(basis) -> None:
    for signature in all_four(basis, [3, 70]):
        np.testing.assert_allclose(basis.mass @ signature**2, 1.0, rtol=1e-12)


def test_the_landmark_version_at_the_landmark_is_the_signature(basis) -> None:
    np.testing.assert_allclose(
        heat_kernel_landmarks(basis, [7], PLAIN_HEAT)[7], heat_kernel_signature(basis, PLAIN_HEAT)[7], rtol=1e-12
    )
    np.testing.assert_allclose(
        wave_kernel_landmarks(basis, [7], PLAIN_WAVE)[7], wave_kernel_signature(basis, PLAIN_WAVE)[7], rtol=1e-12
    )
    np.testing.assert_array_equal(wave_kernel_landmarks(basis, [7, 9])[:, 100:], wave_kernel_landmarks(basis, [9]))


@given(seed=st.integers(0, 2**16))
@settings(max_examples=5, deadline=None)
def test_motion_order_and_signs_change_nothing(blob, basis, seed) -> None:
    rng = np.random.default_rng(seed)
    rotation = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    order = rng.permutation(blob.n_vertices)
    place = np.argsort(order)
    moved = eigenbasis(
        Shape((blob.vertices @ rotation.T)[order], place[blob.faces]), EigenbasisOptions(k=60), cache=False
    )
    flipped = Basis(moved.evals, moved.evecs * rng.choice([-1, 1], 60), moved.mass)
    for before, after in zip(all_four(basis, [5, 6]), all_four(flipped, place[[5, 6]]), strict=True):
        np.testing.assert_allclose(after[place], before, atol=1e-8)


def test_mirror_images_look_alike_until_a_landmark_tells_them_apart(sphere) -> None:
    """Only intrinsic: left and right of a symmetric body have one signature; landmarks are what resolves it."""
    body = Shape(sphere(3).vertices * [1.0, 1.4, 0.7], sphere(3).faces)
    basis = eigenbasis(body, EigenbasisOptions(k=60), cache=False)
    mirror = np.array([np.abs(body.vertices - v * [-1, 1, 1]).sum(axis=1).argmin() for v in body.vertices])
    aside = int(np.argmax(body.vertices[:, 0]))
    alone, with_landmark = heat_kernel_signature(basis), heat_kernel_landmarks(basis, [aside])
    assert np.abs(alone - alone[mirror]).max() < 1e-4 * np.abs(alone).max()
    assert np.abs(with_landmark - with_landmark[mirror]).max() > 0.1 * np.abs(with_landmark).max()


def test_zero_modes_of_many_components_are_left_out_of_the_wave() -> None:
    evals = np.array([0.0, 0.0, 1.0, 2.0, 4.0])
    basis = Basis(evals, np.eye(5), np.ones(5))
    signature = wave_kernel_signature(basis)
    assert np.isfinite(signature).all()
    assert np.abs(signature[:2]).max() == 0


@pytest.mark.parametrize("landmark", [-1, 642])
def test_a_landmark_that_is_no_vertex(basis, landmark) -> None:
    with pytest.raises(ParameterError, match=str(landmark)):
        heat_kernel_landmarks(basis, [landmark])


def test_too_few_modes_are_one_sentence() -> None:
    with pytest.raises(ParameterError, match="above zero"):
        heat_kernel_signature(TWO_POINTS.truncated(1))
    with pytest.raises(ParameterError, match="two distinct"):
        wave_kernel_signature(TWO_POINTS)


def test_no_landmarks_give_no_columns(basis) -> None:
    assert heat_kernel_landmarks(basis, []).shape == (642, 0)


@pytest.mark.parametrize("signature", [heat_kernel_signature, wave_kernel_signature])
def test_a_shape_of_more_pieces_than_modes_is_refused_in_a_sentence(signature) -> None:
    """All its modes are constant on the pieces, up to rounding that is no eigenvalue."""
    pieces = 30
    piece = np.repeat(np.arange(pieces), 4)[:, None]
    corners = np.tile(np.vstack([np.zeros(3), np.eye(3)]), (pieces, 1)) + 3 * piece
    faces = np.tile([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], (pieces, 1)) + 4 * piece
    basis = eigenbasis(Shape(corners, faces), EigenbasisOptions(k=20), cache=False)
    noisy = replace(basis, evals=np.sort(np.abs(np.random.default_rng(0).normal(scale=1e-15, size=20))))
    for made in (basis, noisy):
        with pytest.raises(ParameterError, match="above zero"):
            signature(made)
