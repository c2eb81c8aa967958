"""The numbered properties of orthogonal adaptation, its slots, its files and the verbs."""

import json
from math import comb

import numpy as np
import pytest
import torch

from geomlearn.app.cli.main import main
from geomlearn.core.arrays import read_arrays, write_arrays
from geomlearn.core.errors import FormatError, ParameterError, SizeMismatch
from geomlearn.operators.adaptation.attached import identity
from geomlearn.operators.adaptation.learning import adapt
from geomlearn.operators.adaptation.options import AdaptationOptions
from geomlearn.operators.adaptation.orthogonal.attached import (
    attach_conditions,
    attach_fresh_conditions,
    conditions_of,
    detach_conditions,
    modulated,
)
from geomlearn.operators.adaptation.orthogonal.basis import class_token, columns_of, directions, shared_basis
from geomlearn.operators.adaptation.orthogonal.condition_files import load_conditions, save_conditions
from geomlearn.operators.adaptation.orthogonal.crosstalk import crosstalk, of_conditions
from geomlearn.operators.adaptation.orthogonal.options import OrthogonalOptions
from geomlearn.operators.adaptation.orthogonal.registry import Registry
from geomlearn.operators.adaptation.orthogonal.slots import Slot, merge_conditions
from geomlearn.operators.models.model_files import save_operator
from geomlearn.operators.models.prediction import evaluate
from geomlearn.operators.training.options import TrainingOptions


def down(slot, rank=4, **more):
    return directions(OrthogonalOptions(slot=slot, **{"width": 32, "reserved": 4, **more}), rank)


def changes(seed=0, n=3, rank=4, **more):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal((10, rank)) @ down(slot, rank, **more).T for slot in range(n)]


@pytest.fixture
def adapter_of(build):
    """A condition moved away from its start, by name and slot."""

    def made(name, slot=0, rank=4, key="fno", **more):
        model = build(key)
        options = OrthogonalOptions(name=name, slot=slot, **{"width": 32, "reserved": 4, **more})
        condition = attach_fresh_conditions(model, modulated(model, "*"), [Slot(options, rank)])
        generator = torch.Generator().manual_seed(slot + 1)
        with torch.no_grad():
            for parameter in condition.parameters():
                parameter += 0.3 * torch.randn(parameter.shape, generator=generator)
        found = conditions_of(model, (key, identity(build(key))))
        detach_conditions(model)
        return found

    return made


def answer(model, samples):
    with torch.no_grad():
        return model(torch.from_numpy(samples.test.inputs))


def test_1_columns_are_orthonormal_and_disjoint_ones_do_not_talk():
    one, two, three = (down(slot) for slot in range(3))
    np.testing.assert_allclose(one.T @ one, np.eye(4), atol=1e-12)
    np.testing.assert_allclose(one.T @ two, 0, atol=1e-14)
    apart = crosstalk([[torch.from_numpy(change)] for change in changes()])
    assert apart[~np.eye(3, dtype=bool)].max() < 1e-6
    gaussian = crosstalk([[torch.from_numpy(c)] for c in changes(basis="gaussian")])
    assert gaussian[~np.eye(3, dtype=bool)].min() > 1e-3
    np.testing.assert_allclose(one.T @ three, 0, atol=1e-14)


def test_2_what_another_reads_not_does_not_change_the_answer():
    one, two, _ = changes()
    rng = np.random.default_rng(3)
    inputs = rng.standard_normal((32, 20))
    inputs -= down(1) @ (down(1).T @ inputs)
    np.testing.assert_allclose((one + two) @ inputs, one @ inputs, atol=1e-12)


@pytest.mark.parametrize("width", [320, 1280])
def test_3_the_laws_of_overlap(width):
    rank, pairs = 20, 400
    found = {"pool": [], "gaussian": []}
    for pair in range(pairs):
        for basis, kept in found.items():
            options = [OrthogonalOptions(width=width, reserved=0, basis=basis, slot=2 * pair + side) for side in (0, 1)]
            if basis == "pool":
                kept.append(len(set(columns_of(options[0], rank)) & set(columns_of(options[1], rank))))
            elif width == 320:
                kept.append(np.sum((directions(options[0], rank).T @ directions(options[1], rank)) ** 2))
    law = rank**2 / width
    # The mean over pairs has a spread of a few hundredths of itself.
    assert np.mean(found["pool"]) == pytest.approx(law, rel=0.1)
    if width == 320:
        assert np.mean(found["gaussian"]) == pytest.approx(law, rel=0.1)
    free = comb(width - rank, rank) / comb(width, rank)
    assert np.mean(np.array(found["pool"]) == 0) == pytest.approx(free, abs=0.06)


def test_4_sums_in_any_order_and_what_is_taken_out_again(build, adapter_of, samples):
    pair = [adapter_of("a", 0), adapter_of("b", 1)]
    answers = []
    for order in (pair, pair[::-1]):
        model = build()
        condition = attach_conditions(model, merge_conditions(order), "a")
        answers.append((answer(model, samples), condition.projection(0).detach()))
    torch.testing.assert_close(answers[0], answers[1], rtol=1e-5, atol=1e-6)
    model = build()
    without = attach_conditions(model, merge_conditions(pair, [1.0, 0.0]), "a").projection(0).detach()
    alone = attach_conditions(build(), pair[0]).projection(0).detach()
    torch.testing.assert_close(without, alone, rtol=0, atol=1e-6)
    detach_conditions(model)
    assert identity(model) == identity(build())
    assert torch.equal(answer(model, samples), answer(build(), samples))


def test_5_pythagoras():
    each = changes(n=6)
    assert np.sum(sum(each) ** 2) == pytest.approx(sum(np.sum(c**2) for c in each), rel=1e-12)
    mixed = changes(n=6, basis="gaussian")
    assert np.sum(sum(mixed) ** 2) != pytest.approx(sum(np.sum(c**2) for c in mixed), rel=1e-4)


@pytest.mark.parametrize("key", ["fno", "unet"])
def test_6_merging_is_without_loss_with_a_reserved_slice_and_with_free_tokens_it_is_not(
    key, build, adapter_of, samples
):
    def gaps(**more):
        each = [adapter_of(f"c{slot}", slot, key=key, **more) for slot in range(7)]
        found = []
        for index in (0, 3, 6):
            single, merged = build(key), build(key)
            attach_conditions(single, each[index])
            attach_conditions(merged, merge_conditions(each), f"c{index}")
            one, other = answer(single, samples), answer(merged, samples)
            found.append(float((one - other).norm() / one.norm()))
        return found

    assert max(gaps()) <= 1e-5
    assert min(gaps(reserved=0)) > 1e-2


def test_7_all_columns_are_as_expressive_as_the_whole_layer():
    rng = np.random.default_rng(0)
    inputs, wanted = rng.standard_normal((6, 40)), rng.standard_normal((3, 40))
    free = np.linalg.lstsq(inputs.T, wanted.T, rcond=None)[0].T
    basis = shared_basis(6)
    within = np.linalg.lstsq((basis.T @ inputs).T, wanted.T, rcond=None)[0].T @ basis.T
    np.testing.assert_allclose(within, free, atol=1e-10)
    few = directions(OrthogonalOptions(width=6, reserved=0), 3)
    poor = np.linalg.lstsq((few.T @ inputs).T, wanted.T, rcond=None)[0].T @ few.T
    assert np.linalg.norm(poor @ inputs - wanted) > np.linalg.norm(free @ inputs - wanted) + 0.1


def test_8_it_starts_as_the_original(build, samples):
    model = build()
    before = answer(model, samples)
    attach_fresh_conditions(model, modulated(model, "*"), [Slot(OrthogonalOptions(), 4)])
    assert torch.equal(answer(model, samples), before)


def test_9_a_strength_scales_what_one_layer_adds(adapter_of, build):
    values = torch.randn(2, 3, 3, 8)

    def added(strength):
        model = build()
        condition = attach_conditions(model, merge_conditions([adapter_of("a")], [strength]))
        with torch.no_grad():
            return condition.modulate(0, values, channels_first=False) - values

    torch.testing.assert_close(added(0.5), 0.5 * added(1.0))


def test_the_class_token_lies_in_the_reserved_slice():
    options = OrthogonalOptions(width=32, reserved=4)
    token = class_token(options)
    assert np.linalg.norm(token) == pytest.approx(1)
    for slot in range(7):
        assert np.abs(down(slot).T @ token).max() < 1e-14
    assert np.abs(down(0, reserved=0).T @ class_token(options.replace(reserved=0))).max() > 0.05


def test_regions_answer_each_by_its_own_condition(build, adapter_of, samples):
    merged = merge_conditions([adapter_of("left", 0), adapter_of("right", 1)])
    model = build()
    condition = attach_conditions(model, merged)
    left = torch.zeros(1, 12, 12)
    left[:, :6] = 1
    tokens = condition.regions({"left": left, "right": 1 - left})
    values = torch.randn(1, 12, 12, 8)
    condition.choose(tokens)
    mixed = condition.modulate(0, values, channels_first=False)
    for name, part in (("left", slice(0, 6)), ("right", slice(6, 12))):
        condition.choose(name)
        torch.testing.assert_close(mixed[:, part], condition.modulate(0, values, channels_first=False)[:, part])
    condition.choose(tokens)
    with pytest.raises(SizeMismatch, match="places meet a layer"):
        condition.modulate(0, torch.randn(1, 10, 12, 8), channels_first=False)


def test_what_collides_or_is_not_there_ends_in_a_sentence(build, adapter_of):
    a, b = adapter_of("a", 0), adapter_of("b", 0)
    with pytest.raises(ParameterError, match="b and a have the same slot"):
        merge_conditions([a, b])
    with pytest.raises(ParameterError, match="Two conditions are called a"):
        merge_conditions([a, adapter_of("a", 1)])
    with pytest.raises(ParameterError, match="tokens of different bases"):
        merge_conditions([a, adapter_of("c", 1, reserved=8)])
    with pytest.raises(ParameterError, match="2 adapters and 1 strengths"):
        merge_conditions([a, adapter_of("c", 1)], [1.0])
    with pytest.raises(ParameterError, match="7 slots of rank 4, and number 7 is asked for"):
        adapter_of("z", 7)
    with pytest.raises(ParameterError, match="32 reserved columns leave nothing"):
        OrthogonalOptions(width=32, reserved=32)
    model = build()
    merged = merge_conditions([a, adapter_of("c", 1)])
    attach_conditions(model, merged)
    with pytest.raises(ParameterError, match="several conditions, and none is chosen"):
        model(torch.zeros(1, 12, 12, 1))
    with pytest.raises(ParameterError, match="no condition called gold"):
        model.condition.choose("gold")
    other = build()
    other.network.lift.bias.data += 1
    with pytest.raises(ParameterError, match="whose weights are others"):
        attach_conditions(other, a)


def test_a_registry_gives_each_name_a_slot_of_its_own(tmp_path):
    path = tmp_path / "m.slots.json"
    assert [Registry(path, "abc", 2).take(name) for name in ("copper", "steel", "copper")] == [0, 1, 0]
    with pytest.raises(ParameterError, match="All 2 slots of the shared basis are taken"):
        Registry(path, "abc", 2).take("gold")
    with pytest.raises(ParameterError, match="slots of another model"):
        Registry(path, "other", 2)
    path.write_text("{")
    with pytest.raises(FormatError, match="damaged"):
        Registry(path, "abc", 2)


def test_files_come_back_and_refuse_what_does_not_fit(build, adapter_of, samples, tmp_path):
    merged = merge_conditions([adapter_of("a", 0), adapter_of("b", 1)], [1.0, 0.5])
    path = save_conditions(tmp_path / "c.safetensors", merged, {"data": "x"})
    found, facts = load_conditions(path)
    assert (facts, found.slots, found.layers) == ({"data": "x"}, merged.slots, merged.layers)
    one, two = build(), build()
    attach_conditions(one, merged, "b"), attach_conditions(two, found, "b")
    assert torch.equal(answer(one, samples), answer(two, samples))
    extra = {**found.tensors, "a/stray": torch.ones(1)}
    with pytest.raises(FormatError, match="a/stray, which belongs to no layer"):
        attach_conditions(build(), type(found)(found.base, found.layers, found.slots, extra))
    short = {key: value for key, value in found.tensors.items() if key != "b/token"}
    with pytest.raises(FormatError, match="lacks b/token"):
        attach_conditions(build(), type(found)(found.base, found.layers, found.slots, short))


def test_crosstalk_of_conditions_is_nothing_with_a_reserved_slice(build, adapter_of):
    for reserved, quiet in ((4, True), (0, False)):
        each = [adapter_of(f"c{slot}", slot, reserved=reserved) for slot in range(3)]
        condition = attach_conditions(build(), merge_conditions(each))
        weights, done = of_conditions(condition)
        assert weights[0, 1] < 1e-6
        assert bool(done.max() < 1e-5) is quiet


def test_it_learns_and_leaves_the_model_as_it_was(build, samples, tmp_path):
    model = build()
    before, was = identity(model), evaluate(model, samples.test).mean
    training = TrainingOptions(epochs=12, batch_size=5, learning_rate=3e-2, weight_decay=0, device="cpu")
    options = AdaptationOptions(method="orthogonal", rank=4)
    result = adapt(model, samples, tmp_path, options, training, condition=OrthogonalOptions(name="turned"))
    assert identity(model) == before
    attach_conditions(model, result.value)
    assert evaluate(model, samples.test).mean < 0.9 * was
    with pytest.raises(ParameterError, match="alpha belongs to low-rank changes, not to orthogonal"):
        AdaptationOptions(method="orthogonal", alpha=2)


def test_the_verbs_give_slots_merge_and_ask_for_a_condition(build, samples, tmp_path, capsys):
    save_operator(tmp_path / "m.safetensors", build())
    write_arrays(tmp_path / "new.npz", {"inputs": samples.train.inputs, "targets": samples.train.targets}, {})

    def run(*words):
        code = main([str(word) for word in words])
        return code, capsys.readouterr()

    at = [tmp_path / name for name in ("m.safetensors", "new.npz")]
    for name in ("copper", "steel"):
        words = ("adapt", at[0], "--data", at[1], "--method", "orthogonal", "--name", name, "--rank", 4)
        more = ("--epochs", 1, "--batch-size", 4, "--device", "cpu", "-o", tmp_path / f"{name}.safetensors")
        code, printed = run(*words, *more)
        assert code == 0, printed.err
    assert json.loads((tmp_path / "m.slots.json").read_text())["slots"] == {"copper": 0, "steel": 1}
    both = tmp_path / "both.safetensors"
    files = [tmp_path / f"{name}.safetensors" for name in ("copper", "steel")]
    code, printed = run("merge", at[0], *files, "--strength", 1, 1, "-o", both, "--json")
    assert code == 0, printed.err
    assert np.array(json.loads(printed.out)["crosstalk"]).max() < 1e-5
    for adapter, more in ((files[1], ()), (both, ("--condition", "steel"))):
        out = tmp_path / f"{len(more)}.npz"
        code, printed = run("predict", at[0], at[1], "--adapter", adapter, *more, "-o", out)
        assert code == 0, printed.err
    alone, merged = (read_arrays(tmp_path / f"{n}.npz")[0]["prediction"] for n in (0, 2))
    np.testing.assert_allclose(alone, merged, rtol=1e-4, atol=1e-5)
    code, printed = run("predict", at[0], at[1], "--adapter", both, "-o", tmp_path / "no.npz")
    assert code == 1
    assert "Choose one of copper, steel" in printed.err
