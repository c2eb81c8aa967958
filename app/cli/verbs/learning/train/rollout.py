"""`geomlearn train rollout`: learn how fields on shapes go on."""

# No postponed annotations here: the signature carries the option models.

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from geomlearn.app.cli.flags import SPEECH, Common, Force, flat
from geomlearn.app.cli.terminal import number, shown
from geomlearn.app.cli.verbs.learning.train.runs import Model, Resume, claim_run, close, of_training, run_words
from geomlearn.operators.sequence.rollout.options import RolloutOptions, RolloutTraining

_OPTIONS = RolloutOptions()
_TRAINING = RolloutTraining()

Data = Annotated[
    Path, Parameter(help="Series: a folder that `data heat-series` made, or one of fields that `solve` saved.")
]
TestSize = Annotated[
    int | None, Parameter(help="Series kept for judging, on shapes of their own; a fifth if not given.")
]
_FIRST = ("mixer", "modes", "history", "horizon", "unroll")


def rollout(
    *,
    data: Data,
    output: Model,
    test_size: TestSize = None,
    resume: Resume = False,
    options: Annotated[
        RolloutOptions, flat(RolloutOptions, "Options of the rollout", first=_FIRST, rest="The rollout in detail")
    ] = _OPTIONS,
    training: Annotated[RolloutTraining, of_training(RolloutTraining)] = _TRAINING,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Learn to continue fields on shapes from the frames so far.

    The model reads the coefficients of a field in the eigenfunctions of its
    shape and continues them, on shapes never seen as well. `predict` then
    continues a field that `solve` saved.
    """
    target, run = claim_run(output, force=force, resume=resume)
    terminal = common.terminal()

    from geomlearn.operators.sequence.model_files import save_sequence_model
    from geomlearn.operators.sequence.rollout.learning import judged_error, train_rollout
    from geomlearn.operators.sequence.rollout.series_set import BASES, read_series, split_series

    with terminal.progress("reading series") as progress:
        series = read_series(data, options.modes, basis_of=BASES[options.basis], progress=progress)
    learned, judged = split_series(series, test_size, window=options.history + options.horizon)
    what = series.equation or "fields"
    counts = f"{learned.n} series on {len(learned.frames)} shapes, {judged.n} to judge by on {len(judged.frames)}"
    name = "rule" if options.mixer == "none" else options.mixer
    terminal.title(f"{name} on {what}", counts)
    with terminal.progress(f"training {name}") as progress:
        result = train_rollout(learned, judged, run, options, training, resume=resume, progress=progress)
    error = result.history[-1].get("valid_relative_l2") if result.history else None
    if training.patience and result.value.mixers:
        # Validation series chose the weights; here the test series are looked at for the first time.
        error = judged_error(result.value, judged)
    facts = {
        "model": options.mixer,
        "data": data.name,
        "equation": series.equation,
        "pace": series.pace,
        "n_train": learned.n,
        "n_test": judged.n,
        "missed_by_modes": float(judged.missed.mean()),
        "parameters": result.value.n_parameters,
        "test_error": error,
        "status": str(result.status),
        "sentence": result.sentence,
        "training": training.model_dump(mode="json"),
    }
    ended = run_words(result, run) if result.value.mixers else {"status": result.sentence}
    return close(
        terminal,
        result,
        target,
        run,
        facts,
        {**_in_words(facts, options), **ended},
        save=lambda path, over: save_sequence_model(path, result.value, facts, force=over),
        force=force or resume,
        about=f"{number(result.value.n_parameters)} parameters beside the rule",
        following=f"geomlearn predict {shown(target)} FIELD.npz --frames {options.horizon} -o forecast.npz",
    )


def _in_words(facts: dict[str, Any], options: RolloutOptions) -> dict[str, str | None]:
    error = facts["test_error"]
    return {
        "on test shapes": None if error is None else f"{number(error)} relative L2 over {options.horizon} frames",
        "beyond the modes": f"{number(facts['missed_by_modes'])} of each field, which no forecast here can hold",
    }
