"""Numerals found in an English text."""

import hashlib
import re
from functools import lru_cache
from typing import NamedTuple

from recount.numerals import DIGITS, ORDINALS, PARTS, POWER_OF_TEN, SCALES, SMALL, TENS, any_of, normalise
from recount.texts.units import ABBREVIATED, CURRENCY, MEASURE, folded

_small = rf"(?:{any_of(TENS)}(?:[- ]{any_of(DIGITS)}\b)?|{any_of(SMALL.keys() - {'half'})})"
_scale = any_of(word for word in SCALES if len(word) > 4)
_group = rf"(?:(?:{_small}[ -])?hundred(?:[ -](?:and[ -])?{_small}\b)?|{_small})"
_more = rf"(?:[ -]{_scale}\b(?:(?:(?<=thousand) and)? {_group}\b)?)*"
_cardinal = rf"(?:half[ -](?:an? )?{_scale}|(?:{_group}|{_scale})(?:[ -]and[ -]a[ -]half\b)?{_more})"
_part = any_of(PARTS.keys() - {"first", "second", "halve"})
_fraction = rf"(?:{_small}[- ](?:halves|{_part}s)\b|one[- ]{_part}(?![\w-]))"
_quarter = "(?:" + "|".join(rf"(?<=\b{word}[ -])" for word in "a first second third fourth last".split()) + ")quarter"
_plural = r"(?:dozens|hundreds|thousands|millions|billions|trillions)"
_indefinite = rf"(?:(?:tens|scores)(?: of {_plural})+|{_plural}(?: of {_plural})*|scores(?= of ))"
_multiple = rf"(?:(?:doubl|tripl|trebl|quadrupl|halv)(?:e[ds]?|ing)|twice|thrice|(?:{_small}|\d+(?:\.\d+)?)[- ]?fold)"
_ordinal = rf"(?:{any_of(TENS)}-)?(?<!per ){any_of(ORDINALS)}"
_decade = rf"(?:nineteen[- ])?{any_of(word[:-1] + 'ies' for word in TENS)}"
_digits = rf"(?:\d{{1,3}} \d+/\d+|\d{{1,3}}(?: \d{{3}})+(?!\d)|\d+(?:[.,:/]\d+)*|(?<![\w.])\.\d+){POWER_OF_TEN}"
_magnitude = rf"(?:(?(money)[KMBTbt]|(?!))|k|m|[- ]?{ABBREVIATED}|[- ]{_scale}s?)?"
_amount = rf"{_digits}{_magnitude}{MEASURE}?"
_figure = (
    r"(?:(?<![\w)\]%])[-+±]|minus )?"
    rf"(?:\d{{4}}-\d\d-\d\d|\d+(?:,\d{{3}})*(?:st|nd|rd|th)\b|\d{{2,4}}s(?:-\d{{2,4}}s)?\b|\d{{1,2}}(?:[.:]\d\d)?[ap]m\b"
    r"|(?:(?<=\bin )|(?<=\b[Cc]onstant ))(?:19|20)\d\d(?= (?:yuan|renminbi|dollars|euros)\b)"  # a price base, no amount
    rf"|(?P<money>{CURRENCY})?{_amount}(?:(?: - |-){CURRENCY}?{_amount})?)"
)
_roman = (
    r"(?:(?=[IVX]{2})X{0,3}(?:IX|IV|V?I{0,3})"
    r"|(?:(?<=War )|(?<=Part )|(?<=Chapter )|(?<=Volume )|(?<=Book )|(?<=Section ))[IVX])"
)
_name = (  # addresses; G20, PM2.5, R2; COVID-19, F-16, MiG-21; the pronoun
    r"(?:https?://|www\.|doi:|10\.\d{4,}/)\S+"
    r"|(?<![\w.+-])[\w.+-]+@[\w.-]+|(?<![\w.-])[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|cn|edu|gov)\b\S*"
    rf"|(?<!\w)(?!{CURRENCY})[A-Za-z]+\d\w*(?:\.\d+)?"
    rf"|(?<!\w)(?:[A-Z]{{1,9}}[a-z]?[A-Z]{{0,3}}|Covid)-\d{{1,3}}\b(?![.,]\d|{MEASURE}|[ -]{_scale})"
    r"|\b[Nn]o one\b"
)
_word = "|".join((_fraction, _indefinite, _ordinal, rf"{_cardinal}{MEASURE}?", "half", _quarter, _decade))
_NUMERAL = re.compile(
    rf"{_name}|(?<!\w)(?<!\d[.,:/])(?<!\b[A-Z]\.)"
    rf"(?P<numeral>(?i:{_multiple})|{_figure}|(?i:quarter(?= of\b)|{_word})|{_roman})(?!\w)"
)


class Numeral(NamedTuple):
    """A numeral: where it stands in the normalised paragraph, and as printed there."""

    start: int
    end: int
    token: str


def fingerprint(text: str) -> str:
    """Return the SHA-256 of the folded `text`, in hexadecimal."""
    return hashlib.sha256(folded(text).encode()).hexdigest()


@lru_cache(maxsize=4096)
def numerals(paragraph: str) -> tuple[Numeral, ...]:
    """Return the numerals of `paragraph`, in text order; the offsets count in ``normalise(paragraph)``."""
    matches = _NUMERAL.finditer(normalise(paragraph))
    return tuple(Numeral(match.start(), match.end(), match[0]) for match in matches if match["numeral"])
