"""What the README tells people to type is still what the project understands."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest

from app.cli.main import build_app

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
TYPED = [
    line.split("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("geomlearn ")
]


def test_the_tour_was_found():
    assert len(TYPED) > 6


@pytest.mark.parametrize("line", TYPED)
def test_every_command_of_the_tour_can_be_parsed(line):
    words = shlex.split(line)[1:]
    _, bound, _ = build_app(words[0]).parse_args(words, exit_on_error=False, print_error=False)
    assert bound.arguments


def test_the_python_example_imports_what_exists():
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    imports = [node for node in ast.parse(example).body if isinstance(node, ast.ImportFrom)]
    assert imports
    exec(compile(ast.Module(imports, []), "README.md", "exec"), {})


def test_the_two_set_up_commands_are_exactly_these():
    assert [line for line in README.splitlines() if line.startswith("python -m pip")] == [
        "python -m pip install . && geomlearn demo",
        'python -m pip install -e ".[test]" && python -m pytest',
    ]


def test_every_link_to_a_file_leads_somewhere():
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
