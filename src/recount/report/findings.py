"""What the notebooks found, and the words, numbers and rows in which any page tells it."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from pathlib import Path

import pandas as pd

from recount.claims import Claim
from recount.datapackage import package, source_keys, table
from recount.files import MARKER, RecountError, root
from recount.multiverse import told
from recount.readings import spread
from recount.records import Record, gathered
from recount.verdict import VERDICTS
from recount.wording import from_to, plain

FORMATS = {
    "svg": "the drawing, for the web and Word",
    "pdf": "for LaTeX and print",
    "png": "300 dots an inch, where nothing else is taken",
    "csv": "the numbers that are plotted",
    "json": "title, alt text, source, claims and tables",
}
FORMS = {  # as what is drawn beside the figures of full width is named, and the options that draw it
    "column": ("8.9 cm wide, for a column", "--width column"),
    "slide": ("16 to 9, for a slide", "--width slide"),
    "bare": ("without headline and source line, for a caption of your own", "--bare"),
    "column-bare": ("8.9 cm wide without headline and source line", "--width column --bare"),
    "outlined": ("text as paths, for programs without the typeface", "--outlined"),
}
MANY_ROWS = 500  # a longer table shows that many of the rows that claims use; all are in its CSV


@dataclass(frozen=True)
class Findings:
    """What the notebooks found: verdicts by claim, figures by name; the tables; and which of their rows claims use."""

    verdicts: dict[str, Record]
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
        listed: list[Record] = self.tables["sources"].reset_index().to_dict("records")  # type: ignore[assignment]
        return listed

    def users(self, name: str) -> dict[str, list[int]]:
        """Return the claims that use a table, each with its rows."""
        return {key: sorted(rows[name]) for key, rows in self.used.items() if name in rows}

    def sources_of(self, *frames: pd.DataFrame, keys: Iterable[str] = ()) -> list[Record]:
        """Return the sources that rows or `keys` name, each with the `row` at which it is listed."""
        named = source_keys(*frames) | set(keys)
        return [source for source in self._sources if source["key"] in named]


def findings(notebooks: Iterable[Path]) -> Findings:
    """Gather what executed notebooks found; refuse a row that does not exist, and an id that cannot name a page."""
    verdicts, figures = gathered(notebooks)
    tables = {name: table(name) for name in package()}
    used = {record["claim"]: evidence(record) for record in verdicts}
    for name in (*used, *tables, *(figure["name"] for figure in figures)):
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
            raise RecountError(f"{name!r} would name a page of the report: expected lower case, digits, - and _")
    for key, name, rows in ((key, name, rows) for key, tables_of in used.items() for name, rows in tables_of.items()):
        if name not in tables or not rows <= set(tables[name].index):
            raise RecountError(f"{key} rests on rows that {name} has not; run `recount reproduce` first")
    listed = {name: dict.fromkeys(_listed(name, tables[name], verdicts, used)) for name in tables}
    return Findings({r["claim"]: r for r in verdicts}, {f["name"]: f for f in figures}, tables, used, listed)


def _listed(name: str, frame: pd.DataFrame, verdicts: list[Record], used: dict[str, dict[str, set[int]]]) -> list[int]:
    """Return the rows that a table's page shows, those that claims use first.

    Of a long table they are those alone, or the first of each set, and any on which a verdict turns.
    """
    mine: set[int] = set().union(*(tables.get(name, ()) for tables in used.values()))
    rows = sorted(frame.index, key=lambda row: (row not in mine, row))
    keys = (key["reference"] for each in package().values() for key in each["schema"].get("foreignKeys", []))
    if len(rows) <= MANY_ROWS or any(key["resource"] == name for key in keys):
        return rows
    if len(mine) > MANY_ROWS:
        sets = {each["evidence"].get(name, "") for record in verdicts for each in record["multiverse"]} - {""}
        turns = (record["breakdown"] or {} for record in verdicts)
        mine = {turn["row"] for turn in turns if turn.get("table") == name}
        mine |= {row for ranges in sets for row in spread(ranges)[: MANY_ROWS // len(sets) + 1]}
    return sorted(mine) or rows[:MANY_ROWS]


def evidence(record: Record) -> dict[str, set[int]]:
    """Return the numbers of the table rows behind all specifications of a claim: {table: rows}."""
    rows: dict[str, set[int]] = {}
    for name, ranges in dict.fromkeys(pair for each in record["multiverse"] for pair in each["evidence"].items()):
        if name != "claims":
            rows.setdefault(name, set()).update(spread(ranges))
    return rows


def printed(stated: Claim, *values: float | None, digits: int = 4) -> str:
    """Return values of a claim in the unit as printed, a range as "low to high"."""
    return " to ".join(dict.fromkeys(plain(value / stated.factor, digits) for value in values if value is not None))


def between(stated: Claim, low: float | None, high: float | None, digits: int = 4) -> str:
    """Return between which ends values of a claim lie, one of which may be open: 30 or more."""
    low, high = (None if end is None else end / stated.factor for end in (low, high))
    return from_to(low, high, digits)


def web(address: object) -> str:
    """Return an address on the web as it is, and of any other kind nothing: no page links to it."""
    return str(address) if re.fullmatch(r"https?://[^\s\"<>\\]+", str(address)) else ""


def words(test: str) -> dict[str, str]:
    """Return the word of a test if all agree, the literal one does, only others do, none does, or none can tell."""
    holds, as_written, holds_if, fails, untold, coherent, incoherent, rightly, misquoted = VERDICTS
    told = {"arithmetic": (coherent, *[incoherent] * 4), "quotation": (rightly, *[misquoted] * 4)}
    cases = ("all", "literal", "others", "none", "untold")
    return dict(zip(cases, told.get(test, (holds, as_written, holds_if, fails, untold)), strict=True))


def ways(record: Record) -> list[Record]:
    """Return the ways of counting in order of value, each with its `number`, and in `same_as` that of its double."""
    ordered = list(enumerate(sorted(record["multiverse"], key=itemgetter("value")), start=1))
    numbers = {told({name: each[name] for name in record["choices"]}): at for at, each in ordered}
    return [each | {"number": at, "same_as": numbers.get(each["same_as"], 0)} for at, each in ordered]


def scale(stated: Claim, values: Iterable[float | None], start: float, stop: float, steps: int = 6) -> Record:
    """Return an axis from `start` to `stop` that holds all values: its `ticks` on round numbers, and where a value is.

    `at(value, last)` says where; None, an open end, is at the start of the axis or, if it is the `last`, at its stop.
    """
    reach: list[float] = [value / stated.factor for value in values if value is not None]
    span = max(reach) - min(reach) or abs(max(reach)) or 1
    power = 10.0 ** math.floor(math.log10(span / steps))
    step = next(unit * power for unit in (1, 2, 5, 10) if unit * power >= span / steps)
    foot, top = math.floor(min(reach) / step), math.floor(max(reach) / step) + 1

    def at(value: float | None, last: bool = False) -> float:
        place = (top if last else foot) if value is None else value / stated.factor / step
        return round(start + (stop - start) * (place - foot) / (top - foot), 2)

    ticks = [(at(each * step * stated.factor), plain(round(each * step, 12))) for each in range(foot, top + 1)]
    return {"ticks": ticks, "at": at}


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
    same = {str(c): cells[c].iloc[0] for c in cells if long and cells[c].nunique() == 1}
    kinds = {field["name"]: field["type"] for field in package()[name]["schema"]["fields"]}
    return {
        "same": {column: value for column, value in same.items() if value},
        "columns": {str(c): kinds.get(str(c)) in ("number", "integer") for c in cells if c not in same},
        "links": links,
        "rows": list(zip(cells.index.tolist(), cells.drop(columns=[*same]).to_dict("records"), strict=True)),
    }
