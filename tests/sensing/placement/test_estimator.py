"""Placement as scikit-learn wants it, and on fields it can be judged by."""

from __future__ import annotations

import numpy as np
import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.sensing import Placement


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_scikit_learn_finds_nothing_wrong():
    from sklearn.utils.estimator_checks import check_estimator

    results = check_estimator(Placement(), on_fail=None)
    failed = [result["check_name"] for result in results if result["status"] == "failed"]
    assert not failed
    assert sum(result["status"] == "passed" for result in results) > 30


@pytest.fixture(scope="module")
def fields():
    rng = np.random.default_rng(0)
    x = np.linspace(0, 1, 120)
    waves = np.stack([np.cos(np.pi * k * x) / (1 + k) for k in range(6)])
    return rng.normal(size=(40, 6)) @ waves


def test_fields_of_the_space_are_predicted_from_few_readings(fields):
    placement = Placement(n_modes=6, n_sensors=9).fit(fields[:30])
    sensors = placement.get_selected_sensors()
    assert sensors.shape == (9,)
    assert placement.predict(fields[30:, sensors]) == pytest.approx(fields[30:], abs=1e-8)
    assert placement.predict(fields[30:]) == pytest.approx(fields[30:], abs=1e-8)
    assert -1e-8 < placement.score(fields[30:]) <= 0


def test_every_law_takes_the_same_road(fields):
    for law in ("rdpp", "vol", "iid", "fps", "uniform"):
        assert Placement(n_modes=4, n_sensors=12, law=law).fit(fields).score(fields) > -0.5


def test_more_modes_than_fields_or_sensors_are_refused(fields):
    with pytest.raises(ParameterError, match="span 6"):
        Placement(n_modes=7).fit(fields)
    with pytest.raises(ParameterError, match="cannot determine"):
        Placement(n_modes=5, n_sensors=3).fit(fields)
