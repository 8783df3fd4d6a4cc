"""The tables of data/: loaded as the data package describes them, cited by their sources."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from recount.files import MARKER, RecountError, read_text, relative, root

# From strongest to weakest. "Recalled" never decides a verdict alone.
GRADES = ("cross-checked", "verified", "derived", "inferred", "recalled")
DTYPES = {"string": "str", "integer": "Int64", "number": "float64", "boolean": "boolean", "date": "str"}

Resource = dict[str, Any]


class Listing(pd.DataFrame):
    """A table to read: long cells and all rows are shown whole."""

    @property
    def _constructor(self) -> type["Listing"]:
        return Listing

    def _repr_html_(self) -> str:
        with pd.option_context("display.max_colwidth", None, "display.max_rows", None):
            return self.to_html(border=0)


def package() -> dict[str, Resource]:
    """Return the resources of ``data/datapackage.json`` by name.

    Raises
    ------
    RecountError
        The file is no JSON, or holds two resources of one name.
    """
    path = root() / MARKER
    return _package(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _package(path: Path, changed: int) -> dict[str, Resource]:
    try:
        listed = json.loads(read_text(path))["resources"]
        resources = {resource["name"]: resource for resource in listed}
        for resource in listed:
            _ = Path(resource["path"]), {field["name"]: DTYPES[field["type"]] for field in resource["schema"]["fields"]}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        cause = f"{type(error).__name__}: {error}"
        raise RecountError(f"{relative(path)}: no data package ({cause}); `recount validate` tells more") from None
    if len(resources) < len(listed):
        raise RecountError(f"{relative(path)}: two resources have one name")
    return resources


def resource_of(name: str) -> Resource:
    """Return what the data package says of a table; an unknown name is a `RecountError`."""
    if name not in package():
        raise RecountError(f"table {name!r} is not in {MARKER}; it has {', '.join(sorted(package()))}")
    return package()[name]


def primary_key(name: str) -> list[str]:
    """Return the names of the columns that together name a row of a table."""
    return list(resource_of(name)["schema"].get("primaryKey", []))


def table(name: str) -> pd.DataFrame:
    """Return a table of the data package.

    The index is the row in the CSV file (the header is row 1), so that any figure can be found again.
    A file whose hash stands in the data package was checked when it was sealed; any other is refused.

    Parameters
    ----------
    name
        A resource of ``data/datapackage.json``, which gives each field's unit and definition.

    Raises
    ------
    RecountError
        There is no such table, or its file was changed and not sealed again.

    Examples
    --------
    >>> rc.table("rd_expenditure").query("year == 2015 and province == 'Guangdong'")["rd_100m_yuan"].tolist()
    [1798.1678]
    """
    resource = resource_of(name)
    path = root() / MARKER.parent / str(resource["path"])
    if not path.is_file():
        raise RecountError(f"{relative(path)}: no such file, though {MARKER} names it")
    if fingerprint(path) != resource.get("hash"):
        advice = "`recount seal` checks it, names the row that is wrong, or accepts it"
        raise RecountError(f"{relative(path)}: changed since it was sealed; {advice}")
    return read_table(path, name)


def read_table(path: Path, name: str) -> pd.DataFrame:
    """Return a CSV file with the types that the data package gives the table of this name, whatever its hash."""
    fields = resource_of(name)["schema"]["fields"]
    frame = pd.read_csv(
        path,
        dtype={field["name"]: DTYPES[field["type"]] for field in fields},
        keep_default_na=False,
        na_values={field["name"]: [""] for field in fields if field["type"] != "string"},
    )
    for column, kind in ((field["name"], field["type"]) for field in fields):
        if kind == "date":
            frame[column] = pd.to_datetime(frame[column], format="%Y-%m-%d")
        if kind in ("integer", "boolean") and not frame[column].hasnans:
            frame[column] = frame[column].astype("int64" if kind == "integer" else "bool")
    frame.index = pd.RangeIndex(2, len(frame) + 2, name="row")
    frame.attrs["table"] = name
    return frame


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file as the data package writes it."""
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def evidence(*names: str) -> pd.DataFrame:
    """Return what the named tables are: one row a table, with contents, vintage, size, grades and caveats.

    Examples
    --------
    >>> rc.evidence("rd_expenditure")["rows"].item()
    434
    """
    rows = []
    for name in names:
        resource, frame = resource_of(name), table(name)
        counts = frame["grade"].value_counts() if "grade" in frame else pd.Series(dtype=int)
        grades = ", ".join(f"{grade} {counts[grade]}" for grade in GRADES if grade in counts)
        row = {"table": name, "what": resource["title"], "vintage": resource.get("vintage", ""), "rows": len(frame)}
        rows.append(row | {"grades": grades, "caveat": resource.get("caveat", "")})
    return Listing(rows).set_index("table")


def source_keys(*frames: pd.DataFrame) -> set[str]:
    """Return the keys of the sources that the given rows name, as source or as second reading."""
    columns = [frame[column] for frame in frames for column in ("source", "checked_against") if column in frame]
    return {str(key) for column in columns for key in column}


def citation(*names: str) -> str:
    """Return the source line of a figure: who published the tables it shows, as the data package says."""
    titles = dict.fromkeys(source["title"] for name in names for source in resource_of(name)["sources"])
    return "Source: " + "; ".join(titles) + "."
