"""What a check of a shape finds, in words and numbers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

# A finding carries at most so many places: a viewer flies to one at a time.
MOST_EXAMPLES = 100


class Severity(StrEnum):
    """What a finding means for the work ahead."""

    NOTE = "note"  # worth knowing
    WARNING = "warning"  # results may suffer
    ERROR = "error"  # the shape cannot be used


@dataclass(frozen=True)
class Finding:
    """One thing found.

    Attributes
    ----------
    kind        a fixed word, such as ``non-manifold edges``.
    count       how many elements it concerns.
    sentence    the same for a person.
    severity
    element     what `examples` index: ``vertex``, ``edge``, ``face``, or nothing.
    examples    (e,) indices, or (e, 2) vertex pairs of edges, of the first elements concerned.
    repairable  whether `repair` mends it.
    """

    kind: str
    count: int
    sentence: str
    severity: Severity = Severity.WARNING
    element: str = ""
    examples: np.ndarray | None = None
    repairable: bool = False


@dataclass(frozen=True)
class Report:
    """All findings about one shape, the gravest first."""

    name: str
    findings: tuple[Finding, ...]

    @property
    def usable(self) -> bool:
        """Whether bases, maps and fields can be computed on the shape."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)

    @property
    def repairable(self) -> bool:
        """Whether `repair` would change anything."""
        return any(finding.repairable for finding in self.findings)

    def sentences(self) -> tuple[str, ...]:
        """One sentence per finding; one in all when nothing was found."""
        return tuple(finding.sentence for finding in self.findings) or (f"{self.name}: nothing to report.",)


def found(
    kind: str, mask: np.ndarray, what: str, element: str, places: np.ndarray | None = None, repairable: bool = False
) -> Finding:
    """A finding about the elements where `mask` is true, which are `places` or the mask's own; `what` says of them."""
    where = np.flatnonzero(mask)
    examples = (where if places is None else places[where])[:MOST_EXAMPLES]
    sentence = f"{kind.capitalize()}: {len(where)}, {what}."
    return Finding(kind, len(where), sentence, Severity.WARNING, element, examples, repairable)
