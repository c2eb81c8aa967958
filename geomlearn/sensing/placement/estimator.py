"""Placement with the manners of scikit-learn: fit on training fields, predict fields from readings."""

from __future__ import annotations

from numbers import Integral
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from geomlearn.core.errors import ParameterError
from geomlearn.sensing.mode_space import from_fields
from geomlearn.sensing.placement.constraints import Constraints
from geomlearn.sensing.placement.options import Law, PlacementOptions
from geomlearn.sensing.placement.place import place
from geomlearn.sensing.regression.weighted_least_squares import weighted_least_squares


class Placement(BaseEstimator):
    """Sensors for fields like those it is fitted to, which it then rebuilds from their readings.

    Parameters
    ----------
    n_modes       dimension of the space of fields; at most 10, and what the training fields span, when not given.
    n_sensors     how many; as many as modes when not given.
    law           "qdeim", "rdpp", "vol", "dpp", "iid", "fps" or "uniform".
    mass          (n,) areas of the points; equal when not given.
    points        (n, d) coordinates, for "fps".
    constraints   `Constraints` on the places.
    distance      least distance between two sensors.
    random_state  seed of the draws.

    Attributes
    ----------
    sensors_  `Sensors`: vertices, weights, stability.
    space_    the `ModeSpace` of the training fields.

    Use when …   fields to come resemble those at hand.
    Avoid when … there are no training fields: `place` takes the modes of the shape itself.
    """

    def __init__(
        self,
        n_modes: int | None = None,
        n_sensors: int | None = None,
        *,
        law: Law = "qdeim",
        mass: np.ndarray | None = None,
        points: np.ndarray | None = None,
        constraints: Constraints | None = None,
        distance: float = 0.0,
        random_state: int = 0,
    ) -> None:
        self.n_modes = n_modes
        self.n_sensors = n_sensors
        self.law = law
        self.mass = mass
        self.points = points
        self.constraints = constraints
        self.distance = distance
        self.random_state = random_state

    def fit(self, X: np.ndarray, y: Any = None) -> Self:
        """Take the principal directions of training fields X (t, n), and place the sensors.

        Raises
        ------
        ParameterError   the fields span fewer dimensions than modes are asked, or no set meets the constraints.
        """
        X = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        rank = max(int(np.linalg.matrix_rank(X)), 1)
        n_modes = min(10, rank) if self.n_modes is None else self.n_modes
        if not np.any(X):
            raise ParameterError("All training fields are zero.", "Give fields that differ from zero.")
        self.space_ = from_fields(X, n_modes, self.mass)
        seed = self.random_state if isinstance(self.random_state, Integral) else 0
        options = PlacementOptions(
            n=n_modes if self.n_sensors is None else self.n_sensors, law=self.law, distance=self.distance, seed=seed
        )
        points = np.arange(X.shape[1], dtype=float)[:, None] if self.points is None else self.points
        self.sensors_ = place(self.space_, points, options, self.constraints or Constraints())
        return self

    def get_selected_sensors(self) -> np.ndarray:
        """(n_sensors,) indices of the points chosen."""
        check_is_fitted(self)
        return self.sensors_.vertices

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The fields (t, n) from readings (t, n_sensors) in the order of the sensors.

        Whole fields (t, n) are understood too: their values at the sensors are taken.
        """
        check_is_fitted(self)
        vertices = self.sensors_.vertices
        if np.ndim(X) == 2 and np.shape(X)[1] == len(vertices) != self.n_features_in_:
            readings = check_array(X, dtype=np.float64)
        else:
            readings = validate_data(self, X, dtype=np.float64, reset=False)[:, vertices]
        functions = self.space_.functions
        fit = weighted_least_squares(functions[vertices], readings.T, self.sensors_.weights)
        return (functions @ fit.coefficients).T

    def score(self, X: np.ndarray, y: Any = None) -> float:
        """Minus the root mean square error of fields X (t, n) rebuilt from their values at the sensors."""
        return -float(np.sqrt(np.mean((self.predict(X) - np.asarray(X, float)) ** 2)))
