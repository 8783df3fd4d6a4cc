"""Verdicts in one sentence or two of plain English, put together from what was found."""

import re

import pandas as pd

from recount.claims import Claim
from recount.multiverse import Multiverse
from recount.wording import from_to, plain

SINGULAR = {"provinces": "province", "companies": "company", "countries": "country", "cities": "city"}
SINGULAR |= {"months": "month", "years": "year", "persons": "person"}


def shown(stated: Claim, value: float) -> str:
    """Return a value in the unit as printed: 59 percent, 1 province."""
    number = plain(value / stated.factor, 3)
    unit = stated.printed_unit
    return f"{number} {SINGULAR.get(unit, unit) if number == '1' else unit}"


def span(stated: Claim, specifications: pd.DataFrame) -> str:
    """Return between which values specifications lie, in the unit as printed: 58.1 to 59.3."""
    return from_to(specifications["low"].min() / stated.factor, specifications["high"].max() / stated.factor, 3)


def literal(specs: Multiverse) -> str:
    """Return the literal value with its unit: the range, where it is only bounded."""
    return _value(specs.claim, specs.table[specs.table["as_written"]])


def says(stated: Claim) -> str:
    """Return what the text says, as the beginning of a sentence."""
    return f"The text says {stated.stated}" if stated.value else f"The text says “{stated.phrase}”"


def open_claim(stated: Claim, settles: str) -> str:
    """Return the sentence on a claim for which nothing can be computed."""
    return f"{says(stated)}; no open source settles it. What would: {settles}."


def verdict(
    specs: Multiverse, word: str, test: str, used: pd.DataFrame, quotation: str, rule: str, later: str, settles: str
) -> str:
    """Return the sentences on a claim: what was said, what is so, by how much, and what came later."""
    stated, table = specs.claim, specs.table
    if test == "quotation":
        return f"{says(stated)}; the source it quotes {_source_says(stated, used)}."
    if used.empty:
        recalled = table[table["grade"] == "recalled"]
        figures = f"recalled figures give {span(stated, recalled)}, and recalled figures decide nothing"
        return f"{says(stated)}; {figures}. What would settle it: {settles}."
    parts = [f"{says(stated)}; {_found(specs, word, test, used, rule)}."]
    if word == "open":
        parts.append(f"What would settle it: {settles}.")
    if quotation:
        quoted = table[(table["test"] == "quotation") & table["decides"]]
        parts.append(f"The source quoted {_source_says(stated, quoted)}.")
    if then := {"agree": "Later figures agree", "moved away": "Later figures do not agree"}.get(later):
        parts.append(f"{then}.")
    elif later == "split":
        parts.append("Of later figures, some agree and some do not.")
    return " ".join(parts)


def _found(specs: Multiverse, word: str, test: str, used: pd.DataFrame, rule: str) -> str:
    """Return what the deciding specifications give."""
    stated, tells, literal = specs.claim, used[used["outcome"] != "cannot tell"], used[used["as_written"]]
    figures = "the texts’ own numbers" if test == "arithmetic" else _whose(stated, used)
    if word == "open":
        return f"{figures} leave {span(stated, used)} {stated.printed_unit} possible, and cannot tell"
    cannot, agree = len(used) - len(tells), int((tells["outcome"] == "agrees").sum())
    unsure = f"; {cannot} more cannot tell" if cannot else ""
    ways = f"{len(tells)} ways of counting" + _in_brackets(stated, tells)
    gives = f"{figures} give {_value(stated, literal if len(literal) else tells)}{_gap(stated, literal)}"
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


def _whose(stated: Claim, used: pd.DataFrame) -> str:
    if used["known"].all():
        return "the figures known then"
    return f"nothing was published by {stated.stated_on.day} {stated.stated_on:%B %Y}, and the figures released since"


def _value(stated: Claim, rows: pd.DataFrame) -> str:
    """Return the value of one specification, or the range of several, with its unit."""
    if len(rows) == 1 and not rows["bounded"].iloc[0]:
        return shown(stated, float(rows["value"].iloc[0]))
    return f"{span(stated, rows)} {stated.printed_unit}"


def _gap(stated: Claim, literal: pd.DataFrame) -> str:
    """Return how far the literal value lies off, where it disagrees with a printed number."""
    if len(literal) != 1 or literal["outcome"].iloc[0] != "disagrees" or literal["bounded"].iloc[0] or not stated.value:
        return ""
    off = float(literal["value"].iloc[0]) - stated.point
    gap = re.sub(" percent$", " percentage points", shown(stated, abs(off)))
    return f", {gap} {'above' if off > 0 else 'below'} it" if off else ""


def _in_brackets(stated: Claim, used: pd.DataFrame) -> str:
    told = span(stated, used)
    return f" ({told})" if " " in told else ""


def _source_says(stated: Claim, quoted: pd.DataFrame) -> str:
    values = quoted["value"].unique()
    if (quoted["outcome"] == "agrees").all():
        same = len(values) == 1 and stated.value and values[0] == stated.point
        return "says the same" if same else f"says {_value(stated, quoted)}, which is what the wording allows"
    return f"says {_value(stated, quoted)}"
