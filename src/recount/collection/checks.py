"""Tables checked against the data package: as described, as printed, complete, dated and sourced; and sealed."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from recount.claims import CLAIM_COLUMNS, essays, rows
from recount.collection.fresh import Now, record
from recount.collection.releases import unexplained
from recount.datapackage import Resource, fingerprint, package, read, resource_of
from recount.files import MARKER, TEXT, RecountError, read_rows, read_text, relative, root, shortened, write_text

TOLD = 20  # faults in one message
PRINTED = {  # what a cell that is not empty may hold; neither inf, 1e400, 1_000 nor a number of 200,000 digits
    "string": TEXT,
    "integer": (r"-?[0-9]{1,15}", "a whole number in plain digits, 15 at most"),
    "number": (r"-?[0-9]{1,15}(\.[0-9]{1,15})?", "a number in plain digits, 15 before and after the point at most"),
    "boolean": (r"true|false", "true or false"),
    "date": (r"\d{4}-\d\d-\d\d", "a date, 2014-03-25"),
}


def validate(*names: str) -> list[str]:
    """Check tables, all when none is named, and the data package itself; return the faults, each a sentence.

    Types, constraints, primary and foreign keys are Frictionless rules. A resource's ``complete`` adds one:
    the field takes every value of the table referred to, less ``except``, in each group of the ``within`` fields.
    With all tables go the rules between them: every file described, every day explained, every source used.
    """
    if faults := [*_misdescribed(root() / MARKER)]:
        return faults
    checked = names or tuple(package())
    try:
        keys = _keys(*checked)
    except RecountError as error:
        return [str(error)]
    faults = [fault for name in checked for fault in _faulty(name, keys)]
    return faults if names else faults or between()


def between() -> list[str]:
    """Check what no table shows alone: every file described, every day explained, every source used and known."""
    home = root() / MARKER.parent
    known = {resource["path"] for resource in package().values()}
    extra = (path for path in sorted(home.glob("*.csv")) if path.name not in known)
    frames = {name: read(home / each["path"], name, each) for name, each in package().items()}
    found = [f"{relative(path)}: not described in {MARKER.as_posix()}" for path in extra]
    if {"sources", "releases"} <= frames.keys():  # a part of the collection may do without
        keys, days = frames["sources"]["key"], frames["sources"]["first_released"].dt.strftime("%Y-%m-%d").fillna("")
        found += [*unexplained(frames), *_unquotable(dict(zip(keys, days, strict=True)))]
    return found


def validate_changed(*, force: bool = False) -> tuple[list[str], int]:
    """Check the tables that are not as they were when last found right; return the faults, and how many are as before.

    A table is as before when it, its description, the tables it refers to, and what checks them are.
    """
    now = Now()
    read = {name: now.states(*_read(name)) for name in package()}
    changed = [name for name in read if force or now.changed(f"tables/{name}")]
    faults = (validate(*changed) or between()) if changed else []
    for name in changed if not faults else ():
        record(f"tables/{name}", read[name])
    return faults, len(read) - len(changed)


def _read(name: str) -> list[str]:
    """Return what the check of a table rests on: also every table that its description refers to."""
    described = package()
    referred = re.findall(r"'(?:resource|reference)': '([^']+)'", repr(resource_of(name)))
    named = [each for each in described if each in (name, *referred)]
    tables = (what for each in named for what in (f"table {each}", f"file data/{described[each].get('path')}"))
    return ["head", "helper", "environment", *tables]


def refuse(faults: list[str]) -> None:
    """Raise the first faults, and how many more there are, as one `RecountError`; none, and nothing is raised."""
    more = [f"and {len(faults) - TOLD} more"] if len(faults) > TOLD else []
    if faults:
        raise RecountError("\n".join(faults[:TOLD] + more))


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


def _keys(*names: str) -> Any:
    """Return a package of the keys that the named tables refer to, of each table once.

    Of a package with whole tables, Frictionless reads `sources` again for every table that refers to it.
    """
    from frictionless import Package  # costs half a second and more

    referred: dict[str, set[str]] = {}
    for name in names:
        for key in resource_of(name)["schema"].get("foreignKeys", ()):
            referred.setdefault(key["reference"]["resource"], set()).update(key["reference"]["fields"])
    resources = []
    for name in sorted(referred.keys() & package().keys()):
        kinds = {field["name"]: field["type"] for field in resource_of(name)["schema"]["fields"]}
        kept = sorted(referred[name] & kinds.keys())
        path = root() / MARKER.parent / resource_of(name)["path"]
        data = [kept, *([cells[field] for field in kept] for _, cells in read_rows(path, tuple(kinds)))]
        fields = [{"name": field, "type": kinds[field]} for field in kept]
        resources.append({"name": name, "data": data, "schema": {"fields": fields}})
    return Package.from_descriptor({"resources": resources}, basepath=str(root() / MARKER.parent))


def _faulty(name: str, keys: Any) -> list[str]:
    """Return what is wrong with a table: how it is printed; if nothing, by Frictionless; if nothing, what it lacks."""
    from frictionless import Checklist, FrictionlessException, Resource

    resource = resource_of(name)
    path = root() / MARKER.parent / resource["path"]
    try:
        described = Resource.from_descriptor(resource, package=keys)
    except FrictionlessException as error:
        return [f"{MARKER.as_posix()}, {name}: {each.note}" for each in error.reasons or [error.error]]
    if not path.is_file():
        return [f"{relative(path)}: no such file, though {MARKER.as_posix()} names it"]
    if faults := [*_misprinted(path, resource)]:
        return faults
    report = described.validate(Checklist(skip_errors=["hash-count", "byte-count"]))
    found = [_told(path, resource, error) for task in report.tasks for error in task.errors]
    return found or [*_incomplete(path, name, resource)]


def _misprinted(path: Path, resource: Resource) -> Iterator[str]:
    """Yield what no reader of the file may be left to guess at: columns, the number of cells, the form of each."""
    kinds = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
    row = 1
    try:
        for row, cells in read_rows(path, tuple(kinds)):
            for column, cell in cells.items():
                form, expected = PRINTED[kinds[column]]
                if cell and not re.fullmatch(form, cell):
                    yield f"{relative(path)}, row {row}, {column}: found {shortened(repr(cell))}, expected {expected}"
    except RecountError as error:
        yield str(error)
        return
    if row == 1:
        yield f"{relative(path)}: holds no row"


def _told(path: Path, resource: Resource, error: Any) -> str:
    """Return a Frictionless error as file, row, field, what was found and expected."""
    where = relative(path)
    if (row := getattr(error, "row_number", None)) is not None:
        where += f", row {row}"
    if field := getattr(error, "field_name", None):
        if label := getattr(error, "label", ""):
            return f"{where}: found column {label!r} where {field!r} was expected"
        kind: Resource = next((f for f in resource["schema"]["fields"] if f["name"] == field), {})
        expected = ", ".join([kind["type"], *(f"{k} {v}" for k, v in kind.get("constraints", {}).items())])
        found = shortened(repr(error.cell)) if getattr(error, "cell", None) else "nothing"
        return f"{where}, {field}: found {found}, expected {expected} ({error.note})"
    if error.type == "primary-key":
        return f"{where}, {', '.join(resource['schema']['primaryKey'])}: {error.note}, expected each primary key once"
    return f"{where}: {error.title.lower()}: {error.note}"


def _incomplete(path: Path, name: str, resource: Resource) -> Iterator[str]:
    if not (rule := resource.get("complete")):
        return
    field, within = rule["field"], rule.get("within", [])
    reference, frame = resource_of(rule["reference"]), read(path, name, resource)
    values = read(root() / MARKER.parent / reference["path"], rule["reference"], reference)
    if field not in values or not {field, *within} <= {*frame}:
        yield f"{MARKER.as_posix()}, {name}, complete: names a field that is not there"
        return
    expected = {*values[field]} - {*rule.get("except", [])}
    for key, group in frame.groupby(within) if within else [((), frame)]:
        at = ", ".join(f"{column} {value}" for column, value in zip(within, key, strict=True))
        for value in sorted(expected - {*group[field]}):
            found = f"{value!r} not found" + (f" for {at}" if at else "")
            yield f"{relative(path)}, {field}: {found}, expected every one of {rule['reference']}"


def _unquotable(released: Mapping[str, str]) -> Iterator[str]:
    """Yield what claims quote that is the key of no source, or of one released only after the essay was published."""
    for fault in rows(root() / "seeds" / "claims.csv", CLAIM_COLUMNS):
        essay = essays().get(fault.cells["essay"])
        for key in filter(None, fault.cells["quotes"].split(";")):
            where = f"{relative(fault.path)}, row {fault.row}, quotes: found {key!r}"
            if key not in released:
                yield f"{where}, expected keys of data/sources.csv"
            elif essay and essay.published and released[key] > essay.published.isoformat():
                yield f"{where}, released {released[key]}, expected what the essay of {essay.published} could quote"


def seal() -> list[str]:
    """Write hash and size of every table into the data package, and return what changed.

    Raises
    ------
    RecountError
        A table breaks a rule: nothing is sealed.
    """
    refuse(validate())
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
