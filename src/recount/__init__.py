"""Recount: the numbers that essays state, counted again beside official statistics.

A notebook writes ``import recount as rc``. Nothing is read and no plotting library is loaded before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "answers": ("answer",),
    "board": ("scoreboard",),
    "charts": ("dumbbell", "intervals", "lines", "named_scatter", "ranked_bars"),
    "curve": ("specification_curve",),
    "claims": ("claim", "essays", "ledger"),
    "figures": ("figure",),
    "files": ("RecountError",),
    "wording": ("Interval", "plain", "stated_interval"),
    "measures": (
        "herfindahl",
        "linear_bounds",
        "logit_speed",
        "proportional_fitting",
        "zipf_exponent",
    ),
    "multiverse": ("Multiverse", "specifications"),
    "readings": ("Reading",),
    "records": ("executed", "gathered"),
    "style": ("GREY", "PALETTE"),
    "tables": ("Listing", "citation", "evidence", "sources", "table"),
    "tiles": ("tile_map",),
    "verdict": ("Verdict", "claims_table", "judge", "summary", "timeline"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"recount has no {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"recount.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
