"""Recount: the numbers that essays state, counted again beside official statistics.

A notebook writes ``import recount as rc``. Nothing is read and no plotting library is loaded before it is used.
"""

import builtins
import re
from typing import Any

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def _table_names(_: Any, event: Any) -> list[str]:
    """Return the names of tables that may follow ``rc.table(`` in a notebook."""
    from recount.datapackage import package

    quote = "" if re.search(r"[\"'][\w-]*$", event.line) else '"'
    return [f"{quote}{name}{quote}" for name in package() if name.startswith(event.symbol)]


if shell := getattr(builtins, "get_ipython", lambda: None)():
    shell.set_hook("complete_command", _table_names, re_key=r".*\b(table|evidence)\([^)]*$")
