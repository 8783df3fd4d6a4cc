"""What the notebooks found, and how any page shows it."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from recount.claims import Claim
from recount.files import RecountError
from recount.readings import spread
from recount.records import Record, gathered
from recount.report.markup import escaped
from recount.tables import GRADES, package, sources, table
from recount.verdict import MARKS
from recount.wording import Interval, plain


@dataclass(frozen=True)
class Findings:
    """What the notebooks found: verdicts by claim, figures by name; the tables; and which claims use which rows."""

    verdicts: dict[str, Record]
    figures: dict[str, Record]
    tables: dict[str, pd.DataFrame]
    used: dict[str, dict[int, list[str]]]

    def rows_behind(self, key: str) -> dict[str, pd.DataFrame]:
        """Return the table rows behind all specifications of a claim: {table: rows}."""
        return {name: self.tables[name].loc[sorted(rows)] for name, rows in evidence(self.verdicts[key]).items()}


def findings(notebooks: Iterable[Path]) -> Findings:
    """Gather what executed notebooks found; refuse a row that does not exist, and an id that cannot name a page."""
    verdicts, figures = gathered(notebooks)
    frames = {name: table(name) for name in package()}
    used: dict[str, dict[int, list[str]]] = {name: {} for name in frames}
    for name in (*(record["claim"] for record in verdicts), *frames):
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
            raise RecountError(f"{name!r} would name a page of the report: expected lower case, digits, - and _")
    for record in verdicts:
        key = record["claim"]
        for name, rows in evidence(record).items():
            if name not in frames or not rows <= set(frames[name].index):
                raise RecountError(f"{key} rests on rows that {name} has not; run `recount reproduce` first")
            for row in sorted(rows):
                used[name].setdefault(row, []).append(key)
    return Findings({r["claim"]: r for r in verdicts}, {f["name"]: f for f in figures}, frames, used)


def evidence(record: Record) -> dict[str, set[int]]:
    """Return the numbers of the table rows behind all specifications of a claim: {table: rows}."""
    rows: dict[str, set[int]] = {}
    for specification in record["multiverse"]:
        for name, ranges in specification["evidence"].items():
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


def badge(verdict: str) -> str:
    return f'<span class="verdict {verdict}"><span aria-hidden="true">{MARKS[verdict]}</span> {verdict}</span>'


def code_link(folder: str, key: str) -> str:
    return f'<a href="../{folder}/{escaped(key)}.html"><code>{escaped(key)}</code></a>'


def rests_on(name: str, ranges: str) -> str:
    """Link what a value rests on: other claims, or ranges of a table's rows."""
    if name == "claims":
        return "claims " + ", ".join(code_link("claims", key) for key in ranges.split(", "))
    links = (f'<a href="../tables/{name}.html#row-{r.split("-")[0]}">{r}</a>' for r in ranges.split(", "))
    return f"<code>{name}</code> {', '.join(links)}"


def grades(frame: pd.DataFrame) -> str:
    counts = Counter(frame.get("grade", ()))
    return ", ".join(f"{grade} {counts[grade]}" for grade in GRADES if counts[grade])


def source_list(listed: pd.DataFrame, *frames: pd.DataFrame) -> str:
    """Return which of the listed sources rows name, linked to their address, or to their row if they are not online."""
    items = []
    for row, source in listed[listed["key"].isin(sources(*frames).index)].iterrows():
        online = re.match(r"https?://", source["address"])
        address = source["address"] if online else f"../tables/sources.html#row-{row}"
        where = ", ".join(filter(None, map(str, (source["publisher"], source["published"], source["table"]))))
        items.append(f'<li><a href="{escaped(address)}">{escaped(source["title"])}</a>. {escaped(where)}.</li>')
    return f"<ul>{''.join(items)}</ul>" if items else ""


def plot(figure: Record, up: str = "../") -> str:
    name, folder = figure["name"], f"{up}files/figures/{figure['name']}"
    links = " ".join(f'<a href="{folder}.{kind}">{kind.upper()}</a>' for kind in ("svg", "pdf", "png", "csv"))
    return (
        f'<figure class="plot" id="{name}"><img src="{folder}.svg" alt="{escaped(figure["alt"])}">'
        f'<figcaption><a href="{up}figures/index.html#{name}"><code>{name}</code></a> {links}</figcaption></figure>'
    )
