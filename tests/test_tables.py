"""Tables against the data package: every rule with a planted defect that must be named."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from conftest import ROOT, describe, replace

import recount as rc
from recount import collection, datapackage
from recount.cli import main


def test_the_whole_package_is_valid_and_sealed() -> None:
    assert collection.validate() == []
    for name, resource in datapackage.package().items():
        path = ROOT / "data" / resource["path"]
        assert (resource["hash"], resource["bytes"]) == (datapackage.fingerprint(path), path.stat().st_size), name


def test_the_frictionless_command_agrees(few, capsys) -> None:
    from frictionless.console import console

    with pytest.raises(SystemExit) as ended:
        console(["validate", "data/datapackage.json"])
    assert ended.value.code == 0, capsys.readouterr().out
    replace(few / "data" / "rd_expenditure.csv", "Beijing,2015,1384", "Beijing,2015,1385")
    with pytest.raises(SystemExit) as ended:
        console(["validate", "data/datapackage.json"])
    assert ended.value.code == 1 and "hash-count" in capsys.readouterr().out


def test_the_index_is_the_row_in_the_file() -> None:
    frame = rc.table("rd_expenditure")
    line = (ROOT / "data" / "rd_expenditure.csv").read_text(encoding="utf-8").splitlines()[frame.index[100] - 1]
    assert line.split(",")[0] == frame.iloc[100]["province"]
    assert float(line.split(",")[2]) == frame.iloc[100]["rd_100m_yuan"]


DEFECTS = [
    ("rd_expenditure", "Beijing,2015,1384", "Beijing,2015,x1384", r"row \d+, rd_100m_yuan: found 'x1384.*number"),
    ("rd_expenditure", "Beijing,2015,1384", "Beijing,2015,-1384", r"row \d+, rd_100m_yuan: found.*minimum"),
    ("rd_expenditure", "Beijing,2015,1384", "Peking,2015,1384", r"row \d+.*provinces"),
    ("rd_expenditure", "Beijing,2015,", "Tianjin,2015,", r"row \d+.*primary key"),
    ("rd_expenditure", "cross-checked,2016", "guessed,2016", r"row \d+, grade: found 'guessed', expected string"),
    ("rd_expenditure", "st-yearbook-2011-2024", "st-yearbook", r"row \d+.*sources"),
    ("rd_expenditure", "Beijing,2015,1384.0231,", "Beijing,2015,,", r"row \d+, rd_100m_yuan: found nothing, expected"),
    ("rd_expenditure", "Beijing,2015,1384.0231,", "Beijing,2015,", r"row \d+: 6 cells found, 7 expected$"),
    ("rd_expenditure", "Beijing,2015,", "Beijing,2015,0,", r"row \d+: 8 cells found, 7 expected$"),
    ("rd_expenditure", "Beijing,2015,", "\nBeijing,2015,", r"row \d+: 0 cells found, 7 expected$"),
    ("rd_expenditure", "rd_100m_yuan", "rd_yuan", r"column 'rd_100m_yuan' is missing; found province, year, rd_yuan"),
    ("rd_expenditure", ",source,", ",source,source,", r"column 'source' is there twice$"),
    ("rd_expenditure", "grade,published", "published,grade", r"row 2, (grade|published): found"),
    ("rd_expenditure", "Beijing,2015,", "Bei\x00jing,2015,", r"row \d+, province: found 'Bei.*jing', expected text"),
    ("rd_expenditure", "Beijing,2015,", "Bei\u202ejing,2015,", r"row \d+, province: found .*control"),
    ("population", "Beijing,2015,", "Beijing,1015,", r"row \d+, year: found.*minimum"),
]


@pytest.mark.parametrize(("name", "old", "new", "message"), DEFECTS)
def test_a_bad_cell_is_named(few, name: str, old: str, new: str, message: str) -> None:
    replace(few / "data" / f"{name}.csv", old, new)
    with pytest.raises(
        rc.RecountError, match=rf"data/{name}.csv: changed since it was sealed; `recount seal` checks it"
    ):
        rc.table(name)
    assert any(re.search(rf"data/{name}.csv.*{message}", fault) for fault in collection.validate(name))


@pytest.mark.parametrize("cell", ["inf", "1e400", "nan", "9" * 20, "9" * 200_000, "1_000", "１３８４"])
def test_a_number_is_printed_in_plain_digits(few, cell: str) -> None:
    """The table has no minimum, which would refuse some of them."""
    path = few / "data" / "population_components.csv"
    header, first, *rest = path.read_text(encoding="utf-8").splitlines()
    cells = first.split(",")
    cells[header.split(",").index("value")] = cell
    path.write_text("\n".join([header, ",".join(cells), *rest, ""]), encoding="utf-8")
    (told,) = collection.validate("population_components")
    assert "population_components.csv, row 2, value: found" in told or "a cell of 200,000" in told
    assert len(told) < 300


def test_a_table_without_rows_is_told(few) -> None:
    path = few / "data" / "rd_expenditure.csv"
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert collection.validate("rd_expenditure") == ["data/rd_expenditure.csv: holds no row"]


def test_a_thousand_faults_are_counted_and_twenty_told(few) -> None:
    path = few / "data" / "rd_expenditure.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",20", ",x20"), encoding="utf-8")
    with pytest.raises(rc.RecountError, match=r"and \d{3,} more$") as told:
        collection.seal()
    assert str(told.value).count("\n") == 20


DESCRIBED = [
    (
        lambda resource, field: field.update(type="text"),
        r"population, schema, fields, province, type: 'text' is not one of",
    ),
    (lambda resource, field: field.pop("type"), r"population, schema, fields, province: 'type' is a required"),
    (lambda resource, field: field.update(constraints={"minimum": 1}), r"population: constraint \"minimum\""),
    (
        lambda resource, field: field.update(constraints={"pattern": "("}),
        r"province, constraints, pattern: '\(' is not",
    ),
    (lambda resource, field: resource.update(path=["a"]), r"population, path: \['a'\] is not of type 'string'"),
    (lambda resource, field: resource.update(path="../seeds/claims.csv"), r"population, path: '../seeds"),
    (lambda resource, field: resource.update(hash=5), r"population, hash: 5 is not"),
    (lambda resource, field: resource.pop("vintage"), r"population: 'vintage' is a required property"),
    (lambda resource, field: resource.update(compleet={}), r"population: Additional properties are not allowed"),
    (lambda resource, field: resource.update(complete=[]), r"population, complete: \[\] is not"),
    (lambda resource, field: resource["complete"].update(within=["decade"]), r"population, complete: names a field"),
    (lambda resource, field: resource["schema"].update(primaryKey=["decade"]), r"population: primary key \"\['decade"),
    (lambda resource, field: resource["schema"]["fields"].pop(2).pop("unit"), r"population_10k|primary key|unknown"),
    (lambda resource, field: resource["schema"]["fields"][2].pop("unit"), r"population_10k: 'unit' is a required"),
    (lambda resource, field: resource["schema"]["fields"].pop(3), r"population, schema, fields: lacks the field grade"),
]


@pytest.mark.parametrize(("change", "told"), DESCRIBED)
def test_a_table_described_wrongly_is_named_with_its_field(few, change, told: str) -> None:
    package, resource = describe(few, "population")
    change(resource, resource["schema"]["fields"][0])
    (few / "data" / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    (first, *_) = collection.validate("population")
    assert re.search(told, first), first


def test_what_no_table_shows_alone_is_told_when_all_are_right(few) -> None:
    (few / "data" / "left_over.csv").write_text("a\n1\n", encoding="utf-8")
    assert collection.validate() == ["data/left_over.csv: not described in data/datapackage.json"]
    assert collection.validate("population") == []


def test_a_missing_province_is_named(few) -> None:
    path = few / "data" / "rd_expenditure.csv"
    kept = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("Hainan,2015,")]
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    with pytest.raises(rc.RecountError, match="data/rd_expenditure.csv, province: 'Hainan' not found for year 2015"):
        collection.seal()


def test_a_changed_figure_is_refused_until_sealed(few, capsys) -> None:
    replace(few / "data" / "rd_expenditure.csv", "Beijing,2015,1384", "Beijing,2015,1385")
    with pytest.raises(rc.RecountError, match="changed since it was sealed"):
        rc.table("rd_expenditure")
    assert main(["validate"]) == 1
    assert "data/rd_expenditure.csv: changed since it was sealed" in capsys.readouterr().err
    assert collection.seal() == ["rd_expenditure"]
    assert rc.table("rd_expenditure").query("province == 'Beijing' and year == 2015")["rd_100m_yuan"].item() > 1385
    assert collection.seal() == [] and main(["validate"]) == 0


def test_missing_file_unknown_table_broken_package(few) -> None:
    with pytest.raises(rc.RecountError, match="table 'rd' is not in"):
        rc.table("rd")
    (few / "data" / "rd_expenditure.csv").unlink()
    with pytest.raises(rc.RecountError, match="data/rd_expenditure.csv: no such file"):
        rc.table("rd_expenditure")
    assert any("rd_expenditure.csv: no such file" in fault for fault in collection.validate())
    package, _ = describe(few, "population")
    (few / "data" / "datapackage.json").write_text(json.dumps(package | {"licenses": ["free"]}), encoding="utf-8")
    assert collection.validate()[0].startswith("data/datapackage.json, licenses, number 1: 'free' is not of type")
    (few / "data" / "datapackage.json").write_text(json.dumps(package | {"title": ""}), encoding="utf-8")
    assert collection.validate()[0].startswith("data/datapackage.json, title: '' does not match")
    (few / "data" / "datapackage.json").write_text("{", encoding="utf-8")
    with pytest.raises(rc.RecountError, match=r"data/datapackage.json: no data package"):
        rc.table("rd_expenditure")


def test_outside_a_checkout_the_installed_one_is_used(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(rc.table("provinces")) == 31


def test_citations_come_from_the_package() -> None:
    line = rc.citation("rd_expenditure", "gdp", "rd_expenditure")
    assert line.startswith("Source: China Statistical Yearbook on Science and Technology")
    assert line.count("Science and Technology") == 1
    assert rc.evidence("rd_expenditure").loc["rd_expenditure", "rows"] == 434


def test_a_notebook_offers_the_names_of_tables() -> None:
    code = """
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.Completer.use_jedi = False
shell.run_cell("import recount as rc")
with provisionalcompleter():
    for typed in ('rc.table("rd_', "rc.table(", 'rc.claim("rd_'):
        print([each.text for each in shell.Completer.completions(typed, len(typed)) if "rd_" in each.text])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.splitlines() == [
        "['rd_expenditure', 'rd_intensity']",
        "['\"rd_expenditure\"', '\"rd_intensity\"']",
        "[]",
    ], done
