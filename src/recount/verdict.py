"""What the specifications say about a claim: derived, never typed."""

import math
from dataclasses import dataclass, field
from datetime import date as Day
from functools import cached_property
from html import escape
from typing import Any

import pandas as pd

from recount import sentences
from recount.breakdown import chance, condition, nearest, sensitivity
from recount.claims import Claim, claim, ledger
from recount.datapackage import Listing
from recount.files import RecountError
from recount.multiverse import Multiverse, deciding_by
from recount.records import VERDICT as RECORD
from recount.wording import agreement

VERDICTS = {
    "holds": "every way of counting that can tell agrees",
    "holds as written": "the literal way of counting agrees, another does not",
    "holds if": "the literal way of counting does not agree; another does, under the condition named",
    "fails": "no way of counting agrees",
    "open": "what decides cannot tell, or nothing does; the table that would settle it is named",
    "coherent": "agrees with the texts' other numbers; no outside figure used",
    "incoherent": "disagrees with the texts' other numbers; no outside figure used",
    "quoted rightly": "the source that the text quotes says the same; no more was tested",
    "misquoted": "the source that the text quotes says something else",
}
MARKS = dict(zip(VERDICTS, "●◕◔○…◆◇✓✗", strict=True))
TONES = dict(zip(VERDICTS, ("good", "good", "mixed", "bad", "unsure", "good", "bad", "good", "bad"), strict=True))
COLOURS = {"good": "#0072b2", "mixed": "#8a6100", "bad": "#c2410c", "unsure": "#6b7280"}


@dataclass(frozen=True)
class Verdict:
    """A verdict on one claim, with the specifications it was made from; see `record` for what is exported.

    `verdict` is the word of the `test` made, statistics or arithmetic, or of the quotation where nothing else was;
    `quotation` stands beside it. The others are told in `recount.breakdown`.
    """

    claim: Claim
    verdict: str
    sentence: str
    test: str = ""
    quotation: str = ""
    later: str = "none"
    condition: str = ""
    specifications: Multiverse | None = None
    deciding: pd.DataFrame = field(default_factory=pd.DataFrame)
    settles: str = ""

    @property
    def as_written(self) -> float:
        """The value of the literal reading, in the claim's unit; NaN where there is none but bounds."""
        if self.specifications is None:
            return math.nan
        table = self.specifications.table
        return float(table.loc[table["as_written"] & ~table["bounded"], "value"].sum(min_count=1))

    def record(self) -> dict[str, Any]:
        """Return the verdict as plain data: one row of ``verdicts.csv`` and the list of specifications."""
        stated, specs, decides = self.claim, self.specifications, self.deciding
        some, told = specs is not None and not decides.empty, telling(decides)
        return {
            "claim": stated.id,
            "essay": stated.essay.id,
            "notebook": stated.essay.notebook,
            "stated": stated.stated,
            "stated_on": stated.stated_on.isoformat(),
            "unit": stated.unit,
            "low": _rounded(stated.interval.low),
            "high": _rounded(stated.interval.high),
            "as_written": _rounded(self.as_written),
            "minimum": _rounded(told["low"].min()) if some else None,
            "maximum": _rounded(told["high"].max()) if some else None,
            "specifications": len(decides),
            "inside": int(decides["inside"].sum()) if some else 0,
            "cannot_tell": int((decides["outcome"] == "cannot tell").sum()) if some else 0,
            "verdict": self.verdict,
            "test": self.test,
            "quotation": self.quotation,
            "sentence": self.sentence,
            "later": self.later,
            "condition": self.condition,
            "settles": self.settles,
        } | self._worth

    @cached_property
    def _worth(self) -> dict[str, Any]:
        """Return what the verdict is worth, and every specification, as plain data."""
        specs, decides, statistics = self.specifications, self.deciding, self.test == "statistics"
        if specs is None:
            return dict.fromkeys(("nearest", "distance", "chance", "breakdown")) | {
                "cells": {}, **{name: [] for name in ("timeline", "choices", "multiverse")}
            }  # fmt: skip
        literal = specs.table.loc[specs.table["as_written"], "test"].iloc[0]
        cells, flip = sensitivity(specs)
        found = flip if statistics and literal == "statistics" else None
        return {
            "nearest": _plain(nearest(specs, decides[decides["outcome"] != "cannot tell"]) or {}) or None,
            "distance": distance(self.claim, self.as_written),
            "chance": _rounded(chance(specs, decides)) if statistics else None,
            "breakdown": found._asdict() | {"change": _rounded(found.change)} if found else None,
            "cells": cells,
            "timeline": timeline(specs),
            "choices": list(specs.choices),
            "multiverse": [_plain(row) for row in specs.table.to_dict("records")],
        }

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": str(self), "text/html": self._html(), RECORD: self.record()}

    def __str__(self) -> str:
        return f"{MARKS[self.verdict]} {self.claim.id}: {self.verdict}. {self.sentence}"

    def _html(self) -> str:
        word = f'<span aria-hidden="true">{MARKS[self.verdict]}</span> {escape(self.verdict)}'
        colour = COLOURS[TONES[self.verdict]]
        return (
            f'<div style="border-left: 0.35em solid {colour}; padding: 0.2em 0.9em; margin: 0.6em 0; max-width: 46em">'
            f"<strong>{word}</strong> · “{escape(self.claim.phrase)}” <code>{escape(self.claim.id)}</code><br>"
            f"{escape(self.sentence)}</div>"
        )


def judge(subject: Multiverse | str, *, settles: str = "", as_of: Day | str | None = None) -> Verdict:
    """Derive the verdict on a claim from its specifications.

    Parameters
    ----------
    subject
        The multiverse of the claim; or the id of a claim for which nothing can be computed.
    settles
        The table that would settle an open claim: required where what decides cannot tell, or nothing decides.
    as_of
        The day whose knowledge counts; by default that on which the number was stated, or of the first figures after
        it where nothing was known then.

    Raises
    ------
    RecountError
        The claim stays open, and `settles` does not say what would settle it.

    Examples
    --------
    >>> print(rc.judge("surplus-labour", settles="a survey of days worked on farms"))
    … surplus-labour: open. The text says 105 million persons; no open source settles it. What would: a survey of
    days worked on farms.
    """
    if isinstance(subject, str):
        stated = claim(subject)
        _must_settle(stated, settles)
        return Verdict(stated, "open", sentences.open_claim(stated, settles), settles=settles)
    stated, table = subject.claim, subject.table
    decides = table[deciding_by(table, str(as_of or ""))]
    tested = decides[decides["test"] != "quotation"]
    quoted = decides[decides["test"] == "quotation"]
    quotation = "" if quoted.empty else word_of(quoted, "quotation")
    test = tested["test"].iloc[0] if len(tested) else "quotation" if quotation else "statistics"
    word = quotation if test == "quotation" else word_of(tested, test)
    if word == "open":
        _must_settle(stated, settles)
    used = quoted if test == "quotation" else tested
    rule = condition(used[used["outcome"] != "cannot tell"], subject.choices) if word.startswith("holds ") else ""
    then = _later(table, used)
    told = sentences.verdict(subject, word, test, used, quotation, rule, then, settles)
    return Verdict(stated, word, told, test, quotation, then, rule, subject, used, settles)


def word_of(decides: pd.DataFrame, test: str = "statistics") -> str:
    """Return the word for the specifications that decide one test; what cannot tell counts for neither side."""
    outcomes = decides["outcome"]
    tells = outcomes[outcomes != "cannot tell"]
    if test != "statistics":
        words = {"arithmetic": ("incoherent", "coherent"), "quotation": ("misquoted", "quoted rightly")}[test]
        return words[len(outcomes) > 0 and bool((outcomes == "agrees").all())]
    if tells.empty:
        return "open"
    literal = outcomes[decides["as_written"]]
    if (tells == "agrees").all():
        return "holds" if (literal == "agrees").all() else "holds if"
    if (literal == "agrees").any():
        return "holds as written"
    if (tells == "agrees").any():
        return "holds if"
    return "fails" if len(tells) == len(outcomes) else "open"


def telling(decides: pd.DataFrame) -> pd.DataFrame:
    """Return the specifications that can tell, or all where none can."""
    tells = decides[decides["outcome"] != "cannot tell"] if len(decides) else decides
    return decides if tells.empty else tells


def timeline(specifications: Multiverse) -> list[dict[str, str]]:
    """Return on which day's releases the verdict's word changed: the days in order, each with its word.

    Examples
    --------
    >>> share = lambda rd, year: rc.Reading({2014: 58.1, 2015: 50}[year], rd[rd["year"] == year])
    >>> rd, years = rc.table("rd_expenditure"), {"year": [2014, 2015]}
    >>> rc.timeline(rc.specifications("rd-share", share, on=[rd], as_written={"year": 2014}, **years))
    [{'day': '2015-11-23', 'verdict': 'holds'}, {'day': '2016-11-11', 'verdict': 'holds as written'}]
    """
    table = specifications.table[specifications.table["test"] == "statistics"]
    found: list[dict[str, str]] = []
    for day in sorted(set(table["published"]) - {""}):
        decides = table[deciding_by(table, day)]
        word = word_of(decides) if len(decides) else ""
        if word and (not found or found[-1]["verdict"] != word):
            found.append({"day": day, "verdict": word})
    return found


def distance(stated: Claim, value: float) -> dict[str, float | None] | None:
    """Return how far a value lies from the number stated, in the claim's unit and in percent of it.

    For a claim of direction: from the bound, and zero where it is met.
    """
    if math.isnan(value):
        return None
    allowed = stated.interval
    point = stated.point if stated.value else min(max(value, allowed.low), allowed.high)
    percent = None if not stated.value or point == 0 else _rounded(100 * (value - point) / abs(point))
    return {"absolute": _rounded(value - point), "percent": percent}


def summary(*verdicts: Verdict) -> pd.DataFrame:
    """Return the table of verdicts: one row a claim, values in the unit as printed.

    Examples
    --------
    >>> rc.summary(rc.judge("surplus-labour", settles="a survey"))["verdict"].item()
    '… open'
    """
    rows = []
    for each in verdicts:
        stated, decides = each.claim, each.deciding
        some, outcomes = len(decides) > 0, [*decides.get("outcome", ())]
        rows.append(
            {
                "claim": stated.id,
                "stated": stated.stated,
                "as written": sentences.literal(each.specifications) if each.specifications is not None else "",
                "ways of counting": sentences.span(stated, telling(decides)) if some else "",
                "agree": agreement(len(decides), outcomes.count("agrees"), outcomes.count("cannot tell")),
                "verdict": " · ".join(f"{MARKS[w]} {w}" for w in dict.fromkeys((each.verdict, each.quotation)) if w),
            }
        )
    return Listing(rows).set_index("claim")


def claims_table(essay: str) -> pd.DataFrame:
    """Return the ledger's rows of one essay as a table to read: phrase, quantity, and what the wording allows.

    Examples
    --------
    >>> rc.claims_table("industry-clusters").loc["rd-share", "allows"]
    '52 to 68 percent'
    """
    rows = [
        {
            "claim": c.id,
            "phrase": c.phrase,
            "quantity": c.quantity,
            "allows": c.allowed,
            "stated on": c.stated_on.isoformat(),
            "cited": c.cited,
        }
        for c in ledger(essay).values()
    ]
    return Listing(rows).set_index("claim")


def _must_settle(stated: Claim, settles: str) -> None:
    if not settles:
        raise RecountError(f"{stated.id}: nothing decides this claim; say in `settles` which table would")


def _later(table: pd.DataFrame, used: pd.DataFrame) -> str:
    """Return whether figures that came later agree, moved away, are split, or are none."""
    able = table[(table["grade"] != "recalled") & (table["same_as"] == "") & (table["test"] == "statistics")]
    able = able[able["outcome"] != "cannot tell"]
    outcomes = able.loc[~able.index.isin(used.index) & (able["after"] | ~able["known"]), "outcome"]
    if outcomes.empty:
        return "none"
    return "agree" if (outcomes == "agrees").all() else "split" if (outcomes == "agrees").any() else "moved away"


def _rounded(value: float | None) -> float | None:
    """Ten significant digits, the most that every processor computes alike; None for what is not finite."""
    return float(f"{value:.10g}") if value is not None and math.isfinite(value) else None


def _plain(row: Any) -> dict[str, Any]:
    """Return named values as plain Python ones, ready for JSON."""
    plain_row = {str(k): v.item() if hasattr(v, "item") else v for k, v in row.items()}
    return {k: _rounded(v) if isinstance(v, float) else v for k, v in plain_row.items()}
