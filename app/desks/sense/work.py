"""What the buttons of the Sense desk start, what comes back, and the words that do the same elsewhere."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

from geomlearn.app.desks.sense.choices import Choice, basis_for
from geomlearn.app.model.commands import Add
from geomlearn.app.model.computed import BasisItem
from geomlearn.app.model.items import Layer, ShapeItem
from geomlearn.app.model.results import call_script, identifier, option_flags, result_item
from geomlearn.app.model.scene import Scene, unique
from geomlearn.app.model.sensing.items import Demands
from geomlearn.app.model.sensing.sensing import sensors_item
from geomlearn.app.model.texts import Script
from geomlearn.app.window.application import Application
from geomlearn.core.errors import ParameterError
from geomlearn.spectral.basis import Basis
from geomlearn.spectral.options import EigenbasisOptions

PLACE = "geomlearn.app.model.sensing.jobs:place_on"
EIGENBASIS = "geomlearn.spectral.eigenbasis:eigenbasis"
PRINCIPAL = "geomlearn.app.model.sensing.jobs:principal_modes"
Then = Callable[[BasisItem], None]


def with_modes(app: Application, shape: ShapeItem, choice: Choice, then: Then) -> None:
    """Go on with the basis that the choice asks for: one on the stage, or else a new one."""
    found = basis_for(app, shape, choice)
    if found is not None:
        then(found)
        return

    def arrived(basis: Basis) -> None:
        add = _modes(still(app, shape.id), app.scene, choice, basis)
        if app.do(add):
            then(app.scene[add.items[0].id])

    title = f"{choice.k} modes of {shape.label}"
    if choice.modes:
        from geomlearn.app.model.sensing.readings import rows_of

        app.submit(title, PRINCIPAL, shape.shape, choice.k, rows_of(app.scene[choice.modes]), on_result=arrived)
    else:
        app.submit(title, EIGENBASIS, shape.shape, EigenbasisOptions(k=choice.k), on_result=arrived)


def _modes(shape: ShapeItem, scene: Scene, choice: Choice, basis: Basis) -> Add:
    """The command that puts a computed basis on the stage."""
    label = f"{shape.label} · {basis.operator or 'basis'} {basis.k}"
    label = unique(label, (item.label for item in scene))
    name = identifier(shape.label)
    if not choice.modes:
        options = EigenbasisOptions(k=choice.k)
        show = {"on": shape.label, "label": label}
        python = call_script("geomlearn.spectral.eigenbasis", "eigenbasis", [name], options, f"{name}_basis", show)
        shell = f"geomlearn basis {source_of(shape)} --k {choice.k} -o {name}.npz"
        item = result_item(basis, [shape], label=label, parameters=options.model_dump())
        return Add((item,), f"{basis.k} modes of {shape.label}", Script(shell, python))
    fields = scene[choice.modes]
    lines = [
        "from geomlearn.app.model.sensing.jobs import principal_modes",
        "from geomlearn.app.model.sensing.readings import rows_of",
        "from geomlearn.app.model.results import show_result",
        f"{name}_modes = principal_modes({name}, {choice.k}, rows_of(scene.by_label({fields.label!r})))",
        f"scene = show_result(scene, {name}_modes, on={shape.label!r}, label={label!r})",
    ]
    item = result_item(basis, [shape], label=label, parameters={"fields": fields.id, "k": choice.k})
    return Add((item,), f"{basis.k} main directions of {fields.label}", Script("", "\n".join(lines)))


def place(app: Application, shape: ShapeItem, choice: Choice) -> None:
    """Place sensors as chosen, as a new item."""
    options, demands, k = choice.options, choice.demands(app, shape), choice.k
    cost = choice.costs(app, shape)

    def go(basis: BasisItem) -> None:
        app.submit(
            f"{options.n} sensors on {shape.label}",
            PLACE,
            shape.shape,
            basis.basis.truncated(k),
            options,
            demands,
            cost,
            on_result=lambda found: arrived(basis.id, found),
        )

    def arrived(basis_id: str, found: Any) -> None:
        now, basis = still(app, shape.id), still(app, basis_id)
        label = unique(f"{now.label} · sensors", (item.label for item in app.scene))
        parameters = {**options.model_dump(), "draws": found.n_draws}
        item = sensors_item(basis, k, found.vertices.tolist(), found.weights, label, parameters=parameters)
        made = _placed(app.scene, now, basis, choice, demands, (k, options, label))
        if app.do(Add((item,), f"Place {options.n} sensors on {now.label}", made, {now.id: Layer(source=item.id)})):
            app.focus_on(item.id)
            if options.stabilize == "redraw" and not found.stable:
                app.notices.news(f"No set of {found.n_draws} reached λ_min ≥ {1 - options.delta:g}: the best was kept.")

    with_modes(app, shape, choice, go)


def _placed(
    scene: Scene, shape: ShapeItem, basis: BasisItem, choice: Choice, demands: Demands, made: tuple[Any, ...]
) -> Script:
    k, options, label = made
    name = identifier(shape.label)
    modes = f"scene.by_label({basis.label!r}).basis.truncated({k})"
    given = ", ".join(f"{key}={value!r}" for key, value in options.model_dump(exclude_defaults=True).items())
    lines, cost = _cost(scene, choice.cost, name)
    lines += [
        "from geomlearn.app.model.sensing.items import Counted, Demands",
        "from geomlearn.app.model.sensing.jobs import place_on",
        "from geomlearn.app.model.sensing.sensing import show_sensors",
        "from geomlearn.sensing.placement.options import PlacementOptions",
        f"{name}_sensors = place_on({name}, {modes}, PlacementOptions({given}), {demands!r}{cost})",
        f"scene = show_sensors(scene, {k}, {name}_sensors.vertices, {name}_sensors.weights, "
        f"basis={basis.label!r}, label={label!r}, law={options.law!r})",
    ]
    parts = demands.forbidden or demands.regions or choice.cost in scene
    required = "".join(f" {vertex}" for vertex in demands.required)
    flags = option_flags(options) + (f" --required{required}" if required else "")
    flags += f" --cost {shlex.quote(choice.cost)}" if choice.cost else ""
    # The command line knows parts of a shape by formulas and files, not by what was painted here.
    shell = f"geomlearn sense place {source_of(shape)} -k {k}{flags} -o sensors.csv"
    return Script("" if parts or basis.parameters.get("fields") else shell, "\n".join(lines))


def _cost(scene: Scene, cost: str, name: str) -> tuple[list[str], str]:
    """What a script imports for the cost, and the argument."""
    if cost in scene:
        line = "from geomlearn.app.model.sensing.readings import rows_of"
        return [line], f", rows_of(scene.by_label({scene[cost].label!r}))[0]"
    if cost.strip():
        return ["from geomlearn.app.model.sensing.where import on_vertices"], f", on_vertices({cost!r}, {name})"
    return [], ""


def still(app: Application, item_id: str) -> Any:
    """An item that work was begun for.

    Raises
    ------
    ParameterError   it is gone.
    """
    if item_id not in app.scene:
        raise ParameterError("What this belongs to has been removed meanwhile.", "Undo, then run again.")
    return app.scene[item_id]


def source_of(shape: ShapeItem) -> str:
    """The shape as a word of the shell."""
    return shlex.quote(shape.source or shape.label)
