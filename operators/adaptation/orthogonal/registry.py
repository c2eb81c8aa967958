"""Who has which slot of the shared basis: a small file beside the adapters of a model."""

from __future__ import annotations

import json
from pathlib import Path

from geomlearn.core.errors import FormatError, ParameterError
from geomlearn.core.files import atomic_path


class Registry:
    """The slots of one model's adaptations by name.

    Parameters
    ----------
    path     the file; made at the first slot taken.
    base     sha256 of the model;  n_slots  how many the shared basis has.

    Raises
    ------
    FormatError      the file is damaged.
    ParameterError   it belongs to another model.
    """

    def __init__(self, path: str | Path, base: str, n_slots: int) -> None:
        self.path, self.base, self.n_slots = Path(path), base, n_slots
        self.slots: dict[str, int] = {}
        if not self.path.exists():
            return
        try:
            kept = json.loads(self.path.read_text())
            self.slots = {str(name): int(slot) for name, slot in kept["slots"].items()}
            owner = kept["base"]
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
            raise FormatError(
                f"{self.path.name} is damaged: {error}.", "Remove it; adapters know their slots."
            ) from None
        if owner != base:
            raise ParameterError(
                f"{self.path.name} lists the slots of another model.", "Keep the adapters of each model in a folder."
            )

    def take(self, name: str) -> int:
        """The slot of a name; the first free one for a new name, written down at once.

        Raises
        ------
        ParameterError   none is free.
        """
        if name not in self.slots:
            free = next((slot for slot in range(self.n_slots) if slot not in self.slots.values()), None)
            if free is None:
                raise ParameterError(
                    f"All {self.n_slots} slots of the shared basis are taken.",
                    "Use a smaller rank or more width for all adaptations that are to be merged.",
                )
            self.slots[name] = free
            with atomic_path(self.path, force=True) as temporary:
                temporary.write_text(json.dumps({"base": self.base, "slots": self.slots}, indent=1))
        return self.slots[name]
