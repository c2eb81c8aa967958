"""The networks that can be trained, from the rows of methods. Files name one, and nothing else is ever imported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from geomlearn.core.errors import ParameterError
from geomlearn.core.methods import METHODS, Method
from geomlearn.core.methods.method import load

_PLACES = {"grid": "on grids", "points": "on points of the plane", "shapes": "on meshes and clouds"}


@dataclass(frozen=True)
class ModelRow:
    """One kind of model: a method on one kind of place.

    Attributes
    ----------
    method   its row.
    kind     what its functions live on: "grid", "points" of the plane, or "shapes".
    target   "module:name" of the function that builds it.
    """

    method: Method
    kind: str
    target: str

    @property
    def _is_first(self) -> bool:
        return self.method.networks[0][0] == self.kind

    @property
    def key(self) -> str:
        """The word in the command line and in model files: the method's, with the kind of place after the first."""
        return self.method.key if self._is_first else f"{self.method.key}-{self.kind}"

    @property
    def title(self) -> str:
        """The name its authors use, and where else it is taken."""
        return self.method.title if self._is_first else f"{self.method.title} {_PLACES[self.kind]}"

    def resolve(self) -> Any:
        """The builder; imports its module."""
        return load(self.target)

    def resolve_options(self) -> Any:
        """The option model; imports its module only."""
        return self.method.resolve_options()


MODELS = tuple(
    ModelRow(method, place, target)
    for place in _PLACES
    for method in METHODS
    for kind, target in method.networks
    if kind == place
)


def model_named(key: str) -> ModelRow:
    """The row of a kind of model.

    Raises
    ------
    ParameterError   there is none of this name.
    """
    for row in MODELS:
        if row.key == key:
            return row
    raise ParameterError(f"There is no model called {key}.", f"Choose one of {', '.join(row.key for row in MODELS)}.")
