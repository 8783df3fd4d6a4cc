"""What a verdict is worth: how easily a number passes, what it would take to overturn it, and what decides."""

import itertools
import math
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from recount.datapackage import resource_of
from recount.multiverse import Multiverse
from recount.readings import Reading, compact, spread
from recount.wording import Interval

LIMIT = 0.999  # a figure is at most doubled or all but taken away, for it may divide
NUDGE = 0.03
FINE = 1e-5
FEW = 8

Cells = dict[str, dict[str, str]]  # table: column: its rows, as `compact` writes them


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


class Figure(NamedTuple):
    """A number in a row of a table, and the `size` by which it is moved: its own or, for a zero, its column's."""

    table: Any
    row: int
    column: str
    size: float

    @property
    def name(self) -> str:
        """The table's name."""
        return str(self.table.attrs["table"])

    @property
    def value(self) -> float:
        """The number as it stands in the table now."""
        return float(self.table.at[self.row, self.column])

    @property
    def label(self) -> str:
        """What the row is about: its primary key in words."""
        return ", ".join(str(value) for value in self.table.loc[self.row, keys(self.name)] if str(value) != "")


class Figures:
    """The figures that the reading under some `choices` names, to be moved in copies of the tables it is given.

    `was` is the reading as published, `rows` are those of each table that it names. Every move is undone, so that
    the copies may be shared.
    """

    def __init__(self, specifications: Multiverse, choices: Mapping[str, Any], tables: Sequence[Any] = ()) -> None:
        self.was = specifications(**choices)
        self.stated = specifications.claim.interval
        self.compute = partial(specifications.compute, **choices)
        self.tables = tables or [table.copy() for table in specifications.tables]
        self.rows = {name: spread(rows) for name, rows in self.was.evidence.items() if name != "claims"}

    def columns(self) -> Iterator[tuple[Any, str]]:
        """Yield each column of figures with its table; a key is none."""
        for table in self.tables:
            name = str(table.attrs["table"])
            for field in resource_of(name)["schema"]["fields"]:
                column = field["name"]
                if field["type"] in ("number", "integer") and column in table and column not in keys(name):
                    if table[column].dtype != "float64":
                        table[column] = table[column].astype("float64")
                    yield table, column

    def live(self, known: Container[tuple[str, int, str]] = ()) -> Iterator[Figure]:
        """Yield each figure that is named and may move the value, but those `known` by table, row and column."""
        for table, column in self.columns():
            name = str(table.attrs["table"])
            rows = [row for row in self.rows.get(name, ()) if (name, row, column) not in known]
            yield from self._live(table, column, self.sizes(table, column, rows))

    def _live(self, table: Any, column: str, sizes: pd.Series) -> Iterator[Figure]:
        """Yield the figures of those halves of halves that move the value, down to a few."""
        if self.reads(table, column, sizes):
            if len(sizes) <= FEW:
                yield from (Figure(table, row, column, sizes[row]) for row in sizes.index.tolist())
            else:
                for half in (sizes.iloc[: len(sizes) // 2], sizes.iloc[len(sizes) // 2 :]):
                    yield from self._live(table, column, half)

    def sizes(self, table: Any, column: str, rows: Sequence[int]) -> pd.Series:
        """Return by how much each figure of these rows is moved at most."""
        found: pd.Series = table.loc[list(rows), column].dropna()
        return found.where(found != 0, found.abs().max() or 1.0)

    def reads(self, table: Any, column: str, sizes: pd.Series) -> bool:
        """Return whether the value moves when figures of a column do: each by another part of itself, or all alike."""
        before, parts = table.loc[sizes.index, column].copy(), np.linspace(-LIMIT, LIMIT, len(sizes))
        try:
            for change in (parts, -parts, LIMIT, -LIMIT) if len(sizes) else ():
                table.loc[sizes.index, column] = before + change * sizes
                if self.differs(self._found(self.tables)):
                    return True
            return False
        finally:
            table.loc[sizes.index, column] = before

    def moved(self, figure: Figure, change: float) -> Reading | None:
        """Return the reading with one figure changed by this part of itself, if it can still be computed."""
        table, row, column, size = figure
        before = table.at[row, column]
        table.at[row, column] = before + change * size
        try:
            return self._found(self.tables)
        finally:
            table.at[row, column] = before

    def listed(self, name: str, rows: Sequence[int]) -> list[int]:
        """Return those of a table's rows without which the value is another."""

        def matter(left_out: Sequence[int]) -> bool:
            named = [table.drop(left_out) if table.attrs["table"] == name else table for table in self.tables]
            return self.differs(self._found(named))

        return [row for row in rows if matter([row])] if rows and matter(rows) else []

    def _found(self, tables: Sequence[Any]) -> Reading | None:
        try:
            with np.errstate(all="ignore"):
                return self.compute(*tables)
        except Exception:  # a table so disfigured may have no reading
            return None

    def differs(self, found: Reading | None) -> bool:
        """Return whether value or ends are others than those of the figures as published."""
        was = self.was
        return found is None or (found.value, found.low, found.high) != (was.value, was.low, was.high)

    def side(self, found: Reading | None) -> int | None:
        """Return on which side of what is allowed a reading lies: -1 below, 0 agrees, 1 above, None cannot tell.

        Nor can a reading be compared that is bounded where the other was rounded.
        """
        if found is None or found.is_bounded != self.was.is_bounded:
            return None
        allowed = found.against or self.stated
        if not allowed.meets(found.low, found.high):
            return -1 if found.high <= allowed.low else 1
        return 0 if not found.is_bounded or allowed.covers(found.low, found.high) else None

    def slope(self, figure: Figure) -> float:
        """Return how far the value moves with a figure, near where both are."""
        found = self.moved(figure, NUDGE)
        return abs(found.value - self.was.value) if found else math.inf

    def smallest(self, figure: Figure, sign: int, limit: float) -> float | None:
        """Return the smallest change up to `limit` that leads to agreement, or away from it."""
        here, low, high = self.side(self.was), 0.0, limit
        if (reached := self.side(self.moved(figure, sign * high))) in (here, None):
            return None
        while high - low > FINE * high:
            middle = (low + high) / 2
            there = self.side(self.moved(figure, sign * middle))
            low, high, reached = (middle, high, reached) if there == here else (low, middle, there)
        return high if reached is not None and 0 in (here, reached) else None


def keys(name: str) -> list[str]:
    """Return the primary key of a table."""
    return list(resource_of(name)["schema"].get("primaryKey", []))


def sensitivity(specifications: Multiverse) -> tuple[Cells, Breakdown | None]:
    """Return the cells that the literal value rests on, and the one whose smallest change would flip its outcome.

    Each figure of the literal evidence is doubled and taken away, by itself, in the tables that the pure function is
    given; it is a cell where that changes the value or an end. A row without such a figure counts where the value is
    another without it: its primary key stands for it. There is no breakdown where no figure flips the outcome, or the
    outcome cannot tell.

    References
    ----------
    After the breakdown point of robust statistics, and Broderick, Giordano and Meager (2020), An automatic
    finite-sample robustness metric, which asks how few observations overturn a result.
    """
    figures = Figures(specifications, specifications.literal)
    here, cells = figures.side(figures.was), {}  # type: int | None, dict[str, dict[str, list[int]]]
    flips: list[tuple[float, Figure, list[int]]] = []
    for figure in figures.live():
        found: dict[int, Reading | None] = {}
        for sign in (-1, 1):
            found[sign] = figures.moved(figure, sign * LIMIT)
            if here is None and figures.differs(found[sign]):
                break  # there is no side to be moved from
        if any(figures.differs(each) for each in found.values()):
            cells.setdefault(figure.name, {}).setdefault(figure.column, []).append(figure.row)
        signs = [sign for sign, each in found.items() if here is not None and figures.side(each) not in (here, None)]
        if signs and figure.value:  # zero has no part to change by
            flips.append((figures.slope(figure), figure, signs))
    for name, rows in figures.rows.items():
        known = {row for column in cells.get(name, {}).values() for row in column}
        if listed := figures.listed(name, [row for row in rows if row not in known]):
            cells.setdefault(name, {})[", ".join(keys(name))] = listed
    best, limit = None, LIMIT
    for _, figure, signs in sorted(flips, key=lambda flip: -flip[0]):  # the steepest first: few others are searched
        for sign in signs:
            if (change := figures.smallest(figure, sign, limit)) is not None:
                limit, best = change, Breakdown(figure.name, figure.row, figure.column, figure.label, sign * change)
    return {name: {column: compact(rows) for column, rows in of.items()} for name, of in cells.items()}, best


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
