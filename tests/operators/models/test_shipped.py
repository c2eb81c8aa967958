"""What is shipped loads, is small, and is as good as its card says on samples that nobody chose."""

from importlib.resources import files

import numpy as np
import pytest

from geomlearn.core.errors import FormatError
from geomlearn.operators.data.generate import generate, task_named
from geomlearn.operators.models.model_files import load_operator
from geomlearn.operators.models.prediction import evaluate
from geomlearn.operators.models.shipped import PREFIX, SHIPPED, shipped_model, weights_of

pytestmark = pytest.mark.usefixtures("one_thread")

each = pytest.mark.parametrize("row", SHIPPED, ids=lambda row: row.key)


@each
def test_weights_are_small_and_have_a_card_that_tells_their_error(row):
    assert 10_000 < weights_of(PREFIX + row.key).stat().st_size <= 2 * 2**20
    card = (files("geomlearn.assets") / "operators" / f"{row.key}.md").read_text()
    assert f"{row.error:.4f}" in card and "geomlearn train" in card and f"{PREFIX}{row.key}" in card
    _, facts = load_operator(PREFIX + row.key)
    assert facts["test_error"] == pytest.approx(row.error, abs=5e-5)


@each
def test_new_samples_are_answered_as_well_as_those_of_the_card(row):
    model, _ = load_operator(PREFIX + row.key)
    task, options = row.data
    samples = generate(task, 6, task_named(task).options(**options), seed=20_261, cache=False)
    judged = evaluate(model, samples, device="cpu")
    # Six samples scatter; a model that had not learned the operator would be off by ten times or more.
    assert judged.mean == pytest.approx(row.error, rel=0.6)
    zeros = np.mean([np.linalg.norm(target - np.mean(target)) / np.linalg.norm(target) for target in samples.targets])
    assert judged.mean < 0.3 * zeros


def test_other_names_are_paths_and_unknown_ones_are_refused(tmp_path):
    assert weights_of(tmp_path / "m.safetensors") == tmp_path / "m.safetensors"
    assert shipped_model("m.safetensors") is None
    with pytest.raises(FormatError, match=r"No model called nonsense is shipped") as refused:
        load_operator("shipped:nonsense")
    assert "shipped:heat" in refused.value.hint
