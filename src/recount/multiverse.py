"""All the defensible ways to compute one quantity, side by side.

The multiverse analysis of Steegen, Tuerlinckx, Gelman and Vanpaemel (2016), Increasing transparency through a
multiverse analysis, Perspectives on Psychological Science 11.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from recount.claims import Claim, claim
from recount.files import RecountError
from recount.readings import Evidence, Reading
from recount.wording import plain

Compute = Callable[..., Reading | None]


@dataclass(frozen=True)
class Specification:
    """One way to compute a claim: the level of each choice, and what comes of it.

    `value` is in the claim's unit, `low` and `high` are the ends that rounding leaves open, or the data if it is
    `bounded`; `least` and `most` are what is allowed; the `outcome` agrees, disagrees or cannot tell. `as_written` is
    the literal reading. It `decides` unless it rests on recalled figures, describes the time `after` the text, was not
    `known` when the number was stated, or has the value and rows of an earlier one, whose choices `same_as` names.
    `grade` is that of the weakest datum, `published` the day of the youngest.
    """

    choices: Mapping[str, Any]
    value: float
    low: float
    high: float
    bounded: bool
    least: float
    most: float
    outcome: str
    test: str
    as_written: bool
    after: bool
    known: bool
    grade: str
    published: str
    evidence: Evidence
    claims: tuple[str, ...] = ()
    same_as: str = ""
    decides: bool = False

    @property
    def agrees(self) -> bool:
        """Whether the outcome is agreement."""
        return self.outcome == "agrees"

    @property
    def tells(self) -> bool:
        """Whether the outcome is agreement or disagreement."""
        return self.outcome != "cannot tell"


RESERVED = {field.name for field in fields(Specification)} | {"inside", "on"}


@dataclass(frozen=True)
class Multiverse:
    """The specifications of one claim, in the order of its choices, and the function that computes them.

    `literal` has the choices of the literal reading, `after` the levels that describe the time after the text. A
    multiverse read from a notebook's output has no function and no tables.
    """

    claim: Claim
    choices: tuple[str, ...]
    specifications: tuple[Specification, ...]
    literal: Mapping[str, Any]
    after: Mapping[str, Iterable[Any]]
    tables: tuple[pd.DataFrame, ...] = ()
    compute: Compute = lambda *tables, **choices: None

    @property
    def as_written(self) -> Specification:
        """The literal reading."""
        return next(spec for spec in self.specifications if spec.as_written)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a specification: its choices, then what a `Specification` says, and whether it lies ``inside``."""
        return as_table(self.specifications)

    def __call__(self, **choices: Any) -> Reading:
        """Return the reading under other choices; those not named are as written.

        Raises
        ------
        RecountError
            There is no such choice or level, or no data for the combination.
        """
        if unknown := set(choices) - set(self.choices):
            raise RecountError(f"{self.claim.id} has no choice {min(unknown)!r}; it has {', '.join(self.choices)}")
        chosen = {**self.literal, **choices}
        reading = _computed(self.claim.id, self.compute, self.tables, chosen)
        if reading is None:
            raise RecountError(f"{self.claim.id}, {listed(chosen)}: no data for this combination")
        allowed = reading.against or self.claim.interval
        outcome = f"{reading.outcome_with(allowed)} with {allowed} {self.claim.unit}"
        reading.outcome = outcome.replace("tell with", "tell:")
        return reading

    def complement(self, key: str, whole: float = 100) -> "Multiverse":
        """Return the specifications of the claim about the remainder: `whole` less the value, from the same rows."""

        def rest(*tables: pd.DataFrame, **choices: Any) -> Reading | None:
            reading = self.compute(*tables, **choices)
            return reading and reading.subtracted_from(whole)

        levels: dict[str, Any] = {name: list(dict.fromkeys(self.table[name])) for name in self.choices}
        return specifications(key, rest, on=self.tables, as_written=self.literal, after=self.after, **levels)

    def _repr_html_(self) -> str:
        return str(self._shown().to_html(index=False, border=0))

    def __repr__(self) -> str:
        return str(self._shown().to_string(index=False))

    def _shown(self) -> pd.DataFrame:
        factor, rows = self.claim.factor, []
        notes = {"as_written": "as written", "after": "after the text", "same_as": "counted once"}
        for spec in self.specifications:
            ends = [plain(end / factor) for end in (spec.low, spec.high)]
            value = ends[0] if spec.low == spec.high else " to ".join(ends)
            row = {**spec.choices, self.claim.printed_unit: value, "outcome": spec.outcome, "public": spec.published}
            note = ", ".join(text for name, text in notes.items() if getattr(spec, name))
            rows.append(row | {"grade": spec.grade, "note": note})
        return pd.DataFrame(rows)


def as_table(specifications: Iterable[Specification]) -> pd.DataFrame:
    """Return specifications as a table, one row each: its choices, and every attribute."""
    return pd.DataFrame([{**spec.choices, **vars(spec), "inside": spec.agrees} for spec in specifications])


def specifications(
    key: str,
    compute: Compute,
    *,
    as_written: Mapping[str, Any] | None = None,
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
        The level of each choice that is the literal reading; of a choice that is not named, the first.
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
    >>> specs = rc.specifications("rd-share", biggest, on=[rc.table("rd_expenditure")], year=[2015, 2014])
    >>> specs(year=2014)
    12.7 disagrees with 52 to 68 percent; from rd_expenditure 126-156; public 2015-11-23, cross-checked
    """
    stated, levels = claim(key), {name: list(values) for name, values in choices.items()}
    late = {name: set(values) for name, values in (after or {}).items()}
    for name, values in levels.items():
        if not values or name in RESERVED:
            raise RecountError(f"{key}: choice {name!r} {'is a reserved name' if values else 'has no level'}")
    if not {*(as_written or {}), *late} <= set(levels):
        raise RecountError(f"{key}: as_written and after name choices; the choices are {', '.join(levels)}")
    literal = {name: values[0] for name, values in levels.items()} | dict(as_written or {})
    _refuses_unknown(key, compute, on, literal)
    computed = []
    for combination in itertools.product(*levels.values()):
        chosen = dict(zip(levels, combination, strict=True))
        if (reading := _computed(key, compute, on, chosen)) is not None:
            is_after = any(chosen[name] in values for name, values in late.items())
            computed.append(_specification(stated, chosen, reading, is_after, chosen == literal))
    if sum(spec.as_written for spec in computed) != 1:
        raise RecountError(f"{key}: no specification is as written ({listed(literal)}), expected one")
    distinct = _counted_once(computed)
    deciding = {id(spec) for spec in deciding_by(distinct)}
    decided = tuple(replace(spec, decides=id(spec) in deciding) for spec in distinct)
    return Multiverse(stated, tuple(levels), decided, literal, late, tuple(on), compute)


def _computed(key: str, compute: Compute, on: Sequence[pd.DataFrame], chosen: Mapping[str, Any]) -> Reading | None:
    try:
        return compute(*on, **chosen)
    except RecountError as error:
        raise RecountError(f"{key}, {listed(chosen)}: {error}") from error
    except KeyError as error:
        raise RecountError(f"{key}, {listed(chosen)}: no such level or column: {error}") from error


def _refuses_unknown(key: str, compute: Compute, on: Sequence[pd.DataFrame], literal: Mapping[str, Any]) -> None:
    """Raise if the function makes up an answer for a level that no choice has."""
    for name, level in literal.items():
        unknown: Any = "no such level" if isinstance(level, str) else -1
        try:
            with np.errstate(all="ignore"):  # of nothing, divided by nothing
                reading = compute(*on, **{**literal, name: unknown})
        except (RecountError, LookupError, ValueError, TypeError, ZeroDivisionError):
            continue
        if reading is not None:
            raise RecountError(f"{key}: choice {name!r} is computed for {unknown!r}, a level it does not have")


def _specification(
    stated: Claim, chosen: Mapping[str, Any], reading: Reading, is_after: bool, is_literal: bool
) -> Specification:
    allowed = reading.against or stated.interval
    same = {
        name: getattr(reading, name) for name in ("value", "low", "high", "grade", "published", "evidence", "claims")
    }
    return Specification(
        choices=chosen,
        bounded=reading.is_bounded,
        least=allowed.low,
        most=allowed.high,
        outcome=reading.outcome_with(allowed),
        test=reading.test(stated),
        as_written=is_literal,
        after=is_after,
        known=reading.published <= stated.stated_on.isoformat(),
        **same,
    )


def _counted_once(computed: Sequence[Specification]) -> list[Specification]:
    """Return specifications in which one with the value and rows of another, the literal one first, says so."""
    first: dict[object, Specification] = {}
    prints = [repr((spec.value, spec.low, spec.high, spec.outcome, spec.evidence, spec.claims)) for spec in computed]
    for mark, spec in sorted(zip(prints, computed, strict=True), key=lambda pair: not pair[1].as_written):
        first.setdefault(mark, spec)
    return [
        spec if first[mark] is spec else replace(spec, same_as=listed(first[mark].choices))
        for mark, spec in zip(prints, computed, strict=True)
    ]


def deciding_by(computed: Iterable[Specification], day: str = "") -> list[Specification]:
    """Return the specifications that decide: as of `day`, or as of when the number was stated.

    Recalled figures, the time after the text and doubles never do. Where nothing was known when the number was stated,
    what came later decides, test by test.
    """
    able = [spec for spec in computed if spec.grade != "recalled" and not spec.after and not spec.same_as]
    if day:
        return [spec for spec in able if spec.published <= day]
    known = {spec.test for spec in able if spec.known}
    return [spec for spec in able if spec.known or spec.test not in known]


def listed(chosen: Mapping[Any, Any]) -> str:
    """Return choices in words."""
    return ", ".join(f"{name} {value}" for name, value in chosen.items())
