"""The ledger of claims: the numbers that the texts state, with their wording."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date as Day
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from recount.files import TEXT, USES, RecountError, read_rows, relative, root, shortened
from recount.numerals import MAGNITUDES, normalise, number, printed
from recount.wording import APPROXIMATORS, COMPARATORS, Interval, hedges, range_ends, stated_interval

T = TypeVar("T")

TODO = "todo"  # what a draft leaves to judge: the ledger reads it, and a test names it
COUNTS = (
    "persons, provinces, companies, countries, cities, square kilometres, square metres, hectares, mu, kilometres, "
    "metres, tonnes, yuan, dollars, euros, months, years"
).split(", ")
BASES = ("percent", "percentage points", "basis points", *COUNTS, "times", "rank")
# Unit as printed -> (unit in which it is reckoned, factor).
UNITS: dict[str, tuple[str, int]] = {
    f"{magnitude} {unit}".strip(): (unit, factor)
    for unit in (*BASES, TODO)
    for magnitude, factor in {"": 1, **MAGNITUDES}.items()
}
KINDS = ("level", "share", "change", "ratio", "rank", "count", "duration", "direction", TODO)
UNITS_OF = {"share": ["percent"], "ratio": ["percent", "times"], "rank": ["rank"], "count": COUNTS}
UNITS_OF |= {"duration": ["months", "years"]}
CLOSED_LISTS: dict[str, Collection[str]] = {
    "approximator": APPROXIMATORS,
    "comparator": COMPARATORS,
    "kind": KINDS,
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
    """One number that a text states, with its wording; `interval` is in `unit`, the unit it is reckoned in.

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
        if not self.value:
            return self.phrase
        return " ".join(filter(None, (self.comparator, self.approximator, self.value, self.printed_unit)))

    @property
    def allowed(self) -> str:
        """What the wording allows, in the unit as printed."""
        ends = {end: getattr(self.interval, end) / self.factor for end in ("low", "high")}
        return f"{replace(self.interval, **ends)} {self.printed_unit}"

    @property
    def point(self) -> float:
        """The printed number in `unit`, the middle for a range; NaN for a claim of direction."""
        if not self.value:
            return math.nan
        ends = [number(end) * self.factor for end in range_ends(self.value)]
        return float(sum(ends) / len(ends))


PHRASE_WORDS = 8
ESSAY_COLUMNS = tuple(f.name for f in fields(Essay))
CLAIM_COLUMNS = tuple(
    "id essay paragraph phrase value unit approximator comparator significant_digits low high reason "
    "quantity place date cited kind stated_on stated_basis quotes".split()
)
COPIED = {f.name for f in fields(Claim)} & {*CLAIM_COLUMNS} - {"essay", "paragraph", "stated_on", "quotes"}


def essays() -> dict[str, Essay]:
    """Return the essays of ``seeds/essays.csv`` by id, in the order of the collection.

    Examples
    --------
    >>> rc.essays()["industry-clusters"].title
    'New industry clusters are springing up in the same old places'
    """
    sys.audit(USES, "essays")
    return _every_essay()


def ledger(essay: str | None = None) -> dict[str, Claim]:
    """Return the ledger ``seeds/claims.csv`` by claim id, of one essay or of all.

    Raises
    ------
    RecountError
        A row breaks a rule of the ledger; the message names file, row, column, what was found and expected.

    Examples
    --------
    >>> list(rc.ledger("industry-clusters"))
    ['express-four', 'entrenched', 'six-provinces', 'rd-share', 'it-share']
    """
    sys.audit(USES, f"claims {essay or ''}")
    known, every = _every_essay(), _every_claim()
    if essay is None:
        return every
    if essay not in known:
        raise RecountError(f"essay {essay!r} is unknown; seeds/essays.csv has {', '.join(known)}")
    return {key: claim for key, claim in every.items() if claim.essay.id == essay}


def claim(key: str) -> Claim:
    """Return one claim of the ledger; an unknown id is a `RecountError`.

    Examples
    --------
    >>> rc.claim("rd-share").stated
    'about 60 percent'
    """
    sys.audit(USES, f"claim {key}")
    try:
        return _every_claim()[key]
    except KeyError:
        raise RecountError(f"claim {key!r} is not in seeds/claims.csv; it has {', '.join(ledger())}") from None


def _every_essay() -> dict[str, Essay]:
    return _essays(*_stamped("essays.csv"))


def _every_claim() -> dict[str, Claim]:
    return _claims(*_stamped("claims.csv"), *_stamped("essays.csv"))


def _stamped(name: str) -> tuple[Path, tuple[int, int]]:
    """Return the path of a file of the ledger and what changes when it does, for the caches below."""
    path = root() / "seeds" / name
    known = path.stat() if path.exists() else None
    return path, (known.st_mtime_ns, known.st_size) if known else (0, 0)


@lru_cache(maxsize=4)
def _essays(path: Path, stamp: tuple[int, int]) -> dict[str, Essay]:
    found: dict[str, Essay] = {}
    last = 0
    for fault in rows(path, ESSAY_COLUMNS):
        cells = fault.cells
        fault.unless(cells["id"] != "" and cells["id"] not in found, "id", "an id that no other row has")
        day = fault.parsed(
            "published", lambda text: None if text in ("", TODO) else Day.fromisoformat(text), "a date, 2017-04-25"
        )
        first = fault.parsed("first_paragraph", int, "a whole number")
        fault.unless(first == last + 1, "first_paragraph", f"{last + 1}, next to the essay before")
        last = fault.parsed("last_paragraph", int, "a whole number")
        fault.unless(first <= last, "last_paragraph", "no less than first_paragraph")
        web = re.fullmatch(rf"(?:https?://[^\s\"<>\\]+|{TODO})?", cells["address"])
        fault.unless(web is not None, "address", "http:// or https://, or nothing")
        named = re.fullmatch(r"[\w-]{0,99}", cells["notebook"])
        fault.unless(named is not None, "notebook", "the name of a notebook, or nothing")
        found[cells["id"]] = Essay(cells["id"], cells["title"], day, cells["address"], first, last, cells["notebook"])
    return found


@lru_cache(maxsize=4)
def _claims(path: Path, stamp: tuple[int, int], essays: Path, essays_stamp: tuple[int, int]) -> dict[str, Claim]:
    found, known = {}, _essays(essays, essays_stamp)  # type: dict[str, Claim], dict[str, Essay]
    for fault in rows(path, CLAIM_COLUMNS):
        fault.unless(fault.cells["id"] not in found, "id", "an id that no other row has")
        found[fault.cells["id"]] = _claim(fault, known)
    return found


def _claim(fault: Fault, known: Mapping[str, Essay]) -> Claim:
    """Return one row of the ledger as a claim, or raise what is wrong with it."""
    cells = fault.cells
    essay, paragraph = fault.place(known)
    fault.unless(0 < words(cells["phrase"]) <= PHRASE_WORDS, "phrase", f"1 to {PHRASE_WORDS} words")
    units = f"one of {', '.join(BASES)}, alone or after {', '.join(MAGNITUDES)}"
    fault.unless(cells["unit"] in UNITS, "unit", units)
    for column, allowed in CLOSED_LISTS.items():
        fault.unless(cells[column] in allowed, column, "one of " + ", ".join(filter(None, allowed)))
    fault.unless(cells["kind"] != "direction" or cells["value"] == "", "value", "nothing, for a claim of direction")
    _as_printed(fault)
    base = UNITS[cells["unit"]][0]
    fault.unless(base in (*UNITS_OF.get(cells["kind"], BASES), TODO), "kind", f"a kind that goes with {cells['unit']}")
    for column in ("id", "quantity"):
        fault.unless(cells[column] != "", column, "some text")
    fault.unless(cells["stated_basis"] != "", "stated_basis", "how the day is known")
    day = fault.parsed(
        "stated_on", lambda text: Day.max if text == TODO else Day.fromisoformat(text), "a date, 2014-03-25"
    )
    last = essay.published or day
    fault.unless(day <= last, "stated_on", f"no day after the essay's own, {last}")
    return Claim(
        essay=essay,
        paragraph=paragraph,
        printed_unit=cells["unit"],
        interval=_allowed(fault),
        stated_on=day,
        quotes=tuple(filter(None, cells["quotes"].split(";"))),
        **{name: cells[name] for name in COPIED},
    )


_SPACES = re.compile(r"\s+|(?<!\d)[\u2012-\u2015]+|[\u2012-\u2015]+(?!\d)|--+")
_WORD = re.compile(r"\d[\d.,:/–-]*\w*|[^\W\d]+(?:['’][^\W\d]+)*")


def words(text: str) -> int:
    """Return how many words a phrase has; up to three that hyphens join are one: state-owned, not of-all-that-was."""
    parts = [len(_WORD.findall(word)) for word in _SPACES.split(text) if word]
    return sum(count if count > 3 else 1 for count in parts)


def _as_printed(fault: Fault) -> None:
    """Refuse a value that is no whole number of the phrase; unless there is a reason, also other wording or units."""
    cells = fault.cells
    phrase, places = normalise(cells["phrase"]), printed(cells["value"], normalise(cells["phrase"]))
    if not cells["value"]:
        return
    fault.unless(bool(places), "value", "a whole numeral of the phrase, as printed")
    if cells["reason"]:
        return
    worded = [hedges(phrase[: place.start]) for place in places]
    if (cells["approximator"], cells["comparator"]) not in worded:
        for column, word in zip(("approximator", "comparator"), worded[0], strict=True):
            fault.unless(cells[column] == word, column, f"{word!r}, as the phrase has it, or a reason")
    base = UNITS[cells["unit"]][0]
    bare = base if base != "percent" or re.search("%|per ?cent", phrase) else "another unit"
    fits = [f"{place.magnitude} {place.unit or bare}".strip() for place in places]
    fault.unless(cells["unit"] in fits or base == TODO, "unit", f"{fits[0]!r}, as the phrase has it, or a reason")


def _allowed(fault: Fault) -> Interval:
    """Return what a row's wording allows, or the bounds that replace it for a reason."""
    cells = fault.cells
    digits = fault.parsed("significant_digits", lambda text: int(text) if text else None, "a whole number or empty")
    low = fault.parsed("low", lambda text: float(text or -math.inf), "a number or empty")
    high = fault.parsed("high", lambda text: float(text or math.inf), "a number or empty")
    overridden = cells["low"] != "" or cells["high"] != ""
    fault.unless(overridden or cells["value"] != "", "value", "a number, or low or high with a reason")
    fault.unless(cells["reason"] != "" or not (overridden or digits), "reason", "why the wording's rule does not serve")
    fault.unless(low <= high, "high", "no less than low")
    fault.unless(not overridden or math.isfinite(low) or math.isfinite(high), "low", "a bound that refuses some value")
    if not cells["value"]:
        return Interval(low, high)
    words = cells["approximator"], cells["comparator"]
    options: dict[str, Any] = {"significant_digits": digits, "factor": UNITS[cells["unit"]][1]}
    ruled = fault.parsed("value", lambda text: stated_interval(text, *words, **options), "a number as printed")
    if not overridden:
        return ruled
    ends = [float(number(end)) * UNITS[cells["unit"]][1] for end in range_ends(cells["value"])]
    fault.unless(all(low <= end <= high for end in ends), "low", "bounds that allow the number printed")
    return Interval(low, high)


@dataclass(frozen=True)
class Fault:
    """Where in the ledger we are, so that a message can say so."""

    path: Path
    row: int
    cells: Mapping[str, str]

    def unless(self, holds: bool, column: str, expected: str) -> None:
        """Raise what the row holds in `column`, and what was expected, unless that holds."""
        if not holds:
            raise RecountError(
                f"{relative(self.path)}, row {self.row}, {column}: found {shortened(repr(self.cells[column]))}, "
                f"expected {expected}"
            )

    def parsed(self, column: str, parse: Callable[[str], T], expected: str) -> T:
        """Return what `parse` makes of the cell."""
        try:
            return parse(self.cells[column])
        except (ValueError, ArithmeticError, RecountError):
            self.unless(False, column, expected)
            raise

    def place(self, known: Mapping[str, Essay]) -> tuple[Essay, int]:
        """Return the row's essay and paragraph: an essay of those `known`, a paragraph of its own."""
        self.unless(self.cells["essay"] in known, "essay", "an id of seeds/essays.csv")
        essay = known[self.cells["essay"]]
        paragraph = self.parsed("paragraph", int, "a whole number")
        own = f"{essay.first_paragraph} to {essay.last_paragraph}, the essay's own"
        self.unless(paragraph in essay.paragraphs, "paragraph", own)
        return essay, paragraph


def rows(path: Path, columns: tuple[str, ...]) -> Iterator[Fault]:
    """Yield each row of a file of the ledger, ready to say what is wrong with it."""
    for row, cells in read_rows(path, columns):
        fault = Fault(path, row, cells)
        for column, cell in cells.items():
            fault.unless(re.fullmatch(TEXT[0], cell) is not None, column, TEXT[1])
        yield fault
