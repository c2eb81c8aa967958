"""A logged search for better operator models: trials from a file of one JSON object a line, results to another.

`python -m benchmarks operators search QUEUE.jsonl LOG.jsonl`, then `python -m benchmarks operators search LOG.jsonl`

A trial names a task (darcy, elasticity, heat), a model and, where it wants others than the defaults, its options,
training, normalization, symmetry and seed. Trials already in the log are left out, the queue is read again before each
trial, and the next one is the first that is open, so that a search can be stopped, continued and added to at any time.
Each line of the log holds the trial, the errors on validation and on test samples after the last epoch, the processor
seconds of training, and the number of parameters. Choose by `valid`; `test` is there to tell what was chosen.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from benchmarks.operators.tasks import PUBLISHED, TASKS, SearchData
from geomlearn.operators.models.learning import train_operator
from geomlearn.operators.models.prediction import evaluate
from geomlearn.operators.models.table import model_named

_KNOWN = ("epochs", "schedule", "clip_norm", "width", "scales", "patch", "modes", "layers", "slices")


def run(trial: dict, data: SearchData) -> dict:
    """Train once and judge on both held sets."""
    options = model_named(trial["model"]).resolve_options()(**trial.get("options", {}))
    training = PUBLISHED.replace(**{"seed": trial.get("seed", 0), **trial.get("training", {})})
    given = {"normalization": data.normalization, **{k: trial[k] for k in ("normalization", "symmetry") if k in trial}}
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        result = train_operator(trial["model"], data.for_training, Path(folder), options, training, **given)
        seconds = time.process_time() - start
    errors = evaluate(result.value, data.test, device="cpu").errors
    return {
        "trial": trial,
        "valid": result.history[-1]["valid_relative_l2"],
        "test": float(np.mean(errors)),
        "train": result.history[-1]["train_loss"],
        "cpu_s": round(seconds, 1),
        "parameters": result.value.n_parameters,
    }


def main(queue: Path, log: Path) -> None:
    """Run what is open, in order."""
    torch.set_num_threads(1)
    data: dict[str, SearchData] = {}
    while True:
        done = {json.dumps(row["trial"], sort_keys=True) for row in _rows(log)}
        trial = next((one for one in _rows(queue) if json.dumps(one, sort_keys=True) not in done), None)
        if trial is None:
            return
        task = trial["task"]
        if task not in data:
            data[task] = TASKS[task]()
        row = run(trial, data[task])
        with log.open("a") as stream:
            stream.write(json.dumps(row) + "\n")


def report(log: Path) -> None:
    """One line a trial, the best of each task and number of epochs first."""
    rows = _rows(log)
    rows.sort(key=lambda row: (row["trial"]["task"], _epochs(row["trial"]), row["valid"]))
    print(f"{'task':10} {'epochs':>6} {'model':16} {'valid':>7} {'test':>7} {'CPU s':>6}  what is not the default")
    for row in rows:
        trial = row["trial"]
        given = {**trial.get("options", {}), **trial.get("training", {}), "symmetry": trial.get("symmetry", "")}
        told = " ".join(
            f"{name}={_short(value)}" for name, value in given.items() if value != "" and name not in _KNOWN
        )
        figures = f"{row['valid']:7.4f} {row['test']:7.4f} {row['cpu_s']:6.1f}"
        print(f"{trial['task']:10} {_epochs(trial):6} {trial['model']:16} {figures}  {told}")


def _epochs(trial: dict) -> int:
    return trial.get("training", {}).get("epochs", PUBLISHED.epochs)


def _short(value: object) -> str:
    return "×".join(map(str, value)) if isinstance(value, list) else str(value)


def _rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()] if path.exists() else []


if __name__ == "__main__":
    files = [Path(name) for name in sys.argv[1:]]
    main(*files) if len(files) == 2 else report(*files)
