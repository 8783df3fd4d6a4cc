"""What a verdict is worth: how easily a number passes, what it would take to overturn it, and what decides."""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from recount.multiverse import Multiverse
from recount.readings import Reading, spread
from recount.tables import resource_of
from recount.wording import Interval

LIMIT = 1.0  # a figure is at most doubled or taken away
FINE = 1e-7


class Breakdown(NamedTuple):
    """The published figure whose smallest relative change would flip the literal outcome."""

    table: str
    row: int
    column: str
    label: str
    change: float


def chance(specifications: Multiverse, deciding: pd.DataFrame) -> float | None:
    """Return how often a number drawn at random would have agreed with one of the same specifications, 0 to 1.

    Drawn uniformly from half to twice the literal value, with an interval of the same width about it; reckoned exactly,
    as the share of that range with which some specification agrees. What cannot tell counts for neither side, here as
    in the verdict. None where the literal value is zero.
    """
    literal = float(specifications.table.loc[specifications.table["as_written"], "value"].iloc[0])
    if literal == 0 or deciding.empty:
        return None
    stated = specifications.claim
    ends = [end for end in (stated.interval.low, stated.interval.high) if math.isfinite(end)]
    point = stated.point if math.isfinite(stated.point) else sum(ends) / len(ends)
    first, last = sorted((literal / 2, literal * 2))
    met = []
    columns = ["low", "high", "least", "most", "bounded"]
    for low, high, least, most, is_bounded in deciding[columns].itertuples(index=False, name=None):
        inner, outer = (high, low) if is_bounded else (low, high)  # bounded readings agree inside, others by overlap
        met.append((max(first, inner - most + point), min(last, outer - least + point)))
    total, reached = 0.0, first
    for low, high in sorted(met):
        total += max(0.0, high - max(low, reached))
        reached = max(reached, high)
    return min(1.0, total / (last - first))


def breakdown(specifications: Multiverse) -> Breakdown | None:
    """Return the published figure whose smallest relative change would flip the literal outcome.

    Each figure of the literal evidence is raised and lowered, by itself, in the tables that the pure function is given,
    at most to nothing or to twice itself. None where no such change flips it, or the outcome cannot tell.

    References
    ----------
    After the breakdown point of robust statistics, and Broderick, Giordano and Meager (2020), An automatic
    finite-sample robustness metric, which asks how few observations overturn a result.
    """
    literal = specifications()
    allowed = literal.against or specifications.claim.interval
    here = _side(literal, allowed)
    if here is None:
        return None
    tables = [table.copy() for table in specifications.tables]

    def side(change: float, table: Any, row: int, column: str) -> int | None:
        before = table.at[row, column]
        table.at[row, column] = before * (1 + change)
        try:
            found = specifications.compute(*tables, **specifications.literal)
            return _side(found, found.against or allowed) if found is not None else None
        except Exception:  # a table so disfigured may have no reading
            return None
        finally:
            table.at[row, column] = before

    best, limit = None, LIMIT
    for table, row, column in _cells(literal, tables, specifications):
        for sign in (-1, 1):
            change = _smallest(partial(_signed, side, sign, table, row, column), here, limit)
            if change is not None:
                limit = change
                best = Breakdown(str(table.attrs["table"]), row, column, _label(table, row), sign * change)
    return best


def _signed(side: Callable[..., int | None], sign: int, table: Any, row: int, column: str, size: float) -> int | None:
    return side(sign * size, table, row, column)


def _side(found: Reading, allowed: Interval) -> int | None:
    """Return on which side of what is allowed a reading lies: -1 below, 0 agrees, 1 above, None cannot tell."""
    if not allowed.meets(found.low, found.high):
        return -1 if found.high <= allowed.low else 1
    return 0 if not found.is_bounded or allowed.covers(found.low, found.high) else None


def _smallest(side: Callable[[float], int | None], here: int, limit: float) -> float | None:
    """Return the smallest change up to `limit` that leads from one side to agreement, or away from it."""
    if side(limit) in (here, None):
        return None
    low, high = 0.0, limit
    while high - low > FINE * high:
        middle = (low + high) / 2
        low, high = (middle, high) if side(middle) == here else (low, middle)
    reached = side(high)
    return high if reached is not None and (here == 0 or reached == 0) else None


def _cells(literal: Reading, tables: Sequence[Any], specs: Multiverse) -> Iterator[tuple[Any, int, str]]:
    """Yield each figure of the literal evidence that the value may depend on."""
    for table in tables:
        name = str(table.attrs["table"])
        if name not in literal.evidence:
            continue
        schema, rows = resource_of(name)["schema"], spread(literal.evidence[name])
        for field in schema["fields"]:
            column = field["name"]
            if field["type"] not in ("number", "integer") or column in schema.get("primaryKey", []):
                continue
            table[column] = table[column].astype("float64")
            if _matters(table, rows, column, tables, specs, literal):
                yield from (
                    (table, row, column) for row in rows if table.at[row, column] and pd.notna(table.at[row, column])
                )


def _matters(
    table: Any, rows: Sequence[int], column: str, tables: Sequence[Any], specs: Multiverse, was: Reading
) -> bool:
    """Return whether the value moves when a column's figures are moved, each by another factor."""
    before = table.loc[rows, column].copy()
    try:
        for factors in (np.linspace(0.4, 1.7, len(rows)), np.linspace(1.7, 0.4, len(rows))):
            table.loc[rows, column] = before * factors
            found = specs.compute(*tables, **specs.literal)
            if found is None or (found.value, found.low, found.high) != (was.value, was.low, was.high):
                return True
        return False
    except Exception:  # it matters so much that nothing can be computed
        return True
    finally:
        table.loc[rows, column] = before


def _label(table: Any, row: int) -> str:
    """Return what a row is about: its primary key in words."""
    keys = resource_of(str(table.attrs["table"]))["schema"].get("primaryKey", [])
    return ", ".join(str(value) for value in table.loc[row, keys] if str(value) != "")


def condition(deciding: pd.DataFrame, choices: Sequence[str]) -> str:
    """Return the shortest rule that separates agreeing from disagreeing specifications; nothing if there is none.

    A rule names levels of one or more choices, all of which must be met. It is told for agreement or, if that takes
    fewer choices or levels, for disagreement.
    """
    found = []
    if deciding["outcome"].nunique() < 2:
        return ""
    for word, inside in (("exactly when", True), ("except when", False)):
        side = deciding["outcome"] == ("agrees" if inside else "disagrees")
        for size in range(1, len(choices) + 1):
            for names in itertools.combinations(choices, size):
                levels = {name: [*dict.fromkeys(deciding.loc[side, name])] for name in names}
                levels = {n: v for n, v in levels.items() if len(v) < deciding[n].nunique()}
                met = np.logical_and.reduce([deciding[n].isin(v) for n, v in levels.items()] or [side | True])
                if levels and (met == side).all():
                    told = " and ".join(f"{n.replace('_', ' ')} is {_any(v)}" for n, v in levels.items())
                    found.append((len(levels), sum(map(len, levels.values())), not inside, f"{word} {told}"))
            if found and found[-1][2] is not inside:
                break
    return min(found)[-1] if found else ""


def _any(levels: Sequence[Any]) -> str:
    """Return levels as words: 2013 to 2015; a, b or c."""
    numbers = [level for level in levels if isinstance(level, (int, np.integer))]
    if len(numbers) == len(levels) > 2 and sorted(numbers) == [*range(min(numbers), max(numbers) + 1)]:
        return f"{min(numbers)} to {max(numbers)}"
    *most, last = map(str, levels)
    return f"{', '.join(most)} or {last}" if most else last


def nearest(specifications: Multiverse, deciding: pd.DataFrame) -> Mapping[str, Any] | None:
    """Return the deciding specification nearest to the number stated: its choices and its value."""
    if deciding.empty:
        return None
    stated = specifications.claim
    point = stated.point if math.isfinite(stated.point) else np.clip(deciding["value"], *_ends(stated.interval))
    gap = (deciding["value"] - point).abs()
    row: Any = deciding.iloc[int(gap.to_numpy().argmin())]
    return {"value": float(row["value"])} | {name: row[name] for name in specifications.choices}


def _ends(allowed: Interval) -> tuple[float, float]:
    return allowed.low, allowed.high
