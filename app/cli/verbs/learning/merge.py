"""`geomlearn merge MODEL A B C`: one or several adapters put into a model of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from geomlearn.app.cli.exits import DONE, UsageError
from geomlearn.app.cli.files import claim
from geomlearn.app.cli.flags import SPEECH, Common, Force, flat
from geomlearn.app.cli.terminal import shown
from geomlearn.operators.adaptation.options import MergeOptions

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
    """
    if not adapters:
        raise UsageError("There is nothing to merge.", "Name one adapter file or several after the model.")
    terminal = common.terminal()
    target = claim(output, (".safetensors",), "A model", force=force)

    from geomlearn.operators.adaptation.adapter_files import load_adapter
    from geomlearn.operators.adaptation.merging import merge as put_together
    from geomlearn.operators.models.model_files import load_operator, save_operator

    operator, facts = load_operator(model)
    found = [load_adapter(path)[0] for path in adapters]
    merged = put_together(operator, found, strength, options)
    names = [path.name for path in adapters]
    told = {"merged": names, "strength": list(strength or [1.0] * len(names)), "how": options.how}
    save_operator(target, merged, {**facts, **told}, force=force)
    terminal.wrote(target, f"{shown(model)} with {', '.join(names)}")
    terminal.finish({"output": target, **told})
    return DONE
