"""The ledger: an invented one with a fault in one cell, and what the real one promises."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT, replace

import recount as rc
from recount.claims import BASES, CLAIM_COLUMNS, ESSAY_COLUMNS, TODO, essays
from recount.records import executed, gathered, notebooks
from recount.texts.ledger import KINDS, paragraphs
from recount.wording import Interval, stated_interval

Write = Callable[..., Path]

LEDGER = {
    "essays": f"""{",".join(ESSAY_COLUMNS)}
trade,Trade,2017-04-25,https://example.org,1,2,05-trade
towns,Towns,,,3,3,
""",
    "paragraphs": f"essay,paragraph,sha256\ntrade,1,{'0' * 64}\ntrade,2,{'1' * 64}\ntowns,3,{'2' * 64}\n",
    "numbers": """essay,paragraph,position,token,role,claim,reason
trade,2,1,60%,claim,share,
trade,2,2,124 million,claim,workers,
trade,2,3,two,claim,wait,
""",
    "claims": f"""{",".join(CLAIM_COLUMNS)}
share,trade,2,about 60% of national spending,60,percent,about,,,,,,share of six,Here,,,share,2017-04-24,a report,
workers,trade,2,some 124 million workers,124,million persons,some,,,,,,workers,,,,level,2017-04-24,a report,
wait,trade,2,within two months,two,months,,within,,,,,length of the wait,,,,duration,2017-04-24,a report,
trend,trade,2,rather than overturned,,percentage points,,,,0,,no figure,a change,,,,direction,2017-04-24,a report,
""",
}


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Return a function that writes the invented ledger, with other cells in the row of one id."""
    for name in ("data", "seeds", "notebooks"):
        (tmp_path / name).mkdir()
    (tmp_path / "data" / "datapackage.json").touch()
    (tmp_path / "notebooks" / "05-trade.ipynb").touch()
    monkeypatch.chdir(tmp_path)

    def write_ledger(key: str = "", **changes: str) -> Path:
        for name, text in LEDGER.items():
            rows = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
            if key in [*rows.get("id", [])]:
                rows.loc[rows["id"] == key, [*changes]] = [*changes.values()]
            rows.to_csv(tmp_path / "seeds" / f"{name}.csv", index=False)
        return tmp_path / "seeds"

    return write_ledger


FAULTS = [
    ("share", {"value": "6o"}, ": '6o' is not one number"),
    ("share", {"unit": "furlongs"}, ", unit: found 'furlongs'"),
    ("share", {"stated_on": "April 2017"}, ", stated_on: found 'April 2017'"),
    ("workers", {"id": "share"}, "id: found 'share', expected an id that no other row has$"),
    ("share", {"low": "55", "high": "65"}, "reason: found '', expected why the wording's rule does not serve$"),
    ("share", {"low": "70", "high": "65", "reason": "r"}, "high: found '65', expected no less than low$"),
    ("share", {"low": "10", "high": "20", "reason": "r"}, "low: found '10', expected bounds that allow the number"),
    ("share", {"low": "-inf", "high": "inf", "reason": "r"}, "low: .* a bound that refuses some value$"),
    ("share", {"low": "1e400", "reason": "r"}, "low: .* a bound that refuses some value$"),
    ("share", {"value": ""}, "value: found '', expected a number, or low or high with a reason$"),
    ("share", {"value": "6"}, "value: found '6', expected a whole numeral of the phrase"),
    ("share", {"phrase": "about 70% of it", "value": "70"}, "value: .* numerals in numbers.csv.*: 60%$"),
    ("trend", {"phrase": "rather than 7 fell", "value": "7"}, "value: .* nothing, for a claim of direction$"),
    ("share", {"approximator": ""}, "approximator: found '', expected 'about'"),
    ("wait", {"comparator": ""}, "comparator: found '', expected 'within'"),
    ("workers", {"unit": "persons"}, "unit: found 'persons', expected 'million persons'"),
    ("share", {"kind": "sort"}, "kind: found 'sort', expected one of level"),
    ("share", {"kind": "duration"}, "kind: found 'duration', expected a kind that goes with percent"),
    ("share", {"stated_basis": ""}, "stated_basis: found '', expected how the day is known$"),
    ("share", {"stated_on": "2018-06-30"}, "stated_on: .* no day after the essay's own, 2017-04-25$"),
    ("share", {"paragraph": "3"}, "paragraph: found '3', expected 1 to 2, the essay's own$"),
    ("share", {"phrase": ""}, "phrase: found '', expected 1 to 8 words$"),
    ("share", {"phrase": "about 60% of one two three four five six"}, "phrase: .* expected 1 to 8 words$"),
    ("share", {"phrase": "about 60% of-all-that-is-ever-spent-here"}, "phrase: .* expected 1 to 8 words$"),
    ("share", {"phrase": "about 60% of\0 it"}, "phrase: found .* text without control"),
    ("share", {"phrase": "about 60% of " + "x" * 20_000}, "a cell of 20,013"),
    ("share", {"place": "=HYPERLINK(A1)"}, "place: found .* no formula"),
    ("towns", {"id": "trade"}, "id: found 'trade', expected an id that no other row has"),
    ("towns", {"id": ""}, "id: found ''"),
    ("trade", {"published": "17 April"}, ", published: found '17 April'"),
    ("towns", {"first_paragraph": "2"}, "first_paragraph: found '2', expected 3, next to the essay before"),
    ("towns", {"last_paragraph": "1"}, "last_paragraph: found '1', expected no less than first"),
    ("trade", {"notebook": "../notebooks/05-trade"}, "notebook: found"),
    ("trade", {"notebook": "06-trade"}, "notebook: found"),
    ("trade", {"address": "javascript:alert(1)//"}, "address: found 'java.* expected http"),
    ("trade", {"address": " javascript://https://x"}, "address: found ' java"),
]


@pytest.mark.parametrize(("key", "changes", "message"), FAULTS, ids=[message[:50] for *_, message in FAULTS])
def test_a_faulty_cell_is_refused(write: Write, key: str, changes: dict[str, str], message: str) -> None:
    write(key, **changes)
    name = "essays" if key in ("trade", "towns") else "claims"
    with pytest.raises(rc.RecountError, match=rf"^seeds/{name}.csv, row \d.*{message}"):
        paragraphs()


def test_columns_and_cells_that_are_missing_or_too_many_are_refused(write: Write) -> None:
    replace(write() / "claims.csv", ",kind,", ",sort,")
    with pytest.raises(rc.RecountError, match="seeds/claims.csv, row 2, kind: found None"):
        rc.ledger()
    replace(write() / "claims.csv", ",share,2017", ",share,more,2017")
    with pytest.raises(rc.RecountError, match="seeds/claims.csv, row 2"):
        paragraphs()
    replace(write() / "essays.csv", ",05-trade", ",05-trade,more")
    with pytest.raises(rc.RecountError, match="seeds/essays.csv, row 2: 8 cells found, 7 expected"):
        paragraphs()


def test_a_missing_ledger_and_a_wrong_encoding_are_refused(write: Write) -> None:
    path = write() / "claims.csv"
    path.write_bytes("caf\xe9".encode("latin-1"))
    with pytest.raises(rc.RecountError, match="claims.csv: not UTF-8"):
        rc.ledger()
    path.unlink()
    with pytest.raises(rc.RecountError, match="claims.csv: no such file"):
        rc.ledger()


def test_claim_field_by_field(write: Write) -> None:
    write("share", low="60", high="60", reason="because", quotes="a-source;another")
    share, workers, trend = (rc.claim(key) for key in ("share", "workers", "trend"))
    assert len(paragraphs()) == 3, "the invented ledger has no fault"
    assert (share.interval, share.reason, share.allowed) == (Interval(60, 60), "because", "exactly 60 percent")
    assert (share.quotes, share.paragraph, share.essay) == (("a-source", "another"), 2, essays()["trade"])
    assert (share.stated, share.stated_on.isoformat()) == ("about 60 percent", "2017-04-24")
    assert (workers.point, workers.interval) == (124e6, stated_interval("124", "some", factor=10**6))
    assert (workers.unit, workers.allowed) == ("persons", "117.3 to 130.7 million persons")
    assert (trend.interval.low, trend.interval.high, trend.stated) == (0, math.inf, "rather than overturned")
    assert math.isnan(trend.point)
    write("share", phrase="about 50 - 70% of it", value="50–70")
    assert rc.claim("share").point == 60, "the changed file is read again"


def test_unknown_names_list_the_known_ones(write: Write) -> None:
    write()
    assert list(rc.ledger("trade")) == ["share", "workers", "wait", "trend"] and rc.ledger("towns") == {}
    with pytest.raises(rc.RecountError, match="claim 'rd' is not in seeds/claims.csv; it has share, workers"):
        rc.claim("rd")
    with pytest.raises(rc.RecountError, match="essay 'clusters' is unknown; seeds/essays.csv has trade, towns"):
        rc.ledger("clusters")


def test_the_readme_of_the_seeds_names_every_column_unit_and_kind() -> None:
    text = " ".join((ROOT / "seeds" / "README.md").read_text(encoding="utf-8").split())
    files, columns = text.split("## ")[0], text.split("## The columns of claims.csv")[1].split(" ## ")[0]
    assert [column for column in ESSAY_COLUMNS if column not in files] == []
    assert [column for column in CLAIM_COLUMNS if f"`{column}`" not in columns] == []
    (units,) = [line for line in columns.split("- `") if line.startswith("unit`")]
    (kinds,) = [line for line in columns.split("- `") if line.startswith("kind`")]
    assert set(units.split(": ")[1].split(". ")[0].split(", ")) == set(BASES)
    assert set(kinds.split(": ")[1].split(". ")[0].split(", ")) == {*KINDS} - {TODO}


def test_every_claim_has_a_verdict_and_every_notebook_an_essay() -> None:
    verdicts, _ = gathered(executed())
    assert [verdict.claim.id for verdict in verdicts] == [*rc.ledger()]
    named = {essay.notebook for essay in essays().values() if essay.notebook} | {"00-scoreboard"}
    assert {path.stem for path in notebooks()} == named


def test_the_remainder_is_allowed_what_its_whole_is() -> None:
    for part, rest in (("coast-share-1956", "interior-share-1956"), ("fund-coverage", "fund-uncovered")):
        one, other = rc.claim(part).interval, rc.claim(rest).interval
        assert (other.low, other.high) == (100 - one.high, 100 - one.low)
