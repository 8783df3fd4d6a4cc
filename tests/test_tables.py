"""Tables against the data package and the days of first releases: each rule with a planted fault that is named."""

import json
import re
from datetime import date as Day
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import ROOT, describe, replace
from small_collection import described, write_collection, write_rows

import recount as rc
from recount import _table_names
from recount.cli import main
from recount.datapackage import package, resource_of
from recount.pipeline.checks import faults, refuse, seal


@pytest.fixture
def alpha(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A table with a rule of each kind, in a small collection in which we stand."""
    monkeypatch.chdir(write_collection(tmp_path))
    listed, resource = describe(tmp_path, "alpha")
    year, n, grade, *_ = resource["schema"]["fields"]
    year["constraints"], n["constraints"] = {"minimum": 1949}, {"minimum": 0, "required": True}
    grade["constraints"] = {"enum": ["verified", "recalled"]}
    key = {"fields": ["source"], "reference": {"resource": "sources", "fields": ["key"]}}
    resource["schema"]["foreignKeys"], resource["complete"] = [key], {"field": "year", "reference": "beta"}
    (tmp_path / "data" / "datapackage.json").write_text(json.dumps(listed), encoding="utf-8")
    return tmp_path / "data" / "alpha.csv"


def test_the_committed_tables_are_valid_and_sealed(built: Path) -> None:
    assert (built / "checked.txt").read_text(encoding="utf-8") == f"{len(package())} tables\n"


def test_table_has_the_row_in_the_file_as_index() -> None:
    frame = rc.table("rd_expenditure")
    line = (ROOT / "data" / "rd_expenditure.csv").read_text(encoding="utf-8").splitlines()[frame.index[100] - 1]
    assert line.split(",")[0] == frame.iloc[100]["province"]
    assert float(line.split(",")[2]) == frame.iloc[100]["rd_100m_yuan"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("2015,1,", "2015,x1,", r"row 2, n: found 'x1', expected a number in plain digits"),
        ("2015,1,", "2015,,", r"row 2, n: found nothing, expected number, .*required True"),
        ("2015,1,", "1915,1,", r"row 2, year: found.*minimum"),
        ("2015,1,", "2016,1,", r"row 3, year: .*expected each primary key once"),
        ("2015,1,", "2014,1,", r"year: 2015 not found, expected every one of beta"),
        ("verified", "guessed", r"row 2, grade: found 'guessed', expected string"),
        ("verified", "veri\x00fied", r"row 2, grade: found 'veri.*fied', expected text"),
        ("verified", "=1+1", r"row 2, grade: found '=1\+1', expected text.*formula"),
        ("2016-01-01", "2031-01-01", r"row 2, published: found.*maximum 2026-01-01"),
        (",yearbook", ",hearsay", r"row 2: foreignkey error: .*sources"),
        ("2015,1,", "2015,", r"row 2: 4 cells found, 5 expected$"),
        ("year,n,", "year,m,", r"column 'n' is missing; found year, m"),
        (",source", ",source,source", r"column 'source' is there twice$"),
        ("grade,published", "published,grade", r"row 2, published: found 'verified', expected a date"),
        *(("2015,1,", f"2015,{n},", "row 2, n: found") for n in ("inf", "1e400", "nan", "9" * 20, "1_000", "１３８４")),
        ("2015,1,", f"2015,{'9' * 200_000},", r"row 2: a cell of 200,000 characters"),
    ],
)
def test_faults_names_a_bad_cell(alpha: Path, old: str, new: str, fault: str) -> None:
    replace(alpha, old, new)
    first = faults()[0]
    assert re.search(rf"^data/alpha.csv\W+{fault}", first), first
    assert len(first) < 300


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"type": "integer"', '"type": "text"', "alpha, schema, fields, year, type: 'text' is not one of"),
        ('"enum": ["verified", "recalled"]', '"minimum": 1', 'alpha: constraint "minimum" is not supported'),
        ('"enum": ["verified", "recalled"]', '"pattern": "("', "grade, constraints, pattern: '(' is not"),
        ('"description": "n", "unit": "1"', '"description": "n"', "alpha, schema, fields, n: 'unit' is a required"),
        ('"name": "grade"', '"name": "degree"', "alpha, schema, fields: lacks the field grade"),
        ('"primaryKey": ["year"]', '"primaryKey": ["decade"]', "alpha: primary key \"['decade']\" does not match"),
        ('"path": "alpha.csv"', '"path": "../seeds/claims.csv"', "alpha, path: '../seeds/claims.csv' does not match"),
        ('"complete": {', '"compleet": {', "alpha: Additional properties are not allowed"),
        ('"reference": "beta"', '"reference": "beta", "within": ["decade"]', "alpha, complete: names a field that is"),
    ],
)
def test_faults_names_the_field_of_a_wrong_description(alpha: Path, old: str, new: str, fault: str) -> None:
    replace(alpha.with_name("datapackage.json"), old, new)
    assert faults()[0].startswith("data/datapackage.json, ")
    assert fault in faults()[0]


def test_faults_names_tables_that_are_empty_missing_or_not_described(alpha: Path) -> None:
    (alpha.parent / "gamma.csv").write_text("a\n1\n", encoding="utf-8")
    assert faults() == ["data/gamma.csv: not described in data/datapackage.json"]
    alpha.write_text(alpha.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert faults() == ["data/alpha.csv: holds no row"]
    alpha.unlink()
    assert faults() == ["data/alpha.csv: no such file, though data/datapackage.json names it"]


def test_refuse_lists_twenty_faults_and_counts_the_others() -> None:
    with pytest.raises(rc.RecountError, match=r"^fault\n(fault\n){19}and 980 more$"):
        refuse(["fault"] * 1000)


def test_a_changed_figure_is_refused_until_sealed(alpha: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replace(alpha, "2015,1,", "2015,7,")
    with pytest.raises(rc.RecountError, match=r"data/alpha.csv: changed since it was sealed; `recount seal` checks it"):
        rc.table("alpha")
    assert main(["validate"]) == 1
    assert "data/alpha.csv: changed since it was sealed" in capsys.readouterr().err
    assert seal() == ["alpha"]
    assert rc.table("alpha")["n"].tolist() == [7, 2, 3]
    assert seal() == [] and main(["validate"]) == 0
    replace(alpha, "2015,7,", "2015,x,")
    with pytest.raises(rc.RecountError, match="n: found 'x'"):
        seal()


def test_table_refuses_unknown_names_missing_files_and_a_broken_package(alpha: Path) -> None:
    with pytest.raises(rc.RecountError, match=r"table 'rd' is not in .* it has alpha, beta, sources"):
        rc.table("rd")
    alpha.unlink()
    with pytest.raises(rc.RecountError, match="data/alpha.csv: no such file"):
        rc.table("alpha")
    (alpha.parent / "datapackage.json").write_text("{", encoding="utf-8")
    with pytest.raises(rc.RecountError, match="data/datapackage.json: no data package"):
        rc.table("alpha")


def test_a_notebook_is_offered_the_names_of_tables() -> None:
    names = [f"rd_{kind}" for kind in ("expenditure", "intensity")]
    assert _table_names(None, SimpleNamespace(line='rc.table("rd_', symbol="rd_")) == names
    assert _table_names(None, SimpleNamespace(line="rc.table(rd_", symbol="rd_")) == [f'"{name}"' for name in names]


# ---- the days of first releases


@pytest.fixture
def dated(alpha: Path) -> Path:
    """The same collection with a table of releases: the first row of alpha has a day of its own."""
    replace(alpha, "2015,1,verified,2016-01-01", "2015,1,verified,2015-06-01")
    kinds = dict.fromkeys(("table", "group", "first_released", "released_basis", "released_how"), "string")
    cells = ("alpha", "year=2015", "2015-06-01", "inferred", "as said")
    write_rows(path := alpha.with_name("releases.csv"), kinds, [dict(zip(kinds, cells, strict=True))])
    listed, _ = describe(alpha.parents[1], "alpha")
    listed["resources"].append(described(path, kinds | {"first_released": "date"}, "group"))
    alpha.with_name("datapackage.json").write_text(json.dumps(listed), encoding="utf-8")
    return alpha.parents[1]


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        ("alpha", "2016,2,verified,2016", "2016,2,verified,2015", "row 3, published: found 2015-01-01, expected 2016"),
        ("releases", "year=2015", "decade=2015", "row 2, group: found 'decade=2015', expected conditions on fields"),
        ("releases", "\nalpha", "\nalpha,year=2014-2015,2015-06-01,read,a\nalpha", "expected none that shares row 2"),
        ("releases", "2015-06-01", "2016-01-01", "row 2, group: found 'year=2015', expected a group of another day"),
        ("releases", "\nalpha", "\ngamma,n=1,2015-06-01,read,as said\nalpha", "row 2, table: found 'gamma'"),
        ("sources", ",read,2016-01-01", ",read,", "row 2, first_released: found 'NaT', expected a day"),
        ("sources", ",read,", ",recalled,", "row 2, released_how: found '', expected how the day is known"),
        ("sources", "https://example.org/", "", "row 2, note: found '', expected why there is no address"),
        ("sources", "\nyear", "\nunused,a,a,unknown,,https://a.org,,,,,,,\nyear", "row 2, key: found 'unused'"),
    ],
)
def test_faults_names_what_is_not_explained(dated: Path, name: str, old: str, new: str, fault: str) -> None:
    replace(dated / "data" / f"{name}.csv", old, new)
    assert any(problem.startswith(f"data/{name}.csv") and fault in problem for problem in faults()), faults()


def test_faults_names_a_quotation_of_an_unknown_or_later_source(dated: Path) -> None:
    replace(dated / "seeds" / "claims.csv", ",read,\n", ",read,hearsay\n")
    assert "seeds/claims.csv, row 2, quotes: found 'hearsay', expected keys of data/sources.csv" in faults()
    replace(dated / "seeds" / "claims.csv", "hearsay", "yearbook")
    assert faults() == []
    replace(dated / "seeds" / "essays.csv", "2017-01-01", "2015-01-01")
    assert "quotes: found 'yearbook', released 2016-01-01, expected what the essay of 2015-01-01" in faults()[0]


def test_days_in_the_future_and_malformed_addresses_are_refused_by_the_package() -> None:
    fields = [field for table in package().values() for field in table["schema"]["fields"] if field["type"] == "date"]
    assert len(fields) > 50
    assert all(field["constraints"]["maximum"] <= Day.today().isoformat() for field in fields)
    for field in (field for field in resource_of("sources")["schema"]["fields"] if "address" in field["name"]):
        pattern = re.compile(field["constraints"]["pattern"])
        assert pattern.fullmatch("https://www.jstor.org/stable/1?a=b#c")
        assert not any(
            map(pattern.fullmatch, ("www.jstor.org", "github:a", "http://dscloth com", "javascript:a", "https://a"))
        )


def test_no_figure_was_public_before_the_year_it_counts() -> None:
    planned = {"sources", "releases", "construction_land"}  # the last: plans and a ceiling for later years
    for name, frame in ((name, rc.table(name)) for name in package().keys() - planned):
        if "year" in frame:
            projected = (frame["year"] == 2015) & (frame["vintage"] == "UN 2014" if "vintage" in frame else False)
            early = (frame["published"].dt.year < frame["year"]) & ~projected
            assert not early.any(), (name, list(frame.index[early]))
