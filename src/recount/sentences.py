"""Verdicts in one sentence or two of plain English, put together from what was computed."""

import re
from collections.abc import Sequence

from recount.claims import Claim
from recount.multiverse import Multiverse, Specification
from recount.wording import from_to, plain

SINGULAR = {"provinces": "province", "companies": "company", "countries": "country", "cities": "city"}
SINGULAR |= {"months": "month", "years": "year", "persons": "person"}
LATER = {
    "agree": "Later figures agree.",
    "moved away": "Later figures do not agree.",
    "split": "Of later figures, some agree and some do not.",
}


def in_printed_unit(stated: Claim, value: float) -> str:
    """Return a value in the unit as printed: 59 percent, 1 province."""
    number = plain(value / stated.factor, 3)
    unit = stated.printed_unit
    return f"{number} {SINGULAR.get(unit, unit) if number == '1' else unit}"


def span(stated: Claim, specifications: Sequence[Specification]) -> str:
    """Return between which values specifications lie, in the unit as printed: 58.1 to 59.3."""
    low, high = min(spec.low for spec in specifications), max(spec.high for spec in specifications)
    return from_to(low / stated.factor, high / stated.factor, 3)


def literal(multiverse: Multiverse) -> str:
    """Return the literal value with its unit: the range, where it is only bounded."""
    return _value(multiverse.claim, [multiverse.as_written])


def says(stated: Claim) -> str:
    """Return what the text says, as the beginning of a sentence."""
    return f"The text says {stated.stated}" if stated.value else f"The text says “{stated.phrase}”"


def open_claim(stated: Claim, settles: str) -> str:
    """Return the sentence on a claim for which nothing can be computed."""
    return f"{says(stated)}; no open source settles it. What would: {settles}."


def verdict(
    multiverse: Multiverse,
    word: str,
    test: str,
    used: Sequence[Specification],
    quotation: str,
    rule: str,
    later: str,
    settles: str,
) -> str:
    """Return the sentences on a claim: what was said, what is so, by how much, and what came later."""
    stated = multiverse.claim
    if test == "quotation":
        return f"{says(stated)}; the source it quotes {_source_says(stated, used)}."
    if not used:
        recalled = span(stated, [spec for spec in multiverse.specifications if spec.grade == "recalled"])
        figures = f"recalled figures give {recalled}, and recalled figures decide nothing"
        return f"{says(stated)}; {figures}. What would settle it: {settles}."
    parts = [f"{says(stated)}; {_finding(multiverse, word, test, used, rule)}."]
    if word == "open":
        parts.append(f"What would settle it: {settles}.")
    if quotation:
        quoted = [spec for spec in multiverse.specifications if spec.test == "quotation" and spec.decides]
        parts.append(f"The source quoted {_source_says(stated, quoted)}.")
    return " ".join([*parts, *([LATER[later]] if later in LATER else [])])


def _finding(multiverse: Multiverse, word: str, test: str, used: Sequence[Specification], rule: str) -> str:
    """Return what the deciding specifications give."""
    stated, tells = multiverse.claim, [spec for spec in used if spec.tells]
    as_written = [spec for spec in used if spec.as_written]
    figures = "the texts’ own numbers" if test == "arithmetic" else _whose(stated, used)
    if word == "open":
        return f"{figures} leave {_between(stated, used) or 'every value'} possible, and cannot tell"
    cannot, agree = len(used) - len(tells), sum(spec.agrees for spec in tells)
    unsure = f"; {cannot} more cannot tell" if cannot else ""
    ways = f"{len(tells)} ways of counting" + _in_brackets(stated, tells)
    gives = f"{figures} give {_value(stated, as_written or tells)}{_gap(stated, as_written)}"
    if len(used) == 1:
        return f"{gives}, and {'agree' if agree else 'do not agree'}"
    if len(tells) == 1:
        return f"{gives}; the one way of counting that can tell {'agrees' if agree else 'does not agree'}{unsure}"
    if agree == len(tells):
        return f"{gives}, and all {ways} agree{unsure}"
    if not agree:
        return f"{gives}, and none of {ways} agrees{unsure}"
    how = f": {rule}" if rule else "; no one rule tells which"
    some = f"of {ways} {agree} {'agrees' if agree == 1 else 'agree'}{how}{unsure}"
    return f"{gives} read literally, and agree; {some}" if word == "holds as written" else f"{gives}; {some}"


def _whose(stated: Claim, used: Sequence[Specification]) -> str:
    if all(spec.known for spec in used):
        return "the figures known then"
    return f"nothing was published by {stated.stated_on.day} {stated.stated_on:%B %Y}, and the figures released since"


def _value(stated: Claim, specifications: Sequence[Specification]) -> str:
    """Return the value of one specification, or the range of several, with its unit."""
    if len(specifications) == 1 and not specifications[0].bounded:
        return in_printed_unit(stated, specifications[0].value)
    return _between(stated, specifications) or "bounds on either side"


def _between(stated: Claim, specifications: Sequence[Specification]) -> str:
    """Return between which values specifications lie, with the unit; nothing where neither end is bounded."""
    text = span(stated, specifications)
    return f"{text} {stated.printed_unit}" if text else ""


def _gap(stated: Claim, as_written: Sequence[Specification]) -> str:
    """Return how far the literal value lies off, where it disagrees with a printed number."""
    if len(as_written) != 1 or as_written[0].outcome != "disagrees" or as_written[0].bounded or not stated.value:
        return ""
    off = as_written[0].value - stated.point
    gap = re.sub(" percent$", " percentage points", in_printed_unit(stated, abs(off)))
    return f", {gap} {'above' if off > 0 else 'below'} it" if off else ""


def _in_brackets(stated: Claim, specifications: Sequence[Specification]) -> str:
    text = span(stated, specifications)
    return f" ({text})" if " " in text else ""


def _source_says(stated: Claim, quoted: Sequence[Specification]) -> str:
    values = {spec.value for spec in quoted}
    if all(spec.agrees for spec in quoted):
        same = stated.value and values == {stated.point}
        return "says the same" if same else f"says {_value(stated, quoted)}, which is what the wording allows"
    return f"says {_value(stated, quoted)}"
