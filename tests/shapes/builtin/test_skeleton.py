"""The map from rest to pose: rigid where it should be, mirrored where it should be, never folded."""

import numpy as np
import pytest

from geomlearn.shapes.builtin import family_named
from geomlearn.shapes.builtin.skeleton import Build, Deformation

FAMILIES = ("biped", "quadruped")


def place(family, build=None, pose=None):
    return Deformation(family.skeleton, family.swells, build or Build(), pose or {})


@pytest.mark.parametrize("name", FAMILIES)
def test_rest_pose_is_the_identity(name):
    family = family_named(name)
    points = family.level(500)[0]
    np.testing.assert_allclose(place(family)(points), points, atol=1e-14)


def test_a_bent_elbow_turns_the_forearm_by_exactly_its_angle():
    family = family_named("biped")
    points = family.level(500)[0]
    shares = family.skeleton.shares(points)[:, family.skeleton.index["forearm_l"]]
    moved = place(family, pose={"forearm_l": (70, 0, 0)})(points)
    np.testing.assert_allclose(moved[shares == 0], points[shares == 0], atol=1e-14)
    forearm = shares == 1
    assert forearm.sum() > 50
    turn, *_ = np.linalg.lstsq(points[forearm] - points[forearm].mean(0), moved[forearm] - moved[forearm].mean(0))
    assert np.degrees(np.arccos((np.trace(turn) - 1) / 2)) == pytest.approx(70)


@pytest.mark.parametrize("name", FAMILIES)
def test_shares_are_nested_and_swap_sides_in_the_mirror(name):
    family = family_named(name)
    points = family.level(500)[0]
    skeleton = family.skeleton
    shares = skeleton.shares(points)
    mirrored = skeleton.shares(points * (-1, 1, 1))
    for joint, index in skeleton.index.items():
        twin = skeleton.index[joint[:-1] + {"l": "r", "r": "l"}[joint[-1]]] if joint[-2:] in ("_l", "_r") else index
        np.testing.assert_allclose(shares[:, index], mirrored[:, twin], atol=1e-12)
        if skeleton.parents[index] >= 0:
            assert (shares[:, index] <= shares[:, skeleton.parents[index]] + 1e-12).all()


@pytest.mark.parametrize("name", FAMILIES)
def test_poses_of_both_sides_look_the_same_in_the_mirror(name):
    family = family_named(name)
    points = family.level(500)[0]
    for pose in ("stand", "sit", "crouch"):
        trunk_still = {joint: (a, 0, 0) if joint.startswith("tail") else (a, b, c)
                       for joint, (a, b, c) in family.poses[pose].items()}  # fmt: skip
        moved = place(family, pose=trunk_still)
        np.testing.assert_allclose(moved(points * (-1, 1, 1)), moved(points) * (-1, 1, 1), atol=1e-12)


@pytest.mark.parametrize("name", FAMILIES)
def test_hardly_any_named_creature_folds_the_surface(name):
    family = family_named(name)
    points = family.level(500)[0][::4]
    folded = []
    for build in family.bodies.values():
        for angles in family.poses.values():
            moved = place(family, build, angles)
            jacobian = np.stack([(moved(points + 1e-5 * e) - moved(points)) / 1e-5 for e in np.eye(3)], axis=-1)
            folded.append((np.linalg.det(jacobian) <= 0).mean())
    # Skin folds in the deepest creases of the stoutest bodies only.
    assert np.mean(folded) < 0.004
    assert np.max(folded) < 0.05


def test_bones_stretch_by_their_factor():
    family = family_named("biped")
    points = family.level(500)[0]
    shank = family.skeleton.shares(points)[:, [family.skeleton.index[j] for j in ("shank_l", "foot_l")]]
    alone = (shank[:, 0] == 1) & (shank[:, 1] == 0)
    before = points[alone]
    after = place(family, Build({"shank": (1.5, 1.0)}))(points)[alone]
    bone = np.subtract((0.15, 0.085, -0.015), (0.125, 0.49, -0.005))
    bone /= np.linalg.norm(bone)
    assert np.ptp(after @ bone) == pytest.approx(1.5 * np.ptp(before @ bone))
    side = np.cross(bone, (0, 0, 1))
    side /= np.linalg.norm(side)
    assert np.ptp(after @ side) == pytest.approx(np.ptp(before @ side))


def test_grounded_stands_on_the_ground():
    family = family_named("quadruped")
    points = family.level(500)[0]
    jump = place(family, pose=family.poses["leap"]).grounded(points)
    assert jump(points)[:, 1].min() == pytest.approx(0, abs=1e-12)
