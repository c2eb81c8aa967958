"""Amplitude and offset are followed by construction, on grids and shapes, through files, and not where nobody asked."""

import numpy as np
import pytest
import torch

from geomlearn.core.errors import ParameterError
from geomlearn.core.weights import read_weights, write_weights
from geomlearn.operators.data.samples import Samples
from geomlearn.operators.models.equivariance import Scale, check_equivariance
from geomlearn.operators.models.field_operator import FieldOperator
from geomlearn.operators.models.model_files import load_operator, save_operator
from geomlearn.operators.models.signature import Signature
from geomlearn.operators.models.table import model_named

DATA = Samples(*np.random.default_rng(0).standard_normal((2, 6, 9, 9, 1)))


def model(kept):
    row = model_named("fno")
    torch.manual_seed(0)
    options = row.resolve_options()(width=4, modes=3, layers=1)
    made = FieldOperator(row, Signature.of(DATA), options, equivariance=kept)
    made.fit_normalizers(DATA)
    return made.eval()


@torch.no_grad()
def test_amplitude_and_offset_go_through_the_network():
    given = torch.from_numpy(DATA.inputs)
    both, amplitude, neither = (model(kept) for kept in ("amplitude-offset", "amplitude", "none"))
    torch.testing.assert_close(both(300 + 10 * given), 300 + 10 * both(given), rtol=1e-4, atol=1e-3)
    torch.testing.assert_close(amplitude(0.01 * given), 0.01 * amplitude(given), rtol=1e-4, atol=1e-6)
    assert (amplitude(300 + given) - 300 - amplitude(given)).abs().max() > 0.1
    assert (neither(10 * given) - 10 * neither(given)).abs().max() > 0.1


@torch.no_grad()
def test_a_constant_stays_and_a_zero_field_is_finite():
    both = model("amplitude-offset")
    constant = torch.full((1, 9, 9, 1), 5.0)
    # The network is asked for its own typical mean; what it adds to it does not grow with the constant.
    added = both(constant) - 5
    torch.testing.assert_close(both(100 * constant) - 500, added, rtol=1e-3, atol=1e-3)
    for kept in ("amplitude", "amplitude-offset"):
        assert torch.isfinite(model(kept)(torch.zeros(1, 9, 9, 1))).all()


def test_vertices_that_only_fill_do_not_count():
    values, areas = torch.rand(1, 8, 1), torch.rand(1, 8, 1)
    filled = torch.cat([values, torch.full((1, 3, 1), 1e6)], 1)
    short, long = (
        Scale(v, a, "amplitude-offset", 0.0, 1.0)
        for v, a in ((values, areas), (filled, torch.cat([areas, torch.zeros(1, 3, 1)], 1)))
    )
    torch.testing.assert_close(short.encode(values), long.encode(filled)[:, :8])


def test_files_keep_it_and_those_of_earlier_versions_load(tmp_path):
    made = model("amplitude")
    loaded, _ = load_operator(save_operator(tmp_path / "a.safetensors", made))
    assert (loaded.equivariance, loaded.seen) == ("amplitude", made.seen)
    given = torch.from_numpy(DATA.inputs)
    torch.testing.assert_close(loaded(given), made(given))
    tensors, header = read_weights(tmp_path / "a.safetensors", "geomlearn-operator", "model", "train")
    early = {k: v for k, v in header.items() if k not in ("equivariance", "range", "format", "version")}
    old, _ = load_operator(write_weights(tmp_path / "b.safetensors", "geomlearn-operator", tensors, early))
    assert (old.equivariance, old.seen) == ("none", None)
    assert "does not say" in old.unlike_training(DATA)[0]


def test_a_constant_of_several_channels_is_refused():
    check_equivariance("amplitude", 3, 1)
    with pytest.raises(ParameterError, match="3 input channels"):
        check_equivariance("amplitude-offset", 3, 1)
