"""The interval that a wording allows: case by case, and by properties that hold for every number."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import recount as rc
from recount.wording import APPROXIMATORS, COMPARATORS, Interval, agreement, from_to, stated_interval

CASES = [
    ("26.9", "", "", 26.85, 26.95),
    ("five", "just", "", 4.5, 5.5),
    ("60.0", "", "", 59.95, 60.05),
    ("60", "", "", 55, 65),
    ("0", "", "", -0.5, 0.5),
    ("-3", "", "", -3.5, -2.5),
    ("250,000–300,000", "", "", 245_000, 305_000),
    ("60", "about", "", 52, 68),
    ("0.9", "roughly", "", 0.805, 0.995),
    ("25", "nearly", "", 22.5, 25),
    ("-10", "nearly", "", -10, -9),
    ("two", "", "within", -math.inf, 2),
    ("50", "", "more than", 50, math.inf),
    ("50", "", "at least", 50, math.inf),
    ("50", "", "less than", -math.inf, 50),
    ("50", "about", "over", 50, math.inf),
]


@pytest.mark.parametrize(("value", "approximator", "comparator", "low", "high"), CASES)
def test_stated_interval_of_a_wording(value: str, approximator: str, comparator: str, low: float, high: float) -> None:
    interval = stated_interval(value, approximator, comparator)
    assert (interval.low, interval.high) == pytest.approx((low, high))


def test_stated_interval_includes_or_excludes_its_ends() -> None:
    bare, around, below = (stated_interval("60", word) for word in ("", "about", "nearly"))
    assert 55 in bare and 65 not in bare
    assert 68 in around and 68.01 not in around
    assert 60 in below and 60.01 not in below
    assert 50 in stated_interval("50", "", "at least") and 50 not in stated_interval("50", "", "more than")


def test_stated_interval_with_significant_digits_and_factor() -> None:
    assert stated_interval("60", significant_digits=2) == Interval(59.5, 60.5, True, False)
    assert stated_interval("23", factor=10**6).low == 22_500_000


@pytest.mark.parametrize(
    "words", [("sixty-ish",), ("",), ("300–200",), ("1–2–3",), ("60", "circa"), ("60", "", "beyond")]
)
def test_stated_interval_refuses_what_no_rule_covers(words: tuple[str, ...]) -> None:
    with pytest.raises(rc.RecountError):
        stated_interval(*words)
    for digits in (0, 3, -1):
        with pytest.raises(rc.RecountError, match="'60' is no number or rising range"):
            stated_interval("60", significant_digits=digits)


numbers = st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False, allow_infinity=False)
approximators = st.sampled_from(sorted(APPROXIMATORS))


@given(numbers, approximators, st.sampled_from(sorted(COMPARATORS)))
def test_stated_interval_contains_the_printed_value(number: Decimal, approximator: str, comparator: str) -> None:
    interval = stated_interval(str(number), approximator, comparator)
    assert interval.low <= float(number) <= interval.high
    if COMPARATORS[comparator] not in (">", "<"):
        assert float(number) in interval


@given(numbers, approximators, st.sampled_from([1, 1000, 10**6]))
def test_stated_interval_narrows_with_decimals_and_scales_with_units(
    number: Decimal, approximator: str, factor: int
) -> None:
    coarse, bare = stated_interval(str(number), approximator), stated_interval(str(number))
    fine = stated_interval(f"{number}0", approximator)
    assert coarse.low <= fine.low and fine.high <= coarse.high
    if approximator in ("about", "roughly"):
        assert coarse.low <= bare.low and bare.high <= coarse.high
    scaled = stated_interval(str(number), approximator, factor=factor)
    assert (scaled.low, scaled.high) == pytest.approx((coarse.low * factor, coarse.high * factor))


def test_interval_meets_and_covers_a_range() -> None:
    bare, more = stated_interval("60"), stated_interval("60", "", "more than")
    assert bare.meets(50, 55) and not bare.meets(65, 70), "the upper end rounds away"
    assert bare.covers(55, 64.9) and not bare.covers(55, 65)
    assert more.meets(0, 61) and not more.meets(0, 60) and not more.covers(60, 61)
    assert more.covers(61, math.inf) and not bare.covers(61, math.inf)


def test_numbers_ranges_and_intervals_in_words() -> None:
    numbers = {58.98123: "58.98", 1234567.8: "1,234,568", -0.0: "0", -0.0001: "-0.0001", 0.41504: "0.415"}
    assert {value: rc.plain(value) for value in numbers} == numbers
    ends = {(58.12, 58.98): "58.12 to 58.98", (30, 30): "30", (30, None): "30 or more", (-math.inf, 2): "2 or less"}
    assert {pair: from_to(*pair) for pair in ends} == ends and from_to(None, math.inf) == ""
    intervals = {(52, 68): "52 to 68", (3, 3): "exactly 3", (50, math.inf, False): "more than 50"}
    intervals |= {(-math.inf, 2): "at most 2", (-math.inf, math.inf): "any value"}
    assert {interval: str(Interval(*interval)) for interval in intervals} == intervals
    counts = {(5, 3, 2): "3 of 3, 2 cannot tell", (3, 3, 0): "3 of 3", (1, 0, 1): "1 cannot tell", (0, 0, 0): ""}
    assert {ways: agreement(*ways) for ways in counts} == counts
