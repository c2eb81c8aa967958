"""`geomlearn ssm inspect`: how well conditioned a state-space layer's start is, and how near to HiPPO."""

# No postponed annotations here: the signature carries the option model.

from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from geomlearn.app.cli.exits import CANCELLED, DONE
from geomlearn.app.cli.files import claim
from geomlearn.app.cli.flags import SPEECH, Common, Force, flat
from geomlearn.app.cli.terminal import number, table
from geomlearn.core.results import Result, Status
from geomlearn.operators.sequence.options import PTDOptions

SUFFIXES = (".npz", ".mat", ".h5", ".hdf5")
# Poles listed for a person; files and --json hold all of them.
_LISTED = 16
_DEFAULTS = PTDOptions()

ssm = App(name="ssm", help="Look into the systems that state-space layers start from.", help_format="plaintext")


@ssm.command
def inspect(
    *,
    options: Annotated[PTDOptions, flat(PTDOptions, "Options of perturb-then-diagonalize")] = _DEFAULTS,
    output: Annotated[
        Path | None, Parameter(name=("--output", "-o"), help="File for E, the eigenvalues and the eigenvectors.")
    ] = None,
    cache: Annotated[bool, Parameter(help="Take the perturbation from the cache when it was found before.")] = True,
    force: Force = False,
    common: Common = SPEECH,
) -> int:
    """Measure a perturb-then-diagonalize start beside HiPPO and S4D.

    It prints the conditioning of the eigenvectors, the size of the
    perturbation, the largest deviation of the transfer function from
    HiPPO's, the answer at the frequency where S4D rings, and the poles.
    """
    terminal = common.terminal()
    if output is not None:
        output = claim(output, SUFFIXES, "A diagonalization", force=force)

    from geomlearn.core.arrays import write_arrays
    from geomlearn.operators.sequence.systems.ptd import perturb_then_diagonalize
    from geomlearn.operators.sequence.systems.transfer import inspect_ptd

    with terminal.progress(f"perturbation of {options.n} states") as progress:
        result = perturb_then_diagonalize(options, progress, cache=cache)
    ptd, found = result.value, inspect_ptd(result.value, options)
    if output is not None:
        arrays = {"perturbation": ptd.perturbation, "lam": ptd.lam, "vecs": ptd.vecs, "vecs_inv": ptd.vecs_inv}
        write_arrays(output, arrays, options.model_dump(), force=force)
        terminal.wrote(output, f"E, lam, vecs, vecs_inv of {ptd.n} states")
    terminal.title(f"HiPPO-LegS, n = {found.n}", f"{found.recipe} perturbation, γ = {number(found.gamma)}")
    terminal.rows(_in_words(found, result))
    if found.reflected:
        terminal.warn([f"{found.reflected} unstable poles are mirrored into the left half plane."])
    terminal.say()
    terminal.show(_pole_table(found.poles))
    status = {"status": str(result.status), "sentence": result.sentence}
    terminal.finish({"options": options, **status, **_facts(found)})
    return CANCELLED if result.status is Status.CANCELLED else DONE


def _in_words(found: Any, result: Result[Any]) -> dict[str, str]:
    own, s4d = found.deviation, found.deviation_s4d
    origin = "read from the cache" if result.stats["cached"] else f"{result.stats['time_s']:.2f} s"
    return {
        "search": f"{result.status}, {origin}",
        "κ(V)": number(found.conditioning),
        "‖E‖/‖A‖": number(found.ratio),
        "max Re λ": number(found.max_real),
        "sup deviation, every unit C": f"{number(own.worst)} at ω = {number(own.omega)}   (S4D {number(s4d.worst)})",
        "sup deviation, random C": f"{number(own.drawn)}   (S4D {number(s4d.drawn)})",
        f"answer at ω = {number(found.spike_omega)}": (
            f"{number(found.spike_ptd)}   (HiPPO {number(found.spike_hippo)}, S4D {number(found.spike_s4d)})"
        ),
    }


def _pole_table(poles: Any) -> Any:
    upper = sorted((pole for pole in poles if pole.imag >= 0), key=lambda pole: pole.imag)
    grid = table("Re λ", "± Im λ", right=("Re λ", "± Im λ"))
    for pole in upper[:_LISTED]:
        grid.add_row(number(float(pole.real)), number(float(pole.imag)))
    if len(upper) > _LISTED:
        grid.add_row("…", f"{len(upper) - _LISTED} more, to {number(float(upper[-1].imag))}")
    return grid


def _facts(found: Any) -> dict[str, Any]:
    facts = {name: getattr(found, name) for name in found.__dataclass_fields__ if name != "poles"}
    for name in ("deviation", "deviation_s4d"):
        facts[name] = {key: getattr(facts[name], key) for key in ("worst", "omega", "drawn")}
    return {**facts, "poles": [[float(pole.real), float(pole.imag)] for pole in found.poles]}
