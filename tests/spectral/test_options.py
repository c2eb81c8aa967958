"""The options say what they accept and refuse the rest in one sentence."""

import pytest

from geomlearn.core.errors import ParameterError
from geomlearn.spectral.options import EigenbasisOptions, HeatKernelOptions, WaveKernelOptions


@pytest.mark.parametrize("model", [EigenbasisOptions, HeatKernelOptions, WaveKernelOptions])
def test_defaults_survive_json(model) -> None:
    assert model(**model().model_dump(mode="json")) == model()


@pytest.mark.parametrize(
    "values", [{"k": 0}, {"k": 10**6}, {"laplacian": "mesh"}, {"boundary": "robin"}, {"tolerance": 0.0}, {"sigma": 1}]
)
def test_bad_values_are_named(values) -> None:
    with pytest.raises(ParameterError, match=next(iter(values))):
        EigenbasisOptions(**values)


def test_too_wide_bands_for_their_number_are_refused() -> None:
    with pytest.raises(ParameterError, match="four times"):
        WaveKernelOptions(n_energies=20, width=7.0)
