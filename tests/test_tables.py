"""Tables against the data package: every rule with a planted defect that must be named."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, describe, replace

import recount as rc
from recount import collection, tables


def test_the_whole_package_is_valid_and_sealed() -> None:
    assert collection.validate() == []
    for name, resource in tables.package().items():
        assert resource["hash"] == tables.fingerprint(ROOT / "data" / resource["path"]), name


def test_every_file_is_described_with_source_unit_and_vintage() -> None:
    described = {resource["path"] for resource in tables.package().values()}
    assert described == {path.name for path in (ROOT / "data").glob("*.csv")}
    for name, resource in tables.package().items():
        assert resource["title"] and resource["description"] and resource["vintage"] and resource["sources"], name
        for field in resource["schema"]["fields"]:
            assert field["description"], (name, field["name"])
            if field["type"] == "number" and field["name"] != "value":
                assert field["unit"], (name, field["name"])
        if name not in ("sources", "releases"):
            assert {"grade", "published", "source"} <= {field["name"] for field in resource["schema"]["fields"]}, name


def test_every_source_is_used() -> None:
    used = {key for name in tables.package() if name != "sources" for key in rc.sources(rc.table(name)).index}
    assert used == set(rc.table("sources")["key"])


def test_the_frictionless_command_agrees() -> None:
    program = str(Path(sys.executable).with_name("frictionless"))
    done = subprocess.run([program, "validate", "data/datapackage.json"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


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
    ("rd_expenditure", "rd_100m_yuan", "rd_yuan", r"rd_100m_yuan|rd_yuan"),
    ("population", "Beijing,2015,", "Beijing,1015,", r"row \d+, year: found.*minimum"),
]


@pytest.mark.parametrize(("name", "old", "new", "message"), DEFECTS)
def test_a_bad_cell_is_named(copy, name: str, old: str, new: str, message: str) -> None:
    replace(copy / "data" / f"{name}.csv", old, new)
    with pytest.raises(
        rc.RecountError, match=rf"data/{name}.csv: changed since it was sealed; `recount seal` checks it"
    ):
        rc.table(name)
    assert any(re.search(rf"data/{name}.csv.*{message}", fault) for fault in collection.validate(name))


def test_a_missing_province_is_named(copy) -> None:
    path = copy / "data" / "rd_expenditure.csv"
    kept = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("Hainan,2015,")]
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    told = "data/rd_expenditure.csv, province: 'Hainan' not found for year 2015"
    assert told in collection.validate("rd_expenditure")[0]
    with pytest.raises(rc.RecountError, match=told):
        collection.seal()


def test_a_changed_figure_is_refused_until_sealed(copy) -> None:
    replace(copy / "data" / "rd_expenditure.csv", "Beijing,2015,1384", "Beijing,2015,1385")
    with pytest.raises(rc.RecountError, match="changed since it was sealed"):
        rc.table("rd_expenditure")
    assert collection.seal() == ["rd_expenditure"]
    assert rc.table("rd_expenditure").query("province == 'Beijing' and year == 2015")["rd_100m_yuan"].item() > 1385
    assert collection.seal() == []


def test_missing_file_unknown_table_broken_package(copy) -> None:
    with pytest.raises(rc.RecountError, match="table 'rd' is not in"):
        rc.table("rd")
    (copy / "data" / "gdp.csv").unlink()
    with pytest.raises(rc.RecountError, match="data/gdp.csv: no such file"):
        rc.table("gdp")
    assert any("gdp.csv: no such file" in fault for fault in collection.validate())
    package, resource = describe(copy, "population")
    resource["schema"]["fields"][0]["type"] = "text"
    (copy / "data" / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    assert "datapackage.json" in collection.validate()[0]
    (copy / "data" / "datapackage.json").write_text("{", encoding="utf-8")
    with pytest.raises(rc.RecountError, match=r"data/datapackage.json: no data package"):
        rc.table("gdp")


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
