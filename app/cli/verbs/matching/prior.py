"""`geomlearn prior inspect`: what a prior over functional maps has learned, in numbers and as a picture."""

# No postponed annotations here: the signature is read while the command line is.

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from geomlearn.app.cli.exits import DONE
from geomlearn.app.cli.files import claim
from geomlearn.app.cli.flags import SPEECH, Common, Force
from geomlearn.app.cli.terminal import number

SUFFIXES = (".png",)

prior = App(name="prior", help="Look into priors over functional maps.", help_format="plaintext")


@prior.command
def inspect(
    file: Annotated[
        Path | None, Parameter(metavar="FILE", help="A prior; the one that comes with geomlearn when not given.")
    ] = None,
    /,
    *,
    output: Annotated[
        Path | None,
        Parameter(name=("--output", "-o"), help="Picture, png: moments, masks, and matrices drawn from the prior."),
    ] = None,
    samples: Annotated[int, Parameter(help="Matrices to draw for the picture.")] = 6,
    seed: Annotated[int, Parameter(help="Seed of the draws.")] = 0,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Say how a prior was trained, and draw what it knows.

    The picture holds the root mean square of the maps it was trained on,
    the static mask, the mask it distils around the identity, and matrices
    |C| drawn from it, whose funnel widens to high frequencies.
    """
    from geomlearn.matching.diffumatch.prior.prior import bundled_prior, load_prior

    terminal = common.terminal()
    if output is not None:
        output = claim(output, SUFFIXES, "A picture", force=force)
    found = load_prior(file) if file else bundled_prior()
    if output is not None:
        from geomlearn.matching.diffumatch.prior.picture import prior_picture

        with terminal.progress("drawing from the prior") as progress:
            prior_picture(output, found, n_samples=samples, seed=seed, force=force, progress=progress)
        terminal.wrote(output, "moments, masks and samples")
    terminal.title(str(file or "the prior of geomlearn"), f"maps of {found.k} × {found.k} modes")
    terminal.rows(_in_words(found.facts))
    terminal.finish({"file": file, "output": output, "k": found.k, "facts": dict(found.facts)})
    return DONE


def _in_words(facts: Mapping[str, Any]) -> dict[str, str]:
    known = {
        "trained on": f"{facts['n_train']} maps between {facts['shapes']} shapes" if "n_train" in facts else None,
        "parameters": number(facts["parameters"]) if "parameters" in facts else None,
        "epochs": str(facts["epochs"]) if "epochs" in facts else None,
    }
    for name, value in facts.get("validation", {}).items():
        if name.startswith("ratio_"):
            known[f"error at noise {name.removeprefix('ratio_')}"] = f"{value:.3f} of the Gaussian denoiser's"
    return {name: value for name, value in known.items() if value is not None}
