"""The interval to which a printed number commits its author."""

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
    **dict.fromkeys(("at least", "no less than", "no fewer than"), ">="),
    **dict.fromkeys(("less than", "fewer than", "under", "below"), "<"),
    **dict.fromkeys(("at most", "up to", "no more than", "within"), "<="),
}
AROUND_SHARE = Decimal("0.05")
BELOW_SHARE = Decimal("0.10")


@dataclass(frozen=True)
class Interval:
    """A range of values in one unit; an open end is excluded, an infinite end means no bound.

    Examples
    --------
    >>> 59 in rc.Interval(52, 68)
    True
    """

    low: float
    high: float
    closed_low: bool = True
    closed_high: bool = True

    def __contains__(self, value: float) -> bool:
        above = value > self.low or (self.closed_low and value == self.low)
        return above and (value < self.high or (self.closed_high and value == self.high))

    def covers(self, low: float, high: float) -> bool:
        """Return whether all values from low to high lie inside."""
        below = low in self if math.isfinite(low) else self.low == low
        return below and (high in self if math.isfinite(high) else self.high == high)

    def meets(self, low: float, high: float) -> bool:
        """Return whether some value from low to high lies inside."""
        above = high > self.low or (self.closed_low and high == self.low)
        return above and (low < self.high or (self.closed_high and low == self.high))

    def __str__(self) -> str:
        if math.isinf(self.low) and math.isinf(self.high):
            return "any value"
        if math.isinf(self.high):
            return f"{'at least' if self.closed_low else 'more than'} {plain(self.low)}"
        if math.isinf(self.low):
            return f"{'at most' if self.closed_high else 'less than'} {plain(self.high)}"
        return f"{plain(self.low)} to {plain(self.high)}" if self.low < self.high else f"exactly {plain(self.low)}"


def plain(value: float, digits: int = 4) -> str:
    """Return `value` with `digits` significant digits, but never fewer than its integer part has, with separators.

    Examples
    --------
    >>> rc.plain(0.58631), rc.plain(1234567)
    ('0.5863', '1,234,567')
    """
    if not math.isfinite(value):
        return "none" if math.isnan(value) else str(value)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def from_to(low: float | None, high: float | None, digits: int = 4) -> str:
    """Return a range in words, as "58.12 to 58.98" or "30 or more": an end that is None or infinite is open."""
    ends = [plain(end, digits) for end in (low, high) if end is not None and math.isfinite(end)]
    if len(ends) == 2 or not ends:
        return " to ".join(dict.fromkeys(ends))
    return f"{ends[0]} or {'less' if low is None or math.isinf(low) else 'more'}"


def agreement(ways: int, agree: int, cannot_tell: int) -> str:
    """Return how many specifications agree, of those that can tell: "3 of 3, 2 cannot tell"."""
    parts = [f"{agree} of {ways - cannot_tell}"] if ways > cannot_tell else []
    return ", ".join([*parts, f"{cannot_tell} cannot tell"] if cannot_tell else parts)


def half_unit(value: Decimal, significant_digits: int | None = None) -> Decimal:
    """Return half a unit of the last significant digit of a number as printed."""
    if significant_digits is not None:
        return Decimal(5).scaleb(value.adjusted() - significant_digits)
    _, digits, exponent = value.as_tuple()
    trailing = len(digits) - len("".join(map(str, digits)).rstrip("0")) if exponent == 0 and value else 0
    return Decimal(5).scaleb(int(exponent) + trailing - 1)


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
    significant: 60 is 55 to 65, 26.9 is 26.85 to 26.95. "About" disclaims even that rounding, and moves both ends out
    by a twentieth of the number: about 60 is 52 to 68. "Nearly" allows what lies from a tenth below up to the number;
    "more than", "within" and their like set one bound. A range ("250,000–300,000") runs from the lower end's low to
    the upper end's high; where its ends are printed to different digits, the finer of the two holds for both.

    Parameters
    ----------
    value
        The number as printed: ``"26.9"``, ``"353,000"``, ``"five"``, ``"250,000–300,000"``.
    approximator, comparator
        Words of `APPROXIMATORS` and `COMPARATORS`. A comparator decides alone.
    significant_digits
        How many digits count, where trailing zeros were meant: from 1 to those printed.
    factor
        What one printed unit is in the unit of the result (10**6 for millions).

    Raises
    ------
    RecountError
        `value` is not a number or a range that rises, a word is in no table, or more digits count than are printed.

    References
    ----------
    Rounding as an interval carried through the recomputation: Nuijten et al. (2016), The prevalence of
    statistical reporting errors in psychology, Behavior Research Methods 48. That hedges widen what a number allows,
    beyond its own rounding: Ferson et al. (2015), Natural language of uncertainty: numeric hedge words, International
    Journal of Approximate Reasoning 57.

    Examples
    --------
    >>> from recount.wording import stated_interval
    >>> stated_interval("60", "about")
    Interval(low=52.0, high=68.0, closed_low=True, closed_high=True)
    >>> print(stated_interval("4", "nearly", factor=10**6))
    3,600,000 to 4,000,000
    """
    if approximator not in APPROXIMATORS:
        raise RecountError(f"approximator {approximator!r} is in no rule")
    if comparator not in COMPARATORS:
        raise RecountError(f"comparator {comparator!r} is in no rule")
    low, *more = (number(end) for end in range_ends(value))
    high = more[0] if more else low
    printed = min(len(end.as_tuple().digits) for end in (low, high))
    if high < low or len(more) > 1 or not (significant_digits is None or 1 <= significant_digits <= printed):
        raise RecountError(f"{value!r} is no number or rising range with {significant_digits or 'its'} digits")
    half = min(half_unit(end, significant_digits) for end in (low, high))
    first, last = (_around(end, half, approximator, comparator) for end in (low, high))
    scale = Decimal(str(factor))
    below, above = (float(end * scale) if end.is_finite() else float(end) for end in (first[0], last[1]))
    return Interval(below, above, first[2], last[3])


def range_ends(value: str) -> list[str]:
    """Return the two ends of a printed range; a single number comes back alone."""
    return re.split(r"\s*(?:–|(?<=\d)-(?=\d)|\bto\b)\s*", value)


def _around(value: Decimal, half: Decimal, approximator: str, comparator: str) -> tuple[Decimal, Decimal, bool, bool]:
    """Return low, high and whether each belongs, for one number printed to within `half`."""
    no_end = Decimal("Infinity")
    match COMPARATORS[comparator]:
        case ">" | ">=" as sign:
            return value, no_end, sign == ">=", False
        case "<" | "<=" as sign:
            return -no_end, value, False, sign == "<="
    match APPROXIMATORS[approximator]:
        case "below":
            slack = abs(value) * BELOW_SHARE
            return (value - slack, value, True, True) if value >= 0 else (value, value + slack, True, True)
        case "around":
            half += abs(value) * AROUND_SHARE
            return value - half, value + half, True, True
    return value - half, value + half, True, False
