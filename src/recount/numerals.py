"""A printed numeral read as a number, and text in one form so that copies can be compared."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from recount.files import RecountError

_CHARACTERS = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`\u02b9\u02bc", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58", "-")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", None)  # soft hyphen, zero-width characters, byte order mark
)


@lru_cache(maxsize=4096)
def normalise(text: str) -> str:
    """Return `text` with one form for each quote, dash, space, bullet and ellipsis, so that copies can be compared."""
    text = re.sub(r"(?<=\d)(?=[¼-¾⅐-⅞])", " ", text.translate(_CHARACTERS))  # 1½ is one and a half, not 11/2
    text = re.sub(r"(?<=\d)(?=[²³¹⁰-⁹⁻])", "^", text)  # 10⁶ is not 106
    text = unicodedata.normalize("NFKC", text).translate(_CHARACTERS).replace("\u2044", "/")
    text = re.sub(r"-{2,}", "-", re.sub(r"\s+", " ", text))
    text = re.sub(r"\.(?: ?\.){2,}", "...", re.sub(r"(?<=\d)- (?=\d)", "-", text))
    return re.sub(r"^(?:[•◦▪‣\u2219·*] ?|- )+", "", text.strip()).strip()


def folded(text: str) -> str:
    """Return the normalised `text` without the spaces around dashes, which printers set as they like."""
    return re.sub(" ?- ?", "-", normalise(text))


# A table of number words, not a library: the pattern needs the words anyway, and text2num (3.1, tried) reads
# neither fractions, ordinals, dozens, doubles nor "hundreds of millions".


def _values(words: str, start: int, step: int = 1) -> dict[str, Decimal]:
    return {word: Decimal(start + step * n) for n, word in enumerate(words.split())}


def any_of(words: Iterable[str]) -> str:
    return "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")"


DIGITS = _values("one two three four five six seven eight nine", 1)
TEENS = _values("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", 10)
TENS = _values("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10)
SMALL = {"zero": Decimal(0), "half": Decimal("0.5")} | DIGITS | TEENS | TENS
POWERS = {2: ["hundred"], 3: ["thousand", "k"], 6: ["million", "m", "mn", "mln"], 9: ["billion", "b", "bn", "bln"]}
POWERS |= {12: ["trillion", "t", "tn", "trn", "trln"]}
SCALES = {"dozen": Decimal(12)} | {word: Decimal(10) ** power for power, words in POWERS.items() for word in words}
ORDINALS = (
    _values("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth", 1)
    | _values("fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth", 14)
    | {word[:-1] + "ieth": n for word, n in TENS.items()}
    | {"hundredth": Decimal(100), "thousandth": Decimal(1000)}
)
PARTS = {"half": Decimal(2), "halve": Decimal(2), "quarter": Decimal(4)} | ORDINALS
MULTIPLES = {"doubl": "2", "tripl": "3", "trebl": "3", "quadrupl": "4", "halv": "0.5", "twice": "2", "thrice": "3"}

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
MAGNITUDES: dict[str, int] = {names[0]: 10**power for power, names in POWERS.items() if power > 2}
POWER = r"(?: ?[x\u00d7] ?10(?=\^))?(?:\^-?\d{1,3}\b)?"


MAGNITUDE = rf"(?i:(?<=\d) ?(?P<short>{any_of([*'kmbt', ABBREVIATED])})\b|[- ](?P<long>{any_of(MAGNITUDES)})s?\b)"
_BEFORE = re.compile(
    rf"(?<!\w)(?<!\d[.,:/-])(?<!(?<![\w)\]%])-)(?<![Mm]inus )(?:(?P<currency>{'|'.join(CURRENCIES.values())}) ?)?$"
)
_BEHIND = re.compile(
    rf"(?![.,:/]?\d| ?- ?\d)(?:st|nd|rd|th|s)?{MAGNITUDE}?"
    rf"(?P<measure>{MEASURE})?(?i:[- ](?P<counted>{'|'.join(COUNTED.values())})\b)?(?!\w)"
)


class Printed(NamedTuple):
    """A number as it stands in a text: its start, and the magnitude and unit printed with it, empty if none known."""

    start: int
    magnitude: str
    unit: str


def printed(value: str, text: str) -> list[Printed]:
    """Return every place where `value` stands in the normalised `text` as a whole number: not the 6 of 60."""
    parts = map(re.escape, re.split("(?<=.) ?- ?", normalise(value)))
    found = []
    for place in re.finditer(" ?- ?".join(parts), text, re.IGNORECASE):
        before, behind = _BEFORE.search(text[: place.start()]), _BEHIND.match(text, place.end())
        if before and behind:
            of_it = not value.lower().startswith((*MULTIPLES,))  # "double million" is no number
            word = (behind["short"] or behind["long"] or "").lower() if of_it else ""
            magnitude = next((names[0] for names in POWERS.values() if word in names), "")
            unit = _unit(COUNTED, behind["counted"]) or _unit(MEASURES, behind["measure"])
            found.append(Printed(before.start(), magnitude, unit or _unit(CURRENCIES, before["currency"])))
    return found


def _unit(table: Mapping[str, str], text: str | None) -> str:
    """Return the unit that a table has for what is printed beside a number."""
    fits = (unit for unit, pattern in table.items() if re.search(f"(?i:{pattern})$", f"0{text}"))
    return next(fits, "") if text else ""


def number(token: str) -> Decimal:
    """Return the value of a printed numeral: ``353,000``, ``23m``, ``-3.5%``, ``five``, ``two-thirds``, ``19th``.

    The percent word and the measure are left aside: ``1.2 percent`` is 1.2. A lone ``third`` is the ordinal, 3.

    Raises
    ------
    RecountError
        `token` is not one number: a range, a date, an indefinite plural, no numeral at all.
    """
    text = normalise(token)
    if re.fullmatch("[IVX]+", text):
        letters = [{"I": 1, "V": 5, "X": 10}[letter] for letter in text]
        return Decimal(sum(-a if a < b else a for a, b in zip(letters, [*letters[1:], 0], strict=True)))
    text = re.sub(rf"^([-+]?){CURRENCY}?", r"\1", re.sub("(?i)^minus ", "-", text))
    text = re.sub(rf"{MEASURE}$", "", text).lower()
    plain = r"(\d{1,3}(?:[, ]\d{3})+(?:\.\d+)?|\d*\.?\d+)(?:st|nd|rd|th|(?<=\d0)s|[- ]?fold)?"
    shape = rf"([-+]?)(?:(?:(\d+) )?(\d{{1,3}})/(0*[1-9]\d?)|{plain})({POWER})(?:[- ]?({any_of(SCALES)})s?)?"
    if found := re.fullmatch(shape, text):
        sign, whole, over, under, digits, power, scale = found.groups()
        value = Decimal(re.sub("[, ]", "", digits or whole or "0")) + Decimal(over or 0) / Decimal(under or 1)
        if power:
            exponent = int(power.rpartition("^")[2])
            value = value**exponent if power.startswith("^") and value else value.scaleb(exponent)
        return value * SCALES.get(scale or "", Decimal(1)) * (-1 if sign == "-" else 1)
    if (words := _word_value(re.split("[ -]", text.removesuffix("fold").strip(" -")))) is None:
        raise RecountError(f"{token!r} is not one number; expected digits or number words: 353,000, 23m, -1.2%, five")
    return words


def _word_value(words: Sequence[str]) -> Decimal | None:
    *head, last = words
    for stem, times in MULTIPLES.items():
        if not head and last.startswith(stem):
            return Decimal(times)
    if last in ORDINALS and (not head or head[0] in TENS):
        return ORDINALS[last] + (TENS[head[0]] if head else Decimal(0))
    if (part := PARTS.get(last) or PARTS.get(last.removesuffix("s"))) and "a" not in head:
        count = _word_value(head) if head else Decimal(1)
        return None if count is None else count / part
    total = current = Decimal(0)
    for word in words:
        if word in SMALL:
            current += SMALL[word]
        elif word == "hundred":
            current = (current or 1) * SCALES[word]
        elif word in SCALES:
            total, current = total + (current or 1) * SCALES[word], Decimal(0)
        elif word not in ("and", "a", "an"):
            return None
    return total + current
