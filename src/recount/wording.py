"""The interval to which a printed number commits its author."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal

from recount.files import RecountError
from recount.numerals import number

# How wording widens or turns the interval of a printed number. One table; `stated_interval` is its only reader.
ROUNDED, AROUND, BELOW = "rounded", "around", "below"
APPROXIMATORS = {
    "": ROUNDED,
    **dict.fromkeys(("just", "only", "as much as", "as many as", "even", "merely"), ROUNDED),
    **dict.fromkeys(("about", "approximately", "roughly", "around", "some"), AROUND),
    **dict.fromkeys(("nearly", "almost", "close to"), BELOW),
}
COMPARATORS = {
    "": "",
    **dict.fromkeys(("more than", "over", "above"), ">"),
    **dict.fromkeys(("at least",), ">="),
    **dict.fromkeys(("less than", "under", "below"), "<"),
    **dict.fromkeys(("at most", "up to", "no more than"), "<="),
}
AROUND_SHARE = Decimal("0.05")
BELOW_SHARE = Decimal("0.10")


@dataclass(frozen=True)
class Interval:
    """A range of values in one unit; an open end is excluded, an infinite end means no bound."""

    low: float
    high: float
    closed_low: bool = True
    closed_high: bool = True

    def __contains__(self, value: float) -> bool:
        above = value > self.low or (self.closed_low and value == self.low)
        return above and (value < self.high or (self.closed_high and value == self.high))

    def __str__(self) -> str:
        if math.isinf(self.low) and math.isinf(self.high):
            return "any value"
        if math.isinf(self.high):
            return f"{'at least' if self.closed_low else 'more than'} {plain(self.low)}"
        if math.isinf(self.low):
            return f"{'at most' if self.closed_high else 'less than'} {plain(self.high)}"
        return f"{plain(self.low)} to {plain(self.high)}" if self.low < self.high else f"exactly {plain(self.low)}"


def plain(value: float, digits: int = 4) -> str:
    """Return `value` with `digits` significant digits, but never fewer than its integer part has, with separators."""
    if not math.isfinite(value):
        return "none" if math.isnan(value) else str(value)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _half_unit(value: Decimal, significant_digits: int | None) -> Decimal:
    """Return half a unit of the last significant digit of a number as printed."""
    if significant_digits is not None:
        exponent = value.adjusted() - significant_digits + 1
    else:
        _, digits, printed_exponent = value.as_tuple()
        exponent = int(printed_exponent)
        if exponent == 0 and value:
            exponent = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return Decimal(5).scaleb(exponent - 1)


def stated_interval(
    value: str,
    approximator: str = "",
    comparator: str = "",
    *,
    significant_digits: int | None = None,
    factor: float = 1,
) -> Interval:
    """Return the values a wording commits its author to.

    A bare numeral stands for every value that rounds to it, trailing zeros of an integer not counting as
    significant. "About" allows at least 5% either way, "nearly" what lies from 10% below up to the number;
    "more than" and its like set one bound. A range ("250,000–300,000") runs from the lower end's low to the
    upper end's high.

    Parameters
    ----------
    value
        The number as printed: ``"26.9"``, ``"353,000"``, ``"five"``, ``"250,000–300,000"``.
    approximator, comparator
        Words of `APPROXIMATORS` and `COMPARATORS`. A comparator decides alone.
    significant_digits
        How many digits count, where trailing zeros were meant.
    factor
        What one printed unit is in the unit of the result (10**6 for millions).

    Raises
    ------
    RecountError
        `value` is not a number, or a word is in no table.

    References
    ----------
    Rounding as an interval carried through the recomputation: Nuijten et al. (2016), The prevalence of
    statistical reporting errors in psychology, Behavior Research Methods 48.
    """
    if approximator not in APPROXIMATORS:
        raise RecountError(f"approximator {approximator!r} is in no rule")
    if comparator not in COMPARATORS:
        raise RecountError(f"comparator {comparator!r} is in no rule")
    scale = Decimal(str(factor))
    ends = [_interval(number(end), approximator, comparator, significant_digits, scale) for end in range_ends(value)]
    return Interval(ends[0].low, ends[-1].high, ends[0].closed_low, ends[-1].closed_high)


def range_ends(value: str) -> list[str]:
    """Split a printed range into its two ends; a single number comes back alone."""
    return re.split(r"\s*(?:–|(?<=\d)-(?=\d)|\bto\b)\s*", value)


def _interval(
    value: Decimal, approximator: str, comparator: str, significant_digits: int | None, scale: Decimal
) -> Interval:
    here = float(value * scale)
    match COMPARATORS[comparator]:
        case ">" | ">=" as sign:
            return Interval(here, math.inf, sign == ">=", False)
        case "<" | "<=" as sign:
            return Interval(-math.inf, here, False, sign == "<=")
    half = _half_unit(value, significant_digits)
    rule = APPROXIMATORS[approximator]
    if rule == BELOW:
        slack = abs(value) * BELOW_SHARE
        ends = (value - slack, value) if value >= 0 else (value, value + slack)
        return Interval(float(ends[0] * scale), float(ends[1] * scale))
    if rule == AROUND:
        half = max(half, abs(value) * AROUND_SHARE)
    return Interval(float((value - half) * scale), float((value + half) * scale), True, rule == AROUND)
