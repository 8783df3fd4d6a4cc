"""What a run leaves for others: the verdicts as a table and with every specification."""

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from recount.claims import claim
from recount.files import build, write_text
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
    *("unit", "low", "high", "as_written", "minimum", "maximum", "specifications", "inside", "verdict", "test"),
    *("quotation", "sentence", "later", "condition", "nearest", "distance", "chance", "breakdown", "settles"),
)
COLUMNS = STATED + FOUND


def export(verdicts: Iterable[Record]) -> None:
    """Write ``build/verdicts.csv``, which stands alone and opens in a spreadsheet, and ``verdicts.json``."""
    listed, buffer = list(verdicts), io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({k: _inert(v) for k, v in _alone(record).items()} for record in listed)
    write_text(build() / "verdicts.csv", "\ufeff" + buffer.getvalue())  # the mark by which Excel knows UTF-8
    write_text(build() / "verdicts.json", json.dumps(listed, ensure_ascii=False, indent=1) + "\n")


def _alone(record: Record) -> Record:
    """Return a verdict with what its claim says, and in one cell each what else it has as a mapping."""
    stated = claim(record["claim"])
    told = {name: getattr(stated, name) for name in ("phrase", "cited", "quantity", "place", "date")}
    for name in ("nearest", "distance", "breakdown"):
        if each := record[name]:
            told[name] = "; ".join(f"{key} {value}" for key, value in each.items() if value is not None)
    return record | {"essay_title": stated.essay.title} | told


def _inert(value: Any) -> Any:
    """Keep a spreadsheet from taking text for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
