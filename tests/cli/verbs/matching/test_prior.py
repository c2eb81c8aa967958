"""`train prior`, `prior inspect` and `match --method diffumatch`, from a folder of shapes to a map."""

import json

import numpy as np
import pytest

from geomlearn.app.cli.main import main
from geomlearn.shapes.io import write_shape
from tests.matching.blobs import bent, blob


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A prior trained for one epoch on bent blobs that are registered, and the folder it lies in."""
    folder = tmp_path_factory.mktemp("prior")
    shape = blob(2)
    for i in range(6):
        write_shape(folder / "shapes" / f"{i}.off", bent(shape, 0.04 * (i + 1)))
    target = folder / "prior.safetensors"
    words = ["train", "prior", "--maps", folder / "maps", "--shapes", folder / "shapes", "-o", target, "--k", "20"]
    words += ["--width", "16", "--depth", "1", "--epochs", "1", "--batch-size", "4", "--quiet"]
    assert main([str(word) for word in words]) == 0
    return target


def test_a_prior_tells_how_it_was_trained(trained, capsys):
    assert main(["prior", "inspect", str(trained), "-o", str(trained.with_suffix(".png")), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["k"] == 20
    assert found["facts"]["n_train"] == 12
    assert trained.with_suffix(".png").is_file()


def test_a_run_is_not_begun_twice_unasked(trained, capsys):
    words = ["train", "prior", "--maps", str(trained.parent / "maps"), "-o", str(trained)]
    assert main(words) == 1
    assert "exists already" in capsys.readouterr().err


def test_shapes_are_matched_by_it(trained, capsys):
    a, b = (str(trained.parent / "shapes" / f"{i}.off") for i in (0, 4))
    words = ["match", a, b, "-o", str(trained.parent / "map.txt"), "--method", "diffumatch", "--prior", str(trained)]
    assert main([*words, "--steps", "1", "--regularizer", "static", "--json", "--force"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["stats"]["zero_shot"]["regularizer"] == "static"
    assert "steps" not in found["stats"]["zero_shot"]
    mapped = np.loadtxt(trained.parent / "map.txt", dtype=int)
    assert (mapped == np.arange(len(mapped))).mean() > 0.5


def test_bad_input_is_told_in_a_sentence(trained, tmp_path, capsys):
    a = str(trained.parent / "shapes" / "0.off")
    words = ["match", a, a, "-o", str(tmp_path / "map.txt"), "--method", "diffumatch"]
    assert main([*words, "--prior", a]) == 1
    assert "is no prior" in capsys.readouterr().err
    assert main([*words, "--prior", "nowhere.safetensors"]) == 1
    assert "nowhere.safetensors" in capsys.readouterr().err
    assert main([*words, "--steps", "-1"]) == 2
