"""How a run begins and ends: help, exit codes, sentences instead of stacks."""

from __future__ import annotations

from importlib import import_module

import pytest
from cyclopts import App

from geomlearn import __version__
from geomlearn.app.cli import main as door
from geomlearn.core.errors import Cancelled, GeomError

VERBS = list(door._VERBS)


def test_help_lists_every_verb(geomlearn):
    run = geomlearn("--help")
    assert run.code == 0
    for verb in VERBS:
        assert f" {verb} " in run.out


def test_nothing_at_all_says_what_there_is_where_no_window_can_open(geomlearn, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    run = geomlearn()
    assert run.code == 0
    assert "Usage: geomlearn" in run.out


def test_version(geomlearn):
    run = geomlearn("--version")
    assert (run.code, run.out.strip()) == (0, __version__)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_in_80_columns(geomlearn, verb):
    run = geomlearn(verb, "--help")
    assert run.code == 0
    assert f"Usage: geomlearn {verb}" in run.out
    assert max(map(len, run.out.splitlines())) <= 80


def test_the_list_and_the_verb_begin_with_the_same_sentence():
    for verb, (room, sentence) in door._VERBS.items():
        # The list must not import the verbs, so it repeats their first sentences; here we may look.
        word = verb.replace("-", "_")
        registered = import_module(f"geomlearn.app.cli.verbs.{room}.{word}").__dict__[word]
        own = registered.help if isinstance(registered, App) else registered.__doc__
        assert own.splitlines()[0] == sentence


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bass"], "Did you mean"),
        (["basis", "x.off"], "requires an argument"),
        (["basis", "x.off", "-o", "b.npz", "--frobnicate"], "Unknown option"),
        (["basis", "x.off", "-o", "b.npz", "-k", "0"], "greater than or equal to 1"),
        (["basis", "x.off", "-o", "b.npz", "-k", "many"], "valid integer"),
        (["basis", "x.off", "-o", "b.npz", "--laplacian", "graph"], "laplacian"),
        (["check", "x.off", "--repair"], "belong together"),
        (["render", "x.off", "-o", "p.png", "--size", "large"], "not a size"),
        (["render", "x.off", "-o", "p.png", "--map", "m.txt"], "belong together"),
    ],
)
def test_wrong_usage_exits_2_with_a_sentence(geomlearn, words, said):
    run = geomlearn(*words)
    assert run.code == 2
    assert said in run.err
    assert run.out == ""
    assert "Traceback" not in run.err


def test_a_failure_exits_1_with_message_and_hint(geomlearn):
    run = geomlearn("info", "nothing.off")
    assert run.code == 1
    assert run.err.startswith("error: There is no file")
    assert "Check the name." in run.err
    assert "Traceback" not in run.err


def test_debug_shows_the_stack(geomlearn):
    run = geomlearn("info", "nothing.off", "--debug")
    assert run.code == 1
    assert "Traceback" in run.err


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (GeomError("It broke.", "Mend it."), 1, "error: It broke.\n       Mend it."),
        (KeyboardInterrupt(), 130, "Cancelled"),
        (Cancelled(), 130, "Cancelled"),
        (MemoryError(), 1, "more memory"),
        (ZeroDivisionError("division by zero"), 1, "Defect in geomlearn: ZeroDivisionError: division by zero."),
    ],
)
def test_every_exception_ends_in_a_sentence(capsys, error, code, said):
    def fail() -> int:
        raise error

    assert door._guarded(fail, debug=False) == code
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err


def test_the_list_is_parted_by_what_the_verbs_are_for(geomlearn):
    shown = geomlearn("--help").out
    titles = [shown.index(f"─ {title} ─") for title in ("Look", "Spectra", "Match", "Fields", "Learn", "About")]
    assert titles == sorted(titles)


def test_options_stand_in_a_file_or_in_the_environment_and_what_is_typed_wins(geomlearn, tmp_path, monkeypatch):
    (tmp_path / "mine.toml").write_text("[basis]\nk = 7\n")
    words, config = door._without_config(
        ["--config", str(tmp_path / "mine.toml"), "basis", "builtin:icosphere", "-o", "b.npz"]
    )
    monkeypatch.setenv("GEOMLEARN_BASIS_TOLERANCE", "1e-6")

    def options(*more):
        _, bound, _ = door.build_app("basis", config).parse_args(
            [*words, *more], exit_on_error=False, print_error=False
        )
        return bound.arguments["options"]

    assert (options().k, options().tolerance) == (7, 1e-6)
    assert (options("-k", "9").k, options("--tolerance", "1e-5").tolerance) == (9, 1e-5)


def test_a_configuration_that_is_not_there_is_a_sentence(geomlearn):
    assert "There is no file" in geomlearn("--config", "nowhere.toml", "doctor").err


LETTERS = {"k": "k", "n": "n", "j": "jobs", "o": "output", "q": "quiet", "h": "help"}


@pytest.mark.parametrize("verb", VERBS)
def test_one_letter_means_one_thing_everywhere(verb):
    def commands(app):
        yield app
        for name in app:
            if not name.startswith("-"):
                yield from commands(app[name])

    for app in commands(door.build_app(verb)[verb]):
        if app.default_command is None:
            continue
        for argument in app.assemble_argument_collection():
            for letter in (name[1:] for name in argument.names if len(name) == 2 and name[0] == "-"):
                assert LETTERS.get(letter) == argument.field_info.name.lstrip("_"), f"{verb} -{letter}"
