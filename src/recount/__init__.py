"""Recount: the numbers that essays state, counted again beside official statistics.

A notebook writes ``import recount as rc``. Nothing is read and no plotting library is loaded before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "claims": ("Interval", "claim", "essays", "ledger", "plain", "stated_interval"),
    "collection": ("executed", "gathered"),
    "figures": (
        "BAND",
        "GREY",
        "PALETTE",
        "canvas",
        "figure",
        "label_line",
        "specification_curve",
        "stated_band",
        "tile_map",
    ),
    "files": ("RecountError",),
    "measures": (
        "concentration_index",
        "gini",
        "herfindahl",
        "linear_bounds",
        "location_quotient",
        "logit_speed",
        "lorenz",
        "primacy",
        "proportional_fitting",
        "rank_stability",
        "reallocation_gain",
        "shares",
        "subset_shares",
        "theil",
        "top_share",
        "zipf_exponent",
    ),
    "multiverse": ("Multiverse", "Reading", "specifications"),
    "tables": ("citation", "evidence", "sources", "table"),
    "verdict": ("Verdict", "claims_table", "judge", "summary"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"recount has no {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"recount.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
