"""What README, documentation and pages of figures tell people to type, follow and believe is what the project has."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import re
import shlex
from functools import cache
from pathlib import Path

import pytest

import geomlearn as gl
from benchmarks.__main__ import available
from geomlearn.app.cli.main import build_app

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "benchmarks"
MEASURED = sorted((BENCHMARKS / "measured").glob("*.md"))
MADE = ("_build", "auto_gallery", "auto_tutorials", "generated", "measured")
DOCS = [page for page in sorted((ROOT / "docs").rglob("*.md")) if not set(MADE) & set(page.relative_to(ROOT).parts)]
PAGES = [ROOT / "README.md", *DOCS, *MEASURED]
README_PAGE = PAGES[0]
# Written from the rows, whose pages are looked for beside them.
TABLE = ROOT / "docs" / "methods" / "index.md"
README = README_PAGE.read_text()

each_measured = pytest.mark.parametrize("page", MEASURED, ids=lambda page: page.stem)


def typed(program: str) -> list[str]:
    """Commands in shell blocks and within sentences, of all pages."""
    text = "\n".join(page.read_text() for page in PAGES)
    lines = [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    spans = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
    return sorted(
        {line.split("#")[0].strip() for line in [*lines, *spans] if line.startswith(f"{program} ") and "…" not in line}
    )


def assert_parses(line: str) -> None:
    """The command line can read a command; it raises where it cannot."""
    words = shlex.split(line)[1:]
    app = build_app(words[0])
    if len(words) == 1 and not words[0].startswith("-"):
        # A verb that a sentence names.
        assert words[0] in app
        return
    _, bound, _ = app.parse_args(words, exit_on_error=False, print_error=False)
    assert bound.arguments or len(words) == 1


@pytest.mark.parametrize("line", typed("geomlearn"))
def test_every_command_can_be_parsed(line):
    assert_parses(line)


@pytest.mark.parametrize("line", ["geomlearn basis a.off", "geomlearn solve heat a.off --colour 3 -o b.npz"])
def test_a_command_that_does_not_exist_cannot(line):
    with pytest.raises(Exception, match=r"output|colour"):
        assert_parses(line)


@cache
def known_words(script: Path) -> set[str]:
    """Every string in a benchmark, and in the benchmarks it imports."""
    found, seen, waiting = set(), set(), [script]
    while waiting:
        module = waiting.pop()
        seen.add(module)
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            if isinstance(node, ast.ImportFrom) and node.module:
                imported = (ROOT / node.module.replace(".", "/")).with_suffix(".py")
                waiting += [imported] if imported.is_file() and imported not in seen else []
    return found


def unknown(line: str) -> list[str]:
    """Options and parts that a benchmark does not know; numbers and FILES stand for the reader's own."""
    room, name, *words = shlex.split(line)[3:]
    own, known = (
        re.compile(r"[\d.e-]+|[A-Z]+(\.\w+)?|\w+/"),
        known_words(BENCHMARKS / room / f"{name.replace('-', '_')}.py"),
    )
    return [word for word in words if not own.fullmatch(word) and word not in known]


@pytest.mark.parametrize("line", typed("python -m benchmarks"))
def test_every_benchmark_knows_what_it_is_asked(line):
    assert tuple(line.replace("-", "_").split()[3:5]) in {
        tuple(n.replace("-", "_") for n in pair) for pair in available()
    }
    assert not unknown(line)


def test_a_part_that_a_benchmark_does_not_have_is_noticed():
    assert unknown("python -m benchmarks optimizers compare costs --size 256 --store FILE") == ["costs", "--size"]


def test_the_commands_were_found():
    assert len(typed("geomlearn")) > 30
    assert len(typed("python")) > len(MEASURED)


def python_blocks(page: Path) -> list[ast.Module]:
    """The Python examples of a page; those of other libraries' interpreters are not ours to check."""
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    return [ast.parse(block) for block in blocks]


@pytest.mark.parametrize("page", [README_PAGE, *DOCS], ids=lambda page: str(page.relative_to(ROOT)))
def test_python_examples_import_what_exists_and_call_it_as_it_wants_to_be_called(page):
    for block in python_blocks(page):
        for node in ast.walk(block):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("geomlearn"):
                exec(compile(ast.Module([node], []), str(page), "exec"), {})
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("gl."):
                call = getattr(gl, ast.unparse(node.func).removeprefix("gl."), None)
                assert call is not None, ast.unparse(node)
                names = {keyword.arg: None for keyword in node.keywords if keyword.arg}
                inspect.signature(call).bind(*[None] * len(node.args), **names)


def test_an_example_that_could_not_run_is_noticed(tmp_path):
    page = tmp_path / "page.md"
    for line in ("gl.frobnicate(1)", "gl.eigenbasis(cat, kk=3)", "from geomlearn.optimizers import Moon"):
        page.write_text(f"```python\nimport geomlearn as gl\n{line}\n```\n")
        with pytest.raises((AssertionError, TypeError, ImportError)):
            test_python_examples_import_what_exists_and_call_it_as_it_wants_to_be_called(page)


def test_the_readme_is_short_and_has_two_pictures():
    assert len(README.splitlines()) <= 120
    assert len(re.findall(r"^!\[[^\]]{20,}\]\(docs/_static/[\w.]+\)$", README, re.MULTILINE)) == 2


def test_the_two_set_up_commands_are_exactly_these():
    assert [line for line in README.splitlines() if line.startswith("python -m pip")] == [
        "python -m pip install . && geomlearn demo",
        'python -m pip install -e ".[test]" && python -m pytest',
    ]


def anchors(page: Path) -> set[str]:
    """What the headings of a page are called in links, as GitHub makes them."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    kept = ("".join(c for c in line.lower() if c.isalpha() or c.isdecimal() or c in "_- ") for line in headings)
    return {line.replace(" ", "-") for line in kept}


def broken(text: str, page: Path) -> list[str]:
    """The links of a page that lead to no file, or to no heading of it."""
    lost = []
    for link in re.findall(r"\]\((?!http)([^)\s]+)\)", text):
        name, _, heading = link.partition("#")
        target = page.parent / name if name else page
        # Pages that the build makes are looked for by the build.
        if set(MADE) & set(Path(name).parts) and "benchmarks/measured" not in name:
            continue
        if not target.exists() or (heading and heading not in anchors(target)):
            lost.append(link)
    return lost


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page != TABLE], ids=lambda page: str(page.relative_to(ROOT))
)
def test_every_link_leads_somewhere(page):
    assert not broken(page.read_text(), page)


def test_a_link_that_leads_nowhere_is_noticed():
    text = "[a](LICENSE) [b](#set-up) [c](NONE.md) [d](#none) [e](docs/files.md#none)"
    assert broken(text, PAGES[0]) == ["NONE.md", "#none", "docs/files.md#none"]


@each_measured
def test_figures_name_the_benchmarks_that_print_them_and_are_linked_in_the_documentation(page):
    asked = set(re.findall(r"^python -m benchmarks (\w+) (\w+)", page.read_text(), re.MULTILINE))
    assert asked
    assert asked <= set(available())
    assert any(f"](../../benchmarks/measured/{page.name}" in other.read_text() for other in DOCS)


@each_measured
def test_figures_stand_as_they_were_printed(page):
    part = f"benchmark:{page.stem}"
    (printed,) = re.findall(rf"<!-- begin {part} -->\n(.*?)<!-- end {part} -->", page.read_text(), re.DOTALL)
    assert readme_script().readable(printed.removeprefix("```\n").removesuffix("```\n")) == printed


def test_sentences_that_touch_a_table_are_parted_from_it_and_text_without_one_is_fenced():
    readable = readme_script().readable
    printed = "machine\n| a | b |\n|--:|:--|\n| 1 | 2 |\nfirst\nsecond\n\n## more\nwrapped\nlines\n"
    assert readable(printed) == (
        "\nmachine\n\n| a | b |\n|--:|:--|\n| 1 | 2 |\n\nfirst\n\nsecond\n\n## more\nwrapped\nlines\n\n"
    )
    assert readable("a  1\nb  2\n") == "```\na  1\nb  2\n```\n"


def readme_script():
    spec = importlib.util.spec_from_file_location("readme", ROOT / ".ci" / "readme.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
