"""Readings: rounded or bounded, held against an interval, and the rows that they rest on."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented import KNOWN, QUOTED, reading, rows

import recount as rc
from recount.readings import Reading, in_words, ranges, rows_in
from recount.wording import Interval, stated_interval


def test_a_rounded_reading_agrees_where_it_overlaps() -> None:
    outcomes = {(26.5, 27.5): "agrees", (27, 27): "disagrees", (26.95, 27.5): "disagrees", (26, 27): "agrees"}
    stated = stated_interval("26.9")  # 26.95 rounds to 27.0
    readings = {ends: Reading(27, rows(), low=ends[0], high=ends[1]) for ends in outcomes}
    assert {ends: reading.outcome_with(stated) for ends, reading in readings.items()} == outcomes


def test_a_bounded_reading_agrees_inside_disagrees_outside_and_else_cannot_tell() -> None:
    outcomes = {(46, 54): "agrees", (56, 70): "disagrees", (33, 67): "cannot tell", (50, 60): "cannot tell"}
    outcomes |= {(45, math.inf): "cannot tell", (56, math.inf): "disagrees", (-math.inf, 44): "disagrees"}
    assert {ends: Reading.bounded(*ends, rows()).outcome_with(Interval(45, 55)) for ends in outcomes} == outcomes
    assert Reading.bounded(46, math.inf, rows()).outcome_with(Interval(45, math.inf)) == "agrees"


def test_a_reading_needs_a_number_inside_its_ends_and_its_rows() -> None:
    bare = rows()
    bare.attrs.clear()
    faulty = {
        "is nan: a figure is missing": lambda: Reading(math.nan, rows()),
        "outside its ends": lambda: Reading(1, rows(), low=2, high=3),
        "rows or claims": lambda: Reading(1),
        "found 1 rows of no table": lambda: Reading(1, bare),
        "found 0 rows of rd_expenditure": lambda: Reading(1, rows().iloc[:0]),
        "rows of rd_expenditure with rd_100m_yuan": lambda: Reading(1, rows()[["rd_100m_yuan"]]),
    }
    for message, make in faulty.items():
        with pytest.raises(rc.RecountError, match=message):
            make()


def test_the_weakest_grade_the_latest_day_and_all_rows_count() -> None:
    mixed = Reading(1, rows(3, "cross-checked", "2016-01-01"), rows(7, "inferred", "2015-05-01"), rows(2).iloc[0])
    assert (mixed.grade, mixed.published, mixed.evidence) == ("inferred", KNOWN, {"rd_expenditure": (2, 3, 7)})
    assert repr(mixed) == "1; from rd_expenditure 2-3, 7; public 2016-12-31, inferred"
    rest = mixed.subtracted_from(100)
    assert (rest.value, rest.low, rest.high, rest.evidence) == (99, 99, 99, mixed.evidence)


def test_the_test_is_arithmetic_a_quotation_or_statistics() -> None:
    stated = rc.claim("withdraw-bottom")
    assert Reading(1, stated, rc.claim("rd-share")).test(stated) == "arithmetic"
    assert reading(1, source=QUOTED).test(stated) == "quotation"
    assert Reading(1, rows(source=QUOTED), rows(3)).test(stated) == reading(1).test(stated) == "statistics"


def test_row_numbers_in_words() -> None:
    texts = {(4, 2, 3, 9, 11): "2-4, 9, 11", (2, 4, 6): "2, 4, 6", (2, 3, 5, 13, 21, 29, 30): "2-3, 5-29 by 8, 30"}
    assert {numbers: in_words(numbers) for numbers in texts} == texts


@given(st.sets(st.integers(2, 60)))
def test_ranges_name_every_row_and_no_other(numbers: set[int]) -> None:
    runs = ranges(numbers)
    assert rows_in(runs) == tuple(sorted(numbers))
    assert all(len(run) in (2, 3) and run[0] <= run[1] for run in runs)
