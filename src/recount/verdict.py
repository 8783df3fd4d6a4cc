"""What the specifications say about a claim: derived, never typed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date as Day
from html import escape
from typing import Any, NamedTuple

import pandas as pd

from recount import sentences
from recount.claims import Claim, claim
from recount.datapackage import Listing
from recount.files import RecountError
from recount.multiverse import Multiverse, Specification, as_table, deciding_by
from recount.readings import ranges, rows_in
from recount.robustness import Breakdown, breakdown, condition
from recount.wording import agreement

VERDICT_MIME = "application/vnd.recount.verdict+json"
Record = dict[str, Any]


class Word(NamedTuple):
    """A word of a verdict: the mark that stands for it, the tone of its colour, and what it means."""

    mark: str
    tone: str
    meaning: str


VERDICTS = {
    "holds": Word("●", "good", "every way of counting that can tell agrees"),
    "holds as written": Word("◕", "good", "the literal way of counting agrees, another does not"),
    "holds if": Word(
        "◔", "mixed", "the literal way of counting does not agree; another does, under the condition named"
    ),
    "fails": Word("○", "bad", "no way of counting agrees"),
    "open": Word("…", "unsure", "what decides cannot tell, or nothing does; the table that would settle it is named"),
    "coherent": Word("◆", "good", "agrees with the texts' other numbers; no outside figure used"),
    "incoherent": Word("◇", "bad", "disagrees with the texts' other numbers; no outside figure used"),
    "quoted rightly": Word("✓", "good", "the source that the text quotes says the same; no more was tested"),
    "misquoted": Word("✗", "bad", "the source that the text quotes says something else"),
}
COLOURS = {"good": "#0072b2", "mixed": "#8a6100", "bad": "#c2410c", "unsure": "#6b7280"}


@dataclass(frozen=True)
class Verdict:
    """A verdict on one claim, with the specifications it was made from; `record` is what is exported.

    `verdict` is the word of the `test` made, statistics or arithmetic, or of the quotation where nothing else was;
    `quotation` stands beside it. `used` are the specifications that decide the word. Where a verdict was read from an
    executed notebook, `section` and `cell` say where it stands.
    """

    claim: Claim
    verdict: str
    sentence: str
    test: str = ""
    quotation: str = ""
    later: str = "none"
    condition: str = ""
    settles: str = ""
    specifications: Multiverse | None = None
    used: Sequence[Specification] = ()
    breakdown: Breakdown | None = None
    distance: Record | None = None
    nearest: Record | None = None
    section: str = ""
    cell: int | None = None

    @property
    def multiverse(self) -> Sequence[Specification]:
        """Every specification; none where nothing can be computed."""
        return self.specifications.specifications if self.specifications else ()

    @property
    def deciding(self) -> pd.DataFrame:
        """The specifications that decide the word, as a table."""
        return as_table(self.used)

    @property
    def telling(self) -> Sequence[Specification]:
        """Those of them that can tell, or all where none can."""
        return [spec for spec in self.used if spec.tells] or self.used

    @property
    def literal(self) -> Specification | None:
        """The literal reading, if there is one."""
        return self.specifications.as_written if self.specifications else None

    @property
    def as_written(self) -> float:
        """The value of the literal reading, in the claim's unit; NaN where there is none but bounds."""
        return self.literal.value if self.literal and not self.literal.bounded else math.nan

    @property
    def agreement(self) -> str:
        """How many of the specifications that decide and can tell agree: "3 of 3, 2 cannot tell"."""
        return agreement(len(self.used), self.inside, self.cannot_tell)

    @property
    def inside(self) -> int:
        """How many of the specifications that decide agree."""
        return sum(spec.agrees for spec in self.used)

    @property
    def cannot_tell(self) -> int:
        """How many of the specifications that decide cannot tell."""
        return sum(not spec.tells for spec in self.used)

    @property
    def words(self) -> list[str]:
        """The word of the verdict, and that of the quotation where it stands beside it."""
        return [word for word in dict.fromkeys((self.verdict, self.quotation)) if word]

    def record(self) -> Record:
        """Return the verdict as plain data: one row of ``verdicts.csv`` and the list of specifications."""
        stated = self.claim
        ends = [end for spec in self.telling for end in (spec.low, spec.high)]
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
            "minimum": _rounded(min(ends, default=None)),
            "maximum": _rounded(max(ends, default=None)),
            "specifications": len(self.used),
            "inside": self.inside,
            "cannot_tell": self.cannot_tell,
            **{name: getattr(self, name) for name in COPIED},
            "breakdown": _plain(self.breakdown._asdict()) if self.breakdown else None,
            "choices": list(self.specifications.choices) if self.specifications else [],
            "multiverse": [_specification_record(spec) for spec in self.multiverse],
        }

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Record:
        return {"text/plain": str(self), "text/html": self._html(), VERDICT_MIME: self.record()}

    def __str__(self) -> str:
        return f"{VERDICTS[self.verdict].mark} {self.claim.id}: {self.verdict}. {self.sentence}"

    def _html(self) -> str:
        mark, tone, _ = VERDICTS[self.verdict]
        return (
            f'<div style="border-left: 0.35em solid {COLOURS[tone]}; padding: 0.2em 0.9em; margin: 0.6em 0; '
            f'max-width: 46em"><strong><span aria-hidden="true">{mark}</span> {escape(self.verdict)}</strong> · '
            f"“{escape(self.claim.phrase)}” <code>{escape(self.claim.id)}</code><br>{escape(self.sentence)}</div>"
        )


COPIED = ("verdict", "test", "quotation", "sentence", "later", "condition", "settles", "nearest", "distance")


def _specification_record(spec: Specification) -> Record:
    """Return a specification as plain data, its choices beside its values."""
    evidence = {name: ranges(rows) for name, rows in spec.evidence.items()}
    record = vars(spec) | {"inside": spec.agrees, "evidence": evidence, "claims": list(spec.claims)}
    del record["choices"]
    return _plain({**spec.choices, **record})


def from_record(record: Mapping[str, Any], section: str = "", cell: int | None = None) -> Verdict:
    """Return a verdict as it was before `record` made it plain data.

    Raises
    ------
    KeyError, TypeError, ValueError
        The record is not what `Verdict.record` returns.
    RecountError
        Its claim is not in the ledger.
    """
    choices = tuple(record["choices"])
    listed = tuple(_specification_of(each, choices) for each in record["multiverse"])
    stated = claim(record["claim"])
    literal = next((spec.choices for spec in listed if spec.as_written), {})
    return Verdict(
        claim=stated,
        specifications=Multiverse(stated, choices, listed, literal, {}) if listed else None,
        used=[spec for spec in listed if spec.decides and spec.test == record["test"]],
        breakdown=Breakdown(**record["breakdown"]) if record["breakdown"] else None,
        section=section,
        cell=cell,
        **{name: record[name] for name in COPIED},
    )


def _specification_of(record: Mapping[str, Any], choices: Sequence[str]) -> Specification:
    ends = {name: -math.inf if record[name] is None else record[name] for name in ("low", "least")}
    ends |= {name: math.inf if record[name] is None else record[name] for name in ("high", "most")}
    rows = {name: rows_in(runs) for name, runs in record["evidence"].items()}
    same = {each.name: record[each.name] for each in fields(Specification) if each.name != "choices"}
    chosen = {name: record[name] for name in choices}
    return Specification(chosen, **{**same, **ends, "evidence": rows, "claims": tuple(record["claims"])})


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
    stated, decides = subject.claim, deciding_by(subject.specifications, str(as_of or ""))
    tested = [spec for spec in decides if spec.test != "quotation"]
    quoted = [spec for spec in decides if spec.test == "quotation"]
    quotation = word_of(quoted, "quotation") if quoted else ""
    test = tested[0].test if tested else "quotation" if quoted else "statistics"
    word = quotation if test == "quotation" else word_of(tested, test)
    if word == "open":
        _must_settle(stated, settles)
    used = quoted if test == "quotation" else tested
    tells = [spec for spec in used if spec.tells]
    rule = condition(tells, subject.choices) if word.startswith("holds ") else ""
    later = _later(subject.specifications, used)
    sentence = sentences.verdict(subject, word, test, used, quotation, rule, later, settles)
    return Verdict(
        *(stated, word, sentence, test, quotation, later, rule, settles, subject, used),
        breakdown=breakdown(subject) if test == subject.as_written.test == "statistics" else None,
        distance=_distance(stated, subject.as_written),
        nearest=_nearest(stated, tells),
    )


def word_of(decides: Sequence[Specification], test: str = "statistics") -> str:
    """Return the word for the specifications that decide one test; what cannot tell counts for neither side."""
    tells = [spec for spec in decides if spec.tells]
    if test != "statistics":
        agree = bool(decides) and all(spec.agrees for spec in decides)
        return {"arithmetic": ("incoherent", "coherent"), "quotation": ("misquoted", "quoted rightly")}[test][agree]
    if not tells:
        return "open"
    literal = [spec.agrees for spec in decides if spec.as_written]
    if all(spec.agrees for spec in tells):
        return "holds" if all(literal) else "holds if"
    if any(literal):
        return "holds as written"
    if any(spec.agrees for spec in tells):
        return "holds if"
    return "fails" if len(tells) == len(decides) else "open"


def _distance(stated: Claim, literal: Specification) -> dict[str, float | None] | None:
    """Return how far the literal value lies from the number stated, in the claim's unit and in percent of it.

    For a claim of direction: from the bound, and zero where it is met. None where the literal reading is only bounded.
    """
    if literal.bounded:
        return None
    off = literal.value - _point(stated, literal.value)
    percent = _rounded(100 * off / abs(stated.point)) if stated.value and stated.point else None
    return {"absolute": _rounded(off), "percent": percent}


def _nearest(stated: Claim, telling: Sequence[Specification]) -> Record | None:
    """Return the value nearest to the number stated, and the choices that give it."""
    gaps = [abs(spec.value - _point(stated, spec.value)) for spec in telling]
    closest = telling[gaps.index(min(gaps))] if gaps else None
    return _plain({"value": closest.value, **closest.choices}) if closest else None


def _point(stated: Claim, value: float) -> float:
    """Return the number stated, or for a claim of direction what is allowed that lies nearest to a value."""
    return stated.point if stated.value else min(max(value, stated.interval.low), stated.interval.high)


def summary(*verdicts: Verdict) -> pd.DataFrame:
    """Return the table of verdicts: one row a claim, values in the unit as printed."""
    rows = [
        {
            "claim": verdict.claim.id,
            "stated": verdict.claim.stated,
            "as written": sentences.literal(verdict.specifications) if verdict.specifications else "",
            "ways of counting": sentences.span(verdict.claim, verdict.telling) if verdict.used else "",
            "agree": verdict.agreement,
            "verdict": " · ".join(f"{VERDICTS[word].mark} {word}" for word in verdict.words),
        }
        for verdict in verdicts
    ]
    return Listing(rows).set_index("claim")


def _must_settle(stated: Claim, settles: str) -> None:
    if not settles:
        raise RecountError(f"{stated.id}: nothing decides this claim; say in `settles` which table would")


def _later(computed: Sequence[Specification], used: Sequence[Specification]) -> str:
    """Return whether figures that came later agree, moved away, are split, or are none."""
    deciding = {id(spec) for spec in used}
    outcomes = {
        spec.agrees
        for spec in computed
        if spec.grade != "recalled" and not spec.same_as and spec.test == "statistics" and spec.tells
        if id(spec) not in deciding and (spec.after or not spec.known)
    }
    words = {frozenset(): "none", frozenset({True}): "agree", frozenset({False}): "moved away"}
    return words.get(frozenset(outcomes), "split")


def _rounded(value: float | None) -> float | None:
    """Return a number with ten significant digits, the most that every processor computes alike; None if not finite."""
    return float(f"{value:.10g}") if value is not None and math.isfinite(value) else None


def _plain(row: Mapping[str, Any]) -> Record:
    """Return named values as plain Python ones, ready for JSON."""
    values = {str(name): value.item() if hasattr(value, "item") else value for name, value in row.items()}
    return {name: _rounded(value) if isinstance(value, float) else value for name, value in values.items()}
