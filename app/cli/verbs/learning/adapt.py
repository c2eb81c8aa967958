"""`geomlearn adapt MODEL --data NEW`: change a trained operator by new samples, and keep the change apart."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from geomlearn.app.cli.exits import UsageError
from geomlearn.app.cli.flags import SPEECH, Common, Force, flat
from geomlearn.app.cli.terminal import number, shown
from geomlearn.app.cli.verbs.learning.train.runs import Resume, claim_run, close, of_training, run_words
from geomlearn.operators.adaptation.options import AdaptationOptions, AdaptationTraining
from geomlearn.operators.adaptation.orthogonal.options import OrthogonalOptions
from geomlearn.operators.data.reading.options import ReadingOptions

if TYPE_CHECKING:
    from geomlearn.core.results import Result
    from geomlearn.operators.adaptation.attached import Adapter
    from geomlearn.operators.adaptation.orthogonal.slots import ConditionAdapter
    from geomlearn.operators.data.samples import Dataset
    from geomlearn.operators.models.field_operator import FieldOperator

_READING = ReadingOptions()
_OPTIONS = AdaptationOptions()
_CONDITION = OrthogonalOptions()
_TRAINING = AdaptationTraining()


def adapt(
    model: Annotated[Path, Parameter(help="A model that `train` wrote, or shipped:NAME.", metavar="MODEL")],
    /,
    *,
    data: Annotated[Path, Parameter(help="Samples of the new regime, as for `train`.", metavar="DIR")],
    output: Annotated[Path, Parameter(name=("--output", "-o"), help="Adapter file to write, .safetensors.")],
    test_size: Annotated[
        int | None, Parameter(help="Samples kept for judging, from the end; a fifth when not given.")
    ] = None,
    peft: Annotated[
        Path | None, Parameter(help="Of lora and dora: a folder for the library PEFT to write as well.")
    ] = None,
    resume: Resume = False,
    reading: Annotated[ReadingOptions, flat(ReadingOptions, "Reading data of one's own")] = _READING,
    options: Annotated[AdaptationOptions, flat(AdaptationOptions, "Options of the adaptation")] = _OPTIONS,
    condition: Annotated[OrthogonalOptions, flat(OrthogonalOptions, "Options of --method orthogonal")] = _CONDITION,
    training: Annotated[AdaptationTraining, of_training(AdaptationTraining)] = _TRAINING,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Change a trained operator by new samples, and keep the change apart.

    The model file stays as it is. The adapter is a small file that fits this
    model and no other: `predict` and `evaluate-operator` take it with
    --adapter, and `merge` puts one or several into a model of their own.

    With --method orthogonal each adapter is a condition of a --name and has a
    slot of its own among those listed in MODEL.slots.json beside the adapter;
    `merge` puts such conditions into one adapter without loss.
    """
    terminal = common.terminal()
    _check(options, condition, peft)
    target, run = claim_run(output, force=force, resume=resume)

    from geomlearn.operators.adaptation.learning import adapt as learn
    from geomlearn.operators.models.model_files import load_operator

    operator, facts = load_operator(model)
    samples = _samples(data, reading if reading.is_given else ReadingOptions(**facts.get("reading", {})), test_size)
    place = _with_slot(condition, operator, options, target.parent / f"{model.stem}.slots.json")
    counts = f"{samples.train.n_samples} samples to learn from, {samples.test.n_samples} to judge by"
    terminal.title(f"{options.method} of {shown(model)} to {data.name}", counts)
    with terminal.progress(f"adapting by {options.method}") as progress:
        result = learn(
            operator,
            samples,
            run,
            options,
            training,
            name=model.name,
            condition=place,
            resume=resume,
            progress=progress,
        )
    told = {"data": data.name, **_told(operator, result, samples), "training": training.model_dump(mode="json")}
    code = close(
        terminal,
        result,
        target,
        run,
        {"method": options.method, **told},
        {**_in_words(told), **run_words(result, run)},
        save=lambda path, over: _save(path, result.value, told, over),
        force=force or resume,
        about=f"{number(result.value.n_parameters)} numbers, the model has {number(operator.n_parameters)}",
        following=f"geomlearn evaluate-operator {shown(model)} --adapter {shown(target)} --data {shown(data)}",
    )
    if peft is not None and code == 0:
        from geomlearn.operators.adaptation.attached import Adapter
        from geomlearn.operators.adaptation.peft_folder import write_peft_folder

        if isinstance(result.value, Adapter):
            terminal.wrote(write_peft_folder(peft, result.value, operator), "for PEFT")
    return code


def _check(options: AdaptationOptions, condition: OrthogonalOptions, peft: Path | None) -> None:
    """Refuse what the method would leave unused, before anything is learned."""
    if options.method != "orthogonal" and condition != _CONDITION:
        raise UsageError(f"The method {options.method} has no conditions.", "Leave them out, or --method orthogonal.")
    if peft is not None and options.method not in ("lora", "dora"):
        raise UsageError(f"PEFT has no folder for {options.method}.", "Leave out --peft, or --method lora or dora.")
    if peft is not None and peft.exists():
        raise UsageError(f"{peft.name} exists already.", "Choose another name for --peft.")


def _samples(data: Path, reading: ReadingOptions, test_size: int | None) -> Dataset:
    from geomlearn.operators.data.files import read_all
    from geomlearn.operators.data.samples import Dataset, split

    found = read_all(data, reading)
    return found if isinstance(found, Dataset) else split(found, test_size)


def _with_slot(
    condition: OrthogonalOptions, operator: FieldOperator, options: AdaptationOptions, path: Path
) -> OrthogonalOptions | None:
    """The condition with a slot of its own; None for methods without."""
    from geomlearn.operators.adaptation.attached import identity
    from geomlearn.operators.adaptation.orthogonal.registry import Registry

    if options.method != "orthogonal":
        return None
    if condition.slot is not None or condition.basis != "registry":
        return condition
    registry = Registry(path, identity(operator), condition.n_slots(options.rank))
    return condition.replace(slot=registry.take(condition.name))


def _save(path: Path, adapter: Adapter | ConditionAdapter, facts: dict[str, Any], force: bool) -> Path:
    from geomlearn.operators.adaptation.adapter_files import save_adapter
    from geomlearn.operators.adaptation.attached import Adapter
    from geomlearn.operators.adaptation.orthogonal.condition_files import save_conditions

    if isinstance(adapter, Adapter):
        return save_adapter(path, adapter, facts, force=force)
    return save_conditions(path, adapter, facts, force=force)


def _told(operator: FieldOperator, result: Result[Adapter | ConditionAdapter], samples: Dataset) -> dict[str, Any]:
    from geomlearn.operators.adaptation.adapted import put_on, take_off
    from geomlearn.operators.models.prediction import evaluate

    before = evaluate(operator, samples.test).mean
    put_on(operator, result.value)
    after = evaluate(operator, samples.test).mean
    take_off(operator)
    return {"error_before": before, "error_after": after, "parameters": result.value.n_parameters}


def _in_words(told: dict[str, Any]) -> dict[str, str]:
    return {
        "error of the model": f"{number(told['error_before'])} relative L2 on the test samples",
        "with the adapter": f"{number(told['error_after'])} relative L2",
    }
