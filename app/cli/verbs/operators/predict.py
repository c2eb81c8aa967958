"""`geomlearn predict MODEL INPUT`: what a trained operator makes of given functions."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from geomlearn.app.cli.exits import DONE, UsageError
from geomlearn.app.cli.files import claim
from geomlearn.app.cli.flags import SPEECH, Common, Force, View
from geomlearn.app.cli.screen import open_window, require_display
from geomlearn.app.cli.terminal import number

if TYPE_CHECKING:
    from geomlearn.operators.data.samples import AnySamples
    from geomlearn.operators.models.field_operator import FieldOperator

SUFFIXES = (".npz", ".mat", ".h5", ".hdf5")
Model = Annotated[Path, Parameter(help="A model that `train` wrote, or shipped:NAME.", metavar="MODEL")]
Device = Annotated[str, Parameter(help="Where to compute: auto, cpu, cuda …")]
Adapter = Annotated[Path | None, Parameter(help="An adapter that `adapt` wrote for this model, or a folder of PEFT.")]
Condition = Annotated[str | None, Parameter(help="Of an adapter that holds several: the one to answer under.")]
BatchSize = Annotated[int, Parameter(help="Samples answered at once.")]


def predict(
    model: Model,
    given: Annotated[
        str,
        Parameter(
            help="Samples, an array of inputs, a shape (with --values), a field to continue, or sequences to classify.",
            metavar="INPUT",
        ),
    ],
    /,
    *,
    output: Annotated[Path, Parameter(name=("--output", "-o"), help="File to write: .npz, .mat or .h5.")],
    values: Annotated[
        str | None, Parameter(help="For a shape: file of one input per vertex (txt, npy, npz, mat, h5).")
    ] = None,
    frames: Annotated[int, Parameter(help="For a model of `train rollout`: frames to continue the field by.")] = 16,
    adapter: Adapter = None,
    condition: Condition = None,
    batch_size: BatchSize = 16,
    device: Device = "auto",
    force: Force = False,
    view: View = False,
    common: Common = SPEECH,
) -> int:
    """Apply a trained model to functions, fields or sequences.

    INPUT is a folder or file of samples, whose targets are not looked at; an
    array of inputs (N, ...grid, channels) or one input without N; or, for
    models on shapes, a mesh, cloud or builtin:NAME with --values. The file
    holds `prediction`, or times and values as fields have when INPUT is a
    shape.

    A model of `train rollout` continues a field that `solve` saved, by
    --frames frames. A model of `train sequence` names the class of each test
    sequence in a file or folder that it could be trained on.
    """
    require_display(view)
    terminal = common.terminal()
    output = claim(output, SUFFIXES, "A prediction", force=force)

    from geomlearn.operators.sequence.model_files import holds_sequence_model

    if holds_sequence_model(model):
        if adapter is not None:
            raise UsageError("Adapters are for operators.", "Leave --adapter out for models of sequences.")
        from geomlearn.app.cli.verbs.operators.predict_sequence import predict_sequence

        return predict_sequence(model, given, output, frames, force=force, view=view, terminal=terminal)
    if view and values is None:
        raise UsageError("--view shows answers on a shape.", "Give a shape and --values, or leave --view out.")

    from geomlearn.operators.adaptation.adapted import load_adapted
    from geomlearn.operators.models.prediction import predict as answer

    operator, facts = load_adapted(model, adapter, condition)
    samples = _samples(operator, facts, given, values)
    unlike = operator.unlike_training(samples)
    terminal.warn([f"Outside the training range: {one}" if operator.seen else one for one in unlike])
    start = time.perf_counter()
    with terminal.progress(f"{samples.n_samples} answers") as progress:
        answers = answer(operator, samples, batch_size=batch_size, device=device, progress=progress)
    elapsed = time.perf_counter() - start
    _write(output, operator, samples, answers, as_field=values is not None, force=force)
    terminal.wrote(output, f"{', '.join(operator.signature.target_names)} of {samples.n_samples} inputs")
    terminal.rows(
        {"model": operator.row.title, "time": f"{elapsed:.2f} s", "each": f"{number(elapsed / len(answers))} s"}
    )
    names = list(operator.signature.target_names)
    terminal.finish({"output": output, "n": len(answers), "names": names, "time_s": elapsed, "outside": unlike})
    open_window(view, [given, output])
    return DONE


def _samples(operator: FieldOperator, facts: dict[str, Any], given: str, values: str | None) -> AnySamples:
    from geomlearn.operators.data.reading.options import ReadingOptions
    from geomlearn.operators.models.inputs import on_shape, read_inputs

    if values is not None:
        from geomlearn.shapes.load import load_shape

        return on_shape(load_shape(given), values, operator.signature)
    return read_inputs(given, operator.signature, ReadingOptions(**facts.get("reading", {})))


def _write(
    output: Path, operator: FieldOperator, samples: AnySamples, answers: list, *, as_field: bool, force: bool
) -> None:
    import numpy as np

    from geomlearn.core.arrays import write_arrays
    from geomlearn.operators.data.samples import ShapeSamples

    names = operator.signature.target_names
    if as_field and isinstance(samples, ShapeSamples):
        from geomlearn.operators.fields.field_files import write_field
        from geomlearn.operators.fields.series import FieldSeries

        frame = answers[0][None] if len(names) > 1 else answers[0][None, :, 0]
        series = FieldSeries(np.zeros(1), frame, names, {"source": samples.shapes[0].name, "method": operator.row.key})
        write_field(output, series, samples.shapes[0], force=force)
        return
    metadata = {"model": operator.row.key, "names": list(names), "task": samples.task}
    if isinstance(samples, ShapeSamples):
        counts = np.array([len(one) for one in answers])
        arrays = {"prediction": np.concatenate(answers), "n_vertices": counts, "shape_of": samples.shape_of}
    else:
        arrays = {"prediction": np.stack(answers)}
    write_arrays(output, arrays, metadata, force=force)
