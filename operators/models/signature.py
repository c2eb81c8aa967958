"""What a model maps to what."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

from geomlearn.core.errors import FormatError, ParameterError, SizeMismatch
from geomlearn.operators.data.samples import AnySamples, ShapeSamples


@dataclass(frozen=True)
class Signature:
    """The functions a model takes and gives.

    Attributes
    ----------
    kind          "grid", "points" or "shapes".
    resolution    points along each axis of the training grid; of points, how many; empty on shapes.
    input_names, target_names   one per channel.
    code_size     numbers that describe each geometry.
    """

    kind: str
    resolution: tuple[int, ...]
    input_names: tuple[str, ...]
    target_names: tuple[str, ...]
    code_size: int = 0

    @classmethod
    def of(cls, samples: AnySamples) -> Self:
        """The signature of the operator that some samples show."""
        codes = None if isinstance(samples, ShapeSamples) else samples.codes
        return cls(
            samples.kind,
            () if isinstance(samples, ShapeSamples) else tuple(samples.resolution),
            samples.input_names,
            samples.target_names,
            0 if codes is None else codes.shape[1],
        )

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """The signature that `to_json` wrote."""
        try:
            names = {key: tuple(values[key]) for key in ("resolution", "input_names", "target_names")}
            found = cls(kind=values["kind"], code_size=int(values["code_size"]), **names)
            found._check_sizes()
            return found
        except (KeyError, TypeError, ValueError) as error:
            raise FormatError(f"The signature of the model is damaged: {error}.", "Train it again.") from error

    def _check_sizes(self) -> None:
        axes = {"grid": (1, 2, 3), "points": (1,), "shapes": (0,)}.get(self.kind)
        if axes is None:
            raise ValueError("it names no kind of place")
        sizes = (*self.resolution, self.code_size + 1)
        if len(self.resolution) not in axes or not all(isinstance(n, int) and 1 <= n <= _MOST for n in sizes):
            raise ValueError(f"a resolution of {list(self.resolution)[:4]} is none")
        for named in (self.input_names, self.target_names):
            if not named or not all(isinstance(name, str) and len(name) <= _LONGEST for name in named):
                raise ValueError("its channels have no names, or endless ones")

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    @property
    def n_in(self) -> int:
        return len(self.input_names)

    @property
    def n_out(self) -> int:
        return len(self.target_names)

    def check(self, samples: AnySamples) -> None:
        """Refuse samples of another operator.

        Raises
        ------
        ParameterError   they live on something else.
        SizeMismatch     they have other channels, or another number of axes.
        """
        other = Signature.of(samples)
        if other.kind != self.kind:
            raise ParameterError(
                f"The model works on {_PLACES[self.kind]}, and the data lies on {_PLACES[other.kind]}.",
                "Give data of the kind it was trained on.",
            )
        if other.n_in != self.n_in or other.n_out != self.n_out:
            raise SizeMismatch(
                f"The model maps {self.n_in} channels ({', '.join(self.input_names)}) to {self.n_out}, "
                f"and the data has {other.n_in} and {other.n_out}.",
                "Give data of the task it was trained on.",
            )
        if self.kind == "grid" and len(other.resolution) != len(self.resolution):
            raise SizeMismatch(
                f"The model works on grids of {len(self.resolution)} axes, and the data has {len(other.resolution)}.",
                "Give data of the task it was trained on.",
            )
        if other.code_size != self.code_size:
            raise SizeMismatch(
                f"The model describes each geometry by {self.code_size} numbers, and the data by {other.code_size}.",
                "Give data of the task it was trained on.",
            )


# Far beyond what any grid or name has.
_MOST, _LONGEST = 2**24, 200
_PLACES = {"grid": "grids", "points": "points of the plane", "shapes": "shapes"}
