"""The command `geomlearn`: finds the verb, and turns every failure into a sentence and an exit code.

Exit codes: 0 done · 1 the work failed or `check` found the shape unusable · 2 wrong usage · 130 cancelled by Ctrl-C,
143 by SIGTERM, 129 by SIGHUP (the terminal went away).
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from cyclopts import App, CycloptsError, Group, Parameter
from rich.console import Console
from rich.text import Text

from geomlearn import __version__
from geomlearn.app.cli import streams
from geomlearn.app.cli.exits import CANCELLED, DONE, ENDINGS, USAGE, UsageError
from geomlearn.app.cli.failures import in_words, require_space
from geomlearn.app.cli.screen import has_display
from geomlearn.core.errors import GeomError
from geomlearn.core.files import existing_file
from geomlearn.core.threads import settle

# Room and sentence of each verb, said here and not in its docstring alone so that `--help` imports none of them.
_VERBS = {
    "view": ("shapes", "Open the window on files, or on built-in shapes."),
    "info": ("shapes", "Counts, components, boundary loops, genus, area and quality."),
    "check": ("shapes", "Say whether a shape is usable, and repair it."),
    "clean": ("shapes", "Remove outliers, fill holes, smooth, reconstruct, decimate, remesh."),
    "restore": ("restoration", "Restore fields, bodies and images with a learned prior."),
    "convert": ("shapes", "Rewrite a shape in another format, or each of a folder."),
    "basis": ("spectral", "Compute the spectral basis of a shape."),
    "match": ("matching", "Compute the correspondence between two shapes, or between the pairs of many."),
    "evaluate": ("matching", "Measure a correspondence against the true one."),
    "transfer": ("collections", "Carry values from one shape to another."),
    "segment": ("collections", "Find the parts of an animated shape that move rigidly."),
    "collection": (
        "collections",
        "Make the maps of a collection consistent, find its families, its model, and what drives it.",
    ),
    "solve": ("operators", "Solve an equation on a shape."),
    "sense": ("sensing", "Place sensors on a shape, rebuild fields from what they read, calibrate them."),
    "data": ("operators", "Make samples of an operator: pairs of functions."),
    "train": ("learning", "Learn a model from data."),
    "adapt": ("learning", "Change a trained operator by new samples, and keep the change apart."),
    "merge": ("learning", "Put one or several adapters into a model of their own."),
    "prior": ("matching", "Look into priors over functional maps."),
    "tune": ("learning", "Compare optimizers, learning rates and regularizers under equal time."),
    "align": ("learning", "Keep stored features searchable when their model is replaced."),
    "predict": ("operators", "Apply a trained model to functions, fields or sequences."),
    "forecast": ("operators", "Continue one series of a field on a mesh, a cloud or a grid, untrained."),
    "evaluate-operator": ("operators", "Measure a trained operator on samples."),
    "ssm": ("operators", "Look into the systems that state-space layers start from."),
    "design": ("design", "Propose designs to try next, from a table of past runs alone."),
    "render": ("shapes", "Draw a shape, fields on it, or a correspondence; or each of a folder."),
    "methods": ("about", "List the methods with their sources; with a key, its options too."),
    "doctor": ("about", "Say what this installation can do, and what is missing."),
    "demo": ("about", "Walk the whole way on built-in shapes, from basis to pictures."),
}
# What the list in `--help` is parted by: the room of a verb says it, but for those of one room that serve another end.
_GROUPS = {
    "shapes": "Look",
    "restoration": "Look",
    "spectral": "Spectra",
    "matching": "Match",
    "collections": "Collections",
    "fields": "Fields",
    "sensing": "Sense",
    "operators": "Learn",
    "learning": "Learn",
    "design": "Learn",
    "about": "About",
}
_ENDS = {"solve": "fields", "forecast": "fields"}
_ABOUT = """Spectral bases, shape correspondence and PDEs on meshes and point clouds.

A FILE may be builtin:NAME, a generated shape; `geomlearn info builtin:`
lists them. Without any word it opens the window, where there is a screen.

Any option may also stand in a file, `--config FILE.toml` with a table for
each verb ([basis], k = 100), or in the environment (GEOMLEARN_BASIS_K=100);
what is typed wins.
"""


def build_app(called: str = "", config: str = "") -> App:
    """The tree of commands; no verb is imported before it is called.

    Parameters
    ----------
    called  the verb at hand, whose own docstring then takes the place of the sentence in the list.
    config  a TOML file of options, a table for each verb.
    """
    from cyclopts.config import Env, Toml

    titled = {title: Group(title, sort_key=rank) for rank, title in enumerate(dict.fromkeys(_GROUPS.values()))}
    app = App(
        name="geomlearn",
        version=__version__,
        help=_ABOUT,
        help_format="plaintext",
        default_parameter=Parameter(negative_iterable=(), short_alias=_single_letter),
        config=[Env("GEOMLEARN_", show=False), *([Toml(config, must_exist=True)] if config else [])],
    )
    for rank, (verb, (room, sentence)) in enumerate(_VERBS.items()):
        word = verb.replace("-", "_")
        target = f"geomlearn.app.cli.verbs.{room}.{word}:{word}"
        group = titled[_GROUPS[_ENDS.get(verb, room)]]
        app.command(target, name=verb, help=None if verb == called else sentence, sort_key=rank, group=group)
    app.register_install_completion_command(help="Let the shell complete verbs and options.")
    return app


def _without_config(arguments: Sequence[str]) -> tuple[list[str], str]:
    """The command line without `--config FILE`, and the file."""
    kept, config = [], ""
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if name != "--config":
            kept.append(word)
            continue
        config = value if equals else next(words, "")
        if not config:
            raise UsageError("--config names no file.", "Give a TOML file with a table for each verb.")
        existing_file(config)
    return kept, config


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; an empty one opens the window, or says what there is."""
    settle()
    streams.prepare()
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    arguments = arguments or ["view" if has_display() else "--help"]

    def run() -> int:
        code = _run(arguments)
        streams.flush()
        return code

    with ENDINGS.heeded():
        code = _guarded(run, debug="--debug" in arguments)
        return ENDINGS.code if code == CANCELLED else code


def _run(arguments: Sequence[str]) -> int:
    arguments, config = _without_config(arguments)
    verb = next((word for word in arguments if not word.startswith("-")), "")
    verb = verb if verb in _VERBS else ""
    if verb and "--help" not in arguments:
        require_space()
    try:
        app = build_app(verb, config)
        command, bound, _ = app.parse_args(arguments, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        _complain(str(error), f"See `geomlearn {verb}{' ' if verb else ''}--help`.")
        return USAGE
    except GeomError as error:
        # The option models validate themselves while the command line is read: a value out of range is wrong usage.
        _complain(error.message, error.hint)
        return USAGE
    return command(*bound.args, **bound.kwargs) or DONE


def _guarded(run: Callable[[], int], *, debug: bool) -> int:
    """Exit code of `run`; every exception becomes a sentence on stderr, with the stack below it when debugging."""
    try:
        return run()
    except BaseException as error:  # the outermost door: a defect of ours must not show as a stack either
        if isinstance(error, SystemExit | GeneratorExit):
            raise
        code, message, hint = in_words(error)
        with suppress(OSError):
            _complain(message, hint, kind="" if code == CANCELLED else "error")
            if debug:
                traceback.print_exception(error)
        if isinstance(error, OSError):
            # Perhaps it was our output that could not be written; what was not written by now never will be.
            streams.give_up()
        return code


def _complain(message: str, hint: str = "", kind: str = "error") -> None:
    if not message:
        return
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(Text.assemble((f"{kind}: " if kind else "", "bold red"), message))
    if hint:
        console.print(Text(f"       {hint}" if kind else hint, style="dim"))


def _single_letter(field: Any, _used: frozenset[str]) -> str | None:
    """Options of one letter are typed with one dash too: -k 128."""
    (name, *_) = field.names
    return f"-{name}" if len(name) == 1 else None


if __name__ == "__main__":
    sys.exit(main())
