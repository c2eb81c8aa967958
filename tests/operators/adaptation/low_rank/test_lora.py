"""LoRA, PiSSA, DoRA and full fine-tuning: starts, files, the folder of PEFT, merging."""

import json
import shutil

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from geomlearn.core.errors import FormatError, GeomError, ParameterError
from geomlearn.operators.adaptation.adapter_files import load_adapter, save_adapter
from geomlearn.operators.adaptation.attached import attach, attach_fresh, changes, detach, identity, taken
from geomlearn.operators.adaptation.low_rank.lora import Dora, Full, Lora, Pissa
from geomlearn.operators.adaptation.low_rank.matrices import MatrixForm
from geomlearn.operators.adaptation.merging import dare, differences, merge, ties
from geomlearn.operators.adaptation.options import AdaptationOptions, MergeOptions
from geomlearn.operators.adaptation.peft_folder import read_peft_folder, write_peft_folder
from geomlearn.operators.models.model_files import load_operator, save_operator

METHODS = ("sorsa", "lora", "pissa", "dora", "full")
each_method = pytest.mark.parametrize("method", METHODS)


@pytest.fixture
def adapter_of(build, stirred):
    """An adapter of a method, moved away from its start."""

    def made(method, key="fno", rank=3, seed=0, **more):
        model = build(key)
        options = AdaptationOptions(method=method, rank=rank, **more)
        attach_fresh(model, options, seed)
        return taken(stirred(model, seed), options, (key, identity(build(key))))

    return made


def answer(model, samples):
    with torch.no_grad():
        return model(torch.from_numpy(samples.test.inputs))


@each_method
def test_it_starts_as_the_original(method, build, samples):
    model = build()
    before = answer(model, samples)
    attach_fresh(model, AdaptationOptions(method=method, rank=2))
    torch.testing.assert_close(answer(model, samples), before, rtol=1e-5, atol=1e-5)


def test_lora_and_dora_by_their_formulas():
    torch.manual_seed(0)
    weight = torch.randn(5, 4)
    lora, dora = Lora(MatrixForm((5, 4)), 2, 0.5), Dora(MatrixForm((5, 4)), 2, 0.5)
    for change in (lora, dora):
        change.start(weight)
        change.B.data.normal_()
    torch.testing.assert_close(lora(weight), weight + 0.5 * lora.B @ lora.A)
    dora.magnitude.data.mul_(2)
    moved = weight + 0.5 * dora.B @ dora.A
    expected = 2 * weight.norm(dim=1, keepdim=True) * moved / moved.norm(dim=1, keepdim=True)
    torch.testing.assert_close(dora(weight), expected)
    # The norm is held constant in the gradient of the directions.
    (slope,) = torch.autograd.grad(dora(weight).sum(), dora.B)
    factor = dora.magnitude / moved.norm(dim=1)
    torch.testing.assert_close(slope, 0.5 * factor[:, None] * dora.A.sum(1)[None].expand(5, 2))


def test_pissa_starts_at_the_largest_singular_triples_with_their_roots():
    torch.manual_seed(0)
    weight = torch.randn(7, 6)
    change = Pissa(MatrixForm((7, 6)), 3)
    change.start(weight)
    sigma = torch.linalg.svdvals(weight)
    torch.testing.assert_close(torch.linalg.svdvals(change.B @ change.A)[:3], sigma[:3])
    torch.testing.assert_close(change.A.norm(dim=1) ** 2, sigma[:3])
    assert torch.equal(change(weight), weight)


def test_full_changes_every_number(build):
    model = build()
    wanted = model.n_parameters
    attach_fresh(model, AdaptationOptions(method="full"))
    assert all(isinstance(change, Full) for change in changes(model).values())
    assert sum(p.numel() for p in model.parameters() if p.requires_grad) == wanted


@each_method
@pytest.mark.parametrize("how", ["sum", "ties", "dare"])
def test_one_adapter_merged_at_strength_one_is_exactly_that_adapter(method, how, build, adapter_of, samples, tmp_path):
    model, adapter = build(), adapter_of(method)
    before = identity(model)
    merged = merge(model, [adapter], [1.0], MergeOptions(how=how))
    attach(model, adapter)
    assert torch.equal(answer(merged, samples), answer(model, samples))
    detach(model)
    assert identity(model) == before
    again, _ = load_operator(save_operator(tmp_path / "m.safetensors", merged))
    assert torch.equal(answer(again, samples), answer(merged, samples))


def test_adapters_of_unequal_ranks_and_methods_add_up(build, adapter_of):
    model = build()
    pair = [adapter_of("lora", rank=2, seed=1), adapter_of("sorsa", rank=5, seed=2)]
    merged = merge(model, pair, [1.0, 0.5])
    one, two = (differences(model, adapter) for adapter in pair)
    assert one.keys() == two.keys()
    for name in one:
        expected = model.get_parameter(name) + one[name] + 0.5 * two[name]
        torch.testing.assert_close(merged.get_parameter(name), expected)
    torch.testing.assert_close(
        merge(model, pair[::-1], [0.5, 1.0]).state_dict(), merged.state_dict(), rtol=1e-5, atol=1e-6
    )


def test_ties_keeps_large_entries_of_the_elected_sign():
    one, two = {"w": torch.tensor([3.0, -1.0, 0.1, 2.0])}, {"w": torch.tensor([1.0, 4.0, 0.2, -3.0])}
    merged = ties([one, two], [1.0, 1.0], 0.75)["w"]
    torch.testing.assert_close(merged, torch.tensor([2.0, 4.0, 0.0, -3.0]))


def test_dare_is_the_same_in_the_mean():
    value = {"w": torch.linspace(-1, 1, 7)}
    kept = torch.stack([dare([value], 0.3, seed)[0]["w"] for seed in range(4000)])
    torch.testing.assert_close(kept.mean(0), value["w"], atol=0.08, rtol=0)
    share = kept[:, value["w"] != 0] / value["w"][value["w"] != 0]
    assert ((share == 0) | ((share - 1 / 0.3).abs() < 1e-4)).all()


@each_method
def test_files_say_whose_they_are_and_come_back(method, build, adapter_of, samples, tmp_path):
    adapter = adapter_of(method)
    path = save_adapter(tmp_path / "a.safetensors", adapter, {"data": "new"})
    with safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()["geomlearn"])
    assert header["peft_type"] == method.upper()
    assert header["base"] == {"name": "fno", "sha256": identity(build())}
    assert (header["r"], header["lora_alpha"]) == (3, 3)
    assert header["target_modules"] == list(adapter.weights)
    found, facts = load_adapter(path)
    assert facts == {"data": "new"}
    one, two = build(), build()
    attach(one, adapter), attach(two, found)
    assert torch.equal(answer(one, samples), answer(two, samples))
    with pytest.raises(GeomError, match="exists already"):
        save_adapter(path, adapter)


def test_another_base_and_any_missing_or_extra_key_are_refused(build, adapter_of, tmp_path):
    path = save_adapter(tmp_path / "a.safetensors", adapter_of("sorsa"))
    other = build()
    other.network.lift.bias.data[0] += 1e-6
    with pytest.raises(ParameterError, match="belongs to fno, whose weights are others"):
        attach(other, load_adapter(path)[0])
    with safe_open(path, framework="pt") as file:
        header = file.metadata()
    good = load_file(path)
    key = "network.lift.weight.U"
    altered = {
        f"lacks {key}": {name: value for name, value in good.items() if name != key},
        "network.lift.weight.W, which belongs to no layer": {**good, "network.lift.weight.W": torch.ones(1)},
        f"{key} has shape": {**good, key: torch.ones(3)},
        "stray, which belongs to no layer": {**good, "stray": torch.ones(1)},
    }
    for number, (sentence, tensors) in enumerate(altered.items()):
        wrong = tmp_path / f"{number}.safetensors"
        save_file(tensors, wrong, metadata=header)
        with pytest.raises(FormatError, match=sentence):
            attach(build(), load_adapter(wrong)[0])
    said = json.loads(header["geomlearn"])
    save_file(good, tmp_path / "lies.safetensors", metadata={"geomlearn": json.dumps({**said, "peft_type": "LORA"})})
    with pytest.raises(FormatError, match="header contradicts itself"):
        load_adapter(tmp_path / "lies.safetensors")
    with pytest.raises(FormatError, match="holds no adapter"):
        load_adapter(save_operator(tmp_path / "model.safetensors", build()))


@pytest.mark.parametrize("method", ["lora", "dora"])
@pytest.mark.parametrize("key", ["transolver", "unet"])
def test_a_folder_of_peft_comes_back(method, key, build, adapter_of, samples, tmp_path):
    targets = "*mlps*,*lift*" if key == "transolver" else "*convolutions*,*conv*,head.*"
    model = build(key)
    kinds = [name for name, m in model.named_modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]
    adapter = adapter_of(method, key, alpha=6, targets=targets if key == "transolver" else ",".join(kinds))
    folder = write_peft_folder(tmp_path / "peft", adapter, model)
    settings = json.loads((folder / "adapter_config.json").read_text())
    assert (settings["peft_type"], settings["r"], settings["lora_alpha"]) == ("LORA", 3, 6)
    found = read_peft_folder(folder, model)
    one, two = build(key), build(key)
    attach(one, adapter), attach(two, found)
    assert torch.equal(answer(one, samples), answer(two, samples))
    with pytest.raises(GeomError, match="exists already"):
        write_peft_folder(folder, adapter, model)


@pytest.mark.parametrize("method", ["lora", "dora"])
def test_peft_itself_reads_the_folder(method, build, adapter_of, samples, tmp_path):
    peft = pytest.importorskip("peft")
    adapter = adapter_of(method, "transolver", targets="*mlps*,*lift*")
    model = build("transolver")
    folder = write_peft_folder(tmp_path / "peft", adapter, model)
    attach(model, adapter)
    ours = answer(model, samples)
    theirs = peft.PeftModel.from_pretrained(build("transolver"), folder)
    torch.testing.assert_close(answer(theirs, samples), ours, rtol=1e-5, atol=1e-5)


def test_what_peft_cannot_hold_is_said(build, adapter_of, tmp_path):
    with pytest.raises(ParameterError, match="no folder for sorsa"):
        write_peft_folder(tmp_path / "a", adapter_of("sorsa"), build())
    with pytest.raises(ParameterError, match="PEFT has no adapter for network"):
        write_peft_folder(tmp_path / "a", adapter_of("lora"), build())
    with pytest.raises(FormatError, match="no folder of PEFT"):
        read_peft_folder(tmp_path, build())
    folder = write_peft_folder(tmp_path / "b", adapter_of("lora", targets="lift"), build())
    shutil.copy(folder / "adapter_model.safetensors", tmp_path / "kept.safetensors")
    tensors = load_file(tmp_path / "kept.safetensors")
    name = next(iter(tensors))
    save_file({**tensors, name: tensors[name] * float("nan")}, folder / "adapter_model.safetensors")
    with pytest.raises(FormatError, match="not finite"):
        read_peft_folder(folder, build())
    tensors.pop(next(iter(tensors)))
    save_file(tensors, folder / "adapter_model.safetensors")
    with pytest.raises(FormatError, match="lacks base_model"):
        read_peft_folder(folder, build())
