"""The notebooks as a whole: run, gathered and exported; the tables checked and sealed.

What one part needs is loaded when it is used: the report neither runs notebooks nor draws.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "checks": ("seal", "validate"),
    "pictures": ("drawings", "keep"),
    "exports": ("COLUMNS", "export"),
    "run": ("Run", "execute", "reproduce"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"recount.collection has no {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"recount.collection.{_HOME[name]}"), name)
