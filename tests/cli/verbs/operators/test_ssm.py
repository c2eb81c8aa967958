"""`geomlearn ssm inspect`: the numbers of a start, for people, programs and files."""

import numpy as np
import pytest

from geomlearn.core.arrays import read_arrays


def test_it_tells_the_numbers_that_matter(geomlearn):
    run = geomlearn("ssm", "inspect", "--n", 16, "--gamma", 20)
    assert run.code == 0
    for words in ("κ(V)", "‖E‖/‖A‖", "sup deviation", "Re λ"):
        assert words in run.out


def test_json_holds_what_the_library_says(geomlearn):
    found = geomlearn("ssm", "inspect", "-n", 16, "--gamma", 20, "--json").json
    assert found["conditioning"] <= 11
    assert found["ratio"] <= 0.03
    assert found["deviation_s4d"]["worst"] == pytest.approx(2 / np.pi, abs=0.02)
    assert len(found["poles"]) == 16
    assert all(real < 0 for real, _ in found["poles"])


@pytest.mark.parametrize("suffix", [".npz", ".mat", ".h5"])
def test_the_file_holds_the_diagonalization(geomlearn, tmp_path, suffix):
    path = tmp_path / f"start{suffix}"
    assert geomlearn("ssm", "inspect", "--n", 8, "-o", path, "--quiet").out == ""
    arrays, metadata = read_arrays(path)
    index = np.arange(8)
    b = np.sqrt(2 * index + 1)
    hippo = -np.tril(np.outer(b, b), -1) - np.diag(index + 1)
    rebuilt = arrays["vecs"] * arrays["lam"] @ arrays["vecs_inv"]
    np.testing.assert_allclose(rebuilt, hippo + arrays["perturbation"], atol=1e-10)
    assert metadata["gamma"] == 10


def test_unstable_poles_are_warned_of(geomlearn):
    run = geomlearn("ssm", "inspect", "--n", 32, "--recipe", "ginibre")
    assert "mirrored" in run.err


def test_bad_values_are_wrong_usage(geomlearn, tmp_path):
    assert geomlearn("ssm", "inspect", "--n", 0).code == 2
    assert geomlearn("ssm", "inspect", "--gamma", -1).code == 2
    run = geomlearn("ssm", "inspect", "-o", tmp_path / "start.txt")
    assert run.code == 1
    assert "cannot be written as .txt" in run.err
