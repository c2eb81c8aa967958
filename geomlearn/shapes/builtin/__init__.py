"""Shapes the project generates itself, creatures with exact ground truth among them."""

from geomlearn.shapes.builtin.catalogue import builtin, builtin_names, ground_truth
from geomlearn.shapes.builtin.creatures import Creature, creature, family_named, make_creature
from geomlearn.shapes.builtin.primitives import icosphere
from geomlearn.shapes.builtin.random_creatures import random_build, random_creature, random_pose
from geomlearn.shapes.builtin.truth import true_images, true_map

__all__ = [
    "Creature",
    "builtin",
    "builtin_names",
    "creature",
    "family_named",
    "ground_truth",
    "icosphere",
    "make_creature",
    "random_build",
    "random_creature",
    "random_pose",
    "true_images",
    "true_map",
]
