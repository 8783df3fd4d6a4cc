"""Evidence put to the test: planted figures that matter, and some that do not."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from conftest import cut
from test_report import shared, small  # noqa: F401  (fixtures)

import recount as rc
from recount import collection, report
from recount.claims import ledger
from recount.collection import trust
from recount.datapackage import package
from recount.files import MARKER
from recount.readings import Reading

MONEY, ALL = "information_100m_yuan", "all_sectors_100m_yuan"
CODE = """
import recount as rc

def share(table, year):
    rows = table[table["year"] == year]
    return rc.Reading(rows.loc[rows["province"].isin(["Jiangsu"]), "information_100m_yuan"].sum() / 10, rows)

rc.judge(rc.specifications("it-share", share, on=[rc.table("fixed_asset_investment")], year=[2014, 2015],
                           as_written={"year": 2015}))
"""


def verdict() -> rc.Verdict:
    """Return a verdict on six rows: figures of three count, one is not named, and "b" reads another column too."""
    table = rc.table("fixed_asset_investment").query("year == 2015").head(6)
    table[MONEY], table[ALL] = [30.0, 8.0, 1.0, 2.0, 5.0, 5.0], [6.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    first, second, *_, unnamed = table.index

    def compute(table: pd.DataFrame, way: str) -> Reading:
        value = table.loc[[first, second], MONEY].sum() + table.at[unnamed, MONEY] / 1e3
        return Reading(value + {"a": 0, "b": table.at[first, ALL]}[way], table.loc[table.index[:5]])

    return rc.judge(rc.specifications("it-share", compute, on=[table], way=["a", "b"], as_written={"way": "a"}))


def test_what_moves_a_value_is_evidence_and_what_turns_the_verdict_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    made = verdict()
    monkeypatch.setattr(trust, "verdicts", lambda notebook: {"it-share": made})
    told = trust.examined("it-share")
    cells = {(cell["row"], cell["column"]): cell for cell in told["cells"]}
    first, second, *others = made.specifications.tables[0].index[:5]
    assert len(cells) == 10 and all(cell["read_by"] == 2 for cell in cells.values())
    assert {at for at, cell in cells.items() if cell["named"]} == {(first, MONEY), (second, MONEY), (first, ALL)}
    assert {at for at, cell in cells.items() if cell["moved"]} == {at for at, cell in cells.items() if cell["named"]}
    assert (told["rows"], told["idle"], told["unnamed"]) == (5, 3, [f"fixed_asset_investment: {MONEY}"])
    assert made.verdict == "holds" and others
    left = made.claim.interval.high - 44.005  # to "b", which reads one figure more and leaves first
    for at, size in {(first, MONEY): 30, (second, MONEY): 8, (first, ALL): 6}.items():
        assert cells[at]["flip"] == pytest.approx(left / size, rel=5e-3)
        assert cells[at]["becomes"] == "holds as written"


def test_a_figure_changed_in_a_copy_goes_through_the_whole_notebook(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(copy, "fixed_asset_investment")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CODE)])
    for key in ledger("industry-clusters"):
        if key != "it-share":
            notebook.cells.append(nbformat.v4.new_code_cell(f"import recount as rc\nrc.judge({key!r}, settles='x')"))
    nbformat.write(notebook, copy / "notebooks" / "05-industry-clusters.ipynb")
    jiangsu = rc.table("fixed_asset_investment").query("province == 'Jiangsu' and year == 2015")
    cell = {"claim": "it-share", "table": "fixed_asset_investment", "row": int(jiangsu.index[0]), "column": MONEY}
    before = (copy / "data" / package()["fixed_asset_investment"]["path"]).read_bytes()
    trust.verdicts.cache_clear()
    told = trust.rehearsed(cell)
    assert told["as_told"] and (told["changed"], told["ways"]) == (1, 2), "2015 alone"
    assert (copy / "data" / package()["fixed_asset_investment"]["path"]).read_bytes() == before
    monkeypatch.setattr(trust, "_expected", lambda before, *_: before.record())
    assert not trust.rehearsed(cell)["as_told"], "another value than was told"


def test_a_notebook_that_fails_or_judges_nothing_is_told_by_name(copy: Path) -> None:
    path = copy / "notebooks" / "05-industry-clusters.ipynb"
    for code, told in {"1 / 0": "ZeroDivisionError: division by zero", "pass": "no verdict for express-four, "}.items():
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]), path)
        trust.verdicts.cache_clear()
        with pytest.raises(rc.RecountError, match=f"^notebooks/{path.name}: {told}"):
            trust.examined("it-share")


def test_what_was_tried_is_counted_published_and_on_a_page_while_the_tables_are_the_same(
    small: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = verdict()
    monkeypatch.setattr(trust, "verdicts", lambda notebook: dict.fromkeys(ledger(), made))
    told = {"as_told": True, "ways": 2, "changed": 1, "verdict": "holds", "told": ""}
    monkeypatch.setattr(trust, "rehearsed", lambda cell: told)
    monkeypatch.setattr(trust, "ledger", lambda: ledger("industry-clusters"))
    with ThreadPoolExecutor(1) as executor:
        steps = list(collection.challenge(executor, sample=2))
    assert len(steps) == len(ledger("industry-clusters")) + 2
    found = json.loads((small / "build" / "trust.json").read_text(encoding="utf-8"))
    assert [each["claim"] for each in found["claims"]] == list(ledger("industry-clusters"))
    assert found["tables"] == [{"table": "fixed_asset_investment", "read": 50, "named": 15, "moved": 15, "flips": 15}]
    assert abs(found["fragile"][0]["flip"]) == min(abs(each["flip"]) for each in found["fragile"])
    page = report.build_report().with_name("trust.html")
    assert "50 figures" in page.read_text(encoding="utf-8") and "100 percent" in page.read_text(encoding="utf-8")
    package_file = small / MARKER
    package_file.write_text(package_file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    report.build_report()
    assert not page.exists(), "of other tables"
