"""What a draft proposes for each numeral of a text: its role and, where it may state a claim, the claim's cells."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from recount.claims import TODO
from recount.files import RecountError
from recount.numerals import MULTIPLES, ORDINALS, any_of, normalise, number
from recount.texts.extract import Numeral, numerals
from recount.texts.ledger import PHRASE_WORDS, words
from recount.texts.rows import FORMULA
from recount.texts.units import COUNTED, CURRENCY, MAGNITUDE, MEASURE, hedges, printed
from recount.wording import APPROXIMATORS, COMPARATORS, stated_interval

KIND_OF = {"percentage points": "change", "times": "ratio", "months": "duration", "years": "duration"}
KIND_OF |= dict.fromkeys(("provinces", "companies", "countries", "cities"), "count")
WIDEST = 300  # characters that a phrase may have
_HEDGES = {word for phrase in (*APPROXIMATORS, *COMPARATORS) for word in phrase.split()} | {"a", "an"}
_MONTH = any_of("January February March April May June July August September October November December".split())
_PART = r"\b(?:first|second|third|fourth|last)[ -]"
_DATE = r"(?:1[5-9]|20)\d\d(?:s|[-/]\d+)?|\d{4}-\d\d-\d\d|\d+/\d+/\d+|.*[ap]m|.*\d0s(?:-.*s)?|.*ties"
_LABEL = r"\b(?:No|Table|Figure|Box|Chapter|Article|Section|Part|Annex|Document|pp?)\.? $"


class Proposal(NamedTuple):
    """A numeral with the role proposed for it, and the cells of a claim that its phrase fills, if it states one."""

    numeral: Numeral
    role: str
    claim: dict[str, str]


def proposals(paragraph: str) -> Iterator[Proposal]:
    """Yield what a draft proposes for each numeral of a paragraph, in text order."""
    plain = normalise(paragraph)
    spans = [match.span() for match in re.finditer(r"\S+", plain)]
    starts = [start for start, _ in spans]
    for numeral in numerals(paragraph):
        claim = _claim(numeral.token, _phrase(plain, spans, bisect_right(starts, numeral.start) - 1, numeral))
        before, after = plain[max(0, numeral.start - 20) : numeral.start], plain[numeral.end : numeral.end + 20]
        role = _role(numeral.token, before, after, claim)
        yield Proposal(numeral, role, claim if role == "claim" else {})


def _phrase(plain: str, spans: Sequence[tuple[int, int]], at: int, numeral: Numeral) -> str:
    """Return at most eight words: what hedges the numeral of word `at`, itself, and what follows in the sentence."""
    begin, stop, count = numeral.start, numeral.start, 0
    for start, end in spans[max(0, at - 4) : at][::-1]:
        bare = plain[max(start, end - 20) : end].lstrip("(\"'")
        if begin != end + 1 or bare.lower() not in _HEDGES:
            break
        begin = end - len(bare)
    for start, end in [(begin, spans[at][1]), *spans[at + 1 : at + PHRASE_WORDS]]:
        count += words(plain[start:end]) if end - begin <= WIDEST else PHRASE_WORDS + 1
        if count > PHRASE_WORDS:
            break
        stop = end
        if end >= numeral.end and plain[end - 1] in ".;:!?":
            break
    kept = len(plain[begin:stop].rstrip(" ,.;:!?()\"'-"))
    return plain[begin : max(begin + kept, numeral.end)] if stop >= numeral.end else ""


def _claim(token: str, phrase: str) -> dict[str, str]:
    """Return the cells of a claim that its phrase fills; none where the token is not one number or range."""
    value = re.sub(rf"{MEASURE}$", "", re.sub(rf"^[+±]?{CURRENCY}?", "", token))
    value = re.sub(f"{MAGNITUDE}$", "", value)
    try:
        stated_interval(value)
    except (RecountError, ArithmeticError):
        return {}
    if not (places := printed(value, phrase)) or re.match(FORMULA, phrase):
        return {}
    approximator, comparator = hedges(phrase[: places[0].start])
    multiple = token.endswith("fold") or token.lower().startswith(tuple(MULTIPLES))
    unit = "times" if multiple else places[0].unit or TODO
    claim = {"phrase": phrase, "value": value, "unit": f"{places[0].magnitude} {unit}".strip()}
    claim |= {"approximator": approximator, "comparator": comparator, "kind": KIND_OF.get(unit, TODO)}
    return claim | dict.fromkeys(("quantity", "place", "date", "cited"), TODO)


def _role(token: str, before: str, after: str, claim: dict[str, str]) -> str:
    """Return the role proposed; digits, and words that are hedged, measured or a fraction, may state a claim."""
    last, dated = re.split("[ -]", token.lower())[-1], re.fullmatch(_DATE, token, re.IGNORECASE)
    day = re.fullmatch(r"\d\d?", token) and (re.search(rf"\b{_MONTH} $", before) or re.match(rf" {_MONTH}\b", after))
    half = last in ("half", "quarter") and re.search(_PART + "$", before, re.IGNORECASE)
    if (dated and claim.get("unit", TODO) == TODO) or day or half or re.match(" (?:century|centuries)", after):
        return "date"
    if re.search(_LABEL, before, re.IGNORECASE):
        return "list"
    if last in ORDINALS or re.search(r"\d(?:st|nd|rd|th)$", token):
        return "ordinal"
    if claim:
        stated = claim["approximator"] or claim["comparator"] or claim["unit"] not in {TODO, *COUNTED} - {"times"}
        if re.search(r"\d", token) or stated or number(claim["value"]) % 1:
            return "claim"
    if re.fullmatch("[IVX]+", token):
        return "name"
    return "idiom" if last == "one" else "duration" if re.match("[- ](?:day|week|month|year)", after) else "count"
