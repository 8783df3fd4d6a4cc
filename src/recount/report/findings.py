"""What the notebooks found, and the words, numbers and rows in which any page shows it."""

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from recount.claims import Claim
from recount.datapackage import package, source_keys, table
from recount.files import MARKER, RecountError, root
from recount.multiverse import Specification, deciding_by, listed
from recount.readings import in_words, ranges
from recount.records import Record, gathered
from recount.verdict import Verdict, word_of
from recount.wording import from_to, plain

FORMATS = {
    "svg": "the drawing, for the web and Word",
    "pdf": "for LaTeX and print",
    "png": "300 dots an inch, where nothing else is taken",
    "csv": "the numbers that are plotted",
    "json": "title, alt text, source, claims and tables",
}
FORMS = {  # as the folder of such figures is named behind "figures-", and the options that make it
    "column": ("8.9 cm wide, for a column", "--width column"),
    "slide": ("16 to 9, for a slide", "--width slide"),
    "bare": ("without headline and source line, for a caption of your own", "--bare"),
    "column-bare": ("8.9 cm wide without headline and source line", "--width column --bare"),
    "outlined": ("text as paths, for programs without the typeface", "--outlined"),
}
MANY_ROWS = 500  # a longer table shows that many of the rows that claims use; all are in its CSV
MISSED, MET = 3, 2  # cards of numbers that the literal count misses, and of numbers that it meets


@dataclass(frozen=True)
class Findings:
    """What the notebooks found: verdicts by claim, figures by name; the tables; and which of their rows claims use."""

    verdicts: dict[str, Verdict]
    figures: dict[str, Record]
    tables: dict[str, pd.DataFrame]
    used: dict[str, dict[str, set[int]]]  # claim -> table -> rows
    listed: dict[str, dict[int, None]]  # table -> the rows that its page shows, in order

    @property
    def addresses(self) -> dict[str, str]:
        """The pages of tables and claims by name, as another page names them."""
        return {n: f"../tables/{n}.html" for n in self.tables} | {n: f"../claims/{n}.html" for n in self.verdicts}

    @cached_property
    def rows_behind(self) -> dict[str, dict[str, pd.DataFrame]]:
        """The table rows behind all specifications of each claim: {claim: {table: rows}}."""
        return {
            key: {n: self.tables[n].loc[sorted(rows)] for n, rows in used.items()} for key, used in self.used.items()
        }

    @cached_property
    def _sources(self) -> list[Record]:
        sources: list[Record] = self.tables["sources"].reset_index().to_dict("records")  # type: ignore[assignment]
        return sources

    def users(self, name: str) -> dict[str, list[int]]:
        """Return the claims that use a table, each with its rows."""
        return {key: sorted(rows[name]) for key, rows in self.used.items() if name in rows}

    def sources_of(self, *frames: pd.DataFrame, keys: Iterable[str] = ()) -> list[Record]:
        """Return the sources that rows or `keys` name, each with the `row` at which it is listed."""
        named = source_keys(*frames) | set(keys)
        return [source for source in self._sources if source["key"] in named]


def findings(notebooks: Iterable[Path]) -> Findings:
    """Gather what executed notebooks found; refuse a row that does not exist, and an id that cannot name a page."""
    gathered_verdicts, figures = gathered(notebooks)
    verdicts = {verdict.claim.id: verdict for verdict in gathered_verdicts}
    tables = {name: table(name) for name in package()}
    used = {key: rows_used(verdict) for key, verdict in verdicts.items()}
    for name in (*used, *tables, *(figure["name"] for figure in figures)):
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
            raise RecountError(f"{name!r} would name a page of the report: expected lower case, digits, - and _")
    for key, name, rows in ((key, name, rows) for key, tables_of in used.items() for name, rows in tables_of.items()):
        if name not in tables or not rows <= set(tables[name].index):
            raise RecountError(f"{key} rests on rows that {name} has not; run `recount reproduce` first")
    shown = {name: dict.fromkeys(_rows_shown(name, tables[name], verdicts.values(), used)) for name in tables}
    return Findings(verdicts, {figure["name"]: figure for figure in figures}, tables, used, shown)


def rows_used(verdict: Verdict) -> dict[str, set[int]]:
    """Return the numbers of the table rows behind all specifications of a claim: {table: rows}."""
    used: dict[str, set[int]] = {}
    for name, rows in (pair for spec in verdict.multiverse for pair in spec.evidence.items()):
        used.setdefault(name, set()).update(rows)
    return used


def _rows_shown(
    name: str, frame: pd.DataFrame, verdicts: Collection[Verdict], used: Mapping[str, Mapping[str, set[int]]]
) -> list[int]:
    """Return the rows that a table's page shows, those that claims use first.

    Of a long table they are those alone, or the first of each set, and any on which a verdict turns.
    """
    claimed: set[int] = set().union(*(tables.get(name, ()) for tables in used.values()))
    rows = sorted(frame.index, key=lambda row: (row not in claimed, row))
    keys = (key["reference"] for each in package().values() for key in each["schema"].get("foreignKeys", []))
    if len(rows) <= MANY_ROWS or any(key["resource"] == name for key in keys):
        return rows
    if len(claimed) > MANY_ROWS:
        sets = {spec.evidence.get(name, ()) for verdict in verdicts for spec in verdict.multiverse} - {()}
        turns = (verdict.breakdown for verdict in verdicts)
        claimed = {turn.row for turn in turns if turn and turn.table == name}
        claimed |= {row for numbers in sets for row in numbers[: MANY_ROWS // len(sets) + 1]}
    return sorted(claimed) or rows[:MANY_ROWS]


def runs(rows: Iterable[int]) -> list[tuple[int, str]]:
    """Return row numbers as runs, each with its first row and its text: [(157, "157–187")]."""
    return [(first, in_words(range(first, last + 1, *step)).replace("-", "–")) for first, last, *step in ranges(rows)]


# What pages say of one claim.


def printed(stated: Claim, *values: float, digits: int = 4) -> str:
    """Return values of a claim in the unit as printed, a range as "low to high"; nothing for what is not finite."""
    finite = (value / stated.factor for value in values if math.isfinite(value))
    return " to ".join(dict.fromkeys(plain(value, digits) for value in finite))


def between(stated: Claim, specifications: Sequence[Specification], digits: int = 4) -> str:
    """Return between which ends specifications of a claim lie, one of which may be open: 30 or more."""
    low, high = min(spec.low for spec in specifications), max(spec.high for spec in specifications)
    return from_to(low / stated.factor, high / stated.factor, digits)


def finite(value: float) -> float | None:
    """Return a number, or None for one that is not finite."""
    return value if math.isfinite(value) else None


def web(address: object) -> str:
    """Return an address on the web as it is, and of any other kind nothing: no page links to it."""
    return str(address) if re.fullmatch(r"https?://[^\s\"<>\\]+", str(address)) else ""


def words(test: str) -> dict[str, str]:
    """Return the word of a test if all agree, the literal one does, only others do, none does, or none can tell."""
    cases = ("all", "literal", "others", "none", "untold")
    statistics = ("holds", "holds as written", "holds if", "fails", "open")
    failing = {"arithmetic": ("coherent", "incoherent"), "quotation": ("quoted rightly", "misquoted")}
    agree, not_agree = failing.get(test, ("", ""))
    return dict(zip(cases, (agree, *[not_agree] * 4) if agree else statistics, strict=True))


def ways(verdict: Verdict) -> list[Record]:
    """Return the specifications in order of value, each with its `number`, and in `same_as` that of its double."""
    ordered = list(enumerate(sorted(verdict.multiverse, key=lambda spec: spec.value), start=1))
    numbers = {listed(spec.choices): number for number, spec in ordered}
    return [
        vars(spec) | {"number": number, "same_as": numbers.get(spec.same_as, 0), "spec": spec}
        for number, spec in ordered
    ]


def timeline(verdict: Verdict) -> list[dict[str, str]]:
    """Return on which day's releases the verdict's word changed: the days in order, each with its word."""
    tested = [spec for spec in verdict.multiverse if spec.test == "statistics"]
    changes: list[dict[str, str]] = []
    for day in sorted({spec.published for spec in tested} - {""}):
        decides = deciding_by(tested, day)
        word = word_of(decides) if decides else ""
        if word and (not changes or changes[-1]["verdict"] != word):
            changes.append({"day": day, "verdict": word})
    return changes


def public(verdict: Verdict) -> str:
    """Return whether the figures that decide were public when the number was stated: then, since, or none."""
    known = [spec.known for spec in verdict.used]
    return "none" if not known else "then" if all(known) else "since"


def scale(stated: Claim, values: Iterable[float], start: float, stop: float, steps: int = 6) -> Record:
    """Return an axis from `start` to `stop` that holds all values: its `ticks` on round numbers, and where a value is.

    `at(value, last)` says where; an open end is at the start of the axis or, if it is the `last`, at its stop.
    """
    reach = [value / stated.factor for value in values if math.isfinite(value)]
    span = max(reach) - min(reach) or abs(max(reach)) or 1
    power = 10.0 ** math.floor(math.log10(span / steps))
    step = next(unit * power for unit in (1, 2, 5, 10) if unit * power >= span / steps)
    foot, top = math.floor(min(reach) / step), math.floor(max(reach) / step) + 1

    def at(value: float, last: bool = False) -> float:
        place = value / stated.factor / step if math.isfinite(value) else top if last else foot
        return round(start + (stop - start) * (place - foot) / (top - foot), 2)

    ticks = [(at(tick * step * stated.factor), plain(round(tick * step, 12))) for tick in range(foot, top + 1)]
    return {"ticks": ticks, "at": at}


# What the front page and a page's preview show first.


def featured(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Return the verdicts worth a card, at most one an essay.

    Only a printed number that statistics can miss or meet is news: not what stays open, nor what is only quoted. The
    card of an essay is the number that the literal count misses, with the fewest ways of counting to save it, and of
    equals the one furthest off; where it misses none, the one that it comes nearest to. Shown are the misses furthest
    off, in percent of what was stated, then the nearest hits.
    """
    best: dict[str, tuple[bool, float, float, Verdict]] = {}
    for verdict in verdicts:
        off = (verdict.distance or {}).get("percent")
        if verdict.test == "statistics" and verdict.verdict != "open" and off is not None:
            telling = [spec for spec in verdict.used if spec.tells]
            met = any(spec.as_written and spec.agrees for spec in telling)
            agree = sum(spec.agrees for spec in telling) / len(telling)
            rank = (met, abs(off) if met else agree, -abs(off), verdict)
            essay = verdict.claim.essay.id
            best[essay] = min(rank, best.get(essay, rank), key=lambda ranked: ranked[:3])
    missed = sorted((ranked for ranked in best.values() if not ranked[0]), key=lambda ranked: ranked[2])
    hit = sorted((ranked for ranked in best.values() if ranked[0]), key=lambda ranked: ranked[1])
    return [ranked[-1] for ranked in missed[:MISSED] + hit[:MET]]


def picture(figures: Collection[Record], page: str, claim: str = "") -> Record | None:
    """Return the figure that stands for a page: the claim's first, the page's own, its notebook's, the scoreboard."""
    scoreboard = [figure for figure in figures if figure["name"].startswith("00-")]
    own = [figure for figure in figures if claim in figure["claims"] and figure not in scoreboard]
    named = [figure for figure in figures if figure["name"] == page]
    near = [figure for figure in figures if figure["name"][:3] == page[:3]]
    return next(iter(own + named + near + scoreboard), None)


def table_rows(found: Findings, name: str) -> Record:
    """Return the rows that a table's page shows, with the digits of its file, and the claims that use them.

    `same` are the columns with one value throughout; `links` leads from a field's value to the row it refers to.
    """
    path, users = root() / MARKER.parent / package()[name]["path"], {k: set(v) for k, v in found.users(name).items()}
    cells = pd.read_csv(path, dtype="str", keep_default_na=False).set_index(found.tables[name].index)
    cells["claims"] = [", ".join(key for key, rows in users.items() if at in rows) for at in cells.index]
    cells = cells.loc[[*found.listed[name]]]
    links: dict[str, dict[str, str]] = {}
    for key in package()[name]["schema"].get("foreignKeys", []):
        goal, (field,) = key["reference"]["resource"] or name, key["reference"]["fields"]
        links[key["fields"][0]] = {str(v): f"{goal}.html#row-{at}" for at, v in found.tables[goal][field].items()}
    long = len(cells) > 3 and name != "sources"  # whose page names its columns
    same: dict[str, Any] = {str(c): cells[c].iloc[0] for c in cells if long and cells[c].nunique() == 1}
    kinds = {field["name"]: field["type"] for field in package()[name]["schema"]["fields"]}
    return {
        "same": {column: value for column, value in same.items() if value},
        "columns": {str(c): kinds.get(str(c)) in ("number", "integer") for c in cells if c not in same},
        "links": links,
        "rows": list(zip(cells.index.tolist(), cells.drop(columns=[*same]).to_dict("records"), strict=True)),
    }
