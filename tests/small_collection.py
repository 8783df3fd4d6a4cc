"""A small collection to plant faults in: two essays with a claim and a notebook each, three tables, a scoreboard."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import nbformat
from conftest import ROOT

from recount.datapackage import fingerprint
from recount.texts.ledger import COLUMNS

JUDGE = """import recount as rc
rows = rc.table("{0}")
rc.judge(rc.specifications("{0}-sum", lambda rows: rc.Reading(rows["n"].sum(), rows), on=[rows]))"""
DRAW = """chart = rc.lines(rows.set_index("year")[["n"]], unit="n")
rc.figure("01-line", chart, tables=["alpha"], title="Upward")"""
CODE = {
    "00-scoreboard": (
        "import recount as rc\nverdicts, figures = rc.gathered(rc.executed(scoreboard=False))",
        "print([(verdict.claim.id, verdict.verdict) for verdict in verdicts])",
    ),
    "01-alpha": (JUDGE.format("alpha"), DRAW),
    "02-beta": (JUDGE.format("beta"), 'print(open("../extra.txt").read())'),
}
FIELDS = {"year": "integer", "n": "number", "grade": "string", "published": "date", "source": "string"}
SOURCE = {"key": "yearbook", "title": "A yearbook", "origin": "A yearbook", "released_basis": "read"}
SOURCE |= {"first_released": "2016-01-01", "address": "https://example.org/"}
SOURCE |= dict.fromkeys(("publisher", "published", "table", "origin_table", "released_how", "official_address"), "")


def write_notebook(path: Path, *cells: str, prose: str = "Prose.") -> Path:
    """Write a notebook with a cell of prose and cells of code."""
    code = [nbformat.v4.new_code_cell(source, id=f"code-{n}") for n, source in enumerate(cells)]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(prose, id="prose"), *code])
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def write_rows(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, object]] = ()) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*columns], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_collection(home: Path, code: Mapping[str, Iterable[str]] = CODE) -> Path:
    """Write a collection with these notebooks, and an essay for each but the scoreboard; return its folder."""
    data, seeds, essays, claims, numbers, resources = home / "data", home / "seeds", [], [], [], []
    for name in ("alpha", "beta"):
        rest = {"grade": "verified", "published": "2016-01-01", "source": "yearbook"}
        write_rows(data / f"{name}.csv", FIELDS, [{"year": 2014 + i, "n": i} | rest for i in (1, 2, 3)])
        resources.append(described(data / f"{name}.csv", FIELDS, "year"))
    for n, stem in enumerate(sorted(code.keys() - {"00-scoreboard"}), 1):
        name = stem[3:]
        place, dated = {"essay": name, "paragraph": n}, {"title": name, "published": "2017-01-01", "notebook": stem}
        essays.append({"id": name, "first_paragraph": n, "last_paragraph": n} | dated)
        claim = {"id": f"{name}-sum", "phrase": "6 provinces", "value": "6", "unit": "provinces", "kind": "count"}
        claims.append(claim | place | {"quantity": "sum", "stated_on": "2017-01-01", "stated_basis": "read"})
        numbers.append(place | {"position": 1, "token": "6", "role": "claim", "claim": claim["id"]})
    columns = (*SOURCE, "note")
    write_rows(data / "sources.csv", columns, [SOURCE])
    kinds = {name: "date" if name == "first_released" else "string" for name in columns}
    resources.append(described(data / "sources.csv", kinds, "key"))
    package = {"name": "small", "title": "Small", "description": "Small.", "licenses": [{"name": "other-open"}]}
    (data / "datapackage.json").write_text(json.dumps(package | {"resources": resources}), encoding="utf-8")
    paragraphs = [{"essay": c["essay"], "paragraph": c["paragraph"], "sha256": "0" * 64} for c in claims]
    ledger = {"essays": essays, "claims": claims, "paragraphs": paragraphs, "numbers": numbers}
    for name, columns in COLUMNS.items():
        write_rows(seeds / f"{name}.csv", columns, ledger.get(name, ()))
    for stem, cells in code.items():
        write_notebook(home / "notebooks" / f"{stem}.ipynb", *cells)
    (home / "extra.txt").write_text("extra", encoding="utf-8")
    shutil.copy(ROOT / "CITATION.cff", home)
    return home


def described(path: Path, kinds: Mapping[str, str], key: str) -> dict:
    """Return what the data package says of a table."""
    fields = [{"name": name, "type": kind, "description": name, "unit": "1"} for name, kind in kinds.items()]
    for field in fields:
        if field["type"] == "date":
            field["constraints"] = {"maximum": "2026-01-01"}
    words = dict.fromkeys(("title", "description", "vintage"), path.stem) | {"sources": [{"title": "A yearbook"}]}
    schema = {"fields": fields, "primaryKey": [key], "missingValues": [""]}
    file = {"name": path.stem, "path": path.name, "type": "table", "encoding": "utf-8", "hash": fingerprint(path)}
    return file | words | {"schema": schema, "bytes": path.stat().st_size}
