"""Readings, specifications and the verdicts derived from them: every rule with a case that breaks without it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recount as rc
from recount.breakdown import chance, condition, sensitivity
from recount.multiverse import Multiverse
from recount.readings import Reading, compact, outcome, spread
from recount.records import VERDICT
from recount.verdict import COLOURS, MARKS, TONES, VERDICTS, distance, telling
from recount.wording import Interval

THEN, LATER = "2016-12-31", "2019-12-31"  # rd-share was stated on 25 April 2017
OTHER = 2000  # another table's rows


def rows(grade: str = "verified", published: str = THEN, first: int = 2, source: str = "a-source") -> pd.DataFrame:
    frame = pd.DataFrame(
        {"rd_100m_yuan": [1.0], "grade": [grade], "published": pd.to_datetime([published]), "source": [source]},
        index=[first],
    )
    frame.attrs["table"] = "rd_expenditure"
    return frame


Value = float | Reading | None


def specify(
    values: Mapping[str, Value], *, key: str = "rd-share", as_written: str = "a", after: tuple[str, ...] = ()
) -> Multiverse:
    """Return specifications with these values, one a level; a number rests on rows of its own, known then."""

    def compute(way: str) -> Reading | None:
        value = values[way]
        return Reading(value, rows(first=2 + ord(way[0]))) if isinstance(value, float | int) else value

    return rc.specifications(key, compute, way=list(values), as_written={"way": as_written}, after={"way": after})


def open_word(values: Mapping[str, Value], **options) -> str:
    return rc.judge(specify(values, **options), settles="a table").verdict


# ---- readings


def test_a_rounded_reading_agrees_where_it_overlaps() -> None:
    stated = rc.stated_interval("26.9")
    assert outcome(Reading(27.0, rows(), low=26.5, high=27.5), stated) == "agrees"
    assert outcome(Reading(27.0, rows()), stated) == "disagrees"
    assert outcome(Reading(27.0, rows(), low=26.95, high=27.5), stated) == "disagrees", "26.95 rounds to 27.0"


def test_a_bounded_reading_agrees_inside_disagrees_outside_and_else_cannot_tell() -> None:
    stated = Interval(45, 55)
    for (low, high), word in {
        (46, 54): "agrees", (56, 70): "disagrees", (33, 67): "cannot tell", (50, 60): "cannot tell",
        (12, math.inf): "cannot tell", (56, math.inf): "disagrees", (-math.inf, 44): "disagrees",
    }.items():  # fmt: skip
        assert outcome(Reading.bounded(low, high, rows()), stated) == word, (low, high)
    assert outcome(Reading.bounded(46, math.inf, rows()), rc.stated_interval("45", "", "more than")) == "agrees"


def test_a_reading_needs_a_number_inside_its_ends_and_its_rows() -> None:
    bare = rows()
    bare.attrs.clear()
    for bad, told in {
        "nan": lambda: Reading(math.nan, rows()), "outside its ends": lambda: Reading(1, rows(), low=2, high=3),
        "rows or claims": lambda: Reading(1), "no table": lambda: Reading(1, bare),
    }.items():  # fmt: skip
        with pytest.raises(rc.RecountError, match=bad):
            told()
    with pytest.raises(rc.RecountError, match="rd-share, way a: a reading is inf"):
        specify({"a": math.inf})


def test_the_weakest_grade_the_youngest_figure_and_all_rows_count() -> None:
    reading = Reading(1, rows("cross-checked", "2016-01-01"), rows("inferred", "2015-05-01", 7), rows("verified"))
    assert (reading.grade, reading.published) == ("inferred", THEN)
    assert reading.evidence == {"rd_expenditure": "2, 7"}
    rest = reading.subtracted_from(100)
    assert (rest.value, rest.low, rest.high, rest.evidence) == (99, 99, 99, reading.evidence)
    assert repr(reading) == "1; from rd_expenditure 2, 7; public 2016-12-31, inferred"


def test_row_numbers_as_ranges() -> None:
    assert compact([4, 2, 3, 9, 11]) == "2-4, 9, 11"
    assert compact([2, 4]) == "2, 4", "a gap is not swallowed"
    assert compact([2, 3, 5, 13, 21, 29, 30]) == "2-3, 5-29 by 8, 30", "one year of a panel is one range"
    assert compact([2, 4, 6]) == "2, 4, 6", "three rows are no pattern"
    assert spread("2-4, 9") == [2, 3, 4, 9]
    assert spread("2-3, 5-29 by 8, 30") == [2, 3, 5, 13, 21, 29, 30]
    assert spread(compact(set())) == []


# ---- which specifications decide


def test_recalled_figures_later_figures_and_the_time_after_do_not_decide() -> None:
    specs = specify({"a": 60, "b": Reading(90, rows("recalled")), "c": Reading(91, rows(published=LATER)), "d": 92},
                    after=("d",))  # fmt: skip
    assert list(specs.deciding["way"]) == ["a"]
    verdict = rc.judge(specs)
    assert (verdict.verdict, verdict.later) == ("holds", "moved away")
    record = verdict.record()
    assert (record["minimum"], record["maximum"], record["specifications"], record["inside"]) == (60, 60, 1, 1)


def test_known_is_measured_on_the_day_the_number_was_stated() -> None:
    on, after = (specify({"a": Reading(60, rows(published=day))}) for day in ("2017-04-25", "2017-04-26"))
    assert on.table["known"].item() and not after.table["known"].item()
    assert rc.claim("migration-gain").stated_on.isoformat() == "2014-03-25", "not the essay's own day"


def test_where_nothing_was_known_then_what_came_later_decides_and_says_so() -> None:
    verdict = rc.judge(
        specify({"a": Reading(60, rows(published=LATER)), "b": Reading(90, rows(published=LATER, first=9))})
    )
    assert verdict.verdict == "holds as written"
    assert "nothing was published by 25 April 2017, and the figures released since give 60 percent" in verdict.sentence


def test_equal_specifications_count_once() -> None:
    specs = specify({"b": Reading(60, rows()), "a": Reading(60, rows()), "c": Reading(60, rows(first=OTHER)), "d": 61})
    assert list(specs.deciding["way"]) == ["a", "c", "d"], "the literal one stands for its doubles"
    assert specs.table.loc[specs.table["way"] == "b", "same_as"].item() == "way a"


def test_a_level_that_the_function_makes_up_is_refused() -> None:
    def compute(base: str, year: int) -> Reading:
        return Reading(60 if base == "nation" else 70, rows())

    with pytest.raises(rc.RecountError, match="choice 'base' is computed for 'no such level'"):
        rc.specifications(
            "rd-share", compute, base=["nation"], year=[2015], as_written={"base": "nation", "year": 2015}
        )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"year": [1], "as_written": {"year": 2}}, "0 specifications are as written"),
        ({"year": [], "as_written": {"year": 2}}, "no level"),
        ({"value": [1], "as_written": {"value": 1}}, "reserved"),
        ({"year": [1], "as_written": {"years": 1}}, "the choices are year"),
        ({"year": [1], "as_written": {"year": 1}, "after": {"month": [1]}}, "the choices are year"),
    ],
)
def test_a_misnamed_choice_is_told(options, message: str) -> None:
    def compute(**chosen) -> Reading:
        return Reading({1: 60}[chosen["year"]], rows())

    with pytest.raises(rc.RecountError, match=message):
        rc.specifications("rd-share", compute, **options)


def test_specifications_answer_for_other_choices() -> None:
    specs = specify({"a": 60, "b": 70, "c": None})
    assert specs().value == 60 and specs(way="b").value == 70
    assert repr(specs(way="b")).startswith("70 disagrees with 52 to 68 percent; from rd_expenditure")
    wrong = [({"way": "x"}, "no such level"), ({"ways": "a"}, "no choice 'ways'"), ({"way": "c"}, "no data")]
    for choices, message in wrong:
        with pytest.raises(rc.RecountError, match=message):
            specs(**choices)


def test_the_remainder_is_computed_from_the_same_rows() -> None:
    coast = specify({"a": Reading(64, rows(), low=63, high=66), "b": 80}, key="fund-coverage", after=("b",))
    rest = coast.complement("fund-uncovered")
    assert rest.claim.id == "fund-uncovered"
    assert list(rest.table["value"]) == [36, 20] and list(rest.table["low"]) == [34, 20]
    assert list(rest.table["after"]) == [False, True]
    assert rest.table["evidence"].tolist() == coast.table["evidence"].tolist()


# ---- words


UNSURE = Reading.bounded(10, 90, rows(first=OTHER))
WORDS = [
    ({"a": 60, "b": 56}, "holds"),
    ({"a": 60, "b": UNSURE}, "holds"),
    ({"a": 60, "b": 90}, "holds as written"),
    ({"a": 90, "b": 60}, "holds if"),
    ({"a": UNSURE, "b": 60}, "holds if"),
    ({"a": UNSURE, "b": 60, "c": 90}, "holds if"),
    ({"a": 90, "b": 91}, "fails"),
    ({"a": 90, "b": UNSURE}, "open"),
    ({"a": UNSURE}, "open"),
    ({"a": Reading(60, rows("recalled"))}, "open"),
    ({"a": 90, "b": Reading(60, rows("recalled"))}, "fails"),
]


@pytest.mark.parametrize(("values", "word"), WORDS)
def test_the_word_follows_from_the_specifications(values, word: str) -> None:
    assert open_word(values) == word


def test_an_open_claim_names_what_would_settle_it() -> None:
    for subject in ("rd-share", specify({"a": UNSURE}), specify({"a": Reading(60, rows("recalled"))})):
        with pytest.raises(rc.RecountError, match="settles"):
            rc.judge(subject)
        verdict = rc.judge(subject, settles="the yearbook of 2016, table 1")
        assert verdict.verdict == "open" and "the yearbook of 2016, table 1" in verdict.sentence
    assert math.isnan(rc.judge("rd-share", settles="a table").as_written)


def test_arithmetic_quotation_and_statistics_are_told_apart() -> None:
    rd, it = rc.claim("rd-share"), rc.claim("it-share")
    same, other = Reading(60, rd, it), Reading(40, it, rd)
    assert open_word({"a": same}) == "coherent"
    assert open_word({"a": other}) == "incoherent"
    assert open_word({"a": same, "b": other}) == "incoherent", "coherent when all agree"
    quoted = rows(source="caixin-2017-youhro")
    alone = rc.judge(specify({"a": Reading(0.9, quoted)}, key="withdraw-bottom"))
    assert (alone.verdict, alone.test, alone.quotation) == ("quoted rightly", "quotation", "quoted rightly")
    assert alone.sentence.endswith("the source it quotes says the same.")
    both = specify({"a": Reading(0.8, quoted), "b": 0.9}, key="withdraw-bottom")
    verdict = rc.judge(both)
    assert (verdict.verdict, verdict.test, verdict.quotation) == ("holds", "statistics", "misquoted")
    assert len(verdict.deciding) == 1, "a quotation is no evidence"


def test_a_threshold_can_be_a_choice() -> None:
    def compute(less_than: float) -> Reading:
        return Reading(0.8, rows(), against=Interval(-math.inf, {1.0: 1.0, 0.5: 0.5}[less_than]))

    specs = rc.specifications("china-below-russia", compute, less_than=[1.0, 0.5], as_written={"less_than": 1.0})
    verdict = rc.judge(specs)
    assert verdict.verdict == "holds as written" and verdict.condition == "exactly when less than is 1.0"


def test_as_of_a_later_day_more_is_known_and_the_word_may_change() -> None:
    specs = specify({"a": 60, "b": Reading(90, rows(published=LATER, first=9))})
    assert rc.judge(specs).verdict == "holds"
    assert rc.judge(specs, as_of="2020-01-01").verdict == "holds as written"
    assert rc.timeline(specs) == [{"day": THEN, "verdict": "holds"}, {"day": LATER, "verdict": "holds as written"}]


# ---- beside the word


def test_what_came_later_and_cannot_tell_is_no_disagreement_and_a_bound_is_shown_as_a_range() -> None:
    later = Reading.bounded(20, 95, rows(published=LATER, first=9))
    verdict = rc.judge(specify({"a": UNSURE, "b": later}), settles="a table")
    assert (verdict.verdict, verdict.later) == ("open", "none")
    assert rc.summary(verdict)[["as written", "agree"]].to_numpy().tolist() == [["10 to 90 percent", "1 cannot tell"]]


def late(value: float, first: int, **of: str) -> Reading:
    return Reading(value, rows(published=LATER, first=first, **of))


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"b": 61}, "none"),
        ({"b": late(61, 9)}, "agree"),
        ({"b": late(61, 9), "c": late(90, 10)}, "split"),
        ({"b": late(90, 9), "c": late(91, 10)}, "moved away"),
        ({"b": late(90, 9), "c": late(61, 10, grade="recalled")}, "moved away"),
        ({"b": late(61, 9, grade="recalled")}, "none"),
        ({"b": 90}, "none"),
    ],
)
def test_what_later_figures_do(values, word: str) -> None:
    assert rc.judge(specify({"a": 60} | values)).later == word


def test_neither_a_quotation_nor_a_double_is_a_later_figure() -> None:
    quoted = late(0.7, 9, source="caixin-2017-youhro")
    assert rc.judge(specify({"a": 0.9, "b": quoted}, key="withdraw-bottom")).later == "none"
    twice = specify({"a": 60, "b": late(61, 9), "c": late(61, 9)})
    assert twice.table["same_as"].tolist() == ["", "", "way b"] and rc.judge(twice).later == "agree"


def test_the_sentence_tells_the_rule_the_quotation_and_what_came_later() -> None:
    told = rc.judge(specify({"a": 60, "b": 90, "c": late(61, 9)}))
    assert told.condition and told.condition in told.sentence and "Later figures agree." in told.sentence
    both = {"a": Reading(0.8, rows(source="caixin-2017-youhro")), "b": 0.9}
    assert "The source quoted says 0.8 percent" in rc.judge(specify(both, key="withdraw-bottom")).sentence
    assert rc.judge(specify({"a": 60, "b": 61})).condition == "", "nothing is told apart"


def test_the_condition_is_the_shortest_rule() -> None:
    def ruled(inside) -> str:
        table = pd.DataFrame(
            [{"year": year, "base": base, "outcome": "agrees" if inside(year, base) else "disagrees"}
             for year in (2012, 2013, 2014, 2015) for base in "uvw"]
        )  # fmt: skip
        return condition(table, ["year", "base"])

    assert ruled(lambda year, base: year < 2015) == "except when year is 2015"
    assert ruled(lambda year, base: base == "u") == "exactly when base is u"
    assert ruled(lambda year, base: year == 2013 and base != "w") == "exactly when year is 2013 and base is u or v"
    assert (
        ruled(lambda year, base: not (year > 2013 and base == "w")) == "except when year is 2014 or 2015 and base is w"
    )
    assert ruled(lambda year, base: (year + ord(base)) % 2 == 0) == ""


def test_distance_and_nearest() -> None:
    specs = specify({"a": 54, "b": 58, "c": 70})
    record = rc.judge(specs).record()
    assert record["distance"] == {"absolute": -6, "percent": -10}
    assert record["nearest"] == {"value": 58, "way": "b"}
    assert distance(rc.claim("entrenched"), -2.0) == {"absolute": -2, "percent": None}
    assert distance(rc.claim("entrenched"), 3.0) == {"absolute": 0, "percent": None}
    assert distance(rc.claim("soviet-city-cap"), 275_000) == {"absolute": 0, "percent": 0}


def test_chance_by_hand() -> None:
    # Literal 60: numbers from 30 to 120, 8 allowed either way; 60 and 100 are met from 52 to 68 and from 92 to 108.
    specs = specify({"a": 60, "b": 100})
    assert chance(specs, specs.deciding) == pytest.approx(32 / 90)
    one = specify({"a": 60, "b": 61})
    assert chance(one, one.deciding) == pytest.approx(17 / 90), "what two meet counts once"
    assert chance(specify({"a": 0.0}), specs.deciding) is None
    unsure = specify({"a": 60, "b": UNSURE})
    assert chance(unsure, unsure.deciding) == pytest.approx(16 / 90), "what cannot tell is no agreement"


def with_bounds(least: float, most: float) -> pd.DataFrame:
    return pd.DataFrame({"low": [60.0], "high": [60.0], "bounded": [False], "least": [least], "most": [most]})


def test_chance_of_nothing_and_of_everything() -> None:
    specs = specify({"a": 60})
    assert chance(specs, with_bounds(1000, 999)) == 0
    assert chance(specs, with_bounds(-math.inf, math.inf)) == 1


def shares(on, year=2015):
    def compute(table: pd.DataFrame, year: int) -> Reading:
        used = table[table["year"] == year]
        six = used["province"].isin(rc.claim("rd-share").place.split("; "))
        return Reading(100 * used.loc[six, "rd_100m_yuan"].sum() / used["rd_100m_yuan"].sum(), used)

    return rc.specifications("rd-share", compute, on=[on], year=[2014, 2015], as_written={"year": year})


def test_breakdown_flips_the_outcome_and_a_tenth_less_does_not() -> None:
    table = rc.table("rd_expenditure")
    table.loc[table["province"] == "Guangdong", "rd_100m_yuan"] *= 0.55  # nearer to the edge than the figures are
    cells, found = sensitivity(shares(table))
    assert cells == {"rd_expenditure": {"rd_100m_yuan": "157-187"}}
    assert found is not None and found.label.endswith(", 2015")
    for part, word in ((1.0, "disagrees"), (0.9, "agrees")):
        moved = table.copy()
        moved.loc[found.row, found.column] *= 1 + part * found.change
        assert outcome(shares(moved)(), rc.claim("rd-share").interval) == word
    others = []
    for row in table.index[table["year"] == 2015]:
        moved = table.copy()
        moved.loc[row, "rd_100m_yuan"] *= 1 + 0.99 * found.change
        others.append(outcome(shares(moved)(), rc.claim("rd-share").interval))
    assert set(others) == {"agrees"}, "no other figure needs less"


def test_evidence_is_the_cells_that_change_the_value_and_the_rows_that_are_counted() -> None:
    table = rc.table("fixed_asset_investment").query("year == 2015").head(5)
    money, (first, second, zero, listed, idle) = "information_100m_yuan", table.index
    table.loc[zero, money] = 0.0

    def compute(table: pd.DataFrame, year: int) -> Reading:
        rows = table[table["year"] == year]
        count = rows["province"].isin(table_names).sum()
        return Reading(rows[money].reindex([first, second, zero]).sum() + count, rows)

    table_names = table.loc[[listed], "province"].tolist()
    specs = rc.specifications("it-share", compute, on=[table], year=[2015], as_written={"year": 2015})
    cells = {money: compact([first, second, zero]), "province, year": str(listed)}
    assert sensitivity(specs)[0] == {"fixed_asset_investment": cells}
    assert rc.judge(specs).record()["cells"] == {"fixed_asset_investment": cells}
    assert str(idle) in specs().evidence["fixed_asset_investment"].split("-")[-1], "a row that is read, and idle"


def test_the_smallest_change_is_found_whichever_figure_comes_first() -> None:
    table = rc.table("gdp_releases").loc[[8]]

    def share(table: pd.DataFrame, year: int) -> Reading:
        rows = table[table["year"] == year]
        return Reading(float(100 * (rows["gdp_primary_100m_yuan"] / rows["gdp_100m_yuan"]).item()), rows)

    specs = rc.specifications("agri-gdp-share", share, on=[table], year=[2014], as_written={"year": 2014})
    found = sensitivity(specs)[1]
    assert found is not None and found.column == "gdp_100m_yuan" and found.change < 0
    assert found.change == pytest.approx(specs().value / rc.claim("agri-gdp-share").interval.low - 1, rel=1e-4)


def test_no_breakdown_where_doubling_flips_nothing() -> None:
    assert sensitivity(shares(rc.table("rd_expenditure")))[1] is None
    assert sensitivity(specify({"a": 60})) == ({}, None), "no table was given"


# ---- properties


dates = st.dates(min_value=pd.Timestamp("2010-01-01").date(), max_value=pd.Timestamp("2025-01-01").date())
values_ = st.lists(st.floats(1, 150), min_size=1, max_size=6)
ORDER = ["fails", "holds if", "holds as written", "holds"]


def judged(values: list[float]) -> str:
    return open_word({chr(97 + i): value for i, value in enumerate(values)})


@settings(deadline=None, max_examples=40)
@given(values_)
def test_a_specification_that_agrees_never_worsens_a_verdict(values: list[float]) -> None:
    assert ORDER.index(judged([*values, 60.0])) >= ORDER.index(judged(values))


@settings(deadline=None, max_examples=40)
@given(values_, st.floats(0, 60))
def test_moving_away_never_improves_a_verdict(values: list[float], away: float) -> None:
    above = [max(value, 60.0) for value in values]  # all on one side of the number stated
    assert ORDER.index(judged([value + away for value in above])) <= ORDER.index(judged(above))


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.floats(1, 150), st.dates(min_value=pd.Timestamp("2010-01-01").date())), min_size=1, max_size=5
    ),
    st.data(),
)
def test_a_later_day_uses_a_superset_of_figures(dated, data) -> None:
    specs = specify({chr(97 + i): Reading(v, rows(published=str(d), first=2 + i)) for i, (v, d) in enumerate(dated)})
    days = sorted(data.draw(st.lists(dates, min_size=2, max_size=2)))
    early, late = (rc.judge(specs, as_of=day, settles="a table").deciding for day in days)
    assert set(early.index) <= set(late.index)


def test_a_gap_between_percentages_is_told_in_points() -> None:
    assert "90 percent, 30 percentage points above it" in rc.judge(specify({"a": 90})).sentence


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([40.0, 60.0, 61.0, 90.0, "unsure", "recalled", "later"]), min_size=1, max_size=5))
def test_sentences_read_as_sentences(kinds) -> None:
    made = {"unsure": UNSURE, "recalled": Reading(60, rows("recalled")), "later": Reading(90, rows(published=LATER))}
    verdict = rc.judge(specify({chr(97 + i): made.get(k, k) for i, k in enumerate(kinds)}), settles="a table")
    told = verdict.sentence
    assert told[0].isupper() and told.endswith(".") and "  " not in told
    assert not re.search(r"\b(\w+) \1\b|\(\)|nan|inf\b|None|;;|\.\.|\b1 ways\b| ,", told), told
    json.dumps(verdict.record(), allow_nan=False)


# ---- what is shown


def test_the_record_field_by_field() -> None:
    table = rc.table("rd_expenditure")
    table.loc[table["province"] == "Guangdong", "rd_100m_yuan"] *= 0.55
    verdict = rc.judge(shares(table))
    record, value, other = verdict.record(), 56.49965452, 55.9536772
    about = {
        "claim": "rd-share", "essay": "industry-clusters", "notebook": "05-industry-clusters", "unit": "percent",
        "stated": "about 60 percent", "stated_on": "2017-04-25", "low": 52, "high": 68,
    }  # fmt: skip
    ways = record.pop("multiverse")
    assert record == about | {
        "as_written": value, "minimum": other, "maximum": value, "specifications": 2, "inside": 2, "cannot_tell": 0,
        "verdict": "holds", "test": "statistics", "quotation": "", "sentence": verdict.sentence, "later": "none",
        "condition": "", "settles": "", "nearest": {"value": value, "year": 2015},
        "distance": {"absolute": -3.500345482, "percent": -5.833909137}, "chance": 0.1952339645,
        "breakdown": {"table": "rd_expenditure", "row": 166, "column": "rd_100m_yuan", "label": "Jiangsu, 2015",
                      "change": pytest.approx(-0.69534, abs=1e-5)},
        "cells": {"rd_expenditure": {"rd_100m_yuan": "157-187"}}, "choices": ["year"],
        "timeline": [{"day": "2015-11-23", "verdict": "holds"}],
    }  # fmt: skip
    assert [(way["year"], way["value"], type(way["year"])) for way in ways] == [(2014, other, int), (2015, value, int)]
    assert ways[1] == {
        "year": 2015, "value": value, "low": value, "high": value, "bounded": False, "least": 52, "most": 68,
        "outcome": "agrees", "inside": True, "test": "statistics", "as_written": True, "decides": True, "after": False,
        "known": True, "same_as": "", "grade": "cross-checked", "published": "2016-11-11",
        "evidence": {"rd_expenditure": "157-187"},
    }  # fmt: skip
    nothing = rc.judge("rd-share", settles="a survey")
    empty = {
        "test": "",
        "quotation": "",
        "condition": "",
        "later": "none",
        "specifications": 0,
        "inside": 0,
        "cannot_tell": 0,
    }
    none = ("as_written", "minimum", "maximum", "nearest", "distance", "chance", "breakdown")
    assert nothing.record() == about | dict.fromkeys(none) | empty | {
        "verdict": "open", "sentence": nothing.sentence, "settles": "a survey", "cells": {},
        "timeline": [], "choices": [], "multiverse": [],
    }  # fmt: skip


def test_only_a_statistic_read_literally_has_chance_and_breakdown() -> None:
    quoted = rows(source="caixin-2017-youhro")
    record = rc.judge(specify({"a": Reading(0.9, quoted)}, key="withdraw-bottom")).record()
    assert record["chance"] is None and record["breakdown"] is None
    unsure = rc.judge(specify({"a": UNSURE, "b": 70}), settles="a table").record()
    assert unsure["nearest"] == {"value": 70, "way": "b"}, "what cannot tell is not near"
    assert (unsure["as_written"], unsure["distance"]) == (None, None)
    assert (unsure["specifications"], unsure["inside"], unsure["cannot_tell"]) == (2, 0, 1)

    def compute(table: pd.DataFrame, way: str) -> Reading:
        used = table.loc[[157]]
        value = 60 * used["rd_100m_yuan"].sum() / 1384.0231
        if way == "quoted":
            used = used.assign(source="caixin-2017-youhro")
        return Reading({"quoted": value / 60, "counted": value / 50}[way], used)

    options = {"on": [rc.table("rd_expenditure")], "way": ["quoted", "counted"], "as_written": {"way": "quoted"}}
    other = rc.judge(rc.specifications("withdraw-bottom", compute, **options))
    assert other.test == "statistics" and other.record()["breakdown"] is None, "the literal one is a quotation"


@pytest.mark.parametrize(("value", "change"), [(66, 68 / 66 - 1), (53, 52 / 53 - 1)])
def test_what_overturns_it_first_may_be_more_or_less(value: float, change: float) -> None:
    def compute(table: pd.DataFrame, way: str) -> Reading:
        used = table.loc[[157]]
        return Reading({"a": value}[way] * used["rd_100m_yuan"].sum() / 1384.0231, used)

    options = {"on": [rc.table("rd_expenditure")], "way": ["a"], "as_written": {"way": "a"}}
    flip = rc.judge(rc.specifications("rd-share", compute, **options)).record()["breakdown"]
    assert flip["change"] == pytest.approx(change, abs=1e-4)


def test_what_can_tell_or_all_where_nothing_can() -> None:
    specs, unsure = specify({"a": 60, "b": UNSURE}), specify({"a": UNSURE, "b": UNSURE})
    assert telling(specs.deciding)["way"].tolist() == ["a"]
    assert len(telling(unsure.deciding)) == len(unsure.deciding) > 0


def test_a_timeline_begins_with_what_decides() -> None:
    first = Reading(60, rows("recalled", "2015-01-01", 9))
    assert rc.timeline(specify({"a": 60, "b": first})) == [{"day": THEN, "verdict": "holds"}]


def test_what_a_verdict_shows_is_escaped_and_machine_readable() -> None:
    verdict = rc.judge(specify({"a": 60.0, "b": 56.0}))
    shown = verdict._repr_mimebundle_()
    record = json.loads(json.dumps(shown[VERDICT], allow_nan=False))
    assert record["claim"] == "rd-share" and record["inside"] == record["specifications"] == 2
    assert record["multiverse"][0]["evidence"] == {"rd_expenditure": "99"}
    hostile = rc.judge("rd-share", settles="<script>alert(1)</script>")
    assert "<script>" not in hostile._repr_mimebundle_()["text/html"]
    assert "R&amp;D" in shown["text/html"]
    assert shown["text/plain"] == str(verdict) == f"● rd-share: holds. {verdict.sentence}"
    assert f"solid {COLOURS['good']};" in shown["text/html"] and "</span> holds</strong>" in shown["text/html"]


def test_every_verdict_has_mark_tone_and_colour() -> None:
    assert set(VERDICTS) == set(MARKS) == set(TONES)
    assert len(set(MARKS.values())) == len(MARKS)
    assert set(TONES.values()) == set(COLOURS)


def test_tables_to_read() -> None:
    summary = rc.summary(rc.judge(specify({"a": 60.0, "b": 56.0})), rc.judge("entrenched", settles="a table"))
    assert summary.loc["rd-share", "ways of counting"] == "56 to 60"
    assert summary.loc["rd-share", "agree"] == "2 of 2"
    assert summary.loc["rd-share", ["stated", "verdict"]].tolist() == ["about 60 percent", "● holds"]
    assert summary.loc["entrenched", ["as written", "ways of counting", "agree"]].tolist() == ["", "", ""]
    one = specify({"a": Reading(0.8, rows(source="caixin-2017-youhro")), "b": 0.9}, key="withdraw-bottom")
    assert rc.summary(rc.judge(one))[["agree", "verdict"]].to_numpy().tolist() == [["1 of 1", "● holds · ✗ misquoted"]]
    told = rc.claims_table("industry-clusters").loc["rd-share"].to_dict()
    share = rc.claim("rd-share")
    assert told == {"phrase": share.phrase, "quantity": share.quantity, "allows": "52 to 68 percent",
                    "stated on": "2017-04-25", "cited": "Andrew Batson"}  # fmt: skip
    assert list(rc.claims_table("industry-clusters").index) == list(rc.ledger("industry-clusters"))
    assert "about 60% of national R&amp;D spending" in rc.claims_table("industry-clusters")._repr_html_()
    assert np.isnan(rc.judge("entrenched", settles="a table").as_written)
