"""What a run leaves for others: inert in a spreadsheet, one database, a map of exhibits, the same every time."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from conftest import ROOT
from test_figures import draw
from test_report import SMALL, reproduced

import recount as rc
from recount import collection, datapackage, records, report
from recount.collection import lineage
from recount.files import build, inert
from recount.readings import spread
from recount.records import FIGURE, VERDICT

Found = tuple[list[dict], list[dict]]
STORED = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


@pytest.fixture(scope="module")
def found() -> Found:
    """The verdicts and figures of the stored notebooks."""
    return records.gathered(STORED)


@pytest.fixture(scope="module")
def exported(found: Found, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder into which they were exported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECOUNT_BUILD", str(tmp_path_factory.mktemp("exported")))
        collection.export(*found, STORED)
        yield build()


@pytest.fixture
def database(exported: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{(exported / 'recount.sqlite').as_uri()}?mode=ro", uri=True)) as connection:
        yield connection


@pytest.mark.parametrize("text", ["=1+1", "+1 point", "-1 percent", "@SUM(A1)", " =A1", "\t=A1", "\r=A1", "＝A1"])
def test_a_formula_is_text(text: str) -> None:
    assert inert(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["-5", "-0.3e-7", "+2", -3.5, None, "", "a=b", "1-2", "–5"])
def test_a_number_stays_a_number(cell: object) -> None:
    assert inert(cell) == cell


def test_the_csv_of_a_figure_is_inert_and_reads_back_as_numbers(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("RECOUNT_BUILD", str(tmp_path))
    hostile = '=HYPERLINK("http://evil.example","x")'
    data = pd.DataFrame({hostile: [-1.5, 2.0], "label": [hostile, "-2 points"]}, index=pd.Index(["@A", "b"], name="-n"))
    draw(data=data)
    path = tmp_path / "figures" / "99-test.csv"
    with path.open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert [cell for cell in cells if cell[:1] in "=+-@"] == ["-1.5"]
    assert pd.read_csv(path)[f"'{hostile}"].tolist() == [-1.5, 2.0]


def test_the_database_is_whole(database: sqlite3.Connection, found: Found) -> None:
    assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
    assert database.execute("pragma foreign_key_check").fetchall() == []
    assert database.execute("pragma freelist_count").fetchone() == (0,)
    count = {
        name: database.execute(f"select count(*) from {name}").fetchone()[0] for name in ("claims", "claim_verdicts")
    }
    assert set(count.values()) == {len(found[0])}
    for name in datapackage.package():
        frame = pd.read_sql(f'select * from "{name}"', database).set_index("row")
        assert len(frame) == len(datapackage.table(name)), name
    gdp = pd.read_sql("select * from gdp", database)
    assert gdp["gdp_100m_yuan"].tolist() == datapackage.table("gdp")["gdp_100m_yuan"].tolist()
    keys = {(each[2], each[3], each[4]) for each in database.execute("pragma foreign_key_list(gdp)")}
    assert {("provinces", "province", "province"), ("sources", "source", "key")} <= keys


def test_a_claim_has_its_rows_and_sources_in_one_query(database: sqlite3.Connection, found: Found) -> None:
    for record in found[0]:
        behind = {
            (name, row)
            for each in record["multiverse"]
            for name, ranges in each["evidence"].items()
            if name != "claims"
            for row in spread(ranges)
        }
        told = database.execute(
            "select table_name, row, cells, source_title from claim_rows where claim = ?", [record["claim"]]
        ).fetchall()
        assert {(name, row) for name, row, _, _ in told} == behind and len(told) == len(behind)
        assert all(json.loads(cells) and title for _, _, cells, title in told)
    (cells,) = database.execute("select cells from used_rows where table_name = 'rd_expenditure' limit 1").fetchone()
    assert {type(value) for value in json.loads(cells).values()} == {str, int, float}
    coherent = [r["claim"] for r in found[0] if r["test"] == "arithmetic"]
    rest = {
        key for (key,) in database.execute("select s.claim from premises join specifications s on s.id = specification")
    }
    assert coherent and set(coherent) <= rest


def test_the_queries_of_the_report_run(database: sqlite3.Connection) -> None:
    page = (ROOT / "src" / "recount" / "report" / "templates" / "about.html").read_text(encoding="utf-8")
    queries = re.findall(r'"(select .*;)"', page)
    assert len(queries) == 3
    for query in queries:
        assert len(database.execute(query).fetchall()) > 3, query


def test_a_second_export_is_the_same_to_the_byte(exported: Path, found: Found, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("RECOUNT_BUILD", str(tmp_path))
    collection.export(*found, STORED)
    first = {path.name: path.read_bytes() for path in exported.glob("*.*")}
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.*")} == first
    assert set(first) == {"verdicts.csv", "verdicts.json", "exhibits.csv", "recount.sqlite"}
    assert first["recount.sqlite"][92:100] == bytes([0, 0, 0, 1, 0, 46, 99, 0]), "no library's version"


def test_a_row_that_is_not_there_leaves_the_old_database(found: Found, tmp_path: Path) -> None:
    path = tmp_path / "recount.sqlite"
    path.write_text("as before")
    record = next(r for r in found[0] if r["claim"] == "rd-share")
    wrong = record | {"multiverse": [record["multiverse"][0] | {"evidence": {"rd_expenditure": "99999"}}]}
    with pytest.raises(rc.RecountError, match=r"recount.sqlite: NOT NULL constraint failed: evidence.used_row"):
        collection.write_database(path, [wrong])
    assert path.read_text() == "as before" and [*tmp_path.iterdir()] == [path]


def test_every_exhibit_leads_to_its_cell_and_rows(exported: Path, found: Found) -> None:
    with (exported / "exhibits.csv").open(encoding="utf-8-sig", newline="") as file:
        exhibits = list(csv.DictReader(file))
    kinds = {kind: [each for each in exhibits if each["kind"] == kind] for kind in ("number", "answer", "figure")}
    assert [each["exhibit"] for each in kinds["number"]] == [record["claim"] for record in found[0]]
    assert [each["exhibit"] for each in kinds["figure"]] == [figure["name"] for figure in found[1]]
    for each in exhibits:
        cells = json.loads((ROOT / each["program"]).read_text(encoding="utf-8"))["cells"]
        cell = next(c for c in cells if c.get("execution_count") == int(each["cell"]))
        assert each["kind"] == "answer" or f'"{each["exhibit"]}"' in json.dumps(cell["outputs"]), each["exhibit"]
        assert all((ROOT / file).is_file() for file in filter(None, each["data_files"].split("; ")))
        assert each["section"] in "".join("".join(c["source"]) for c in cells)
    six = next(each for each in exhibits if each["exhibit"] == "rd-share")
    assert six["unit"] == "percent" and six["rows"].startswith("rd_expenditure ")
    assert float(six["low"]) <= float(six["value"]) <= float(six["high"])
    assert {each["program"] for each in kinds["answer"]} == {f"notebooks/{path.name}" for path in STORED}
    assert all(each["value"] in each["title"] for each in kinds["answer"])


LINEAGE = [
    "import recount as rc\nwages, money = (rc.table(t) for t in ('average_wage', 'gdp'))",
    "base, top = 3, money\ndef share(year):\n    row = money\n    return base * row",
    "wages = wages + 1\nspecs = rc.specifications('rd-share', share)\nwages['x'] = 2",
    "kept = [base for base in wages]\n%matplotlib inline",
    "top = max(each for each in wages)",
    "own = 5\nanswer.fill(f'''\nOf {specs(1):.0f} (*a*) and {top} and no {word}: {own}. And {share(2)}.\n''', specs)",
]


def test_a_number_of_an_answer_is_followed_to_the_tables_it_is_made_of(tmp_path: Path) -> None:
    cells = [nbformat.v4.new_code_cell(code, execution_count=n) for n, code in enumerate(LINEAGE, 1)]
    shown = {"text/markdown": "Of 60 (*a*) and 7 and no thing: 5. And 8.\n\n| 60 |\n|---|"}
    cells[-1].outputs = [nbformat.v4.new_output("execute_result", shown, execution_count=6)]
    cells.insert(2, nbformat.v4.new_markdown_cell("## How"))
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "91-x.ipynb")
    told = [*lineage.answers([tmp_path / "91-x.ipynb"])]
    assert [each["name"] for each in told] == [f"91-answer-{n}" for n in (1, 2, 3, 4)]
    assert [each["value"] for each in told] == ["60", "7", "5", "8"]
    assert [each["cell"] for each in told] == [3, 5, 6, 2]
    assert [each["section"] for each in told] == ["How", "How", "How", ""]
    assert [each["tables"] for each in told] == [["gdp"], ["average_wage"], [], ["gdp"]]
    assert [each["claims"] for each in told] == [["rd-share"], [], [], []]
    assert told[0]["title"] == "Of 60 (*a*) and 7 and no thing: 5." and told[3]["title"] == "And 8."


def test_the_booklet_takes_text_for_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = reproduced(tmp_path, small=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("RECOUNT_BUILD", str(folder / "build"))
    path = report.build_booklet()
    assert path == folder / "build" / "recount.pdf"
    first = path.read_bytes()
    assert report.build_booklet().read_bytes() == first
    for mark in (b"/Marked true", b"/StructTreeRoot", b"/Outlines", b"LiberationSans", b"pdfuaid:part"):
        assert mark in first, mark
    notebook = folder / "build" / "notebooks" / f"{SMALL}.ipynb"
    content, planted = (
        json.loads(notebook.read_text(encoding="utf-8")),
        '#panic("read") *b* $x$ @y <z> \\ ` 建设用地 \ufeff',
    )
    for data in (output.get("data", {}) for cell in content["cells"] for output in cell.get("outputs", [])):
        for kind, word in ((VERDICT, "sentence"), (FIGURE, "alt")):
            if kind in data:
                data[kind][word] = planted
    notebook.write_text(json.dumps(content), encoding="utf-8")
    second = report.build_booklet().read_bytes()
    assert second != first
    (folder / "build" / "figures" / f"{SMALL[:2]}-shares.svg").write_text("no drawing", encoding="utf-8")
    with pytest.raises(rc.RecountError, match=r"recount.pdf: failed"):
        report.build_booklet()
    assert path.read_bytes() == second, "the last whole one is kept"
