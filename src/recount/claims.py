"""The ledger of claims: the numbers that the texts state, with their wording."""

import csv
import io
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date as Day
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import pandas as pd

from recount.datapackage import Listing
from recount.files import RecountError, read_text, relative, root
from recount.numerals import MAGNITUDES, number
from recount.wording import Interval, range_ends, stated_interval

T = TypeVar("T")

TODO = "todo"  # what a draft leaves to judge: the ledger reads it, and a test names it
COUNTS = (
    "persons, provinces, companies, countries, cities, square kilometres, square metres, hectares, mu, kilometres, "
    "metres, tonnes, yuan, dollars, euros, months, years"
).split(", ")
BASES = ("percent", "percentage points", "basis points", *COUNTS, "times", "rank")
# Unit as printed -> (unit in which values are computed, factor).
UNITS: dict[str, tuple[str, int]] = {
    f"{magnitude} {unit}".strip(): (unit, factor)
    for unit in (*BASES, TODO)
    for magnitude, factor in {"": 1, **MAGNITUDES}.items()
}


@dataclass(frozen=True)
class Essay:
    """One essay of the collection; `published` is None where the source shows no date."""

    id: str
    title: str
    published: Day | None
    address: str
    first_paragraph: int
    last_paragraph: int
    notebook: str

    @property
    def paragraphs(self) -> range:
        """The numbers of the essay's own paragraphs."""
        return range(self.first_paragraph, self.last_paragraph + 1)


@dataclass(frozen=True)
class Claim:
    """One number that a text states, with its wording; `interval` is in `unit`, the unit of every computed value.

    `stated_on` is the day on which the author of the number made it public, `stated_basis` how that day is known;
    `quotes` are the keys of ``data/sources.csv`` that are the very source the text quotes.
    """

    id: str
    phrase: str
    value: str
    approximator: str
    comparator: str
    quantity: str
    place: str
    date: str
    cited: str
    kind: str
    reason: str
    stated_basis: str
    printed_unit: str
    paragraph: int
    essay: Essay
    interval: Interval
    stated_on: Day
    quotes: tuple[str, ...]

    @property
    def unit(self) -> str:
        """The unit of the interval and of every computed value."""
        return UNITS[self.printed_unit][0]

    @property
    def factor(self) -> int:
        """What one printed unit is in `unit`."""
        return UNITS[self.printed_unit][1]

    @property
    def stated(self) -> str:
        """The number with its wording and unit; for a claim of direction, the phrase itself."""
        words = (self.comparator, self.approximator, self.value, self.printed_unit)
        return " ".join(filter(None, words)) if self.value else self.phrase

    @property
    def printed_interval(self) -> Interval:
        """What the wording allows, in the unit as printed."""
        return replace(self.interval, low=self.interval.low / self.factor, high=self.interval.high / self.factor)

    @property
    def allowed(self) -> str:
        """What the wording allows, in words, in the unit as printed."""
        return f"{self.printed_interval} {self.printed_unit}"

    @property
    def point(self) -> float:
        """The printed number in `unit`, the middle for a range; NaN for a claim of direction."""
        ends = [number(end) * self.factor for end in range_ends(self.value)] if self.value else []
        return float(sum(ends) / len(ends)) if ends else math.nan


ESSAY_COLUMNS = tuple(field.name for field in fields(Essay))
CLAIM_COLUMNS = tuple(
    "id essay paragraph phrase value unit approximator comparator significant_digits low high reason "
    "quantity place date cited kind stated_on stated_basis quotes".split()
)
COPIED = {field.name for field in fields(Claim)} & {*CLAIM_COLUMNS} - {"essay", "paragraph", "stated_on", "quotes"}


def essays() -> dict[str, Essay]:
    """Return the essays of ``seeds/essays.csv`` by id, in the order of the collection."""
    return _ledger()[0]


def ledger(essay: str | None = None) -> dict[str, Claim]:
    """Return the ledger ``seeds/claims.csv`` by claim id, of one essay or of all.

    Raises
    ------
    RecountError
        A row cannot be read; the message names file, row and cause.

    Examples
    --------
    >>> list(rc.ledger("industry-clusters"))
    ['express-four', 'entrenched', 'six-provinces', 'rd-share', 'it-share']
    """
    known, claims = _ledger()
    if essay not in (None, *known):
        raise RecountError(f"essay {essay!r} is unknown; seeds/essays.csv has {', '.join(known)}")
    return {key: claim for key, claim in claims.items() if essay in (None, claim.essay.id)}


def claim(key: str) -> Claim:
    """Return one claim of the ledger; an unknown id is a `RecountError`.

    Examples
    --------
    >>> rc.claim("rd-share").stated
    'about 60 percent'
    """
    claims = _ledger()[1]
    if key not in claims:
        raise RecountError(f"claim {key!r} is not in seeds/claims.csv; it has {', '.join(claims)}")
    return claims[key]


def claims_table(essay: str) -> pd.DataFrame:
    """Return the ledger's rows of one essay as a table to read: phrase, quantity, and what the wording allows.

    Examples
    --------
    >>> rc.claims_table("industry-clusters").loc["rd-share", "allows"]
    '52 to 68 percent'
    """
    rows = [
        {"claim": c.id, "phrase": c.phrase, "quantity": c.quantity, "allows": c.allowed}
        | {"stated on": c.stated_on.isoformat(), "cited": c.cited}
        for c in ledger(essay).values()
    ]
    return Listing(rows).set_index("claim")


def _ledger() -> tuple[dict[str, Essay], dict[str, Claim]]:
    """Return essays and claims by id, read again only when one of their files was changed."""
    paths = [root() / "seeds" / name for name in ("essays.csv", "claims.csv")]
    stats = [path.stat() if path.exists() else None for path in paths]
    return _read_ledger(*paths, *((stat.st_mtime_ns, stat.st_size) if stat else None for stat in stats))


@lru_cache(maxsize=4)
def _read_ledger(essay_file: Path, claim_file: Path, *_: object) -> tuple[dict[str, Essay], dict[str, Claim]]:
    essays = _by_id(essay_file, _essay)
    return essays, _by_id(claim_file, lambda cells: _claim(cells, essays))


class _Cells(dict[str, str]):
    """The cells of a row by column, and the `column` read last, which is at fault when a cell cannot be read."""

    column = ""

    def __getitem__(self, column: str) -> str:
        self.column = column
        return super().__getitem__(column)


def _by_id(path: Path, parse: Callable[[dict[str, str]], T]) -> dict[str, T]:
    """Return what the rows of a file say, by id; `recount validate` checks them more closely."""
    parsed: dict[str, T] = {}
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""))
    try:
        rows = [*reader]
    except csv.Error as error:
        raise RecountError(f"{relative(path)}, line {reader.line_num}: {error}") from None
    for n, cells in enumerate(map(_Cells, rows), start=2):
        try:
            key, value = cells["id"], parse(cells)
        except RecountError as error:
            raise RecountError(f"{relative(path)}, row {n}: {error}") from None
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
            where, found = f"{relative(path)}, row {n}, {cells.column}", cells.get(cells.column)
            raise RecountError(f"{where}: found {found!r}: {type(error).__name__}: {error}") from None
        if key in parsed:
            raise RecountError(f"{relative(path)}, row {n}, id: found {key!r}, expected an id that no other row has")
        parsed[key] = value
    return parsed


def _essay(cells: dict[str, str]) -> Essay:
    day = Day.fromisoformat(cells["published"]) if cells["published"] not in ("", TODO) else None
    numbers = {name: int(cells[name]) for name in ("first_paragraph", "last_paragraph")}
    return Essay(**{**cells, "published": day, **numbers})  # type: ignore[arg-type]


def _claim(cells: dict[str, str], essays: Mapping[str, Essay]) -> Claim:
    return Claim(
        essay=essays[cells["essay"]],
        paragraph=int(cells["paragraph"]),
        printed_unit=cells["unit"],
        interval=_interval(cells),
        stated_on=Day.max if cells["stated_on"] == TODO else Day.fromisoformat(cells["stated_on"]),
        quotes=tuple(filter(None, cells["quotes"].split(";"))),
        **{name: cells[name] for name in COPIED},
    )


def _interval(cells: Mapping[str, str]) -> Interval:
    """Return what a row's wording allows, or the bounds that replace it for a reason."""
    if cells["low"] or cells["high"] or not cells["value"]:
        return Interval(float(cells["low"] or -math.inf), float(cells["high"] or math.inf))
    words, factor = (cells["approximator"], cells["comparator"]), UNITS[cells["unit"]][1]
    digits = int(cells["significant_digits"]) if cells["significant_digits"] else None
    return stated_interval(cells["value"], *words, significant_digits=digits, factor=factor)
