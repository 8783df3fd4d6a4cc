"""A computed value, what rounding or the data leave open of it, and what it was computed from."""

import copy
import math
from collections.abc import Iterable
from functools import cached_property
from typing import Self

import pandas as pd

from recount.claims import Claim
from recount.datapackage import GRADES
from recount.files import RecountError
from recount.wording import Interval, plain

Evidence = dict[str, tuple[int, ...]]  # table -> the numbers of its rows


class Reading:
    """A value computed from rows, as an interval.

    A *rounded* reading is a value with the ends that the printed digits of its figures allow; it agrees with a stated
    interval where the two overlap, as statcheck and GRIM have it. A *bounded* one (`Reading.bounded`) is what the data
    leave open, such as a lower bound: it agrees where it lies inside, disagrees where it lies outside, and otherwise
    cannot tell.

    Parameters
    ----------
    value
        The value, in the unit of the claim.
    used
        The rows of the tables used, as `table` gave them, filtered at will; or claims, for arithmetic among the
        numbers of the texts.
    low, high
        The ends that rounding allows; the value itself by default.
    against
        What the reading is held against, where a threshold is a choice; the claim's own interval by default.

    Raises
    ------
    RecountError
        The value is no finite number or lies outside its ends; rows come without table, grade or day of publication.

    Examples
    --------
    >>> rows = rc.table("rd_expenditure").query("year == 2015")
    >>> rc.Reading(59, rows, low=58.5, high=59.5)
    59 (58.5 to 59.5); from rd_expenditure 157-187; public 2016-11-11, cross-checked
    """

    def __init__(
        self,
        value: float,
        *used: pd.DataFrame | pd.Series | Claim,
        low: float | None = None,
        high: float | None = None,
        against: Interval | None = None,
    ) -> None:
        self.value = float(value)
        self.low, self.high = (self.value if end is None else float(end) for end in (low, high))
        self.against, self.is_bounded = against, False
        self.outcome = ""  # in words, once it was held against a claim
        if not math.isfinite(self.value):
            raise RecountError(f"a reading is {self.value}: a figure is missing, or a denominator is zero")
        if not self.low <= self.value <= self.high:
            raise RecountError(f"a reading of {self.value} lies outside its ends, {self.low} to {self.high}")
        if not used:
            raise RecountError("a reading needs the rows or claims it was computed from")
        self.claims = tuple(dict.fromkeys(part.id for part in used if isinstance(part, Claim)))
        self._rows = [_rows_of_a_table(part) for part in used if not isinstance(part, Claim)]

    # What it rests on is read when it is asked for: a value is computed a thousand times with its figures moved.

    @cached_property
    def evidence(self) -> Evidence:
        """The rows used of each table."""
        used: dict[str, set[int]] = {}
        for rows in self._rows:
            used.setdefault(rows.attrs["table"], set()).update(map(int, rows.index))
        return {name: tuple(sorted(numbers)) for name, numbers in used.items()}

    @cached_property
    def grade(self) -> str:
        """The grade of the weakest datum."""
        return max({grade for rows in self._rows for grade in rows["grade"]}, key=GRADES.index, default="")

    @cached_property
    def published(self) -> str:
        """The day on which the youngest datum was published."""
        return max((str(max(rows["published"].unique()))[:10] for rows in self._rows), default="")

    @classmethod
    def bounded(
        cls, low: float, high: float, *used: pd.DataFrame | pd.Series | Claim, against: Interval | None = None
    ) -> Self:
        """Return what the data leave open, from `low` to `high`; one of the two may be infinite."""
        ends = [end for end in (low, high) if math.isfinite(end)]
        reading = cls(sum(ends) / len(ends) if ends else math.nan, *used, low=low, high=high, against=against)
        reading.is_bounded = True
        return reading

    def subtracted_from(self, whole: float) -> "Reading":
        """Return the reading of the remainder, from the same rows."""
        rest = copy.copy(self)
        rest.value, rest.low, rest.high = whole - self.value, whole - self.high, whole - self.low
        return rest

    def outcome_with(self, allowed: Interval) -> str:
        """Return whether the reading agrees, disagrees or cannot tell, held against an interval."""
        if not allowed.meets(self.low, self.high):
            return "disagrees"
        return "agrees" if not self.is_bounded or allowed.covers(self.low, self.high) else "cannot tell"

    def test(self, stated: Claim) -> str:
        """Return the test of a claim that the reading belongs to: arithmetic, quotation or statistics."""
        if not self._rows:
            return "arithmetic"
        sources = {key for rows in self._rows if "source" in rows for key in rows["source"]}
        return "quotation" if sources and sources <= set(stated.quotes) else "statistics"

    def __repr__(self) -> str:
        ends = "" if self.low == self.high else f" ({plain(self.low)} to {plain(self.high)})"
        claims = [f"claims {', '.join(self.claims)}"] if self.claims else []
        used = "; ".join([*claims, *(f"{name} {in_words(rows)}" for name, rows in self.evidence.items())])
        public = f"; public {self.published}, {self.grade}" if self.published else ""
        outcome = f" {self.outcome}" if self.outcome else ""
        return f"{'' if self.is_bounded else plain(self.value)}{ends}{outcome}; from {used}{public}".strip()


def _rows_of_a_table(part: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """Return rows as a frame; raise where they are none, or not those of a table."""
    rows = part.to_frame().T if isinstance(part, pd.Series) else part
    name = part.attrs.get("table")
    if name is None or rows.empty or not {"grade", "published"} <= set(rows):
        raise RecountError(
            "a reading needs rows of a table with grade and published; "
            f"found {len(rows)} rows of {name or 'no table'} with {', '.join(map(str, rows))}"
        )
    return rows


def ranges(rows: Iterable[int]) -> list[list[int]]:
    """Return row numbers as [first, last] or [first, last, step]: 2, 3, 4, 9 are [2, 4] and [9, 9]."""
    left, runs = sorted(rows), []
    while left:
        step = left[1] - left[0] if len(left) > 1 else 1
        size = next((at for at in range(1, len(left)) if left[at] - left[at - 1] != step), len(left))
        size = size if step == 1 or size > 3 else 1  # four rows or more at one distance
        runs.append([left[0], left[size - 1], *([step] if size > 1 < step else [])])
        left = left[size:]
    return runs


def rows_in(runs: Iterable[list[int]]) -> tuple[int, ...]:
    """Return the row numbers that `ranges` made ranges of."""
    return tuple(row for first, last, *step in runs for row in range(first, last + 1, *step))


def in_words(rows: Iterable[int]) -> str:
    """Return row numbers for a reader: "2-4, 9", and rows at one distance as "3-27 by 8"."""
    ends = [(f"{first}-{last}" if first < last else f"{first}", *step) for first, last, *step in ranges(rows)]
    return ", ".join(" by ".join(map(str, parts)) for parts in ends)
