"""The figure whose smallest change flips an outcome, and the rule that separates what agrees from what does not."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from invented import QUOTED, UNSURE, outcome, specify

import recount as rc
from recount.multiverse import Multiverse
from recount.readings import Reading
from recount.robustness import breakdown, condition
from recount.wording import Interval

Value = Callable[[pd.Series], float]
NAMES = list("abcdefghij")


def figures(*values: float) -> pd.DataFrame:
    """Return an invented table of one year, one province a value."""
    frame = pd.DataFrame({"province": NAMES[: len(values)], "year": 2015, "rd_100m_yuan": map(float, values)})
    frame = frame.assign(grade="verified", published=pd.Timestamp("2016-11-11"), source="a-source")
    frame.index += 2
    frame.attrs["table"] = "rd_expenditure"
    return frame


def counted(table: pd.DataFrame, value: Value, key: str = "rd-share", against: Interval | None = None) -> Multiverse:
    """Return the only specification of a value that is computed from the table's figures, by province."""

    def compute(table: pd.DataFrame, year: int) -> Reading:
        rows = table[table["year"] == year]
        return Reading(value(rows.set_index("province")["rd_100m_yuan"]), rows, against=against)

    return rc.specifications(key, compute, on=[table], year=[2015])


def share(values: pd.Series) -> float:
    return float(100 * values[["a", "b"]].sum() / values.sum())


def count(values: pd.Series) -> float:
    return float((values > 10).sum())


def rank(values: pd.Series) -> float:
    return float(values.rank(ascending=False)["c"])


TEN = (30, 25, 20, 12, 11, 10.8, 9.4, 8, 4, 3)
CASES = {
    "a share": (figures(31, 32, 20, 12, 13), share, None, ("b", -14.25 / 32)),
    "a share near its upper end": (figures(40, 26, 20, 14), share, None, ("c", (66 / 0.68 - 100) / 20)),
    "a share that disagrees": (figures(40, 32, 20, 12), share, None, ("c", (72 / 0.68 - 104) / 20)),
    "a count": (figures(*TEN), count, Interval(5.5, 6.5), ("g", 0.6 / 9.4)),
    "a count that disagrees": (figures(*TEN), count, Interval(4.5, 5.5), ("f", -0.8 / 10.8)),
    "a rank": (figures(*TEN), rank, Interval(2.5, 3.5), ("b", -0.2)),
}


@pytest.mark.parametrize("case", CASES)
def test_breakdown_flips_the_outcome_and_a_tenth_less_does_not(case: str) -> None:
    table, value, against, (province, change) = CASES[case]
    published, flip = counted(table, value, against=against)(), breakdown(counted(table, value, against=against))
    assert flip is not None and (flip.table, flip.column) == ("rd_expenditure", "rd_100m_yuan")
    assert (flip.label, flip.row) == (f"{province}, 2015", 2 + NAMES.index(province))
    assert flip.change == pytest.approx(change, abs=1e-3)

    def outcome_after(row: int, part: float) -> str:
        moved = table.copy()
        moved.loc[row, flip.column] *= 1 + part
        return outcome(counted(moved, value, against=against)())

    assert outcome_after(flip.row, flip.change) != outcome(published)
    assert outcome_after(flip.row, 0.9 * flip.change) == outcome(published)
    others = {outcome_after(row, sign * 0.99 * flip.change) for row in table.index for sign in (1, -1)}
    assert others == {outcome(published)}, "no figure needs less"


def test_breakdown_is_none_where_no_figure_flips_the_outcome_by_itself() -> None:
    assert breakdown(counted(figures(*TEN), lambda values: 60 + values.sum() / 100)) is None, "doubling flips nothing"
    assert breakdown(specify({"a": 60})) is None, "no table was given"
    assert breakdown(specify({"a": UNSURE})) is None, "nothing to flip"
    quotation = counted(figures(0.6, 0.3).assign(source=QUOTED), pd.Series.sum, key="withdraw-bottom")
    assert breakdown(quotation) is not None and rc.judge(quotation).breakdown is None, "no test of statistics"


def test_breakdown_leaves_the_tables_as_they_were() -> None:
    table = figures(*TEN)
    before = table.copy()
    breakdown(counted(table, rank, against=Interval(2.5, 3.5)))
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize(
    ("agrees", "rule"),
    [
        (lambda year, base: year < 2015, "except when year is 2015"),
        (lambda year, base: base == "u", "exactly when base is u"),
        (lambda year, base: year < 2014, "exactly when year is 2012 or 2013"),
        (lambda year, base: year < 2014 and base != "w", "exactly when year is 2012 or 2013 and base is u or v"),
        (lambda year, base: year < 2014 or base != "w", "except when year is 2014 or 2015 and base is w"),
        (lambda year, base: year > 2012 and base == "w", "exactly when year is 2013 to 2015 and base is w"),
        (lambda year, base: (year + ord(base)) % 2 == 0, ""),
        (lambda year, base: True, ""),
    ],
)
def test_condition_is_the_shortest_rule(agrees: Callable[[int, str], bool], rule: str) -> None:
    specs = [
        SimpleNamespace(choices={"year": year, "base": base}, agrees=agrees(year, base))
        for year in np.arange(2012, 2016)
        for base in "uvw"
    ]
    assert condition(specs, ["year", "base"]) == rule
