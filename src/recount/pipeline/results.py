"""What a run leaves for others: the verdicts, and where each of their numbers and each figure comes from."""

import json
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from recount.claims import claim
from recount.datapackage import package
from recount.files import atomic, write_csv, write_text
from recount.readings import in_words
from recount.records import Record, gathered
from recount.verdict import Verdict

STATED = "claim essay essay_title notebook phrase stated stated_on cited quantity place date".split()
COUNTED = "unit low high as_written minimum maximum specifications inside cannot_tell verdict test quotation".split()
COUNTED += "sentence later condition nearest distance breakdown settles".split()
# Of exhibits.csv, named as the data editors of economics journals name them.
EXHIBITS = "exhibit kind title value low high unit program cell section output_file data_files rows".split()
RESULTS = ("verdicts.csv", "verdicts.json", "exhibits.csv")
BYTE_ORDER_MARK = "\ufeff"  # by which a spreadsheet knows UTF-8


def write_results(
    executed: Mapping[str, Path], results: Mapping[str, Path], inputs: object = None, checked: object = None
) -> None:
    """Write the verdicts as CSV and JSON, and the map of exhibits, out of executed notebooks.

    The CSV files stand alone and open in a spreadsheet; the list of a reviewer, ``exhibits.csv``, leads from each
    verdict and figure to the notebook, cell, tables and rows it is made of.
    """
    verdicts, figures = gathered(executed.values())
    records = [verdict.record() for verdict in verdicts]
    exhibits = [*map(_verdict_exhibit, verdicts), *map(_figure_exhibit, figures)]
    with ExitStack() as stack:  # all are replaced, or none
        made = {name: stack.enter_context(atomic(path)) for name, path in results.items()}
        write_verdicts(made["verdicts.csv"], verdicts)
        _write_table(made["exhibits.csv"], EXHIBITS, exhibits)
        write_text(made["verdicts.json"], json.dumps(records, ensure_ascii=False, indent=1) + "\n")


def write_verdicts(path: Path, verdicts: Iterable[Verdict]) -> None:
    """Write one row a verdict, with what its claim says."""
    rows = []
    for record in (verdict.record() for verdict in verdicts):
        stated = claim(record["claim"])
        row = record | {name: getattr(stated, name) for name in ("phrase", "cited", "quantity", "place", "date")}
        for name in ("nearest", "distance", "breakdown"):
            known = {key: value for key, value in sorted((row[name] or {}).items()) if value is not None}
            row[name] = "; ".join(f"{key} {value}" for key, value in known.items())
        rows.append(row | {"essay_title": stated.essay.title})
    _write_table(path, STATED + COUNTED, rows)


def _write_table(path: Path, columns: list[str], rows: Iterable[Record]) -> None:
    write_csv(path, [columns, *([row.get(column) for column in columns] for row in rows)], BYTE_ORDER_MARK)


def _verdict_exhibit(verdict: Verdict) -> Record:
    """Return the number of a verdict, read literally, as an exhibit."""
    literal, notebook = verdict.literal, verdict.claim.essay.notebook
    files = {name: package()[name]["path"] for name in literal.evidence} if literal else {}
    rows = [f"{name} {in_words(numbers)}" for name, numbers in literal.evidence.items()] if literal else []
    claims = [f"claims {', '.join(literal.claims)}"] if literal and literal.claims else []
    data = ["seeds/claims.csv"] if claims else []
    record = verdict.record()
    ends = {name: way[name] for way in record["multiverse"] if way["as_written"] for name in ("low", "high")}
    return record | {"low": None, "high": None} | ends | {
        "exhibit": verdict.claim.id,
        "kind": "number",
        "title": verdict.claim.phrase,
        "value": record["as_written"],
        "program": f"notebooks/{notebook}.ipynb",
        "cell": verdict.cell,
        "section": verdict.section,
        "output_file": "build/verdicts.csv",
        "data_files": "; ".join([*data, *(f"data/{path}" for path in files.values())]),
        "rows": "; ".join([*claims, *rows]),
    }  # fmt: skip


def _figure_exhibit(figure: Record) -> Record:
    """Return a figure as an exhibit; the rows it plots are its CSV."""
    name = figure["name"]
    return figure | {
        "exhibit": name,
        "kind": "figure",
        "program": f"notebooks/{figure['notebook']}.ipynb",
        "output_file": f"build/figures/{name}.svg; build/figures/{name}.csv",
        "data_files": "; ".join(f"data/{package()[table]['path']}" for table in figure["tables"]),
    }
