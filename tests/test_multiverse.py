"""Specifications: what they show, and what they tell of a choice that is wrong."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from test_verdict import UNSURE, rows, specify

import recount as rc
from recount.readings import Reading


def test_what_is_shown_is_each_way_its_value_outcome_and_what_is_to_be_noted() -> None:
    specs = specify(
        {"a": 60, "b": Reading(90, rows("recalled"), low=85, high=95), "c": Reading(60, rows(first=99)), "d": UNSURE},
        after=("d",),
    )
    assert repr(specs).split("\n") == [
        "way  percent     outcome     public    grade           note",
        "  a       60      agrees 2016-12-31 verified     as written",
        "  b 85 to 95   disagrees 2016-12-31 recalled               ",
        "  c       60      agrees 2016-12-31 verified   counted once",
        "  d 10 to 90 cannot tell 2016-12-31 verified after the text",
    ]
    shown = specs._repr_html_()
    assert shown.startswith('<table class="dataframe">') and "border" not in shown
    assert shown.count("<th>") == 6 and "<td>85 to 95</td>" in shown


def test_values_are_shown_in_the_unit_as_printed() -> None:
    shown = repr(specify({"a": 105e6, "b": Reading(105e6, rows(), low=104e6, high=106e6)}, key="surplus-labour"))
    assert "105" in shown.split() and "104 to 106" in shown


def test_a_reading_that_cannot_tell_says_of_what() -> None:
    assert specify({"a": UNSURE})().outcome == "cannot tell: 52 to 68 percent"


def test_the_remainder_is_computed_from_the_tables_given() -> None:
    table = rows()
    table["way"] = "a"

    def compute(table, way: str) -> Reading:
        return Reading(64 * table.loc[table["way"] == way, "rd_100m_yuan"].sum(), table.loc[table["way"] == way])

    specs = rc.specifications("fund-coverage", compute, on=[table], way=["a"], as_written={"way": "a"})
    rest = specs.complement("fund-uncovered")
    assert rest().value == 36 and len(rest.tables) == 1
    assert specs.complement("fund-uncovered", 65)().value == 1


def test_a_combination_is_told_choice_by_choice() -> None:
    def compute(year: int, base: str) -> Reading:
        raise rc.RecountError("not so")

    choices = {"year": [1, 2], "base": ["u"], "as_written": {"year": 1, "base": "u"}}
    with pytest.raises(rc.RecountError, match="^rd-share, year 1, base u: not so$"):
        rc.specifications("rd-share", compute, **choices)


def test_a_drop_down_for_each_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    made = {}
    monkeypatch.setitem(
        sys.modules, "ipywidgets", SimpleNamespace(Dropdown=dict, interact=lambda *f, **kw: made.update(kw, call=f[0]))
    )
    specs = specify({"b": 70, "a": 60})
    specs.explore()
    assert made == {"way": {"options": ["b", "a"], "value": "a"}, "call": specs}
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(rc.RecountError, match="^explore needs ipywidgets: pip install ipywidgets$"):
        specs.explore()
