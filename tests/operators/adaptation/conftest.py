"""A small trained operator, and samples of another regime."""

import numpy as np
import pytest
import torch

from geomlearn.operators.data.samples import Samples, split
from geomlearn.operators.models.field_operator import FieldOperator
from geomlearn.operators.models.signature import Signature
from geomlearn.operators.models.table import model_named

SMALL = {
    "fno": {"width": 8, "modes": 4, "layers": 2, "head_width": 16},
    "transolver": {"width": 16, "layers": 1, "slices": 4, "heads": 2},
    "unet": {"width": 8, "head_width": 16},
}


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    torch.set_num_threads(1)
    monkeypatch.setenv("GEOMLEARN_CACHE", "off")


@pytest.fixture(scope="session")
def samples():
    fields = np.random.default_rng(0).standard_normal((14, 12, 12, 1))
    return split(Samples(fields, 0.2 - fields, task="turned"), 4)


@pytest.fixture
def build(samples):
    def made(key="fno"):
        row = model_named(key)
        torch.manual_seed(1)
        model = FieldOperator(row, Signature.of(samples.train), row.resolve_options()(**SMALL[key]))
        model.fit_normalizers(samples.train)
        return model.eval()

    return made


@pytest.fixture
def stirred():
    """Changes on a model moved away from their start, as training would."""

    def moved(model, seed=0):
        from geomlearn.operators.adaptation.attached import changes

        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for change in changes(model).values():
                for parameter in change.parameters():
                    parameter += 0.1 * torch.randn(parameter.shape, generator=generator)
        return model

    return moved
