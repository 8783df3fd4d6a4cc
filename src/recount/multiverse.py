"""All the defensible ways to compute one quantity, side by side.

The multiverse analysis of Steegen, Tuerlinckx, Gelman and Vanpaemel (2016), Increasing transparency through a
multiverse analysis, Perspectives on Psychological Science 11.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from recount.claims import Claim, claim
from recount.files import RecountError
from recount.tables import GRADES
from recount.wording import plain

COLUMNS = ("value", "inside", "as_written", "decides", "after", "known", "grade", "published", "evidence")


class Reading:
    """A computed value together with what it was computed from.

    Parameters
    ----------
    value
        The value, in the unit in which the claim is reckoned.
    used
        The rows of the tables used, as `table` gave them, filtered at will; or claims, for arithmetic among the
        numbers of the texts.

    Raises
    ------
    RecountError
        The value is no finite number, or rows come without table, grade or day of publication.
    """

    def __init__(self, value: float, *used: pd.DataFrame | pd.Series | Claim) -> None:
        self.value = float(value)
        self.grade, self.published, self.evidence = "", "", {}  # type: str, str, dict[str, str]
        if not math.isfinite(self.value):
            raise RecountError(f"a reading is {self.value}: a figure is missing, or a denominator is zero")
        if not used:
            raise RecountError("a reading needs the rows or claims it was computed from")
        for part in used:
            if isinstance(part, Claim):
                self.evidence.setdefault("claims", part.id)
                if part.id not in self.evidence["claims"].split(", "):
                    self.evidence["claims"] += f", {part.id}"
                continue
            rows = part.to_frame().T if isinstance(part, pd.Series) else part
            name = part.attrs.get("table")
            if name is None or rows.empty or not {"grade", "published"} <= set(rows):
                raise RecountError(
                    "a reading needs rows of a table with grade and published; "
                    f"found {len(rows)} rows of {name or 'no table'} with {', '.join(map(str, rows))}"
                )
            self.grade = max([self.grade, *rows["grade"]], key=lambda grade: GRADES.index(grade) if grade else -1)
            self.published = max(self.published, str(max(rows["published"]))[:10])
            known = {int(row) for row in spread(self.evidence.get(name, ""))}
            self.evidence[name] = compact(known | {int(row) for row in rows.index})


def compact(rows: Iterable[int]) -> str:
    """Write row numbers as ranges: 2, 3, 4, 9 as "2-4, 9"."""
    runs: list[list[int]] = []
    for row in sorted(rows):
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    return ", ".join(f"{a}-{b}" if b > a else str(a) for a, b in runs)


def spread(ranges: str) -> list[int]:
    """Undo `compact`."""
    ends = [part.split("-") for part in ranges.split(", ") if part]
    return [row for first, *last in ends for row in range(int(first), int((last or [first])[0]) + 1)]


@dataclass(frozen=True)
class Multiverse:
    """The specifications of one claim.

    Attributes
    ----------
    claim
        The claim they compute.
    choices
        The names of the choices, one column of `table` each.
    table
        One row a specification: its choices, then `COLUMNS`: ``value`` in the claim's unit; ``inside`` the stated
        interval; ``as_written``, the literal reading with the data of the time; ``decides``, false for what rests on
        recalled figures or describes the time ``after``; ``known``, public when the text appeared; the ``grade`` of
        the weakest datum; the day the youngest was ``published``; the table rows used as ``evidence``.
    """

    claim: Claim
    choices: tuple[str, ...]
    table: pd.DataFrame

    @property
    def deciding(self) -> pd.DataFrame:
        """The specifications a verdict is made from."""
        return self.table[self.table["decides"]]

    def _repr_html_(self) -> str:
        return self._shown().to_html(index=False, border=0)

    def __repr__(self) -> str:
        return self._shown().to_string(index=False)

    def _shown(self) -> pd.DataFrame:
        shown = self.table[[*self.choices, "value", "inside", "known", "grade"]].copy()
        shown["value"] = (shown["value"] / self.claim.factor).map(plain)
        for column, words in {"inside": ("inside", "outside"), "known": ("then", "later")}.items():
            shown[column] = shown[column].map({True: words[0], False: words[1]})
        marks = self.table["as_written"].map({True: "as written", False: ""})
        marks = marks.mask(~self.table["decides"], "recalled").mask(self.table["after"], "after the text")
        return shown.assign(note=marks).rename(columns={"value": self.claim.printed_unit, "known": "data public"})


def specifications(
    key: str,
    compute: Callable[..., Reading | None],
    *,
    as_written: Mapping[str, Any],
    after: Mapping[str, Iterable[Any]] | None = None,
    **choices: Iterable[Any],
) -> Multiverse:
    """Compute a claim under every combination of choices.

    Parameters
    ----------
    key
        Id of the claim.
    compute
        Called with one level of every choice by name; returns a `Reading`, or None where the data do not exist.
    as_written
        The level of each choice that is the literal reading with the data an informed author had.
    after
        Levels that describe the time after the text: computed and shown, but no part of the verdict.
    **choices
        The levels of each choice.

    Raises
    ------
    RecountError
        A choice has no level, or a reserved name; the as-written specification is not among the rest, or uses a
        figure published after the text.
    """
    stated = claim(key)
    levels = {name: list(values) for name, values in choices.items()}
    late = {name: set(values) for name, values in (after or {}).items()}
    for name, values in levels.items():
        if not values or name in COLUMNS:
            raise RecountError(f"{key}: choice {name!r} {'is a reserved name' if values else 'has no level'}")
    if set(as_written) != set(levels) or not set(late) <= set(levels):
        raise RecountError(f"{key}: as_written and after name choices; the choices are {', '.join(levels)}")
    records = []
    for combination in itertools.product(*levels.values()):
        chosen = dict(zip(levels, combination, strict=True))
        try:
            found = compute(**chosen)
        except RecountError as error:
            raise RecountError(f"{key}, {_told(chosen)}: {error}") from error
        if found is None:
            continue
        is_after = any(chosen[name] in values for name, values in late.items())
        records.append(chosen | _record(stated, found, is_after) | {"as_written": chosen == dict(as_written)})
    literal = [record for record in records if record["as_written"]]
    if len(literal) != 1:
        raise RecountError(f"{key}: {len(literal)} specifications are as written ({_told(as_written)}), expected one")
    if not literal[0]["known"]:
        raise RecountError(
            f"{key}: as written uses figures published {literal[0]['published']}, "
            f"after the text of {stated.essay.published}"
        )
    return Multiverse(stated, tuple(levels), pd.DataFrame(records))


def _record(stated: Claim, found: Reading, is_after: bool) -> dict[str, Any]:
    """Return what one specification says of a claim."""
    day = stated.essay.published
    return {
        "value": found.value,
        "inside": found.value in stated.interval,
        "as_written": False,
        "decides": found.grade != "recalled" and not is_after,
        "after": is_after,
        "known": day is None or found.published <= day.isoformat(),
        "grade": found.grade,
        "published": found.published,
        "evidence": found.evidence,
    }


def deciding_choices(specifications: Multiverse) -> list[tuple[str, float]]:
    """Return which choices decide whether the value lies inside: (choice, share of the variance explained).

    The share is the between-level part of the variance of inside (eta squared), over the specifications that
    decide; strongest first, choices that explain nothing left out.
    """
    frame = specifications.deciding
    inside = frame["inside"].astype(float)
    total = ((inside - inside.mean()) ** 2).sum()
    if total == 0:
        return []
    explained = [
        (name, float(((inside.groupby(frame[name]).transform("mean") - inside.mean()) ** 2).sum() / total))
        for name in specifications.choices
    ]
    return sorted(((n, round(e, 6)) for n, e in explained if e > 1e-9), key=lambda pair: -pair[1])


def _told(chosen: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in chosen.items())
