"""Tables checked against the data package: as described, as printed, complete, dated and sourced; and sealed."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from recount.claims import CLAIM_COLUMNS, essays
from recount.datapackage import Resource, fingerprint, package, read_table, resource_of
from recount.files import MARKER, RecountError, read_text, relative, root, write_text
from recount.pipeline.releases import unexplained
from recount.texts.annotations import annotations
from recount.texts.ledger import paragraphs
from recount.texts.rows import TEXT, read_rows, shortened

MOST = 20  # faults in one message
PRINTED = {  # what a cell that is not empty may hold; neither inf, 1e400, 1_000 nor a number of 200,000 digits
    "string": TEXT,
    "integer": (r"-?[0-9]{1,15}", "a whole number in plain digits, 15 at most"),
    "number": (r"-?[0-9]{1,15}(\.[0-9]{1,15})?", "a number in plain digits, 15 before and after the point at most"),
    "boolean": (r"true|false", "true or false"),
    "date": (r"\d{4}-\d\d-\d\d", "a date, 2014-03-25"),
}


def check() -> int:
    """Check ledger and tables, and return how many tables there are.

    Raises
    ------
    RecountError
        A row breaks a rule: the message has the first faults, each with file, row, field, what was found and expected.
    """
    paragraphs()
    annotations()
    refuse(faults())
    for name, resource in package().items():
        if fingerprint(_path(name)) != resource.get("hash"):
            raise RecountError(f"{relative(_path(name))}: changed since it was sealed; `recount seal` accepts it")
    return len(package())


def write_checked(inputs: object, checked: Path) -> None:
    """Check ledger and tables, and write how many tables there are."""
    write_text(checked, f"{check()} tables\n")


def refuse(found: list[str]) -> None:
    """Raise the first faults, and how many more there are, as one `RecountError`; none, and nothing is raised."""
    more = [f"and {len(found) - MOST} more"] if len(found) > MOST else []
    if found:
        raise RecountError("\n".join(found[:MOST] + more))


def faults() -> list[str]:
    """Return what is wrong with the tables, each fault a sentence.

    Types, constraints, primary and foreign keys are Frictionless' rules. A resource's ``complete`` adds one:
    the field takes every value of the table referred to, less ``except``, in each group of the ``within`` fields.
    Last come the rules between tables: every file described, every day explained, every source used.
    """
    found = [*_misdescribed(root() / MARKER)]
    found = found or [fault for name in package() for fault in _misprinted(name)]
    found = found or _invalid()
    found = found or [fault for name in package() for fault in _incomplete(name)]
    return found or [*_between_tables()]


def _path(name: str) -> Path:
    return root() / MARKER.parent / str(resource_of(name)["path"])


def _misdescribed(path: Path) -> Iterator[str]:
    """Yield what is wrong with the data package, by its JSON schema, with table and field."""
    from jsonschema import Draft202012Validator as Validator  # type: ignore[import-untyped]

    schema = json.loads(Path(__file__).with_name("datapackage.schema.json").read_text(encoding="utf-8"))
    try:
        described = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        yield f"{relative(path)}: no data package: {error}"
        return
    for fault in Validator(schema, format_checker=Validator.FORMAT_CHECKER).iter_errors(described):
        at, where = described, [relative(path)]
        for step in fault.absolute_path:
            at = at[step]
            name = at.get("name") if isinstance(at, dict) else None
            where.append(str(name or (step if isinstance(step, str) else f"number {step + 1}")))
        yield f"{', '.join(where)}: {fault.schema.get('title') or shortened(fault.message, 160)}"


def _misprinted(name: str) -> Iterator[str]:
    """Yield what no reader of a table may be left to guess at: columns, the number of cells, the form of each."""
    path, rows = _path(name), 0
    kinds = {field["name"]: field["type"] for field in resource_of(name)["schema"]["fields"]}
    if not path.is_file():
        yield f"{relative(path)}: no such file, though {MARKER.as_posix()} names it"
        return
    try:
        for row in read_rows(path, tuple(kinds)):
            rows += 1
            for column, cell in row.cells.items():
                form, expected = PRINTED[kinds[column]]
                if cell and not re.fullmatch(form, cell):
                    found = f"found {shortened(repr(cell))}, expected {expected}"
                    yield f"{relative(path)}, row {row.number}, {column}: {found}"
    except RecountError as error:
        yield str(error)
        return
    if not rows:
        yield f"{relative(path)}: holds no row"


def _invalid() -> list[str]:
    """Return what Frictionless finds wrong with the tables."""
    from frictionless import Checklist, FrictionlessException, Package, Resource  # costs half a second

    try:
        report = Package(str(root() / MARKER)).validate(Checklist(skip_errors=["hash-count", "byte-count"]))
    except FrictionlessException as error:
        of_tables = [(name, Resource.metadata_validate(dict(table))) for name, table in package().items()]
        named = [f"{MARKER.as_posix()}, {name}: {reason.note}" for name, reasons in of_tables for reason in reasons]
        return named or [f"{MARKER.as_posix()}: {reason.note}" for reason in error.reasons or [error.error]]
    general = [f"{MARKER.as_posix()}: {error.note}" for error in report.errors]
    return general + [_in_words(task.name, error) for task in report.tasks for error in task.errors]


def _in_words(name: str, error: Any) -> str:
    """Return a Frictionless error as file, row, field, what was found and expected."""
    where, schema = relative(_path(name)), resource_of(name)["schema"]
    if (row := getattr(error, "row_number", None)) is not None:
        where += f", row {row}"
    if field := getattr(error, "field_name", None):
        kind: Resource = next((f for f in schema["fields"] if f["name"] == field), {"type": "nothing"})
        expected = ", ".join([kind["type"], *(f"{k} {v}" for k, v in kind.get("constraints", {}).items())])
        cell = shortened(repr(error.cell)) if getattr(error, "cell", None) else "nothing"
        return f"{where}, {field}: found {cell}, expected {expected} ({error.note})"
    if error.type == "primary-key":
        return f"{where}, {', '.join(schema['primaryKey'])}: {error.note}, expected each primary key once"
    return f"{where}: {error.title.lower()}: {error.note}"


def _incomplete(name: str) -> Iterator[str]:
    """Yield the values that a table lacks, where it is to have every one of another's."""
    if not (rule := resource_of(name).get("complete")):
        return
    field, within = rule["field"], rule.get("within", [])
    frame, values = (read_table(_path(each), each) for each in (name, rule["reference"]))
    if field not in values or not {field, *within} <= {*frame}:
        yield f"{MARKER.as_posix()}, {name}, complete: names a field that is not there"
        return
    expected = {*values[field]} - {*rule.get("except", [])}
    for key, group in frame.groupby(within) if within else [((), frame)]:
        at = ", ".join(f"{column} {value}" for column, value in zip(within, key, strict=True))
        for value in sorted(expected - {*group[field]}):
            lacking = f"{value!r} not found" + (f" for {at}" if at else "")
            yield f"{relative(_path(name))}, {field}: {lacking}, expected every one of {rule['reference']}"


def _between_tables() -> Iterator[str]:
    """Yield what no table shows alone: files not described, days not explained, sources not used or not known."""
    known = {resource["path"] for resource in package().values()}
    for path in sorted((root() / MARKER.parent).glob("*.csv")):
        if path.name not in known:
            yield f"{relative(path)}: not described in {MARKER.as_posix()}"
    frames = {name: read_table(_path(name), name) for name in package()}
    if {"sources", "releases"} <= frames.keys():  # a part of the collection may do without
        keys, days = frames["sources"]["key"], frames["sources"]["first_released"].dt.strftime("%Y-%m-%d").fillna("")
        yield from unexplained(frames)
        yield from _unquotable(dict(zip(keys, days, strict=True)))


def _unquotable(released: Mapping[str, str]) -> Iterator[str]:
    """Yield what claims quote that is the key of no source, or of one released only after the essay was published."""
    for row in read_rows(root() / "seeds" / "claims.csv", CLAIM_COLUMNS):
        essay = essays()[row.cells["essay"]]
        for key in filter(None, row.cells["quotes"].split(";")):
            where = f"{relative(row.path)}, row {row.number}, quotes: found {key!r}"
            if key not in released:
                yield f"{where}, expected keys of data/sources.csv"
            elif essay.published and released[key] > essay.published.isoformat():
                yield f"{where}, released {released[key]}, expected what the essay of {essay.published} could quote"


def seal() -> list[str]:
    """Write hash and size of every table into the data package, and return the names of those that had changed.

    Raises
    ------
    RecountError
        A table breaks a rule: nothing is sealed.
    """
    refuse(faults())
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
