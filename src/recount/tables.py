"""The tables of data/: loaded as the data package describes them, checked by Frictionless, cited by their sources."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from recount.files import MARKER, RecountError, relative, root, write_text

# From strongest to weakest. "Recalled" never decides a verdict alone.
GRADES = ("cross-checked", "verified", "derived", "inferred", "recalled")
DTYPES = {"string": "str", "integer": "Int64", "number": "float64", "boolean": "boolean", "date": "str"}

Resource = dict[str, Any]


class Listing(pd.DataFrame):
    """A table to read: long cells and all rows are shown whole."""

    @property
    def _constructor(self) -> type[Listing]:
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
        listed = json.loads(path.read_text(encoding="utf-8"))["resources"]
        found = {resource["name"]: resource for resource in listed}
    except (ValueError, KeyError, TypeError) as error:
        raise RecountError(f"{relative(path)}: no data package: {error}") from None
    if len(found) < len(listed):
        raise RecountError(f"{relative(path)}: two resources have one name")
    return found


def table(name: str) -> pd.DataFrame:
    """Return a table of the data package.

    The index is the row in the CSV file (the header is row 1), so that any figure can be found again.
    A file whose hash stands in the data package was checked when it was sealed; any other is checked here.

    Parameters
    ----------
    name
        A resource of ``data/datapackage.json``, which gives each field's unit and definition.

    Raises
    ------
    RecountError
        There is no such table; a cell breaks a rule (file, row, field, found and expected are named);
        or the file was changed and not sealed again.
    """
    resource = _resource(name)
    path = root() / MARKER.parent / resource["path"]
    if not path.is_file():
        raise RecountError(f"{relative(path)}: no such file, though {MARKER} names it")
    if fingerprint(path) != resource.get("hash"):
        if faults := validate(name):
            raise RecountError(faults[0] + (f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""))
        raise RecountError(f"{relative(path)}: changed since it was sealed; if it is right now, run `recount seal`")
    return _read(path, name, resource)


def _read(path: Path, name: str, resource: Resource) -> pd.DataFrame:
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


def _resource(name: str) -> Resource:
    try:
        return package()[name]
    except KeyError:
        raise RecountError(f"table {name!r} is not in {MARKER}; it has {', '.join(sorted(package()))}") from None


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file as the data package writes it."""
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def validate(*names: str) -> list[str]:
    """Check tables, all when none is named, by Frictionless and for completeness; return the faults, each a sentence.

    Types, constraints, primary and foreign keys are Frictionless rules. A resource's ``complete`` adds one:
    the field takes every value of the table referred to, less ``except``, in each group of the ``within`` fields.
    """
    from frictionless import Checklist, FrictionlessException, Package  # costs half a second and more

    try:
        described = Package(str(root() / MARKER), basepath=str(root() / MARKER.parent))
        faults = []
        for name in names or tuple(package()):
            resource, path = _resource(name), root() / MARKER.parent / _resource(name)["path"]
            if not path.is_file():
                faults.append(f"{relative(path)}: no such file, though {MARKER} names it")
                continue
            report = described.get_resource(name).validate(Checklist(skip_errors=["hash-count", "byte-count"]))
            found = [_told(path, resource, error) for task in report.tasks for error in task.errors]
            faults += found or _incomplete(path, name, resource)
    except FrictionlessException as error:
        return [f"{MARKER.as_posix()}: {error.error.note}"]
    return faults


def _told(path: Path, resource: Resource, error: Any) -> str:
    """Return a Frictionless error as file, row, field, what was found and expected."""
    where = relative(path)
    if (row := getattr(error, "row_number", None)) is not None:
        where += f", row {row}"
    if field := getattr(error, "field_name", None):
        where += f", {field}"
        kind: Resource = next((f for f in resource["schema"]["fields"] if f["name"] == field), {})
        expected = ", ".join(
            [kind.get("type", "a field of the schema"), *(f"{k} {v}" for k, v in kind.get("constraints", {}).items())]
        )
        found = repr(getattr(error, "cell", None) or "nothing")
        return f"{where}: found {found}, expected {expected} ({error.note})"
    if error.type == "primary-key":
        return f"{where}, {', '.join(resource['schema']['primaryKey'])}: {error.note}, expected each primary key once"
    return f"{where}: {error.title.lower()}: {error.note}"


def _incomplete(path: Path, name: str, resource: Resource) -> list[str]:
    if not (rule := resource.get("complete")):
        return []
    field, within = rule["field"], rule.get("within", [])
    reference = _resource(rule["reference"])
    values = _read(root() / MARKER.parent / reference["path"], rule["reference"], reference)[field]
    expected = set(values) - set(rule.get("except", []))
    frame = _read(path, name, resource)
    faults = []
    for key, group in frame.groupby(within) if within else [((), frame)]:
        at = ", ".join(f"{column} {value}" for column, value in zip(within, key, strict=True))
        faults += [
            f"{relative(path)}, {field}: {value!r} not found for {at}, expected every one of {rule['reference']}"
            for value in sorted(expected - set(group[field]))
        ]
    return faults


def seal() -> list[str]:
    """Write hash and size of every table into the data package, and return what changed.

    Raises
    ------
    RecountError
        A table breaks a rule: nothing is sealed.
    """
    if faults := validate():
        raise RecountError("\n".join(faults))
    path = root() / MARKER
    described, changed = json.loads(path.read_text(encoding="utf-8")), []
    for resource in described["resources"]:
        file = path.parent / resource["path"]
        if resource.get("hash") != fingerprint(file):
            resource["hash"], resource["bytes"] = fingerprint(file), file.stat().st_size
            changed.append(resource["name"])
    if changed:
        write_text(path, json.dumps(described, ensure_ascii=False, indent=2) + "\n")
    return changed


def evidence(*names: str) -> pd.DataFrame:
    """Return what the named tables are: one row a table, with contents, vintage, size, grades and caveats."""
    rows = []
    for name in names:
        resource, frame = _resource(name), table(name)
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


def sources(*frames: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the sources table that the given rows name, as source or as second reading."""
    columns = [frame[column] for frame in frames for column in ("source", "checked_against") if column in frame]
    keys = {key for column in columns for key in column}
    listed = table("sources").set_index("key")
    return listed.loc[[key for key in listed.index if key in keys]]


def citation(*names: str) -> str:
    """Return the source line of a figure: who published the tables it shows, as the data package says."""
    titles = dict.fromkeys(source["title"] for name in names for source in _resource(name)["sources"])
    return "Source: " + "; ".join(titles) + "."
