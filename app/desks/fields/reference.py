"""References that the desk can make itself: the same with a finer time step, or from a spectral basis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from geomlearn.app.model.computed import BasisItem, FieldItem
from geomlearn.app.model.fields import series_of
from geomlearn.app.model.results import call_script, identifier
from geomlearn.app.model.scene import Scene
from geomlearn.core.errors import GeomError
from geomlearn.operators.fields.options import EQUATIONS, EquationOptions

FINER = 4
"""How many times smaller the time step of a finer reference is."""
SOLVE = "geomlearn.operators.fields.solve:solve"
FROM_BASIS = "geomlearn.operators.fields.from_basis:from_basis"


@dataclass(frozen=True, eq=False)
class Recipe:
    """How to make a reference: "module:function" with its arguments, and what people read."""

    title: str
    label: str
    target: str
    args: tuple[Any, ...]
    options: EquationOptions
    equation: str

    def python(self, scene: Scene, field: FieldItem, label: str) -> str:
        """The words that make it, where they are not those of `solve`."""
        if self.target != FROM_BASIS:
            return ""
        shape = scene[field.owner]
        basis = scene.children(field.owner, BasisItem)[-1]
        arguments = [repr(self.equation), identifier(shape.label)]
        keywords = {
            "basis": f"scene.by_label({basis.label!r}).basis",
            "like": f"series_of(scene.by_label({field.label!r}))",
        }
        show = {"on": shape.label, "label": label}
        module = FROM_BASIS.partition(":")[0]
        made = call_script(module, "from_basis", arguments, self.options, identifier(label), show, keywords)
        return f"from geomlearn.app.model.fields import series_of\n{made}"


def equation_of(field: FieldItem) -> tuple[str, EquationOptions] | None:
    """The equation a field solves and its options, or None for a field whose file does not say."""
    equation = str(field.parameters.get("method", ""))
    try:
        return equation, EQUATIONS[equation](**dict(field.parameters.get("parameters", {})))
    except (KeyError, TypeError, GeomError):
        return None


def finer(scene: Scene, field: FieldItem) -> Recipe | str:
    """The same equation with smaller steps and frames at the same times; or why there is none."""
    known = equation_of(field)
    step = field.parameters.get("time_step")
    if known is None:
        return "The file does not say which equation this solves."
    if step is None or len(field.times) < 2:
        return "This equation has no time step."
    equation, options = known
    shape = scene[field.owner]
    stride = max(1, round(float(field.times[1] - field.times[0]) / float(step)))
    # A hair longer than the fraction, or rounding would add one more step.
    fine = float(step) / FINER * (1 + 1e-9)
    options = options.replace(duration=float(field.times[-1]), time_step=fine, save_every=stride * FINER)
    label = f"{shape.label} · {equation}, step ÷ {FINER}"
    args = (equation, shape.shape, options)
    return Recipe(f"{equation} with {FINER} times smaller steps", label, SOLVE, args, options, equation)


def from_basis(scene: Scene, field: FieldItem) -> Recipe | str:
    """The solution in the eigenfunctions of a basis on the shape, exact in time; or why there is none."""
    known = equation_of(field)
    if known is None or known[0] not in ("heat", "wave", "poisson"):
        return "Only heat, wave and poisson are solved by eigenfunctions."
    bases = scene.children(field.owner, BasisItem)
    if not bases:
        return "There is no basis on this shape yet. Compute one with S."
    equation, options = known
    if getattr(options, "boundary", "neumann") != "neumann":
        return "With values held at the rim the eigenfunctions of the free rim do not fit."
    shape, basis = scene[field.owner], bases[-1]
    label = f"{shape.label} · {equation} by {basis.basis.k} modes"
    args = (equation, shape.shape, options, basis.basis, series_of(field))
    return Recipe(f"{equation} by {basis.basis.k} modes", label, FROM_BASIS, args, options, equation)
