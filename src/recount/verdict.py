"""What the specifications say about a claim: derived, never typed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from recount.claims import Claim, claim, ledger
from recount.files import RecountError
from recount.multiverse import Multiverse, deciding_choices
from recount.records import VERDICT as RECORD
from recount.tables import Listing
from recount.wording import plain

VERDICTS = {
    "holds": "every specification lies inside the stated interval",
    "depends": "some specifications lie inside",
    "fails": "no specification lies inside",
    "coherent": "agrees with the texts' other numbers; no outside figure used",
    "incoherent": "disagrees with the texts' other numbers; no outside figure used",
    "open": "no open source settles it",
}
MARKS = dict(zip(VERDICTS, "●◐○◆◇…", strict=True))
SINGULAR = {"provinces": "province", "companies": "company", "countries": "country", "cities": "city"}
COLOURS = dict(zip(VERDICTS, ("#0072b2", "#b58900", "#c2410c", "#0072b2", "#c2410c", "#6b7280"), strict=True))


@dataclass(frozen=True)
class Verdict:
    """A verdict on one claim, with the specifications it was made from; see `record` for what is exported."""

    claim: Claim
    verdict: str
    sentence: str
    specifications: Multiverse | None = None
    settles: str = ""

    @property
    def as_written(self) -> float:
        """The value of the literal reading, in the claim's unit; NaN where nothing could be computed."""
        if self.specifications is None:
            return math.nan
        table = self.specifications.table
        return float(table.loc[table["as_written"], "value"].iloc[0])

    def record(self) -> dict[str, Any]:
        """Return the verdict as plain data: one row of ``verdicts.csv`` and the list of specifications."""
        stated = self.claim.interval
        record: dict[str, Any] = {
            "claim": self.claim.id,
            "essay": self.claim.essay.id,
            "notebook": self.claim.essay.notebook,
            "stated": self.claim.stated,
            "unit": self.claim.unit,
            "low": _rounded(stated.low),
            "high": _rounded(stated.high),
            "as_written": _rounded(self.as_written),
            "minimum": None,
            "maximum": None,
            "specifications": 0,
            "inside": 0,
            "verdict": self.verdict,
            "sentence": self.sentence,
            "rounding": None,
            "settles": self.settles,
            "choices": [],
            "multiverse": [],
        }
        if self.specifications is not None:
            deciding, table = self.specifications.deciding, self.specifications.table
            record |= {
                "minimum": _rounded(deciding["value"].min()),
                "maximum": _rounded(deciding["value"].max()),
                "specifications": len(deciding),
                "inside": int(deciding["inside"].sum()),
                "rounding": _rounded(tightest_rounding(self.as_written, self.claim.point)),
                "choices": list(self.specifications.choices),
                "multiverse": [_plain(row) for row in table.to_dict("records")],
            }
        return record

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": str(self), "text/html": self._html(), RECORD: self.record()}

    def __str__(self) -> str:
        return f"{MARKS[self.verdict]} {self.claim.id}: {self.verdict}. {self.sentence}"

    def _html(self) -> str:
        colour = COLOURS[self.verdict]
        return (
            f'<div style="border-left: 0.35em solid {colour}; padding: 0.2em 0.9em; margin: 0.6em 0; max-width: 46em">'
            f'<strong><span aria-hidden="true">{MARKS[self.verdict]}</span> {escape(self.verdict)}</strong>'
            f" · “{escape(self.claim.phrase)}” <code>{escape(self.claim.id)}</code><br>{escape(self.sentence)}</div>"
        )


def judge(subject: Multiverse | str, *, settles: str = "") -> Verdict:
    """Derive the verdict on a claim from its specifications.

    Parameters
    ----------
    subject
        The multiverse of the claim; or the id of a claim for which nothing can be computed.
    settles
        The table that would settle an open claim: required where no specification decides.

    Raises
    ------
    RecountError
        Nothing decides, and `settles` does not say what would.
    """
    stated = claim(subject) if isinstance(subject, str) else subject.claim
    nothing_decides = isinstance(subject, str) or subject.deciding.empty
    if nothing_decides and not settles:
        raise RecountError(f"{stated.id}: nothing decides this claim; say in `settles` which table would")
    says = f"The text says {stated.stated}{_interval(stated)}."
    if isinstance(subject, str):
        return Verdict(stated, "open", f"{says} No open source settles it: {settles}.", None, settles)
    if subject.deciding.empty:
        values = subject.table["value"]
        told = f"{says} Recalled figures give {_range(stated, values.min(), values.max())}, and decide nothing alone"
        return Verdict(stated, "open", f"{told}; what would settle it: {settles}.", subject, settles)
    table, deciding = subject.table, subject.deciding
    count, inside = len(deciding), int(deciding["inside"].sum())
    textual = all(set(evidence) == {"claims"} for evidence in deciding["evidence"])
    if textual:
        word = "coherent" if inside else "incoherent"
    else:
        word = "holds" if inside == count else "depends" if inside else "fails"
    written = table.loc[table["as_written"], "value"].iloc[0]
    span = _range(stated, deciding["value"].min(), deciding["value"].max())
    sentence = f"{says} As written, the {'texts give' if textual else 'data give'} {_shown(stated, written)}; "
    if count == 1:
        sentence += f"the one specification lies {'inside' if inside else 'outside'}."
    elif inside == count:
        sentence += f"all {count} specifications ({span}) lie inside."
    elif inside == 0:
        sentence += f"none of {count} specifications ({span}) lies inside."
    else:
        sentence += f"{inside} of {count} specifications ({span}) lie inside{_decided_by(subject)}."
    if (later := table[table["after"]]).shape[0]:
        sentence += f" For the time after the text, {int(later['inside'].sum())} of {len(later)} lie inside."
    if (recalled := table[(table["grade"] == "recalled") & ~table["after"]]).shape[0]:
        sentence += f" {len(recalled)} more rest on recalled figures and decide nothing."
    return Verdict(stated, word, sentence, subject, settles)


def summary(*verdicts: Verdict) -> pd.DataFrame:
    """Return the table a notebook ends with: one row a verdict, values in the unit as printed."""
    rows = []
    for each in verdicts:
        record, stated = each.record(), each.claim
        computed = each.specifications is not None and record["specifications"]
        rows.append(
            {
                "claim": stated.id,
                "stated": stated.stated,
                "as written": _shown(stated, each.as_written) if each.specifications is not None else "",
                "specifications": _range(stated, record["minimum"], record["maximum"]) if computed else "",
                "inside": f"{record['inside']} of {record['specifications']}" if computed else "",
                "rounding": plain(record["rounding"] / stated.factor) if record["rounding"] is not None else "",
                "verdict": f"{MARKS[each.verdict]} {each.verdict}",
            }
        )
    return Listing(rows).set_index("claim")


def claims_table(essay: str) -> pd.DataFrame:
    """Return the ledger's rows of one essay as a table to read: phrase, quantity, and what the wording allows."""
    rows = [
        {
            "claim": c.id,
            "phrase": c.phrase,
            "quantity": c.quantity,
            "allows": f"{c.interval} {c.unit}",
            "cited": c.cited,
        }
        for c in ledger(essay).values()
    ]
    return Listing(rows).set_index("claim")


def tightest_rounding(value: float, stated: float) -> float:
    """Return the finest of the units 1, 2 and 5 times a power of ten to which `value` rounds as `stated`.

    NaN where either is NaN. A value equal to the stated number is true to any rounding: 0.
    """
    gap = abs(value - stated)
    if math.isnan(gap) or gap == 0:
        return gap
    power = 10.0 ** math.floor(math.log10(2 * gap))
    return next(unit * power for unit in (1, 2, 5, 10) if unit * power >= 2 * gap * (1 - 1e-12))


def _decided_by(specifications: Multiverse) -> str:
    """Say which choice decides, and how its levels fall."""
    ranked = deciding_choices(specifications)
    if not ranked:
        return "; no choice decides alone"
    name, explained = ranked[0]
    counts = specifications.deciding.groupby(name, sort=False)["inside"].agg(["sum", "count"])
    parts = [
        f"{word} for {', '.join(map(str, levels))}"
        for word, levels in (
            ("inside", counts.index[counts["sum"] == counts["count"]]),
            ("outside", counts.index[counts["sum"] == 0]),
        )
        if len(levels)
    ]
    mixed = counts[(counts["sum"] > 0) & (counts["sum"] < counts["count"])]
    parts += [f"{row['sum']} of {row['count']} inside for {level}" for level, row in mixed.iterrows()]
    others = [other for other, part in ranked[1:] if part > explained / 2]
    told = f"; what decides is {name.replace('_', ' ')}: {'; '.join(parts)}"
    return told + (f"; then {', '.join(other.replace('_', ' ') for other in others)}" if others else "")


def _interval(stated: Claim) -> str:
    low, high = stated.interval.low / stated.factor, stated.interval.high / stated.factor
    if not stated.value or math.isinf(low) or math.isinf(high):
        return "" if stated.value else f" ({stated.interval} {stated.unit})"
    return f" ({plain(low)} to {plain(high)})"


def _shown(stated: Claim, value: float) -> str:
    number = plain(value / stated.factor)
    return (
        f"{number} {SINGULAR.get(stated.printed_unit, stated.printed_unit) if number == '1' else stated.printed_unit}"
    )


def _range(stated: Claim, low: float, high: float) -> str:
    ends = dict.fromkeys((plain(low / stated.factor), plain(high / stated.factor)))
    return " to ".join(ends)


def _rounded(value: float | None) -> float | None:
    """Ten significant digits, the most that every processor computes alike; None for what is not finite."""
    return float(f"{value:.10g}") if value is not None and math.isfinite(value) else None


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    """Return one specification with plain Python values, ready for JSON."""
    plain_row = {str(k): v.item() if hasattr(v, "item") else v for k, v in row.items()}
    return plain_row | {"value": _rounded(plain_row["value"])}
