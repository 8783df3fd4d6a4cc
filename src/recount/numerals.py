"""A printed numeral read as a number, and text in one form so that copies can be compared."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache

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


# A table of number words, not a library: the patterns for prose need the words anyway, and text2num (3.1, tried) reads
# neither fractions, ordinals, dozens, doubles nor "hundreds of millions".


def _counted_from(start: int, words: str, step: int = 1) -> dict[str, Decimal]:
    return {word: Decimal(start + step * n) for n, word in enumerate(words.split())}


def any_of(words: Iterable[str]) -> str:
    """Return a pattern that matches any of some words, the longest first."""
    return "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")"


DIGITS = _counted_from(1, "one two three four five six seven eight nine")
TEENS = _counted_from(10, "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
TENS = _counted_from(20, "twenty thirty forty fifty sixty seventy eighty ninety", 10)
SMALL = {"zero": Decimal(0), "half": Decimal("0.5")} | DIGITS | TEENS | TENS
POWERS = {2: ["hundred"], 3: ["thousand", "k"], 6: ["million", "m", "mn", "mln"], 9: ["billion", "b", "bn", "bln"]}
POWERS |= {12: ["trillion", "t", "tn", "trn", "trln"]}
SCALES = {"dozen": Decimal(12)} | {word: Decimal(10) ** power for power, words in POWERS.items() for word in words}
MAGNITUDES: dict[str, int] = {names[0]: 10**power for power, names in POWERS.items() if power > 2}
ORDINALS = _counted_from(1, "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth")
ORDINALS |= _counted_from(13, "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth")
ORDINALS |= {word[:-1] + "ieth": n for word, n in TENS.items()}
ORDINALS |= {"hundredth": Decimal(100), "thousandth": Decimal(1000)}
PARTS = {"half": Decimal(2), "halve": Decimal(2), "quarter": Decimal(4)} | ORDINALS
MULTIPLES = {"doubl": "2", "tripl": "3", "trebl": "3", "quadrupl": "4", "halv": "0.5", "twice": "2", "thrice": "3"}
POWER_OF_TEN = r"(?: ?[x\u00d7] ?10(?=\^))?(?:\^-?\d{1,3}\b)?"


def number(numeral: str) -> Decimal:
    """Return the value of a printed numeral: ``353,000``, ``23m``, ``-3.5``, ``five``, ``two-thirds``, ``19th``.

    A lone ``third`` is the ordinal, 3.

    Raises
    ------
    RecountError
        `numeral` is not one number: a range, a date, an indefinite plural, no numeral at all.
    """
    text = re.sub("^minus ", "-", normalise(numeral).lower())
    plain = r"(\d{1,3}(?:[, ]\d{3})+(?:\.\d+)?|\d*\.?\d+)(?:st|nd|rd|th|(?<=\d0)s|[- ]?fold)?"
    scales = any_of(SCALES)
    shape = rf"([-+]?)(?:(?:(\d+) )?(\d{{1,3}})/(0*[1-9]\d?)|{plain})({POWER_OF_TEN})(?:[- ]?({scales})s?)?"
    if match := re.fullmatch(shape, text):
        sign, whole, over, under, digits, power, scale = match.groups()
        value = Decimal(re.sub("[, ]", "", digits or whole or "0")) + Decimal(over or 0) / Decimal(under or 1)
        if power:
            exponent = int(power.rpartition("^")[2])
            value = value**exponent if power.startswith("^") and value else value.scaleb(exponent)
        return value * SCALES.get(scale or "", Decimal(1)) * (-1 if sign == "-" else 1)
    value_of_words = _word_value(re.split("[ -]", text.removesuffix("fold").strip(" -")))
    if value_of_words is None:
        raise RecountError(f"{numeral!r} is not one number; expected digits or number words: 353,000, 23m, -1.2, five")
    return value_of_words


def _word_value(words: Sequence[str]) -> Decimal | None:
    """Return the value of number words, or None where they are none."""
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
            total = total + current * SCALES[word] if current else (total or 1) * SCALES[word]  # a thousand million
            current = Decimal(0)
        elif word not in ("and", "a", "an"):
            return None
    return total + current
