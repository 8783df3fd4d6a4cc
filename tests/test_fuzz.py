"""Corruptions of ledger, tables, data package and notebooks: a clear error or the same values, never silence."""

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import EXAMPLES, ROOT
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from small_collection import write_collection
from test_notebooks import NOTEBOOKS

from recount.claims import ledger
from recount.datapackage import read_table, table
from recount.files import RecountError, read_text, write_text
from recount.pipeline.checks import faults, refuse
from recount.records import gathered, recorded
from recount.report.cells import Notebook
from recount.texts.annotations import annotations
from recount.texts.ledger import COLUMNS, paragraphs
from recount.verdict import VERDICT_MIME

pytestmark = [pytest.mark.prove, pytest.mark.filterwarnings("ignore:.*cell id", "ignore:Cell is missing an id")]
corrupting = settings(max_examples=EXAMPLES or 40, phases=[Phase.generate], suppress_health_check=[*HealthCheck])
WORDS = '0 -1 inf nan 1e400 1_000 １３ ١٢ ½ todo percent None =1+1 2035-01-01 20150101 0001-01-01 <script> ../.. " ,'
NASTY = [*WORDS.split(), "", " ", "\n", "\r", "\x00", "\x1b[2J", "\u202e", "{", "]", "9" * 40, "x" * 20_000]


def endure(ask: Callable[[], Any], right: Any, notices: Callable[[], bool]) -> None:
    """Require a clear error, the right values, or others that something else notices."""
    message = "none"
    try:
        assert ask() == right or notices()
    except RecountError as error:
        message = str(error)
    assert 0 < len(message) < 5000


def corrupt_text(draw: Any, text: str) -> str:
    """Return a text with a few characters, or all that follow, replaced."""
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.sampled_from(NASTY)) + text[at + draw(st.integers(0, 4) | st.just(len(text))) :]


def corrupt_csv(draw: Any, text: str) -> str:
    """Return a CSV file with a cell, a row or some characters of it corrupted."""
    rows = [*csv.reader(io.StringIO(text, newline=""))]
    row, other = (draw(st.integers(0, len(rows) - 1)) for _ in range(2))
    match draw(st.sampled_from(["cell", "cell", "cell", "drop", "text"])):
        case "text":
            return corrupt_text(draw, text)
        case "cell":
            column = draw(st.integers(0, len(rows[0]) - 1))
            rows[row][column] = draw(st.sampled_from(NASTY) | st.text(max_size=8) | st.just(rows[other][column]))
        case "drop":
            del rows[row]
    csv.writer(lines := io.StringIO(), lineterminator="\n").writerows(rows)
    return lines.getvalue()


VALUES = [None, True, 0, -1, 5.5, "", "x", "alpha", [], ["x"], {}, {"name": "x"}, "(", "../x.csv"]


def corrupt_json(draw: Any, text: str) -> str:
    """Return a JSON file with a value, a key or some characters of it corrupted."""
    whole = node = json.loads(text)
    key = draw(st.sampled_from([*node]))
    while isinstance(node[key], dict | list) and node[key] and draw(st.integers(0, 4)):
        node = node[key]
        key = draw(st.sampled_from([*node] if isinstance(node, dict) else range(len(node))))
    match draw(st.sampled_from(["value", "value", "drop", "rename", "text"])):
        case "text":
            return corrupt_text(draw, text)
        case "value":
            node[key] = draw(st.sampled_from(VALUES))
        case "rename" if isinstance(node, dict):
            node[draw(st.sampled_from(["name", "type", "x", "source"]))] = node.pop(key)
        case _:
            del node[key]
    return json.dumps(whole)


def stated() -> dict[str, Any]:
    """Return what verdicts use of the ledger, and read all else of it."""
    paragraphs()
    annotations()
    return {key: (claim.stated, claim.unit, claim.interval, claim.stated_on) for key, claim in ledger().items()}


STORED = {record["claim"]: record for path in NOTEBOOKS for _, kind, record in recorded(path) if kind == VERDICT_MIME}


@corrupting
@given(st.data())
def test_a_corrupted_ledger(few: Path, data: st.DataObject) -> None:
    shutil.copytree(ROOT / "seeds", few / "seeds", dirs_exist_ok=True)
    path, right = few / "seeds" / f"{data.draw(st.sampled_from([*COLUMNS]))}.csv", stated()

    def disagrees() -> bool:
        """Return whether the verdicts of the notebooks are on other numbers than the ledger states."""
        return {verdict.claim.id: verdict.record() for verdict in gathered(NOTEBOOKS)[0]} != STORED

    assert not disagrees()
    write_text(path, corrupt_csv(data.draw, path.read_text(encoding="utf-8")))
    endure(stated, right, disagrees)


TABLES = ("alpha", "beta", "sources")


def tables() -> list[Any]:
    """Return the tables, which must be valid and sealed; what is read must be what any reader of CSV reads."""
    refuse(faults())
    for path in (Path("data", f"{name}.csv") for name in TABLES):
        rows = [*csv.DictReader(io.StringIO(read_text(path), newline=""))]
        for column, cells in read_table(path, path.stem).items():
            for cell, row in zip(cells, rows, strict=True):
                text, shown = row[str(column)], "" if pd.isna(cell) else str(cell)
                assert text in (shown, shown[:10]) or float(text) == cell
    return [table(name).astype(str).to_numpy().tolist() for name in TABLES]


@corrupting
@given(st.data())
def test_a_corrupted_table_or_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: st.DataObject) -> None:
    monkeypatch.chdir(write_collection(tmp_path))
    name = data.draw(st.sampled_from(["datapackage.json", *(f"{name}.csv" for name in TABLES)]))
    path, right = tmp_path / "data" / name, tables()
    corrupt = corrupt_json if path.suffix == ".json" else corrupt_csv
    write_text(path, corrupt(data.draw, path.read_text(encoding="utf-8")))
    endure(tables, right, lambda: False)


@corrupting
@given(st.data())
def test_a_corrupted_notebook(tmp_path: Path, data: st.DataObject) -> None:
    """Other outputs than a clear error are left to nbval, which compares them."""
    source = ROOT / "notebooks" / "05-industry-clusters.ipynb"
    path = tmp_path / source.name
    write_text(path, corrupt_json(data.draw, source.read_text(encoding="utf-8")))
    endure(lambda: (Notebook(path, {}), gathered([path])), None, lambda: True)
