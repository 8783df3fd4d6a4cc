"""The tables of data/: loaded as the data package describes them, cited by their sources."""

import hashlib
import json
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from recount.files import MARKER, USES, RecountError, read_text, relative, root

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
    sys.audit(USES, "package")
    return _described()


def _described() -> dict[str, Resource]:
    path = root() / MARKER
    return _package(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _package(path: Path, changed: int) -> dict[str, Resource]:
    try:
        listed = json.loads(read_text(path))["resources"]
        found = {resource["name"]: resource for resource in listed}
        for resource in listed:
            _ = Path(resource["path"]), {field["name"]: DTYPES[field["type"]] for field in resource["schema"]["fields"]}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        told = f"{type(error).__name__}: {error}"
        raise RecountError(f"{relative(path)}: no data package ({told}); `recount validate` tells more") from None
    if len(found) < len(listed):
        raise RecountError(f"{relative(path)}: two resources have one name")
    return found


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
    return read(sealed(name), name, resource)


def sealed(name: str) -> Path:
    """Return the file of a table; one that is not there, or was changed and not sealed again, is a `RecountError`."""
    resource = resource_of(name)
    path = root() / MARKER.parent / str(resource["path"])
    if not path.is_file():
        raise RecountError(f"{relative(path)}: no such file, though {MARKER} names it")
    if fingerprint(path) != resource.get("hash"):
        raise RecountError(
            f"{relative(path)}: changed since it was sealed; `recount seal` checks it, names the row that is wrong, or "
            "accepts it"
        )
    return path


def read(path: Path, name: str, resource: Resource) -> pd.DataFrame:
    fields = resource["schema"]["fields"]
    frame = pd.read_csv(
        path,
        dtype={field["name"]: DTYPES[field["type"]] for field in fields},
        keep_default_na=False,
        na_values={field["name"]: [""] for field in fields if field["type"] != "string"},
    )
    for field in fields:
        column = field["name"]
        if field["type"] == "date":
            frame[column] = pd.to_datetime(frame[column], format="%Y-%m-%d")
        if field["type"] in ("integer", "boolean") and not frame[column].hasnans:
            frame[column] = frame[column].astype("int64" if field["type"] == "integer" else "bool")
    frame.index = pd.RangeIndex(2, len(frame) + 2, name="row")
    frame.attrs["table"] = name
    return frame


def resource_of(name: str) -> Resource:
    sys.audit(USES, f"table {name}")
    try:
        return _described()[name]
    except KeyError:
        raise RecountError(f"table {name!r} is not in {MARKER}; it has {', '.join(sorted(package()))}") from None


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
        rows.append(
            {
                "table": name,
                "what": resource["title"],
                "vintage": resource.get("vintage", ""),
                "rows": len(frame),
                "grades": ", ".join(f"{grade} {counts[grade]}" for grade in GRADES if grade in counts),
                "caveat": resource.get("caveat", ""),
            }
        )
    return Listing(rows).set_index("table")


def tables() -> pd.DataFrame:
    """Return what every table of the data package is, as `evidence` tells of those that it is given.

    Examples
    --------
    >>> rc.tables().index[:2].tolist()
    ['average_wage', 'capital_formation']
    """
    return evidence(*package())


def sources(*frames: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the sources table that the given rows name, as source or as second reading.

    Examples
    --------
    >>> rc.sources(rc.table("rd_expenditure").query("year == 2015")).index.tolist()
    ['rd-communique-annexes', 'st-yearbook-2011-2024']
    """
    keys, listed = source_keys(*frames), table("sources").set_index("key")
    return listed.loc[[key for key in listed.index if key in keys]]


def source_keys(*frames: pd.DataFrame) -> set[str]:
    """Return the keys of the sources that the given rows name, as source or as second reading."""
    columns = [frame[column] for frame in frames for column in ("source", "checked_against") if column in frame]
    return {str(key) for column in columns for key in column}


def citation(*names: str) -> str:
    """Return the source line of a figure: who published the tables it shows, as the data package says.

    Examples
    --------
    >>> rc.citation("rd_expenditure")
    'Source: China Statistical Yearbook on Science and Technology, editions 2011-2024; National communiques on R&D
    expenditure 2011-2023, annexes by province.'
    """
    titles = dict.fromkeys(source["title"] for name in names for source in resource_of(name)["sources"])
    return "Source: " + "; ".join(titles) + "."
