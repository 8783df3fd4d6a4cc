"""Specifications and the verdicts derived from them."""

from __future__ import annotations

import json
import math

import pandas as pd
import pytest

import recount as rc
from recount.multiverse import compact, deciding_choices, spread
from recount.records import VERDICT as MIME
from recount.verdict import COLOURS, MARKS, VERDICTS, tightest_rounding


def rows(grade: str = "verified", published: str = "2016-12-31", first: int = 2) -> pd.DataFrame:
    frame = pd.DataFrame({"grade": [grade], "published": pd.to_datetime([published])}, index=[first])
    frame.attrs["table"] = "rd_expenditure"
    return frame


def specify(
    values: dict[int, float | tuple[float, str]], as_written: int = 1, after: tuple[int, ...] = (), key="rd-share"
):
    def compute(choice: int):
        value = values[choice]
        value, grade = value if isinstance(value, tuple) else (value, "verified")
        return rc.Reading(value, rows(grade, first=choice + 1))

    return rc.specifications(
        key, compute, choice=list(values), as_written={"choice": as_written}, after={"choice": after}
    )


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({1: 60.0, 2: 56.0}, "holds"),
        ({1: 60.0, 2: 70.0}, "depends"),
        ({1: 70.0, 2: 71.0}, "fails"),
        ({1: 60.0}, "holds"),
        ({1: 60.0, 2: (90.0, "recalled")}, "holds"),
        ({1: 90.0, 2: (60.0, "recalled")}, "fails"),
    ],
)
def test_the_verdict_follows_from_the_specifications(values, word: str) -> None:
    assert rc.judge(specify(values)).verdict == word


def test_recalled_figures_never_decide_alone() -> None:
    specs = specify({1: (60.0, "recalled"), 2: (61.0, "recalled")})
    with pytest.raises(rc.RecountError, match="settles"):
        rc.judge(specs)
    verdict = rc.judge(specs, settles="the yearbook of 2016, table 1")
    assert verdict.verdict == "open"
    assert "the yearbook of 2016, table 1" in verdict.sentence


def test_the_time_after_the_text_does_not_decide() -> None:
    verdict = rc.judge(specify({1: 60.0, 2: 90.0}, after=(2,)))
    assert verdict.verdict == "holds"
    assert "For the time after the text, 0 of 1 lie inside" in verdict.sentence


def test_open_without_any_figure() -> None:
    verdict = rc.judge("rd-share", settles="a table")
    assert verdict.verdict == "open" and math.isnan(verdict.as_written)
    assert verdict.record()["specifications"] == 0
    with pytest.raises(rc.RecountError, match="settles"):
        rc.judge("rd-share")


def test_arithmetic_among_the_texts_is_coherence() -> None:
    rd, it = rc.claim("rd-share"), rc.claim("it-share")

    def compute(reading: str):
        return rc.Reading(rd.point if reading == "same" else it.point, rd, it)

    def judged(readings: list[str]) -> str:
        specs = rc.specifications("rd-share", compute, reading=readings, as_written={"reading": readings[0]})
        assert specs.table["evidence"].iloc[0] == {"claims": "rd-share, it-share"}
        return rc.judge(specs).verdict

    assert judged(["same"]) == "coherent"
    assert judged(["other"]) == "incoherent"
    assert judged(["other", "same"]) == "coherent"


def test_as_written_may_not_use_later_figures() -> None:
    def compute(year: int):
        return rc.Reading(60, rows(published=f"{year}-12-31"))

    with pytest.raises(rc.RecountError, match="after the text of 2017-04-25"):
        rc.specifications("rd-share", compute, year=[2016, 2017], as_written={"year": 2017})
    specs = rc.specifications("rd-share", compute, year=[2016, 2017], as_written={"year": 2016})
    assert list(specs.table["known"]) == [True, False]


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"year": [1], "as_written": {"year": 2}}, "0 specifications are as written"),
        ({"year": [], "as_written": {"year": 2}}, "no level"),
        ({"value": [1], "as_written": {"value": 1}}, "reserved"),
        ({"year": [1], "as_written": {"years": 1}}, "the choices are year"),
        ({"year": [1], "as_written": {"year": 1}, "after": {"month": [1]}}, "the choices are year"),
    ],
)
def test_a_misnamed_choice_is_told(kwargs, message: str) -> None:
    with pytest.raises(rc.RecountError, match=message):
        rc.specifications("rd-share", lambda **_: rc.Reading(60, rows()), **kwargs)


def test_a_reading_needs_a_number_and_its_rows() -> None:
    for bad in (lambda: rc.Reading(float("nan"), rows()), lambda: rc.Reading(1), lambda: rc.Reading(1, pd.DataFrame())):
        with pytest.raises(rc.RecountError, match="reading"):
            bad()
    bare = rows()
    bare.attrs.clear()
    with pytest.raises(rc.RecountError, match="no table"):
        rc.Reading(1, bare)
    with pytest.raises(rc.RecountError, match="rd-share, choice 1: a reading is inf"):
        specify({1: math.inf})


def test_the_weakest_grade_and_the_youngest_figure_count() -> None:
    reading = rc.Reading(1, rows("cross-checked", "2015-01-01"), rows("inferred", "2016-05-01", 7))
    assert (reading.grade, reading.published, reading.evidence) == (
        "inferred",
        "2016-05-01",
        {"rd_expenditure": "2, 7"},
    )


def test_row_numbers_as_ranges() -> None:
    assert compact([4, 2, 3, 9]) == "2-4, 9"
    assert spread("2-4, 9") == [2, 3, 4, 9]
    assert spread(compact(set())) == []


def test_the_choice_that_decides_is_named() -> None:
    def compute(year: int, base: str):
        return rc.Reading(60 if year == 2015 else 70, rows())

    specs = rc.specifications(
        "rd-share", compute, year=[2014, 2015], base=["a", "b"], as_written={"year": 2015, "base": "a"}
    )
    assert deciding_choices(specs) == [("year", 1.0)]
    assert "what decides is year: inside for 2015; outside for 2014" in rc.judge(specs).sentence


@pytest.mark.parametrize(
    ("value", "stated", "unit"),
    [(58.98, 60, 5), (59.96, 60, 0.1), (60, 60, 0), (37.5, 40, 5), (33, 40, 20), (1.165, 1.2, 0.1)],
)
def test_tightest_rounding(value: float, stated: float, unit: float) -> None:
    assert tightest_rounding(value, stated) == pytest.approx(unit)


def test_what_a_verdict_shows_is_escaped_and_machine_readable() -> None:
    verdict = rc.judge(specify({1: 60.0, 2: 56.0}))
    shown = verdict._repr_mimebundle_()
    record = json.loads(json.dumps(shown[MIME], allow_nan=False))
    assert record["claim"] == "rd-share" and record["inside"] == record["specifications"] == 2
    assert record["multiverse"][0]["evidence"] == {"rd_expenditure": "2"}
    hostile = rc.judge("rd-share", settles="<script>alert(1)</script>")
    assert "<script>" not in hostile._repr_mimebundle_()["text/html"]
    assert "R&amp;D" in shown["text/html"]


def test_every_verdict_has_mark_and_colour() -> None:
    assert set(VERDICTS) == set(MARKS) == set(COLOURS)
    assert len(set(MARKS.values())) == len(MARKS)


def test_tables_to_read() -> None:
    summary = rc.summary(rc.judge(specify({1: 60.0, 2: 56.0})), rc.judge("entrenched", settles="a table"))
    assert summary.loc["rd-share", "specifications"] == "56 to 60"
    assert summary.loc["entrenched", "inside"] == ""
    assert "about 60% of national R&amp;D spending" in rc.claims_table("industry-clusters")._repr_html_()
