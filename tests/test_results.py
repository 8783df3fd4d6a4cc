"""What a run leaves for others: verdicts gathered whole, inert in a spreadsheet, each with its cell and rows."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path

import pytest
from conftest import ROOT, replace

import recount as rc
from recount.files import inert
from recount.pipeline.results import write_verdicts

STEM = "05-industry-clusters"


@pytest.mark.parametrize("text", ["=1+1", "+1 point", "-1 percent", "@SUM(A1)", " =A1", "\t=A1", "\r=A1", "＝A1"])
def test_inert_puts_an_apostrophe_before_a_formula(text: str) -> None:
    assert inert(text) == f"'{text}"
    assert inert(f"a;{text}") == f"a;'{text}"


@pytest.mark.parametrize("cell", ["-5", "-0.3e-7", "+2", -3.5, None, "", "a=b", "1-2", "–5"])
def test_inert_leaves_numbers_and_other_text(cell: object) -> None:
    assert inert(cell) == cell


def test_verdicts_csv_holds_no_formula_and_numbers_as_they_are(built: Path, tmp_path: Path) -> None:
    verdict = rc.gathered([built / "notebooks" / f"{STEM}.ipynb"])[0][0]
    hostile = dataclasses.replace(verdict, sentence="=HYPERLINK(1)", settles="a\n+b", distance={"absolute": -3.0})
    write_verdicts(tmp_path / "verdicts.csv", [hostile])
    with (tmp_path / "verdicts.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["sentence"], row["settles"]) == ("'=HYPERLINK(1)", "a\n'+b")
    assert row["distance"] == "absolute -3.0" and row["essay_title"] == verdict.claim.essay.title


def test_every_exhibit_names_its_cell_files_and_rows(built: Path) -> None:
    with (built / "exhibits.csv").open(encoding="utf-8-sig", newline="") as file:
        exhibits = list(csv.DictReader(file))
    verdicts, figures = rc.gathered(rc.executed(built / "notebooks"))
    names = [verdict.claim.id for verdict in verdicts] + [figure["name"] for figure in figures]
    assert [exhibit["exhibit"] for exhibit in exhibits] == names
    for exhibit in exhibits:
        notebook = built / exhibit["program"]
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        (cell,) = (cell for cell in cells if cell.get("execution_count") == int(exhibit["cell"]))
        assert f'"{exhibit["exhibit"]}"' in json.dumps(cell["outputs"])
        assert exhibit["section"] in "".join("".join(cell["source"]) for cell in cells)
        files = [name for column in ("data_files", "output_file") for name in exhibit[column].split("; ") if name]
        assert all((ROOT / name).is_file() for name in files)
        if exhibit["value"]:
            assert float(exhibit["low"]) <= float(exhibit["value"]) <= float(exhibit["high"])
    (share,) = (exhibit for exhibit in exhibits if exhibit["exhibit"] == "rd-share")
    assert share["unit"] == "percent" and share["rows"].startswith("rd_expenditure ")


def test_gathered_refuses_a_figure_drawn_twice(built: Path) -> None:
    with pytest.raises(rc.RecountError, match="'00-scoreboard' is drawn twice"):
        rc.gathered([built / "notebooks" / "00-scoreboard.ipynb"] * 2)


PLANTED = {
    '"claim": "rd-share"': ('"claim": "it-share"', "'it-share' has two verdicts"),
    '"choices": [': ('"chosen": [', r"cell \d+: no verdict: KeyError: 'choices'"),
    "vnd.recount.verdict+json": ("vnd.other+json", r"no verdict in the notebooks for [\w-]+ of seeds/claims.csv"),
}


@pytest.mark.parametrize("old", PLANTED)
def test_gathered_refuses_broken_records(built: Path, tmp_path: Path, old: str) -> None:
    new, message = PLANTED[old]
    path = tmp_path / f"{STEM}.ipynb"
    path.write_bytes((built / "notebooks" / path.name).read_bytes())
    replace(path, old, new)
    with pytest.raises(rc.RecountError, match=message):
        rc.gathered([path])
