"""Names of a package that are imported when they are asked for (PEP 562)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any


class _Package(ModuleType):
    """A package whose public names do not give way to submodules of the same name."""

    def __setattr__(self, name: str, value: Any) -> None:
        wanted = name in self.__dict__.get("_lazy_names", ())
        if not (wanted and isinstance(value, ModuleType) and value.__name__ == f"{self.__name__}.{name}"):
            super().__setattr__(name, value)


def attach(package: str, names: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """`__getattr__`, `__dir__` and `__all__` of a package, from a table of strings.

    Parameters
    ----------
    package  its `__name__`.
    names    public name → module that holds it, absolute; or "module:other" where it is called otherwise there, and a
             module alone, ending in a colon, for the module itself.

    Several threads may ask at once: each import holds the lock of its own module. A name that is also that of a
    submodule stays what the table says: importing the submodule would else put the module in its place.
    """
    sys.modules[package].__class__ = _Package
    sys.modules[package].__dict__["_lazy_names"] = frozenset(names)

    def __getattr__(name: str) -> Any:
        target = names.get(name)
        if target is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, colon, attribute = target.partition(":")
        found = import_module(module)
        value = found if colon and not attribute else getattr(found, attribute or name)
        sys.modules[package].__dict__[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*vars(sys.modules[package]), *names})

    return __getattr__, __dir__, sorted(names)
