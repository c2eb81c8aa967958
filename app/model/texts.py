"""What was done, in words to copy: lines of the command language, Python, whole programs."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from geomlearn.app.model.items import Item, Layer, ShapeItem
from geomlearn.app.model.scene import Scene, label_of

_IMPORT = "from geomlearn.app.model.language import do"
NAMES_ITEMS = ("rebuilt_from", "model")
"""Attributes that hold the id of another item."""


@dataclass(frozen=True)
class Script:
    """One action in the two forms a person can copy."""

    shell: str = ""
    python: str = ""

    def __bool__(self) -> bool:
        return bool(self.shell or self.python)


NO_SCRIPT = Script()


def script_of(scene: Scene, line: str) -> Script:
    """A line of the command language as Python, and as a shell command where opening the files brings all it needs."""
    shapes = [item for item in scene.of(ShapeItem) if item.source and item.label == label_of(item.source)]
    made = [item.label for item in scene if item not in shapes]
    sources = " ".join(shlex.quote(item.source) for item in shapes)
    shell = "" if any(label in line for label in made) else f"geomlearn view {sources} --do {shlex.quote(line)}"
    return Script(shell, f"{_IMPORT}\nscene = do(scene, {line!r})")


def joined(scripts: Iterable[Script]) -> Script:
    """Several scripts as one: Python imports once, at the top."""
    scripts = list(scripts)
    lines = [line for script in scripts for line in script.python.splitlines()]
    imports = sorted({line for line in lines if line.startswith(("from ", "import "))})
    body = [line for line in lines if line not in imports]
    return Script("\n".join(s.shell for s in scripts if s.shell), "\n".join([*imports, "", *body] if body else imports))


_HEAD = "from geomlearn.app.model.scene import Scene"
_TAIL = """
if __name__ == "__main__":
    from geomlearn.app.window import show_scene

    show_scene(scene)"""


def as_python(script: Script) -> str:
    """A whole program: it makes the scene and, run by itself, shows it."""
    lines = script.python.splitlines()
    imports = sorted({_HEAD, *(line for line in lines if line.startswith(("from ", "import ")))})
    body = [line for line in lines if line not in imports]
    while body and not body[0].strip():
        del body[0]
    return "\n".join([*imports, "", "scene = Scene()", *body, "", _TAIL])


def as_shell(script: Script) -> str:
    """The same program as one command of the shell, which needs no other file."""
    return f"python - <<'END'\n{as_python(script)}\nEND"


def change_text(scene: Scene, item: Item, values: Mapping[str, Any]) -> str:
    """The line that gives `item` these values."""
    name = shlex.quote(item.label)
    lines = [_layer_text(scene, name, values["layer"])] if "layer" in values else []
    rest = {key: value for key, value in values.items() if key != "layer"}
    # Ids differ from scene to scene: text names other items by their labels.
    rest |= {key: scene[rest[key]].label for key in NAMES_ITEMS if rest.get(key) in scene}
    if rest:
        lines.append(f"set {name} {_pairs(rest)}")
    return "; ".join(lines)


def stage_text(values: Mapping[str, Any]) -> str:
    """The line that sets up the stage so."""
    return f"stage {_pairs(values)}"


def _layer_text(scene: Scene, name: str, layer: Layer | None) -> str:
    if layer is None or layer.source not in scene:
        return f"paint {name} none"
    plain = Layer(source="")
    given = {f.name: getattr(layer, f.name) for f in fields(Layer) if f.name not in ("source", "column")}
    changed = {key: value for key, value in given.items() if value != getattr(plain, key)}
    if layer.through in scene:
        changed["through"] = scene[layer.through].label
    return f"paint {name} {shlex.quote(scene[layer.source].label)} {_pairs({'column': layer.column, **changed})}"


def _pairs(values: Mapping[str, Any]) -> str:
    return " ".join(f"{key}={shlex.quote(json.dumps(value, ensure_ascii=False))}" for key, value in values.items())
