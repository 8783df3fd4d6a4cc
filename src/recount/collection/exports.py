"""What a run leaves for others: the verdicts, what they rest on, and where each number and figure comes from."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

from recount.claims import claim
from recount.collection.database import write_database
from recount.collection.fresh import Now, record
from recount.collection.lineage import answers
from recount.datapackage import package
from recount.files import build, write_csv, write_text
from recount.readings import compact, spread
from recount.records import Record

# Of verdicts.csv, which stands alone: what was stated, then what was found.
STATED = (
    "claim",
    "essay",
    "essay_title",
    "notebook",
    "phrase",
    "stated",
    "stated_on",
    "cited",
    "quantity",
    "place",
    "date",
)
FOUND = (
    *("unit", "low", "high", "as_written", "minimum", "maximum", "specifications", "inside", "cannot_tell", "verdict"),
    *("test", "quotation", "sentence", "later", "condition", "nearest", "distance", "chance", "breakdown", "settles"),
)
COLUMNS = STATED + FOUND
WRITTEN = ("verdicts.csv", "exhibits.csv", "verdicts.json", "recount.sqlite")
# Of exhibits.csv, named as the data editors of economics journals name them.
EXHIBITS = (
    *("exhibit", "kind", "title", "value", "low", "high", "unit"),
    *("program", "cell", "section", "output_file", "data_files", "rows"),
)


def export(verdicts: Iterable[Record], figures: Iterable[Record], notebooks: Iterable[Path] = ()) -> None:
    """Write into ``build/`` the verdicts as CSV, JSON and, with all tables, SQLite; and the map of exhibits.

    The CSV files stand alone and open in a spreadsheet; the list of a reviewer, ``exhibits.csv``, leads from each
    verdict, number of an answer and figure to the notebook, cell, tables and rows it is made of.
    """
    listed, drawn, paths, mark = list(verdicts), list(figures), list(notebooks), "\ufeff"  # by which Excel knows UTF-8
    now = Now(given=json.dumps([listed, drawn, [str(path) for path in paths]]))
    if not now.changed("exports"):
        return
    shown = (now.at("file", path) for path in paths)
    read = now.states("given", "helper", "environment", "tree data", "tree seeds", *shown)
    for name, columns, records in (
        ("verdicts.csv", COLUMNS, [_alone(each) for each in listed]),
        (
            "exhibits.csv",
            EXHIBITS,
            [*map(_number, listed), *map(_answer(listed), answers(paths)), *map(_figure, drawn)],
        ),
    ):
        write_csv(build() / name, [columns, *([record.get(column) for column in columns] for record in records)], mark)
    write_text(build() / "verdicts.json", json.dumps(listed, ensure_ascii=False, indent=1) + "\n")
    write_database(build() / "recount.sqlite", listed)
    record("exports", [*read, *now.states(*(now.at("file", build() / name) for name in WRITTEN))])


def _alone(record: Record) -> Record:
    """Return a verdict with what its claim says, and in one cell each what else it has as a mapping."""
    stated = claim(record["claim"])
    told = {name: getattr(stated, name) for name in ("phrase", "cited", "quantity", "place", "date")}
    for name in ("nearest", "distance", "breakdown"):
        if each := record[name]:
            told[name] = "; ".join(f"{key} {value}" for key, value in each.items() if value is not None)
    return record | {"essay_title": stated.essay.title} | told


def _number(record: Record) -> Record:
    """Return the number of a verdict, read literally, as an exhibit; without one, what there is to say of it."""
    literal: Record = next((each for each in record["multiverse"] if each["as_written"]), {"evidence": {}})
    return record | {
        "exhibit": record["claim"],
        "kind": "number",
        "title": claim(record["claim"]).phrase,
        "value": record["as_written"],
        "low": literal.get("low"),
        "high": literal.get("high"),
        "program": f"notebooks/{record['notebook']}.ipynb",
        "output_file": "build/verdicts.csv",
        "data_files": _files(literal["evidence"]),
        "rows": "; ".join(f"{name} {rows}" for name, rows in literal["evidence"].items()),
    }


def _answer(verdicts: list[Record]) -> Callable[[Record], Record]:
    """Return what makes an exhibit of a number of an answer: its rows are all that the claims behind it read."""
    ways = {record["claim"]: record["multiverse"] for record in verdicts}

    def exhibit(record: Record) -> Record:
        rows: dict[str, set[int]] = {}
        for name, listed in (item for key in record["claims"] for way in ways[key] for item in way["evidence"].items()):
            rows.setdefault(name, set()).update(spread(listed))
        named = record["tables"]
        return record | {
            "exhibit": record["name"],
            "kind": "answer",
            "program": f"notebooks/{record['notebook']}.ipynb",
            "output_file": f"build/notebooks/{record['notebook']}.ipynb",
            "data_files": _files(named),
            "rows": "; ".join(f"{name} {compact(rows[name])}" for name in named if name in rows),
        }

    return exhibit


def _figure(record: Record) -> Record:
    """Return a figure as an exhibit; the rows it plots are its CSV."""
    name = record["name"]
    return record | {
        "exhibit": name,
        "kind": "figure",
        "program": f"notebooks/{record['notebook']}.ipynb",
        "output_file": f"build/figures/{name}.svg; build/figures/{name}.csv",
        "data_files": _files(record["tables"]),
    }


def _files(names: Iterable[str]) -> str:
    return "; ".join("seeds/claims.csv" if name == "claims" else f"data/{package()[name]['path']}" for name in names)
