"""How easily a verdict would be another: which published figure would overturn it, and which choices decide."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from recount.datapackage import primary_key, resource_of
from recount.multiverse import Multiverse, Specification
from recount.readings import Reading

LIMIT = 0.999  # a figure is at most doubled or all but taken away, for it may divide
NUDGE = 1e-6
FINE = 1e-5
FEW = 6
SAFE = 4  # times the change that the line expects, for few values move along one


class Breakdown(NamedTuple):
    """The published figure whose smallest relative change would flip the literal outcome."""

    table: str
    row: int
    column: str
    label: str
    change: float


class Perturbation:
    """The literal reading of a claim with figures moved in copies of its tables; every move is undone."""

    def __init__(self, multiverse: Multiverse) -> None:
        self.multiverse = multiverse
        self.published = multiverse()
        self.tables = [table.copy() for table in multiverse.tables]

    def figures(self) -> Iterator[tuple[pd.DataFrame, str, pd.Series]]:
        """Yield (table, column, figures) of each column of numbers, of the rows used."""
        for table in self.tables:
            name = str(table.attrs["table"])
            rows = list(self.published.evidence.get(name, ()))
            for field in resource_of(name)["schema"]["fields"]:
                column = field["name"]
                if field["type"] in ("number", "integer") and column in table and column not in primary_key(name):
                    table[column] = table[column].astype("float64")
                    figures = table.loc[rows, column].dropna()
                    yield table, column, figures[figures != 0]  # zero has no part to change by

    def responding(self, table: pd.DataFrame, column: str, figures: pd.Series, part: float) -> Iterator[pd.Series]:
        """Yield each figure that may move the value when changed by `part` of itself, sought in halves of halves."""
        if len(figures) <= FEW:
            yield from (figures.iloc[[at]] for at in range(len(figures)))
            return
        parts = part * np.linspace(1, 0.5, len(figures))
        if any(self.differs(self.moved(table, column, figures * by)) for by in (parts, -parts)):
            half = len(figures) // 2
            for half_of_them in (figures.iloc[:half], figures.iloc[half:]):
                yield from self.responding(table, column, half_of_them, part)

    def moved(self, table: pd.DataFrame, column: str, by: pd.Series) -> Reading | None:
        """Return the reading with figures of a column changed by so much, or None where there then is none."""
        before = table[column]
        table.loc[by.index, column] = before.loc[by.index] + by
        try:
            with np.errstate(all="ignore"):
                return self.multiverse.compute(*self.tables, **self.multiverse.literal)
        except Exception:  # whatever a function may raise on a table so disfigured
            return None
        finally:
            table[column] = before

    def differs(self, reading: Reading | None) -> bool:
        """Return whether value or ends are others than those of the figures as published."""
        same = self.published
        return reading is None or (reading.value, reading.low, reading.high) != (same.value, same.low, same.high)

    def side(self, reading: Reading | None) -> int | None:
        """Return on which side of what is allowed a reading lies: -1 below, 0 agrees, 1 above, None cannot tell.

        Nor can a reading be compared that is bounded where the other was rounded.
        """
        if reading is None or reading.is_bounded != self.published.is_bounded:
            return None
        allowed = reading.against or self.multiverse.claim.interval
        outcome = reading.outcome_with(allowed)
        if outcome == "disagrees":
            return -1 if reading.high <= allowed.low else 1
        return 0 if outcome == "agrees" else None

    def expected_changes(self, table: pd.DataFrame, column: str, figure: pd.Series) -> list[float]:
        """Return which parts of a figure would carry the reading across what is allowed, on the line of a nudge."""
        published, nudged = self.published, self.moved(table, column, NUDGE * figure)
        allowed, side = published.against or self.multiverse.claim.interval, self.side(published)
        if nudged is None or nudged.value == published.value:
            return []
        gaps = [allowed.low - published.high] if side != 1 else []
        gaps += [allowed.high - published.low] if side != -1 else []
        return [NUDGE * gap / (nudged.value - published.value) for gap in gaps if math.isfinite(gap)]

    def smallest(
        self, table: pd.DataFrame, column: str, figure: pd.Series, limit: float, expected: float
    ) -> float | None:
        """Return the smallest part of a figure, up to `limit`, whose addition leads to agreement or away from it.

        By bisection, which begins a thousandth to either side of what is `expected`.
        """
        start, low, high = self.side(self.published), 0.0, limit
        if (reached := self.side(self.moved(table, column, figure * high))) in (start, None):
            return None
        guesses = [1.001 * expected, 0.999 * expected]
        while abs(high - low) > FINE * abs(high):
            middle = guesses.pop() if guesses else (low + high) / 2
            if not min(low, high) < middle < max(low, high):
                continue
            side = self.side(self.moved(table, column, figure * middle))
            low, high, reached = (middle, high, reached) if side == start else (low, middle, side)
        return high if reached is not None and 0 in (start, reached) else None


def breakdown(multiverse: Multiverse) -> Breakdown | None:
    """Return the published figure whose smallest relative change would flip the literal outcome.

    Each figure of the literal evidence is nudged, by itself, in the tables that the pure function is given; the line
    through the nudge says how large a change would flip the outcome, and those that need the least are searched by
    bisection. Where no figure of a column moves the value by a nudge, as with counts and ranks, all are searched that
    move it when doubled. None where no figure flips the outcome by itself, or the outcome cannot tell.

    References
    ----------
    After the breakdown point of robust statistics, and Broderick, Giordano and Meager (2020), An automatic
    finite-sample robustness metric, which asks how few observations overturn a result.
    """
    trial, best, limit = Perturbation(multiverse), None, LIMIT
    if trial.side(trial.published) is None:
        return None
    candidates: list[tuple[float, pd.DataFrame, str, pd.Series]] = []
    for table, column, figures in trial.figures():
        changes = [
            (change, table, column, figure)
            for figure in trial.responding(table, column, figures, NUDGE)
            for change in trial.expected_changes(table, column, figure)
        ]
        doubled = trial.responding(table, column, figures, LIMIT) if not changes else ()
        candidates += changes or [(change, table, column, figure) for figure in doubled for change in (-1e-9, 1e-9)]
    for expected, table, column, figure in sorted(candidates, key=lambda candidate: round(abs(candidate[0]), 6)):
        if abs(expected) <= SAFE * limit:
            most = math.copysign(limit, expected)
            if (change := trial.smallest(table, column, figure, most, expected)) is not None:
                row, name, limit = int(figure.index[0]), str(table.attrs["table"]), abs(change)
                label = ", ".join(str(cell) for cell in table.loc[row, primary_key(name)] if str(cell) != "")
                best = Breakdown(name, row, column, label, change)
    return best


def condition(deciding: Sequence[Specification], choices: Sequence[str]) -> str:
    """Return the shortest rule that separates agreeing from disagreeing specifications; nothing if there is none.

    A rule names levels of one or more choices, all of which must be met. It is given for agreement or, if that takes
    fewer choices or levels, for disagreement.
    """
    rules: list[tuple[int, int, bool, str]] = []
    for word, agreeing in (("exactly when", True), ("except when", False)):
        side = [spec for spec in deciding if spec.agrees == agreeing]
        if not 0 < len(side) < len(deciding):
            return ""
        for size in range(1, len(choices) + 1):
            levels = [_levels_taken(deciding, side, names) for names in itertools.combinations(choices, size)]
            separating = [taken for taken in levels if taken and _met(deciding, taken) == side]
            for taken in separating:
                text = " and ".join(f"{name.replace('_', ' ')} is {_any(values)}" for name, values in taken.items())
                rules.append((len(taken), sum(map(len, taken.values())), not agreeing, f"{word} {text}"))
            if separating:
                break
    return min(rules)[-1] if rules else ""


def _levels_taken(
    deciding: Sequence[Specification], side: Sequence[Specification], names: Sequence[str]
) -> dict[str, list[Any]]:
    """Return the levels that one side takes of some choices, less the choices of which it takes all."""
    taken = {name: [*dict.fromkeys(spec.choices[name] for spec in side)] for name in names}
    return {name: values for name, values in taken.items() if len(values) < len({s.choices[name] for s in deciding})}


def _met(deciding: Sequence[Specification], levels: Mapping[str, Sequence[Any]]) -> list[Specification]:
    return [spec for spec in deciding if all(spec.choices[name] in values for name, values in levels.items())]


def _any(levels: Sequence[Any]) -> str:
    """Return levels as words: 2013 to 2015; a, b or c."""
    numbers = [level for level in levels if isinstance(level, (int, np.integer))]
    if len(numbers) == len(levels) > 2 and sorted(numbers) == [*range(min(numbers), max(numbers) + 1)]:
        return f"{min(numbers)} to {max(numbers)}"
    *most, last = map(str, levels)
    return f"{', '.join(most)} or {last}" if most else last
