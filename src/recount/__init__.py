"""Recount: the numbers that essays state, counted again beside official statistics.

A notebook writes ``import recount as rc``. Nothing is read and no plotting library is loaded before it is used.
"""

import builtins
import re
from typing import Any

from recount.files import lazily

__all__, __getattr__ = lazily(
    "recount",
    {
        "answers": "answer",
        "board": "scoreboard",
        "charts": "dumbbell intervals lines named_scatter ranked_bars",
        "curve": "specification_curve",
        "claims": "claim essays ledger",
        "figures": "figure",
        "files": "RecountError",
        "wording": "Interval plain stated_interval",
        "measures": "linear_bounds proportional_fitting",
        "multiverse": "Multiverse specifications",
        "readings": "Reading",
        "records": "executed gathered",
        "style": "GREY PALETTE",
        "datapackage": "Listing citation evidence sources table tables",
        "tiles": "tile_map",
        "verdict": "Verdict claims_table judge summary timeline",
    },
)


def __dir__() -> list[str]:
    return __all__


def _named(_: Any, event: Any) -> list[str]:
    """Offer the names of tables where a notebook asks for what may follow ``rc.table(``."""
    from recount.datapackage import package

    quote = "" if re.search(r"[\"'][\w-]*$", event.line) else '"'
    return [f"{quote}{name}{quote}" for name in package() if name.startswith(event.symbol)]


if shell := getattr(builtins, "get_ipython", lambda: None)():
    shell.set_hook("complete_command", _named, re_key=r".*\b(table|evidence|citation)\([^)]*$")
