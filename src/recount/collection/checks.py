"""Tables checked against the data package, by Frictionless and for completeness, and sealed."""

import json
import re
from pathlib import Path
from typing import Any

from recount.collection.fresh import Now, record
from recount.files import MARKER, RecountError, relative, root, write_text
from recount.tables import Resource, fingerprint, package, read, resource_of


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
            resource, path = resource_of(name), root() / MARKER.parent / resource_of(name)["path"]
            if not path.is_file():
                faults.append(f"{relative(path)}: no such file, though {MARKER} names it")
                continue
            report = described.get_resource(name).validate(Checklist(skip_errors=["hash-count", "byte-count"]))
            found = [_told(path, resource, error) for task in report.tasks for error in task.errors]
            faults += found or _incomplete(path, name, resource)
    except FrictionlessException as error:
        return [f"{MARKER.as_posix()}: {error.error.note}"]
    return faults


def validate_changed(*, force: bool = False) -> tuple[list[str], int]:
    """Check the tables that are not as they were when last found right; return the faults, and how many are as before.

    A table is as before when it, its description, the tables it refers to, and what checks them are.
    """
    now = Now()
    read = {name: now.states(*_read(name)) for name in package()}
    changed = [name for name in read if force or now.changed(f"tables/{name}")]
    faults = validate(*changed) if changed else []
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
    reference = resource_of(rule["reference"])
    values = read(root() / MARKER.parent / reference["path"], rule["reference"], reference)[field]
    expected = set(values) - set(rule.get("except", []))
    frame = read(path, name, resource)
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
