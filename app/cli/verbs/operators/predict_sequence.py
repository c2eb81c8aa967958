"""`geomlearn predict` with the models of `train rollout` and `train sequence`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geomlearn.app.cli.exits import CANCELLED, DONE, UsageError
from geomlearn.app.cli.screen import open_window
from geomlearn.app.cli.terminal import Terminal, number, shown

if TYPE_CHECKING:
    from geomlearn.operators.sequence.classification.classifier import SequenceClassifier
    from geomlearn.operators.sequence.rollout.model import RolloutModel


def predict_sequence(
    model: Path, given: str, output: Path, frames: int, *, force: bool, view: bool, terminal: Terminal
) -> int:
    """Continue a field, or name the classes of sequences; the exit code."""
    from geomlearn.operators.sequence.model_files import load_sequence_model
    from geomlearn.operators.sequence.rollout.model import RolloutModel

    loaded, facts = load_sequence_model(model)
    if isinstance(loaded, RolloutModel):
        code = _continue(loaded, given, output, frames, force=force, terminal=terminal)
        open_window(view, [given, output])
        return code
    if view:
        raise UsageError("--view shows fields, and sequences have no shape.", "Leave it out.")
    return _classify(loaded, facts, given, output, force=force, terminal=terminal)


def _continue(model: RolloutModel, given: str, output: Path, frames: int, *, force: bool, terminal: Terminal) -> int:
    from geomlearn.core.results import Status
    from geomlearn.operators.fields.field_files import write_field
    from geomlearn.operators.sequence.rollout.forecast import continue_field
    from geomlearn.operators.sequence.rollout.series_set import read_field_and_shape

    series, shape = read_field_and_shape(given)
    start = time.perf_counter()
    with terminal.progress(f"{frames} frames") as progress:
        result = continue_field(model, series, shape, frames, progress=progress)
    elapsed = time.perf_counter() - start
    write_field(output, result.value, shape, force=force)
    terminal.wrote(output, f"{result.value.n_frames} frames after t = {number(float(series.times[-1]))}")
    missed = result.stats["missed"]
    name = "rule" if model.options.mixer == "none" else model.options.mixer
    terminal.rows(
        {
            "model": f"{name} on {model.options.modes} modes",
            "read": f"the last {min(series.n_frames, model.options.history)} of {series.n_frames} frames",
            "beyond the modes": f"{number(missed)} of the given field",
            "time": f"{elapsed:.2f} s",
        }
    )
    terminal.next(f"geomlearn render {given} --field {shown(output)} -o continued.png")
    facts = {"output": output, "frames": result.value.n_frames, "missed_by_modes": missed, "time_s": elapsed}
    terminal.finish({**facts, "status": str(result.status), "sentence": result.sentence})
    return CANCELLED if result.status is Status.CANCELLED else DONE


def _classify(
    model: SequenceClassifier, facts: dict[str, Any], given: str, output: Path, *, force: bool, terminal: Terminal
) -> int:
    from geomlearn.core.arrays import write_arrays
    from geomlearn.operators.sequence.classification.classifier import classify
    from geomlearn.operators.sequence.classification.options import SequenceDataOptions
    from geomlearn.operators.sequence.classification.read import read_labelled

    data = read_labelled(given, SequenceDataOptions(**facts.get("reading", {}))).test
    start = time.perf_counter()
    named = classify(model, data)
    elapsed = time.perf_counter() - start
    arrays = {"prediction": named, "labels": data.labels}
    write_arrays(output, arrays, {"classes": list(model.classes), "task": data.task}, force=force)
    right = float((named == data.labels).mean())
    terminal.wrote(output, f"classes of {data.n} sequences")
    terminal.rows({"named rightly": f"{100 * right:.1f} %", "time": f"{elapsed:.2f} s"})
    terminal.finish({"output": output, "n": data.n, "accuracy": right, "time_s": elapsed})
    return DONE
