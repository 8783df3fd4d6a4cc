"""What stands beside a number in a text: its unit, magnitude, currency, and the words that hedge it."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from recount.numerals import MAGNITUDES, MULTIPLES, POWERS, any_of, normalise, number
from recount.wording import APPROXIMATORS, COMPARATORS, ROUNDED

# Unit -> how it is printed behind a number, with what may stand between. Those of the ledger have its names.
MEASURES = {
    "percent": r" ?%|[- ](?:per ?cent|pct)\b|[- ]?pc\b",
    "percentage points": r"[- ]percentage[- ]points?\b|[- ]?pp(?:ts?)?\b",
    "basis points": r"[- ]basis[- ]points?\b|[- ]?bps?\b",
    "times": r"(?<=\d)[x\u00d7](?!\w)",
    "square kilometres": r"[- ]?(?:sq\.? ?km|km2)\b|[- ]square[- ]kilomet(?:re|er)s?\b",
    "square metres": r"[- ]?(?:sq\.? ?m|m2)\b|[- ]square[- ]met(?:re|er)s?\b",
    "hectares": r"[- ]?ha\b|[- ]hectares?\b",
    "mu": r"[- ]mu\b",
    "kilometres": r"[- ]?km\b(?!/)|[- ]kilomet(?:re|er)s?\b",
    "metres": r"[- ]met(?:re|er)s?\b",
    "tonnes": r"[- ]ton(?:ne)?s?\b",
    "yuan": r"[- ](?:yuan|renminbi|RMB|CNY)\b",
    "dollars": r"[- ](?:(?:U\.?S\.?)[- ])?dollars?\b|[- ]USD\b",
    "euros": r"[- ](?:euros?|EUR)\b",
    "": r" ?(?:‰|°[CF]?)|(?<=\.\d)C\b|[- ]?(?:km/h|kph|mph|sq\.? ?ft|[kc]?m[23]|[cm]m|kg|[kMGT]Wh?)\b"
    r"|[- ](?:square[- ](?:miles?|feet)|acres?|miles?|[kmgt]\w{2,3}watts?(?:[- ]hours?)?)\b"
    r"|[- ](?:(?:Hong Kong|Taiwan|Australian|Canadian|Singapore)[- ]dollars?|rou?bles?|yen)\b",
}
MEASURE = f"(?i:{'|'.join(MEASURES.values())})"
CURRENCIES = {"yuan": "[Rr][Mm][Bb]|CN[YH]|Yn|¥", "dollars": r"USD|(?:US)?\$", "euros": "EUR|€"}
CURRENCIES[""] = r"(?:HK|NT|NZ|AU?|CA?|[RS])\$|[£₽₩₹]|GBP|JPY|HKD|TWD|KRW|INR|RUB|CHF|SFr|Rs|Rbs"
CURRENCY = f"(?:(?:{'|'.join(CURRENCIES.values())}) ?)"
ABBREVIATED = any_of(word for power, words in POWERS.items() for word in words if power > 2 and 1 < len(word) < 5)
COUNTED = {"persons": "people|persons?|workers|residents|inhabitants|members|migrants", "provinces": "provinces?"}
COUNTED |= {"companies": "company|companies", "countries": "country|countries", "cities": "city|cities"}
COUNTED |= {"months": "months?", "years": "years?", "times": "times"}
MAGNITUDE = rf"(?i:(?<=\d) ?(?P<short>{any_of([*'kmbt', ABBREVIATED])})\b|[- ](?P<long>{any_of(MAGNITUDES)})s?\b)"
_BEFORE = re.compile(
    rf"(?<!\w)(?<!\d[.,:/-])(?<!(?<![\w)\]%])-)(?<![Mm]inus )(?:(?P<currency>{'|'.join(CURRENCIES.values())}) ?)?$"
)
_BEHIND = re.compile(
    rf"(?![.,:/]?\d| ?- ?\d)(?:st|nd|rd|th|s)?{MAGNITUDE}?"
    rf"(?P<measure>{MEASURE})?(?i:[- ](?P<counted>{'|'.join(COUNTED.values())})\b)?(?!\w)"
)
_HEDGE = any_of(filter(None, (*APPROXIMATORS, *COMPARATORS)))


class Printed(NamedTuple):
    """A number as it stands in a text: its start, and the magnitude and unit printed with it, empty if none known."""

    start: int
    magnitude: str
    unit: str


def folded(text: str) -> str:
    """Return the normalised `text` without the spaces around dashes, which printers set as they like."""
    return re.sub(" ?- ?", "-", normalise(text))


def printed(value: str, text: str) -> list[Printed]:
    """Return every place where `value` stands in the normalised `text` as a whole number: not the 6 of 60."""
    parts = map(re.escape, re.split("(?<=.) ?- ?", normalise(value)))
    places = []
    for place in re.finditer(" ?- ?".join(parts), text, re.IGNORECASE):
        before, behind = _BEFORE.search(text[: place.start()]), _BEHIND.match(text, place.end())
        if before and behind:
            of_it = not value.lower().startswith((*MULTIPLES,))  # "double million" is no number
            word = (behind["short"] or behind["long"] or "").lower() if of_it else ""
            magnitude = next((names[0] for names in POWERS.values() if word in names), "")
            unit = _unit(COUNTED, behind["counted"]) or _unit(MEASURES, behind["measure"])
            places.append(Printed(before.start(), magnitude, unit or _unit(CURRENCIES, before["currency"])))
    return places


def _unit(table: Mapping[str, str], text: str | None) -> str:
    """Return the unit that a table has for what is printed beside a number."""
    fits = (unit for unit, pattern in table.items() if re.search(f"(?i:{pattern})$", f"0{text}"))
    return next(fits, "") if text else ""


def value_of(token: str) -> Decimal:
    """Return the value of a numeral as it stands in a text, its percent word, measure and currency left aside.

    Raises
    ------
    RecountError
        `token` is not one number: a range, a date, an indefinite plural.
    """
    text = normalise(token)
    if re.fullmatch("[IVX]+", text):
        letters = [{"I": 1, "V": 5, "X": 10}[letter] for letter in text]
        return Decimal(sum(-a if a < b else a for a, b in zip(letters, [*letters[1:], 0], strict=True)))
    text = re.sub(rf"^([-+]?){CURRENCY}?", r"\1", re.sub("(?i)^minus ", "-", text))
    return number(re.sub(rf"{MEASURE}$", "", text))


def hedges(before: str) -> tuple[str, str]:
    """Return the approximator and the comparator with which `before` ends: ``grew by only about`` has about."""
    match = re.search(rf"(?<!\bnot )(?:\b{_HEDGE} )+(?:an? )?$", before, re.IGNORECASE)
    words = [word[:-1] for word in re.findall(rf"\b{_HEDGE} ", match[0].lower())] if match else []
    approximators = sorted((word for word in words if word in APPROXIMATORS), key=lambda w: APPROXIMATORS[w] != ROUNDED)
    return (["", *approximators][-1], ["", *(word for word in words if word in COMPARATORS)][-1])
