"""Specifications: which are computed, which decide, what is refused, and what is shown."""

from __future__ import annotations

import pandas as pd
import pytest
from invented import LATER, UNSURE, reading, rows, specify

import recount as rc
from recount.readings import Reading


def deciding(specs) -> list[str]:
    return [spec.choices["way"] for spec in specs.specifications if spec.decides]


def test_recalled_figures_later_figures_and_the_time_after_do_not_decide() -> None:
    ways = {"a": 60, "b": reading(90, grade="recalled"), "c": reading(91, published=LATER), "d": 92}
    assert deciding(specify(ways, after=("d",))) == ["a"]


def test_known_is_reckoned_from_the_day_on_which_the_number_was_stated() -> None:
    before, after = (specify({"a": reading(60, published=day)}) for day in ("2017-04-25", "2017-04-26"))
    assert before.as_written.known and not after.as_written.known
    assert deciding(after) == ["a"], "where nothing was known, what came later decides"


def test_equal_specifications_count_once() -> None:
    specs = specify({"b": reading(60), "a": reading(60), "c": reading(60, 10), "d": 61})
    assert deciding(specs) == ["a", "c", "d"], "the literal one stands for its doubles"
    assert [spec.same_as for spec in specs.specifications] == ["way a", "", "", ""]


def test_a_level_that_the_function_makes_up_is_refused() -> None:
    def compute(base: str) -> Reading:
        return reading(60 if base == "nation" else 70)

    with pytest.raises(rc.RecountError, match="choice 'base' is computed for 'no such level'"):
        rc.specifications("rd-share", compute, base=["nation"])


MISNAMED = {
    "no specification is as written": {"year": [1], "as_written": {"year": 2}},
    "choice 'year' has no level": {"year": []},
    "'value' is a reserved name": {"value": [1]},
    "the choices are year$": {"year": [1], "as_written": {"years": 1}},
    "as_written and after name choices": {"year": [1], "after": {"month": [1]}},
}


@pytest.mark.parametrize("message", MISNAMED)
def test_a_misnamed_choice_is_refused(message: str) -> None:
    with pytest.raises(rc.RecountError, match=message):
        rc.specifications("rd-share", lambda year: reading({1: 60}[year]), **MISNAMED[message])


def test_a_fault_in_the_function_names_the_claim_and_every_choice() -> None:
    def compute(year: int, base: str) -> Reading:
        raise rc.RecountError("not so")

    with pytest.raises(rc.RecountError, match="^rd-share, year 1, base u: not so$"):
        rc.specifications("rd-share", compute, year=[1, 2], base=["u"])


def test_a_multiverse_answers_for_other_choices() -> None:
    specs = specify({"a": 60, "b": 70, "c": None, "d": UNSURE})
    assert specs().value == 60 and list(specs.table["way"]) == ["a", "b", "d"]
    assert repr(specs(way="b")).startswith("70 disagrees with 52 to 68 percent; from rd_expenditure")
    assert specs(way="d").outcome == "cannot tell: 52 to 68 percent"
    refused = {"no such level": {"way": "x"}, "no choice 'ways'": {"ways": "a"}, "no data": {"way": "c"}}
    for message, choices in refused.items():
        with pytest.raises(rc.RecountError, match=message):
            specs(**choices)


def test_the_complement_is_computed_from_the_same_rows_and_the_tables_given() -> None:
    def compute(table: pd.DataFrame, way: str) -> Reading:
        return Reading({"a": 64, "b": 80}[way] * table["rd_100m_yuan"].sum(), table, low=63, high=80)

    options = {"on": [rows()], "way": ["a", "b"], "after": {"way": ["b"]}}
    specs = rc.specifications("fund-coverage", compute, **options)
    rest = specs.complement("fund-uncovered")
    assert rest.claim.id == "fund-uncovered" and rest().value == 36 and len(rest.tables) == 1
    assert rest.table[["value", "low", "high", "after"]].to_numpy().tolist() == [
        [36, 20, 37, False],
        [20, 20, 37, True],
    ]
    assert rest.as_written.evidence == specs.as_written.evidence == {"rd_expenditure": (2,)}
    assert specs.complement("fund-uncovered", 65)().value == 1


def test_a_multiverse_shows_each_way_with_value_outcome_and_note() -> None:
    ways = {"a": 60, "b": Reading(90, rows(grade="recalled"), low=85, high=95), "c": reading(60, 99), "d": UNSURE}
    specs = specify(ways, after=("d",))
    assert repr(specs).split("\n") == [
        "way  percent     outcome     public    grade           note",
        "  a       60      agrees 2016-12-31 verified     as written",
        "  b 85 to 95   disagrees 2016-12-31 recalled               ",
        "  c       60      agrees 2016-12-31 verified   counted once",
        "  d 10 to 90 cannot tell 2016-12-31 verified after the text",
    ]
    shown = specs._repr_html_()
    assert shown.startswith('<table class="dataframe">') and shown.count("<th>") == 6 and "<td>85 to 95</td>" in shown
    millions = repr(specify({"a": Reading(105e6, rows(), low=104e6, high=106e6)}, key="surplus-labour"))
    assert "104 to 106" in millions, "in the unit as printed"
