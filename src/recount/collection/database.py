"""The collection as one SQLite file: the tables, the claims, the verdicts, and the rows and sources behind each."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date as Day
from pathlib import Path
from typing import Any

from recount.claims import essays, ledger
from recount.datapackage import Resource, package
from recount.files import MARKER, RecountError, atomic, read_rows, root
from recount.readings import spread
from recount.records import Record

SCHEMA = Path(__file__).with_name("schema.sql")
TYPES = {"string": "text", "integer": "integer", "number": "real", "boolean": "integer", "date": "date"}
PARSERS = {"integer": int, "number": float}
TOLD = ("row", "source", "checked_against", "grade", "published")  # of a used row, in columns of their own
# Where the header of the file tells how often it was changed, and by which SQLite; and what it tells instead.
HEADER = {24: (1).to_bytes(4), 92: (1).to_bytes(4) + (3_040_000).to_bytes(4)}


def write_database(path: Path, verdicts: Sequence[Record]) -> None:
    """Write tables, ledger and verdicts as an SQLite file, the same bytes every time; ``schema.sql`` describes it.

    Raises
    ------
    RecountError
        A row refers to what is not there, a table has the name of another, or the file cannot be written.
    """
    with closing(sqlite3.connect(":memory:")) as database:
        try:
            database.executescript("pragma page_size = 4096; pragma auto_vacuum = 0; pragma user_version = 1;")
            database.executescript("".join(_create(name, of) for name, of in package().items()))
            database.executescript(SCHEMA.read_text(encoding="utf-8"))
            _fill_tables(database, verdicts)
            _fill_ledger(database)
            _fill_verdicts(database, verdicts)
            for name, at, goal, _ in database.execute("pragma foreign_key_check"):
                raise RecountError(f"{path.name}: row {at} of {name} refers to a row that {goal} has not")
            database.commit()
            with atomic(path) as temporary:
                database.execute("vacuum into ?", [str(temporary)])
                with temporary.open("r+b") as file:
                    for at, told in HEADER.items():
                        file.seek(at)
                        file.write(told)
        except sqlite3.Error as error:
            raise RecountError(f"{path.name}: {error}") from None


def _create(name: str, resource: Resource) -> str:
    """Return the statement that creates a table of the data package, with its keys."""
    schema = resource["schema"]
    key = schema.get("primaryKey", [])
    lines = ["row integer not null unique"]
    for field in schema["fields"]:
        required = field["name"] in key or field.get("constraints", {}).get("required")
        lines.append(f"{_quoted(field['name'])} {TYPES[field['type']]}{' not null' * bool(required)}")
    lines += [f"primary key ({_quoted(*key)})"] * bool(key)
    for each in schema.get("foreignKeys", []):
        goal, fields = each["reference"]["resource"] or name, each["reference"]["fields"]
        lines.append(f"foreign key ({_quoted(*each['fields'])}) references {_quoted(goal)} ({_quoted(*fields)})")
    return f"create table {_quoted(name)} (\n    " + ",\n    ".join(lines) + "\n);\n"


def _quoted(*names: str) -> str:
    return ", ".join('"' + name.replace('"', '""') + '"' for name in names)


def _fill(database: sqlite3.Connection, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows into a table, of each what the table has a column for; an empty text is null where that may be."""
    columns = [(each[1], each[3]) for each in database.execute(f"pragma table_info({_quoted(name)})")]
    database.executemany(
        f"insert into {_quoted(name)} values ({', '.join('?' * len(columns))})",
        ([_cell(row.get(column), required) for column, required in columns] for row in rows),
    )


def _cell(value: Any, required: bool) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Day):
        return value.isoformat()
    return None if value == "" and not required else value


def _rows(name: str) -> Iterator[Record]:
    """Yield the rows of a table of the data package, each value of the type of its field, or none."""
    resource = package()[name]
    types = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
    for row, cells in read_rows(root() / MARKER.parent / resource["path"], tuple(types)):
        typed = {k: PARSERS.get(types[k], str)(text) if text else text for k, text in cells.items()}
        yield {"row": row} | typed


def _fill_tables(database: sqlite3.Connection, verdicts: Sequence[Record]) -> None:
    """Fill the tables of data/, what is said of them, and which of their rows the verdicts use."""
    used: dict[str, set[int]] = {}
    for evidence in (each["evidence"] for record in verdicts for each in record["multiverse"]):
        for name in evidence.keys() & package().keys():
            used.setdefault(name, set()).update(spread(evidence[name]))
    _fill(database, "tables", package().values())
    for name, resource in package().items():
        fields, rows = resource["schema"]["fields"], list(_rows(name))
        _fill(database, "fields", ({**each, "table_name": name, "field": each["name"]} for each in fields))
        _fill(database, name, rows)
        behind = [row for row in rows if row["row"] in used.get(name, ())]
        for row in behind:
            row["cells"] = {field: value for field, value in row.items() if field not in TOLD}
        _fill(database, "used_rows", ({**row, "table_name": name} for row in behind))


def _fill_ledger(database: sqlite3.Connection) -> None:
    _fill(database, "essays", map(vars, essays().values()))
    claims = ledger().values()
    _fill(database, "claims", (vars(c) | {"essay": c.essay.id, "unit": c.printed_unit} for c in claims))
    _fill(database, "quotes", ({"claim": c.id, "source": key} for c in claims for key in c.quotes))


def _fill_verdicts(database: sqlite3.Connection, verdicts: Sequence[Record]) -> None:
    """Fill the verdicts, their specifications, and the claims and rows on which each of these rests."""
    found = dict(enumerate(((r, each) for r in verdicts for each in r["multiverse"]), start=1))
    _fill(database, "verdicts", verdicts)
    _fill(
        database,
        "specifications",
        (
            {**each, "id": at, "claim": r["claim"], "choices": {name: each[name] for name in r["choices"]}}
            for at, (r, each) in found.items()
        ),
    )
    ids = {(name, row): at for at, name, row in database.execute("select id, table_name, row from used_rows")}
    for at, (_, each) in found.items():
        for name, rows in each["evidence"].items():
            goal, keys = ("premises", rows.split(", ")) if name == "claims" else ("evidence", spread(rows))
            behind = ((at, key if name == "claims" else ids.get((name, key))) for key in keys)
            database.executemany(f"insert into {goal} values (?, ?)", behind)
