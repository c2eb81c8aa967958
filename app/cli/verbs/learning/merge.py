"""`geomlearn merge MODEL A B C`: one or several adapters put into a model of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from geomlearn.app.cli.exits import DONE, UsageError
from geomlearn.app.cli.files import claim
from geomlearn.app.cli.flags import SPEECH, Common, Force, flat
from geomlearn.app.cli.terminal import Terminal, number, shown, table
from geomlearn.core.errors import ParameterError
from geomlearn.operators.adaptation.options import MergeOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geomlearn.operators.models.field_operator import FieldOperator

_OPTIONS = MergeOptions()


def merge(
    model: Annotated[Path, Parameter(help="The model that the adapters were trained on.", metavar="MODEL")],
    /,
    *adapters: Annotated[Path, Parameter(help="Files that `adapt` wrote.", metavar="ADAPTER")],
    output: Annotated[Path, Parameter(name=("--output", "-o"), help="Model file to write, .safetensors.")],
    strength: Annotated[
        tuple[float, ...] | None,
        Parameter(
            help="What each adapter is multiplied by, in their order; one when not given.", consume_multiple=True
        ),
    ] = None,
    options: Annotated[MergeOptions, flat(MergeOptions, "Options of merging")] = _OPTIONS,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Put one or several adapters into a model of their own.

    The model written needs no adapter any more, and costs no more than the
    first. One adapter at strength 1 gives exactly the adapted model.

    Adapters of --method orthogonal are put into one adapter of several
    conditions, to be used with --adapter and --condition; how much they would
    disturb each other is printed.
    """
    if not adapters:
        raise UsageError("There is nothing to merge.", "Name one adapter file or several after the model.")
    terminal = common.terminal()
    target = claim(output, (".safetensors",), "A model", force=force)

    from geomlearn.core.weights import weights_kind
    from geomlearn.operators.adaptation.adapter_files import load_adapter
    from geomlearn.operators.adaptation.merging import merge as put_together
    from geomlearn.operators.adaptation.orthogonal.condition_files import FORMAT
    from geomlearn.operators.models.model_files import load_operator, save_operator

    operator, facts = load_operator(model)
    kinds = {weights_kind(path) == FORMAT for path in adapters}
    if kinds == {True}:
        return _merge_conditions(operator, adapters, strength, target, force=force, terminal=terminal)
    if kinds == {True, False}:
        raise ParameterError("Conditions and changes of weights cannot be merged.", "Merge those of one method.")
    found = [load_adapter(path)[0] for path in adapters]
    merged = put_together(operator, found, strength, options)
    names = [path.name for path in adapters]
    told = {"merged": names, "strength": list(strength or [1.0] * len(names)), "how": options.how}
    save_operator(target, merged, {**facts, **told}, force=force)
    terminal.wrote(target, f"{shown(model)} with {', '.join(names)}")
    terminal.finish({"output": target, **told})
    return DONE


def _merge_conditions(
    operator: FieldOperator,
    paths: Sequence[Path],
    strength: Sequence[float] | None,
    target: Path,
    *,
    force: bool,
    terminal: Terminal,
) -> int:
    from geomlearn.operators.adaptation.orthogonal.attached import attach_conditions
    from geomlearn.operators.adaptation.orthogonal.condition_files import load_conditions, save_conditions
    from geomlearn.operators.adaptation.orthogonal.crosstalk import of_conditions
    from geomlearn.operators.adaptation.orthogonal.slots import merge_conditions

    merged = merge_conditions([load_conditions(path)[0] for path in paths], strength)
    weights, done = of_conditions(attach_conditions(operator, merged))
    save_conditions(target, merged, {"merged": [path.name for path in paths]}, force=force)
    first = merged.slots[0]
    slots = first.options.n_slots(first.rank)
    terminal.wrote(target, f"conditions {', '.join(merged.names)}; {len(merged.slots)} of {slots} slots are used")
    grid = table("crosstalk", *merged.names, right=merged.names)
    for name, row in zip(merged.names, done, strict=True):
        grid.add_row(name, *[number(float(value)) for value in row])
    terminal.say()
    terminal.show(grid)
    terminal.finish({"output": target, "conditions": merged.names, "crosstalk": done, "crosstalk_of_weights": weights})
    return DONE
