"""All the defensible ways to compute one quantity, side by side.

The multiverse analysis of Steegen, Tuerlinckx, Gelman and Vanpaemel (2016), Increasing transparency through a
multiverse analysis, Perspectives on Psychological Science 11.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from recount.claims import Claim, claim
from recount.files import RecountError
from recount.readings import Reading, outcome
from recount.wording import plain

COLUMNS = (
    *"value low high bounded least most outcome inside test as_written decides after known".split(),
    *("same_as", "grade", "published", "evidence"),
)
RESERVED = {*COLUMNS, "on"}
Compute = Callable[..., Reading | None]


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
        One row a specification: its choices, then `COLUMNS`: ``value`` in the claim's unit, the ``low`` and ``high``
        that rounding leaves open, or the data if it is ``bounded``; the ``least`` and ``most`` that is allowed; the
        ``outcome`` (agrees, disagrees, cannot tell) and whether it lies ``inside``; its ``test``; ``as_written``, the
        literal reading; ``decides``, false for what rests on recalled figures, describes the time ``after``, was not
        ``known`` when the number was stated, or is the ``same_as`` another; ``grade`` of the weakest datum; day on
        which the youngest was ``published``; the table rows used as ``evidence``.
    compute, tables, literal, after
        The function, the tables it is given, the choices of the literal reading, and the levels after the text.
    """

    claim: Claim
    choices: tuple[str, ...]
    table: pd.DataFrame
    compute: Compute
    tables: tuple[pd.DataFrame, ...]
    literal: Mapping[str, Any]
    after: Mapping[str, Iterable[Any]]

    @property
    def deciding(self) -> pd.DataFrame:
        """The specifications a verdict is made from."""
        return self.table[self.table["decides"]]

    def __call__(self, **choices: Any) -> Reading:
        """Return the reading under other choices; those not named are as written.

        Raises
        ------
        RecountError
            There is no such choice or level, or no data for the combination.
        """
        if unknown := set(choices) - set(self.choices):
            raise RecountError(f"{self.claim.id} has no choice {min(unknown)!r}; it has {', '.join(self.choices)}")
        found = _computed(self.claim.id, self.compute, self.tables, {**self.literal, **choices})
        if found is None:
            raise RecountError(f"{self.claim.id}, {told({**self.literal, **choices})}: no data for this combination")
        allowed = found.against or self.claim.interval
        found.outcome = f"{outcome(found, allowed)} with {allowed} {self.claim.unit}".replace("tell with", "tell:")
        return found

    def explore(self) -> None:
        """Show a drop-down a choice and the reading it gives, in JupyterLab with ipywidgets.

        Raises
        ------
        RecountError
            ipywidgets is not installed.
        """
        try:
            from ipywidgets import Dropdown, interact  # type: ignore[import-not-found]
        except ImportError:
            raise RecountError("explore needs ipywidgets: pip install ipywidgets") from None
        levels = {name: list(dict.fromkeys(self.table[name])) for name in self.choices}
        interact(self, **{name: Dropdown(options=v, value=self.literal[name]) for name, v in levels.items()})

    def complement(self, key: str, whole: float = 100) -> "Multiverse":
        """Return the specifications of the claim about the remainder: `whole` less the value, from the same rows."""

        def rest(*tables: pd.DataFrame, **choices: Any) -> Reading | None:
            found = self.compute(*tables, **choices)
            return found and found.subtracted_from(whole)

        levels: dict[str, Any] = {name: list(dict.fromkeys(self.table[name])) for name in self.choices}
        return specifications(key, rest, on=self.tables, as_written=self.literal, after=self.after, **levels)

    def _repr_html_(self) -> str:
        return str(self._shown().to_html(index=False, border=0))

    def __repr__(self) -> str:
        return str(self._shown().to_string(index=False))

    def _shown(self) -> pd.DataFrame:
        table, factor = self.table, self.claim.factor
        notes = {"as_written": "as written", "after": "after the text", "same_as": "counted once"}
        marks = [", ".join(text for name, text in notes.items() if row[name]) for _, row in table.iterrows()]
        values = [
            plain(low / factor) if low == high else f"{plain(low / factor)} to {plain(high / factor)}"
            for low, high in zip(table["low"], table["high"], strict=True)
        ]
        shown = table[[*self.choices]].copy()
        shown[self.claim.printed_unit] = values
        return shown.assign(outcome=table["outcome"], public=table["published"], grade=table["grade"], note=marks)


def specifications(
    key: str,
    compute: Compute,
    *,
    as_written: Mapping[str, Any],
    on: Sequence[pd.DataFrame] = (),
    after: Mapping[str, Iterable[Any]] | None = None,
    **choices: Iterable[Any],
) -> Multiverse:
    """Compute a claim under every combination of choices.

    Parameters
    ----------
    key
        Id of the claim.
    compute
        A pure function of the tables `on` and of one level of every choice, by name; returns a `Reading`, or None
        where the data do not exist. It must refuse a level it does not know, which is tried.
    as_written
        The level of each choice that is the literal reading.
    on
        The tables that `compute` is given, in its order.
    after
        Levels that describe the time after the text: computed and shown, but no part of the verdict.
    **choices
        The levels of each choice.

    Raises
    ------
    RecountError
        A choice has no level, a reserved name, or a level that `compute` makes up an answer for; the as-written
        specification is not among the rest.

    Examples
    --------
    >>> def biggest(rd, year):
    ...     rows = rd[rd["year"] == year]
    ...     spent = rows["rd_100m_yuan"]
    ...     return rc.Reading(100 * spent.max() / spent.sum(), rows) if len(rows) else None
    >>> specs = rc.specifications(
    ...     "rd-share", biggest, on=[rc.table("rd_expenditure")], as_written={"year": 2015}, year=[2014, 2015]
    ... )
    >>> specs(year=2014)
    12.7 disagrees with 52 to 68 percent; from rd_expenditure 126-156; public 2015-11-23, cross-checked
    """
    stated, levels = claim(key), {name: list(values) for name, values in choices.items()}
    late = {name: set(values) for name, values in (after or {}).items()}
    for name, values in levels.items():
        if not values or name in RESERVED:
            raise RecountError(f"{key}: choice {name!r} {'is a reserved name' if values else 'has no level'}")
    if set(as_written) != set(levels) or not set(late) <= set(levels):
        raise RecountError(f"{key}: as_written and after name choices; the choices are {', '.join(levels)}")
    _refuses_unknown(key, compute, on, as_written)
    records = []
    for combination in itertools.product(*levels.values()):
        chosen = dict(zip(levels, combination, strict=True))
        if (found := _computed(key, compute, on, chosen)) is not None:
            is_after = any(chosen[name] in values for name, values in late.items())
            records.append(chosen | _record(stated, found, is_after) | {"as_written": chosen == dict(as_written)})
    literal = sum(record["as_written"] for record in records)
    if literal != 1:
        raise RecountError(f"{key}: {literal} specifications are as written ({told(as_written)}), expected one")
    table = pd.DataFrame(records)
    table["same_as"] = _doubles(table, [*levels])
    table["decides"] = deciding_by(table)
    table = table[[*levels, *COLUMNS]]
    return Multiverse(stated, tuple(levels), table, compute, tuple(on), dict(as_written), late)


def _computed(key: str, compute: Compute, on: Sequence[pd.DataFrame], chosen: Mapping[str, Any]) -> Reading | None:
    try:
        return compute(*on, **chosen)
    except RecountError as error:
        raise RecountError(f"{key}, {told(chosen)}: {error}") from error
    except KeyError as error:
        raise RecountError(f"{key}, {told(chosen)}: no such level or column: {error}") from error


def _refuses_unknown(key: str, compute: Compute, on: Sequence[pd.DataFrame], as_written: Mapping[str, Any]) -> None:
    """Raise if the function makes up an answer for a level that no choice has."""
    for name, level in as_written.items():
        unknown: Any = "no such level" if isinstance(level, str) else -1
        try:
            with np.errstate(all="ignore"):  # of nothing, divided by nothing
                found = compute(*on, **{**as_written, name: unknown})
        except (RecountError, LookupError, ValueError, TypeError, ZeroDivisionError):
            continue
        if found is not None:
            raise RecountError(f"{key}: choice {name!r} is computed for {unknown!r}, a level it does not have")


def _record(stated: Claim, found: Reading, is_after: bool) -> dict[str, Any]:
    """Return what one specification says of a claim."""
    allowed = found.against or stated.interval
    carried = {name: getattr(found, name) for name in ("value", "low", "high", "grade", "published", "evidence")}
    return carried | {
        "bounded": found.is_bounded,
        "least": allowed.low,
        "most": allowed.high,
        "outcome": outcome(found, allowed),
        "inside": outcome(found, allowed) == "agrees",
        "test": found.test(stated),
        "after": is_after,
        "known": found.published <= stated.stated_on.isoformat(),
    }


def _doubles(table: pd.DataFrame, choices: Sequence[str]) -> list[str]:
    """Return, for each specification with the value and rows of an earlier one, that one's choices; else nothing."""
    columns = ["value", "low", "high", "outcome", "evidence"]
    prints = [repr(row) for row in table[columns].itertuples(index=False, name=None)]
    first: dict[str, int] = {}
    for place in sorted(range(len(table)), key=lambda place: not table["as_written"].iloc[place]):
        first.setdefault(prints[place], place)
    chosen = table[[*choices]].to_dict("records")
    return ["" if first[mark] == place else told(chosen[first[mark]]) for place, mark in enumerate(prints)]


def deciding_by(table: pd.DataFrame, day: str = "") -> pd.Series:
    """Return which specifications decide: as of `day`, or as of when the number was stated.

    Recalled figures, the time after the text and doubles never do. Where nothing was known when the number was stated,
    what came later decides, test by test.
    """
    able = (table["grade"] != "recalled") & ~table["after"] & (table["same_as"] == "")
    if day:
        return able & (table["published"] <= day)
    known = (able & table["known"]).groupby(table["test"]).transform("any")
    return able & (table["known"] | ~known)


def told(chosen: Mapping[Any, Any]) -> str:
    """Return choices in words."""
    return ", ".join(f"{name} {value}" for name, value in chosen.items())
