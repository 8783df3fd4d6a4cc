"""What the notebooks found, and the words, numbers and rows in which any page tells it."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from recount.claims import Claim
from recount.files import MARKER, RecountError, root
from recount.readings import spread
from recount.records import Record, gathered
from recount.tables import package, source_keys, table
from recount.verdict import VERDICTS
from recount.wording import Interval, plain

MANY_ROWS = 400  # a longer table shows the rows that claims use; all are in its CSV


@dataclass(frozen=True)
class Findings:
    """What the notebooks found: verdicts by claim, figures by name; the tables; and which of their rows claims use."""

    verdicts: dict[str, Record]
    figures: dict[str, Record]
    tables: dict[str, pd.DataFrame]
    used: dict[str, dict[str, set[int]]]  # claim -> table -> rows

    @property
    def addresses(self) -> dict[str, str]:
        """The pages of tables and claims by name, as another page names them."""
        return {n: f"../tables/{n}.html" for n in self.tables} | {n: f"../claims/{n}.html" for n in self.verdicts}

    def rows_behind(self, key: str) -> dict[str, pd.DataFrame]:
        """Return the table rows behind all specifications of a claim: {table: rows}."""
        return {name: self.tables[name].loc[sorted(rows)] for name, rows in self.used[key].items()}

    def users(self, name: str) -> dict[str, list[int]]:
        """Return the claims that use a table, each with its rows."""
        return {key: sorted(rows[name]) for key, rows in self.used.items() if name in rows}

    def sources_of(self, *frames: pd.DataFrame, keys: Iterable[str] = ()) -> list[Record]:
        """Return the sources that rows or `keys` name, each with the `row` at which it is listed."""
        listed = self.tables["sources"].reset_index()
        named = listed["key"].isin(source_keys(*frames) | set(keys))
        return listed[named].to_dict("records")  # type: ignore[return-value]


def findings(notebooks: Iterable[Path]) -> Findings:
    """Gather what executed notebooks found; refuse a row that does not exist, and an id that cannot name a page."""
    verdicts, figures = gathered(notebooks)
    tables = {name: table(name) for name in package()}
    used = {record["claim"]: evidence(record) for record in verdicts}
    for name in (*used, *tables):
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
            raise RecountError(f"{name!r} would name a page of the report: expected lower case, digits, - and _")
    for key, name, rows in ((key, name, rows) for key, tables_of in used.items() for name, rows in tables_of.items()):
        if name not in tables or not rows <= set(tables[name].index):
            raise RecountError(f"{key} rests on rows that {name} has not; run `recount reproduce` first")
    return Findings({r["claim"]: r for r in verdicts}, {f["name"]: f for f in figures}, tables, used)


def evidence(record: Record) -> dict[str, set[int]]:
    """Return the numbers of the table rows behind all specifications of a claim: {table: rows}."""
    rows: dict[str, set[int]] = {}
    for name, ranges in dict.fromkeys(pair for each in record["multiverse"] for pair in each["evidence"].items()):
        if name != "claims":
            rows.setdefault(name, set()).update(spread(ranges))
    return rows


def printed(stated: Claim, *values: float | None) -> str:
    """Return values of a claim in the unit as printed, a range as "low to high"."""
    return " to ".join(dict.fromkeys(plain(value / stated.factor) for value in values if value is not None))


def allowed(stated: Claim) -> str:
    """Return the interval that the wording of a claim allows, in the unit as printed."""
    low, high = stated.interval.low / stated.factor, stated.interval.high / stated.factor
    return f"{Interval(low, high, stated.interval.closed_low, stated.interval.closed_high)} {stated.printed_unit}"


def web(address: object) -> str:
    """Return an address on the web as it is, and of any other kind nothing: no page links to it."""
    return str(address) if re.fullmatch(r"https?://[^\s\"<>\\]+", str(address)) else ""


def words(test: str) -> dict[str, str]:
    """Return the word of a test if all agree, the literal one does, only others do, none does, or none can tell."""
    holds, as_written, holds_if, fails, untold, coherent, incoherent, rightly, misquoted = VERDICTS
    told = {"arithmetic": (coherent, *[incoherent] * 4), "quotation": (rightly, *[misquoted] * 4)}
    cases = ("all", "literal", "others", "none", "untold")
    return dict(zip(cases, told.get(test, (holds, as_written, holds_if, fails, untold)), strict=True))


def scale(stated: Claim, specifications: list[Record]) -> Record:
    """Return the `ticks` of a drawing, and how far `down` in it a value lies; None, an open end, at the top or foot."""
    ends = (each[name] for each in specifications for name in ("value", "low", "high", "least", "most"))
    reach: list[float] = [end / stated.factor for end in ends if end is not None]
    span = max(reach) - min(reach) or abs(max(reach)) or 1
    power = 10.0 ** math.floor(math.log10(span / 6))
    step = next(unit * power for unit in (1, 2, 5, 10) if unit * power >= span / 6)  # so that six steps enclose all
    foot, top = math.floor(min(reach) / step), math.floor(max(reach) / step) + 1

    def down(value: float | None, at_top: bool = False) -> float:
        steps = (top if at_top else foot) if value is None else value / stated.factor / step
        return round(222.0 - 196 * (steps - foot) / (top - foot), 2)

    ticks = [(down(at * step * stated.factor), plain(round(at * step, 12))) for at in range(foot, top + 1)]
    return {"ticks": ticks, "down": down}


def table_rows(found: Findings, name: str) -> Record:
    """Return the rows of a table with the digits of its file, those that claims use first, and the claims.

    `same` are the columns with one value throughout; `links` leads from a field's value to the row it refers to.
    """
    path, users = root() / MARKER.parent / package()[name]["path"], {k: set(v) for k, v in found.users(name).items()}
    cells = pd.read_csv(path, dtype="str", keep_default_na=False).set_index(found.tables[name].index)
    cells["claims"] = [", ".join(key for key, rows in users.items() if at in rows) for at in cells.index]
    keys = [(each, key) for each, of in package().items() for key in of["schema"].get("foreignKeys", [])]
    cells = pd.concat([cells[cells["claims"] != ""], cells[cells["claims"] == ""]])
    if len(cells) > MANY_ROWS and all(key["reference"]["resource"] != name for _, key in keys):
        cells = cells[cells["claims"] != ""]
    links: dict[str, dict[str, str]] = {}
    for key in (key for each, key in keys if each == name):
        goal, (field,) = key["reference"]["resource"] or name, key["reference"]["fields"]
        links[key["fields"][0]] = {str(v): f"{goal}.html#row-{at}" for at, v in found.tables[goal][field].items()}
    same = {str(c): cells[c].iloc[0] for c in cells if len(cells) > 3 and cells[c].nunique() == 1}
    kinds = {field["name"]: field["type"] for field in package()[name]["schema"]["fields"]}
    return {
        "same": {column: value for column, value in same.items() if value},
        "columns": {str(c): kinds.get(str(c)) in ("number", "integer") for c in cells if c not in same},
        "links": links,
        "rows": list(zip(cells.index.tolist(), cells.drop(columns=[*same]).to_dict("records"), strict=True)),
    }
