"""Where a figure comes from and when it came out, as data/README.md explains it: rules between the tables."""

import re
from collections.abc import Iterator, Mapping

import pandas as pd

from recount.datapackage import source_keys
from recount.files import MARKER

UNDATED = ("sources", "releases")  # tables whose rows are no figures
FIELD = re.compile(r"(\w+)(!?=)(.*)")
SPAN = re.compile(r"(\d{4})-(\d{4})")


def unexplained(frames: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    """Yield what the tables, by name, leave unexplained: days of rows, sources without figures, days and addresses."""
    sources, releases = frames["sources"], frames["releases"]
    figures = {name: frame for name, frame in frames.items() if name not in UNDATED}
    days = sources.set_index("key")["first_released"]
    for name, frame in figures.items():
        yield from _undated(name, frame, releases[releases["table"] == name], days)
    basis, unknown = sources["released_basis"], ["unknown", "by row"]
    explained = basis.isin(["at the latest", "recalled", "inferred", "by row"])
    silent = (sources["address"] == "") & ~sources["note"].str.contains("address", case=False)
    dated = sources["first_released"].isna() != basis.isin(unknown)
    for name, column, wrong, expected in (
        ("releases", "table", ~releases["table"].isin(figures), "a table whose rows have a day"),
        ("sources", "key", ~sources["key"].isin(source_keys(*figures.values())), "the source of some figure"),
        ("sources", "first_released", dated, "a day, if its basis is"),
        ("sources", "released_how", explained & (sources["released_how"] == ""), "how the day is known"),
        ("sources", "note", silent, "why there is no address"),
    ):
        for row in frames[name].index[wrong]:
            cell = repr(str(frames[name][column][row]))
            yield f"{MARKER.parent}/{name}.csv, row {row}, {column}: found {cell}, expected {expected}"


def _undated(name: str, frame: pd.DataFrame, releases: pd.DataFrame, days: pd.Series) -> Iterator[str]:
    """Yield the rows of a table whose day is neither that of their group in releases nor that of their source."""
    expected, grouped = frame["source"].map(days), pd.Series(False, index=frame.index)
    for row, release in releases.iterrows():
        where = f"{MARKER.parent}/releases.csv, row {row}, group: found {release['group']!r}"
        if (mask := _group(frame, release["group"])) is None:
            yield f"{where}, expected conditions on fields of {name}, joined by '; '"
            continue
        if not mask.any():
            yield f"{where}, expected a group that holds a row of {name}"
        elif (mask & grouped).any():
            yield f"{where}, expected none that shares row {frame.index[mask & grouped][0]} of {name}"
        elif (expected[mask] == release["first_released"]).all():
            yield f"{where}, expected a group of another day than its source"
        grouped |= mask
        expected = expected.mask(mask, release["first_released"])
    for row in frame.index[frame["published"] != expected]:
        published, day = (str(days[row])[:10] for days in (frame["published"], expected))
        found = f"found {published}, expected {day}, as its source or group"
        yield f"{MARKER.parent}/{name}.csv, row {row}, published: {found}"


def _group(frame: pd.DataFrame, group: str) -> pd.Series | None:
    """Return which rows a group means, or None where that cannot be read."""
    mask = pd.Series(True, index=frame.index)
    for part in group.split("; "):
        if not (match := FIELD.fullmatch(part)) or match[1] not in frame:
            return None
        field, sign, values = match.groups()
        span = SPAN.fullmatch(values) if field == "year" else None
        years = [str(year) for year in range(int(span[1]), int(span[2]) + 1)] if span else []
        hit = frame[field].astype(str).isin(years or values.split("|"))
        mask &= hit if sign == "=" else ~hit
    return mask
