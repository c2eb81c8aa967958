"""The long verbs of the command line on inputs so small that each ends within seconds, for the table of kills."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

COMMAND = [sys.executable, "-m", "geomlearn.app.cli.main"]
_TRAIN = "train fno --data {inputs}/darcy -o model.safetensors --epochs 4 --width 8 --modes 4 --layers 2"
_PRIOR = "train prior --maps {inputs}/maps -o model.safetensors --n-categories 2 --n-held-out 1 --n-members 4 -k 10"
_ADAPT = "adapt {inputs}/model.safetensors --data {inputs}/darcy -o model.safetensors --method lora --rank 2 --epochs 2"
_TUNE = "tune fno --data {inputs}/darcy --optimizer adamw muon --learning-rate 1e-3 --batch-size 8 --width 8 --layers 2"


@dataclass(frozen=True)
class Verb:
    """A command, what it makes, and how it goes on after a kill.

    Parameters
    ----------
    line     the words; ``{inputs}`` is the folder of `make_inputs`.
    output   the file or folder it makes.
    goes_on  the folder beside the output from which the same words go on with --resume; or `again`: the same words
             once more; or not at all.
    timed    the output holds times, and is never the same twice.
    frames   ended by SIGTERM it hands over the frames so far, as it does after Ctrl-C: the array of this name.
    """

    line: str
    output: str
    goes_on: str = ""
    timed: bool = False
    frames: str = ""


VERBS = {
    "match": Verb("match {inputs}/a.ply {inputs}/b.ply -o out.txt --k-end 40 --k-descriptors 40", "out.txt"),
    "match --to": Verb(
        "match {inputs}/scans --to first -o out --jobs 1 --method bijective-zoomout --k-end 24 --k-solve 12",
        "out",
        "again",
        timed=True,
    ),
    "collection refine": Verb("collection refine {inputs}/pairs -o out --jobs 1 -k 10", "out", timed=True),
    "basis": Verb("basis {inputs}/middle.ply -k 60 -o out.npz", "out.npz"),
    "solve": Verb("solve heat {inputs}/middle.ply -o out.npz", "out.npz", frames="values"),
    "data": Verb("data darcy -n 32 --resolution 43 --jobs 2 --no-cache -o out", "out/samples.h5"),
    "train fno": Verb(f"{_TRAIN} --checkpoint-s 0", "model.safetensors", "model.run"),
    "train prior": Verb(
        f"{_PRIOR} --epochs 2 --batch-size 8 --width 16 --depth 2 --checkpoint-s 0", "model.safetensors", "model.run"
    ),
    "adapt": Verb(f"{_ADAPT} --checkpoint-s 0", "model.safetensors", "model.run"),
    "tune": Verb(f"{_TUNE} --seconds 0.3 -o out.json", "out.json", "out.trials", timed=True),
    "forecast": Verb("forecast {inputs}/series.npz --frames 8 -o out.npz", "out.npz", timed=True),
    "design": Verb("design --data {inputs}/runs.csv --score drag -n 4 --epochs 40 --steps 60 -o out.csv", "out.csv"),
    "sense place": Verb("sense place {inputs}/a.ply -k 20 -n 30 -o out.csv", "out.csv"),
    "clean": Verb("clean {inputs}/large.ply --decimate 4000 -o out.ply", "out.ply"),
    "convert": Verb("convert {inputs}/large.ply out.obj", "out.obj"),
    "render": Verb("render {inputs}/a.ply -o out.png", "out.png"),
}


def make_inputs(folder: Path) -> None:
    """Poses, surfaces of 10,000 and 41,000 vertices, small shapes and their maps, samples, a model, a series, runs."""
    (folder / "scans").mkdir(parents=True)
    lines = []
    for line in (
        "convert builtin:quadruped-cat-stand@1500 a.ply",
        "convert builtin:quadruped-cat-leap@1500 b.ply",
        "convert builtin:icosphere@40962 large.ply",
        "convert builtin:icosphere@10242 middle.ply",
        "convert builtin:biped-tall-walk@500 scans/first.off",
        "convert builtin:biped-tall-reach@500 scans/second.off",
        "convert builtin:quadruped-cat-stand@500 scans/third.off",
        "match scans --all -o pairs --jobs 1 --k-end 30 --k-descriptors 30 --k-solve 15",
        "solve heat a.ply -o series.npz",
        "data darcy -n 24 --resolution 29 --jobs 1 -o darcy",
        _TRAIN.format(inputs="."),
        _PRIOR.format(inputs=".").replace("model", "prior") + " --epochs 1 --batch-size 8 --width 16 --depth 1",
    ):
        lines.append([*line.split(), "--quiet"])
    program = (
        "import json, sys; from geomlearn.app.cli.main import main; sys.exit(any(map(main, json.load(sys.stdin))))"
    )
    subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(lines), text=True, cwd=folder, check=True, env=environment()
    )
    draw = np.random.default_rng(0).uniform(size=(200, 4))
    with (folder / "runs.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["length", "width", "angle", "drag"])
        table.writerows([*row[:3], float(np.sum((row[:3] - 0.4) ** 2) + 0.01 * row[3])] for row in draw)


def environment(**more: str) -> dict[str, str]:
    """As a person's shell, with caches off: a cached basis would leave nothing to interrupt."""
    counts = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    keep = {name: value for name, value in os.environ.items() if name not in counts}
    return {**keep, "GEOMLEARN_CACHE": "off", **more}
