"""Verdicts: the word that follows from the specifications, what stands beside it, its record, and what is shown."""

from __future__ import annotations

import json
import math
import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented import LATER, QUOTED, UNSURE, judged, reading, rows, specify

import recount as rc
from recount.readings import Reading, rows_in
from recount.records import executed, recorded
from recount.verdict import COLOURS, VERDICT_MIME, VERDICTS, from_record, summary
from recount.wording import Interval

RD, IT = rc.claim("rd-share"), rc.claim("it-share")


RECALLED = reading(60, grade="recalled")
WORDS = {
    "holds": [{"a": 60, "b": 56}, {"a": 60, "b": UNSURE}],
    "holds as written": [{"a": 60, "b": 90}],
    "holds if": [{"a": 90, "b": 60}, {"a": UNSURE, "b": 60}, {"a": UNSURE, "b": 60, "c": 90}],
    "fails": [{"a": 90, "b": 91}, {"a": 90, "b": RECALLED}],
    "open": [{"a": 90, "b": UNSURE}, {"a": UNSURE}, {"a": RECALLED}],
    "coherent": [{"a": Reading(60, RD, IT)}],
    "incoherent": [{"a": Reading(40, RD, IT)}, {"a": Reading(60, RD, IT), "b": Reading(40, IT, RD)}],
}


@pytest.mark.parametrize("word", WORDS)
def test_the_word_follows_from_the_specifications(word: str) -> None:
    assert {judged(values).verdict for values in WORDS[word]} == {word}


def test_a_quotation_is_no_evidence_beside_statistics() -> None:
    alone = judged({"a": reading(0.9, source=QUOTED)}, key="withdraw-bottom")
    assert (alone.verdict, alone.test, alone.quotation) == ("quoted rightly", "quotation", "quoted rightly")
    assert alone.sentence.endswith("the source it quotes says the same.") and alone.breakdown is None
    both = judged({"a": reading(0.8, source=QUOTED), "b": 0.9}, key="withdraw-bottom")
    assert (both.verdict, both.test, both.quotation) == ("holds", "statistics", "misquoted")
    assert list(both.deciding["way"]) == ["b"] and both.breakdown is None
    assert "The source quoted says 0.8 percent" in both.sentence
    after = judged({"a": 0.9, "b": reading(0.7, published=LATER, source=QUOTED)}, key="withdraw-bottom")
    assert after.later == "none", "nor is it a later figure"


def test_an_open_claim_names_what_would_settle_it() -> None:
    for subject in ("rd-share", specify({"a": UNSURE}), specify({"a": reading(60, grade="recalled")})):
        with pytest.raises(rc.RecountError, match="settles"):
            rc.judge(subject)
        verdict = rc.judge(subject, settles="the yearbook of 2016, table 1")
        assert verdict.verdict == "open" and "the yearbook of 2016, table 1" in verdict.sentence


def test_a_threshold_can_be_a_choice() -> None:
    def compute(less_than: float) -> Reading:
        return Reading(0.8, rows(), against=Interval(-math.inf, {1.0: 1.0, 0.5: 0.5}[less_than]))

    verdict = rc.judge(rc.specifications("china-below-russia", compute, less_than=[1.0, 0.5]))
    assert verdict.verdict == "holds as written" and verdict.condition == "exactly when less than is 1.0"


def test_where_nothing_was_known_then_what_came_later_decides_and_the_sentence_says_so() -> None:
    verdict = judged({"a": reading(60, published=LATER), "b": reading(90, 10, published=LATER)})
    assert verdict.verdict == "holds as written"
    assert "nothing was published by 25 April 2017, and the figures released since give 60 percent" in verdict.sentence


AGREES, DISAGREES = reading(61, published=LATER), reading(90, 10, published=LATER)
LATER_FIGURES = {
    "none": [{"b": 61}, {"b": 90}, {"b": RECALLED}, {"b": Reading.bounded(20, 95, rows(published=LATER))}],
    "agree": [{"b": AGREES}, {"b": AGREES, "c": AGREES}],
    "split": [{"b": AGREES, "c": DISAGREES}],
    "moved away": [{"b": DISAGREES}, {"b": DISAGREES, "c": reading(61, grade="recalled", published=LATER)}],
}


@pytest.mark.parametrize("word", LATER_FIGURES)
def test_what_later_figures_say(word: str) -> None:
    assert {judged({"a": 60} | values).later for values in LATER_FIGURES[word]} == {word}


def test_as_of_a_later_day_more_is_known_and_the_word_may_change() -> None:
    specs = specify({"a": 60, "b": reading(90, published=LATER)})
    assert (rc.judge(specs).verdict, rc.judge(specs).later) == ("holds", "moved away")
    assert rc.judge(specs, as_of="2020-01-01").verdict == "holds as written"


values_ = st.lists(st.floats(1, 150), min_size=1, max_size=6)
ORDER = ["fails", "holds if", "holds as written", "holds"]


def rank_of(values: list[float]) -> int:
    return ORDER.index(judged(dict(zip("abcdefg", values, strict=False))).verdict)


@settings(deadline=None, max_examples=30)
@given(values_, st.floats(0, 60))
def test_agreement_never_worsens_a_verdict_and_moving_away_never_improves_it(values: list[float], away: float) -> None:
    assert rank_of([*values, 60.0]) >= rank_of(values)
    above = [max(value, 60.0) for value in values]  # all on one side of the number stated
    assert rank_of([value + away for value in above]) <= rank_of(above)


KINDS = {"unsure": UNSURE, "recalled": RECALLED, "later": DISAGREES}
KINDS |= {"no more than": Reading.bounded(-math.inf, 60, rows(3)), "at least": Reading.bounded(55, math.inf, rows(3))}
KINDS |= {str(value): float(value) for value in (40, 60, 61, 90)}


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=5))
def test_sentences_are_plain_english_and_records_survive_json(kinds: list[str]) -> None:
    verdict = judged({way: KINDS[kind] for way, kind in zip("abcde", kinds, strict=False)})
    sentence, record = verdict.sentence, verdict.record()
    assert sentence[0].isupper() and sentence.endswith(".") and "  " not in sentence
    assert not re.search(r"\b(\w+) \1\b|\(\)|nan|inf\b|None|;;|\.\.|\b1 ways\b| ,", sentence), sentence
    assert not verdict.condition or verdict.condition in sentence
    restored = from_record(json.loads(json.dumps(record, allow_nan=False)))
    assert restored.record() == record and restored.multiverse == verdict.multiverse


def test_distance_and_nearest() -> None:
    verdict = judged({"a": 54, "b": 58, "c": 70})
    assert verdict.distance == {"absolute": -6, "percent": -10}
    assert verdict.nearest == {"value": 58, "way": "b"}
    assert "90 percent, 30 percentage points above it" in judged({"a": 90}).sentence
    assert "leave every value possible" in judged({"a": KINDS["at least"], "b": KINDS["no more than"]}).sentence
    assert judged({"a": -2.0}, key="entrenched").distance == {"absolute": -2, "percent": None}
    assert judged({"a": 3.0}, key="entrenched").distance == {"absolute": 0, "percent": None}
    unsure = judged({"a": UNSURE, "b": 70})
    assert unsure.nearest == {"value": 70, "way": "b"}, "what cannot tell is not near"
    assert (unsure.distance, unsure.inside, unsure.cannot_tell, len(unsure.used)) == (None, 0, 1, 2)


def test_every_stored_record_is_the_record_of_its_verdict() -> None:
    stored = [(place, record) for path in executed() for place, kind, record in recorded(path) if kind == VERDICT_MIME]
    assert {record["claim"] for _, record in stored} == {*rc.ledger()}
    for place, record in stored:
        verdict = from_record(record, **place)
        assert verdict.record() == record and from_record(verdict.record()).record() == record
        assert (verdict.section, verdict.cell) == (place["section"], place["cell"])
        for spec, way in zip(verdict.multiverse, record["multiverse"], strict=True):
            runs = [run for runs in way["evidence"].values() for run in runs]
            assert all(len(run) in (2, 3) and run[0] <= run[1] for run in runs), "[first, last] or [first, last, step]"
            assert {name: rows_in(runs) for name, runs in way["evidence"].items()} == spec.evidence


def test_the_record_field_by_field() -> None:
    used = pd.concat([rows(2), rows(3), rows(4)])
    used.attrs["table"] = "rd_expenditure"
    verdict = judged({"a": Reading(60.5, used, low=60, high=61), "b": 90, "c": UNSURE})
    record = verdict.record()
    literal, other, _ = record.pop("multiverse")
    assert record == {
        "claim": "rd-share", "essay": "industry-clusters", "notebook": "05-industry-clusters", "unit": "percent",
        "stated": "about 60 percent", "stated_on": "2017-04-25", "low": 52, "high": 68, "as_written": 60.5,
        "minimum": 60, "maximum": 90, "specifications": 3, "inside": 1, "cannot_tell": 1, "test": "statistics",
        "verdict": "holds as written", "quotation": "", "settles": "a table", "sentence": verdict.sentence,
        "later": "none", "condition": "exactly when way is a", "choices": ["way"], "breakdown": None,
        "nearest": {"value": 60.5, "way": "a"}, "distance": {"absolute": 0.5, "percent": 0.8333333333},
    }  # fmt: skip
    assert literal == {
        "way": "a", "value": 60.5, "low": 60, "high": 61, "bounded": False, "least": 52, "most": 68, "known": True,
        "outcome": "agrees", "inside": True, "test": "statistics", "as_written": True, "decides": True, "same_as": "",
        "after": False, "grade": "verified", "published": "2016-12-31", "claims": [],
        "evidence": {"rd_expenditure": [[2, 4]]},
    }  # fmt: skip
    assert (other["way"], other["value"], other["as_written"], other["inside"]) == ("b", 90, False, False)
    empty = rc.judge("rd-share", settles="a survey").record()
    none = {"as_written", "minimum", "maximum", "nearest", "distance", "breakdown"}
    assert {name for name, value in empty.items() if value is None} == none and empty["multiverse"] == []


def test_what_a_verdict_shows_is_escaped_and_machine_readable() -> None:
    verdict = judged({"a": 60.0, "b": 56.0})
    shown = verdict._repr_mimebundle_()
    assert json.loads(json.dumps(shown[VERDICT_MIME], allow_nan=False)) == verdict.record()
    assert shown["text/plain"] == str(verdict) == f"● rd-share: holds. {verdict.sentence}"
    assert "R&amp;D" in shown["text/html"] and "</span> holds</strong>" in shown["text/html"]
    assert f"solid {COLOURS['good']};" in shown["text/html"]
    hostile = rc.judge("rd-share", settles="<script>alert(1)</script>")
    assert "<script>" not in hostile._repr_mimebundle_()["text/html"]


def test_every_word_has_a_mark_of_its_own_and_a_colour() -> None:
    assert len({word.mark for word in VERDICTS.values()}) == len(VERDICTS)
    assert {word.tone for word in VERDICTS.values()} == set(COLOURS)


def test_summary_and_claims_table() -> None:
    quoted = {"a": reading(0.8, source=QUOTED), "b": 0.9}
    verdicts = judged({"a": 60.0, "b": 56.0}), judged(quoted, key="withdraw-bottom"), judged({"a": UNSURE})
    table = summary(*verdicts, rc.judge("entrenched", settles="a table")).drop(columns="stated")
    assert table.to_numpy().tolist() == [
        ["60 percent", "56 to 60", "2 of 2", "● holds"],
        ["0.8 percent", "0.9", "1 of 1", "● holds · ✗ misquoted"],
        ["10 to 90 percent", "10 to 90", "1 cannot tell", "… open"],
        ["", "", "", "… open"],
    ]
    listed = rc.claims_table("industry-clusters")
    assert list(listed.index) == list(rc.ledger("industry-clusters"))
    assert [*listed.loc["rd-share"]] == [RD.phrase, RD.quantity, "52 to 68 percent", "2017-04-25", "Andrew Batson"]
    assert "about 60% of national R&amp;D spending" in listed._repr_html_()
