"""Invented rows and specifications, for the tests of readings, robustness and verdicts."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

import recount as rc
from recount.multiverse import Multiverse
from recount.verdict import Verdict

KNOWN, LATER = "2016-12-31", "2019-12-31"  # the claim rd-share, about 60 percent, was stated on 25 April 2017
QUOTED = "caixin-2017-youhro"  # the source that the text of the claim withdraw-bottom, 0.9 percent, quotes

Value = float | rc.Reading | None


def rows(first: int = 2, grade: str = "verified", published: str = KNOWN, source: str = "a-source") -> pd.DataFrame:
    """Return one row that counts as the row `first` of a table."""
    cells = {"rd_100m_yuan": 1.0, "grade": grade, "published": pd.Timestamp(published), "source": source}
    frame = pd.DataFrame([cells], index=[first])
    frame.attrs["table"] = "rd_expenditure"
    return frame


def reading(value: float, first: int = 9, **of_the_row: str) -> rc.Reading:
    return rc.Reading(value, rows(first, **of_the_row))


UNSURE = rc.Reading.bounded(10, 90, rows(2000))


def specify(
    values: Mapping[str, Value], *, key: str = "rd-share", as_written: str = "a", after: tuple[str, ...] = ()
) -> Multiverse:
    """Return specifications with these values, one a level; a number rests on a row of its own, known then."""

    def compute(way: str) -> rc.Reading | None:
        value = values[way]
        return reading(value, 2 + ord(way)) if isinstance(value, float | int) else value

    return rc.specifications(key, compute, way=list(values), as_written={"way": as_written}, after={"way": after})


def judged(values: Mapping[str, Value], **options) -> Verdict:
    return rc.judge(specify(values, **options), settles="a table")


def outcome(reading: rc.Reading, key: str = "rd-share") -> str:
    return reading.outcome_with(reading.against or rc.claim(key).interval)
