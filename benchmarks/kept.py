"""Rows of a benchmark that are kept in a file, so that a table can be measured in parts."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any


class Kept:
    """Numbers by key, one line of JSON each.

    Parameters
    ----------
    store    the file, made when missing; None keeps nothing.
    minutes  after which no more work is begun.
    """

    def __init__(self, store: Path | None, minutes: float = float("inf")) -> None:
        self._store, self._until = store, time.monotonic() + 60 * minutes
        lines = store.read_text().splitlines() if store and store.exists() else []
        self._rows = {json.dumps(row["key"]): row["value"] for row in map(json.loads, lines)}

    def row(self, key: list[Any], work: Callable[[], Any]) -> Any:
        """What the file has for this key, or else what the work gives; None when there is no time for it."""
        name = json.dumps(key)
        if name not in self._rows:
            if time.monotonic() > self._until:
                return None
            self._rows[name] = work()
            if self._store:
                with self._store.open("a") as file:
                    file.write(json.dumps({"key": key, "value": self._rows[name]}) + "\n")
        return self._rows[name]

    def least(
        self, key: list[Any], choices: Iterable[Any], work: Callable[[Any], Any], error: Callable[[Any], float]
    ) -> Any:
        """The choice whose row of seed 0 errs least, or None while some are missing."""
        tried = {choice: self.row([*key, choice, 0], lambda choice=choice: work(choice)) for choice in choices}
        return None if None in tried.values() else min(tried, key=lambda choice: error(tried[choice]))

    def rows(self, key: list[Any], seeds: int, work: Callable[[int], Any]) -> list[Any] | None:
        """One row for each seed, or None while some are missing."""
        found = [self.row([*key, seed], lambda seed=seed: work(seed)) for seed in range(seeds)]
        return None if any(row is None for row in found) else found
