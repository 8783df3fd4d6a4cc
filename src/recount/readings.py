"""A computed value, what rounding or the data leave open of it, and what it was computed from."""

import math
from collections.abc import Iterable
from functools import cached_property
from typing import Self

import pandas as pd

from recount.claims import Claim
from recount.datapackage import GRADES
from recount.files import RecountError
from recount.wording import Interval, plain


class Reading:
    """A value computed from rows, as an interval.

    A *rounded* reading is a value with the ends that the printed digits of its figures allow; it agrees with a stated
    interval where the two overlap, as statcheck and GRIM have it. A *bounded* one (`Reading.bounded`) is what the data
    leave open, such as a lower bound: it agrees where it lies inside, disagrees where it lies outside, and otherwise
    cannot tell.

    Parameters
    ----------
    value
        The value, in the unit in which the claim is reckoned.
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
        self._claims = [part.id for part in used if isinstance(part, Claim)]
        self._rows = [_of_a_table(part) for part in used if not isinstance(part, Claim)]

    # What it rests on is read when it is asked for: a value is computed a thousand times with its figures moved.

    @cached_property
    def evidence(self) -> dict[str, str]:
        """The rows used of each table, as `compact` writes them; under ``claims`` the ids of those used."""
        used: dict[str, set[int]] = {}
        for rows in self._rows:
            used.setdefault(rows.attrs["table"], set()).update(map(int, rows.index))
        claims = {"claims": ", ".join(dict.fromkeys(self._claims))} if self._claims else {}
        return claims | {name: compact(numbers) for name, numbers in used.items()}

    @cached_property
    def grade(self) -> str:
        """The grade of the weakest datum."""
        return max({grade for rows in self._rows for grade in rows["grade"]}, key=GRADES.index, default="")

    @cached_property
    def published(self) -> str:
        """The day on which the youngest datum was published."""
        return max((str(max(rows["published"].unique()))[:10] for rows in self._rows), default="")

    @cached_property
    def sources(self) -> set[str]:
        """The keys of the sources."""
        return {key for rows in self._rows if "source" in rows for key in rows["source"]}

    @classmethod
    def bounded(
        cls, low: float, high: float, *used: pd.DataFrame | pd.Series | Claim, against: Interval | None = None
    ) -> Self:
        """Return what the data leave open, from `low` to `high`; one of the two may be infinite."""
        ends = [end for end in (low, high) if math.isfinite(end)]
        made = cls(sum(ends) / len(ends) if ends else math.nan, *used, low=low, high=high, against=against)
        made.is_bounded = True
        return made

    def subtracted_from(self, whole: float) -> "Reading":
        """Return the reading of the remainder, from the same rows."""
        rest: Reading = object.__new__(Reading)
        rest.__dict__ |= self.__dict__
        rest.value, rest.low, rest.high = whole - self.value, whole - self.high, whole - self.low
        return rest

    def test(self, stated: Claim) -> str:
        """Return the test of a claim that the reading belongs to: arithmetic, quotation or statistics."""
        if set(self.evidence) == {"claims"}:
            return "arithmetic"
        return "quotation" if self.sources and self.sources <= set(stated.quotes) else "statistics"

    def __repr__(self) -> str:
        ends = "" if self.low == self.high else f" ({plain(self.low)} to {plain(self.high)})"
        rests = "; ".join(f"{name} {rows}" for name, rows in self.evidence.items())
        public = f"; public {self.published}, {self.grade}" if self.published else ""
        outcome = f" {self.outcome}" if self.outcome else ""
        return f"{'' if self.is_bounded else plain(self.value)}{ends}{outcome}; from {rests}{public}".strip()


def _of_a_table(part: pd.DataFrame | pd.Series) -> pd.DataFrame:
    """Return rows as a frame; raise where they are none, or not those of a table."""
    rows = part.to_frame().T if isinstance(part, pd.Series) else part
    name = part.attrs.get("table")
    if name is None or rows.empty or not {"grade", "published"} <= set(rows):
        raise RecountError(
            "a reading needs rows of a table with grade and published; "
            f"found {len(rows)} rows of {name or 'no table'} with {', '.join(map(str, rows))}"
        )
    return rows


def outcome(found: Reading, allowed: Interval) -> str:
    """Return whether a reading agrees, disagrees or cannot tell."""
    if not allowed.meets(found.low, found.high):
        return "disagrees"
    return "agrees" if not found.is_bounded or allowed.covers(found.low, found.high) else "cannot tell"


def compact(rows: Iterable[int]) -> str:
    """Write row numbers as ranges: 2, 3, 4, 9 as "2-4, 9"; rows at one distance, four or more, as "3-27 by 8"."""
    left, runs = sorted(rows), []
    while left:
        step = left[1] - left[0] if len(left) > 1 else 1
        size = next((at for at in range(1, len(left)) if left[at] - left[at - 1] != step), len(left))
        size = size if step == 1 or size > 3 else 1
        ends = f"{left[0]}-{left[size - 1]}" if size > 1 else f"{left[0]}"
        runs.append(f"{ends} by {step}" if size > 1 < step else ends)
        left = left[size:]
    return ", ".join(runs)


def spread(ranges: str) -> list[int]:
    """Undo `compact`."""
    found: list[int] = []
    for part in filter(None, ranges.split(", ")):
        ends, _, step = part.partition(" by ")
        first, _, last = ends.partition("-")
        found += range(int(first), int(last or first) + 1, int(step or 1))
    return found
