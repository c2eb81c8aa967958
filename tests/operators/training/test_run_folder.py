"""A run's folder: one process at a time, its own data, checkpoints that are whole to the bit, and the best weights."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.core.locks import LOCK, locked
from geomlearn.core.progress import Progress
from geomlearn.core.results import Status
from geomlearn.operators.training.checkpoints import read_checkpoint, write_checkpoint
from geomlearn.operators.training.loop import CHECKPOINT, train

sys.path.insert(0, str(Path(__file__).parent))
from line_fit import OPTIONS, LineFit

pytestmark = pytest.mark.usefixtures("one_thread")

HOLD = "from geomlearn.core.locks import locked; import sys\nwith locked(sys.argv[1]): print('in'); sys.stdin.read()"
FULL = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from line_fit import OPTIONS, LineFit
from geomlearn.core.errors import GeomError
from geomlearn.operators.training.loop import train
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
try:
    train(LineFit(), OPTIONS, sys.argv[2], resume=True)
except GeomError as error:
    print(error.message)
"""


def test_another_process_has_the_folder_until_it_ends(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "in\n"
    with pytest.raises(ParameterError, match=f"in use by another process, {holder.pid}"):
        train(LineFit(), OPTIONS, tmp_path)
    assert not (tmp_path / CHECKPOINT).exists()
    holder.kill()
    holder.wait()
    # The file of the killed one is still there and holds nobody back.
    assert (tmp_path / LOCK).exists()
    train(LineFit(), OPTIONS, tmp_path)
    assert not (tmp_path / LOCK).exists()


def test_the_same_process_has_it_once(tmp_path):
    with locked(tmp_path), pytest.raises(ParameterError, match="in use"), locked(tmp_path):
        pass
    with locked(tmp_path):
        pass


def test_a_resumed_run_knows_its_data(tmp_path):
    task = LineFit()
    task.fingerprint = "one"
    train(task, OPTIONS, tmp_path)
    other = LineFit()
    other.fingerprint = "two"
    with pytest.raises(ParameterError, match="started on other data"):
        train(other, OPTIONS, tmp_path, resume=True)
    with pytest.raises(ParameterError, match="started on other data"):
        train(LineFit(), OPTIONS.replace(epochs=8), tmp_path, resume=True, change=True)


@pytest.mark.parametrize("at", [0.2, 0.5, 0.9, 0.999])
def test_one_flipped_bit_in_a_checkpoint_is_noticed(tmp_path, at):
    path = tmp_path / "c.safetensors"
    state = {"w": torch.arange(999.0), "half": torch.ones(7, dtype=torch.bfloat16), "z": torch.ones(3) * 1j, "n": [1]}
    write_checkpoint(path, state)
    assert torch.equal(read_checkpoint(path)["w"], state["w"])
    raw = bytearray(path.read_bytes())
    raw[int(at * len(raw))] ^= 4
    path.write_bytes(raw)
    with pytest.raises(FormatError, match=r"checksum is another|not a checkpoint"):
        read_checkpoint(path)


def overfits(after, epochs):
    """A task whose validation error is lowest after an epoch."""
    task, seen = LineFit(), []

    def valid_errors(model, samples):
        seen.append(torch.cat([value.flatten() for value in model.state_dict().values()]))
        return {"error": torch.full((len(samples),), abs(len(seen) - after) + 1.0)}

    task.valid_errors = valid_errors
    return task, seen, OPTIONS.replace(epochs=epochs, batch_size=16)


@pytest.mark.parametrize("patience", [2, 50])
def test_the_best_weights_are_handed_over(tmp_path, patience):
    task, seen, options = overfits(3, 9)
    result = train(task, options.replace(patience=patience), tmp_path)
    assert result.status is (Status.CONVERGED if patience == 2 else Status.LIMIT_REACHED)
    assert len(seen) == (5 if patience == 2 else 9)
    assert result.stats["best_epoch"] == 3
    handed = torch.cat([value.flatten() for value in result.value.state_dict().values()])
    assert torch.equal(handed, seen[2])
    assert not torch.equal(handed, seen[-1])
    # Resumed after its end, the run still has them, and makes no further step.
    again = train(LineFit(), options.replace(patience=patience), tmp_path, resume=True)
    assert torch.equal(torch.cat([value.flatten() for value in again.value.state_dict().values()]), seen[2])
    assert again.history == result.history


def test_patience_begins_and_ends_with_the_run(tmp_path):
    train(LineFit(), OPTIONS, tmp_path)
    with pytest.raises(ParameterError, match="cannot change its patience"):
        train(LineFit(), OPTIONS.replace(patience=3), tmp_path, resume=True, change=True)


@pytest.mark.skipif(sys.platform == "win32", reason="limits on file sizes are POSIX's")
def test_a_full_disk_ends_in_a_sentence_and_loses_no_checkpoint(tmp_path):
    train(LineFit(), OPTIONS.replace(epochs=6), tmp_path / "whole")
    first = LineFit()
    marks = []
    train(first, OPTIONS, tmp_path / "run", progress=Progress(lambda *_: marks.append(1), lambda: len(marks) > 8))
    kept = (tmp_path / "run" / CHECKPOINT).read_bytes()
    command = [sys.executable, "-c", FULL, str(Path(__file__).parent), tmp_path / "run", "900"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "could not be written" in ended.stdout
    assert (tmp_path / "run" / CHECKPOINT).read_bytes() == kept
    resumed = train(LineFit(), OPTIONS, tmp_path / "run", resume=True)
    whole = train(LineFit(), OPTIONS, tmp_path / "whole", resume=True)
    for one, other in zip(resumed.value.parameters(), whole.value.parameters(), strict=True):
        assert torch.equal(one, other)
