"""The stated interval, case by case and by property; and every rule of the ledger with a planted defect."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from conftest import ROOT, replace
from hypothesis import given
from hypothesis import strategies as st

import recount as rc
from recount.claims import BASES, CLAIM_COLUMNS, ESSAY_COLUMNS, KINDS, TODO
from recount.records import gathered, notebooks
from recount.wording import APPROXIMATORS, COMPARATORS, Interval, agreement, from_to

CASES = [
    ("26.9", "", "", 26.85, 26.95),
    ("92.1", "", "", 92.05, 92.15),
    ("1.2", "", "", 1.15, 1.25),
    ("0.9", "", "", 0.85, 0.95),
    ("60.0", "", "", 59.95, 60.05),
    ("12", "", "", 11.5, 12.5),
    ("60", "", "", 55, 65),
    ("105", "", "", 104.5, 105.5),
    ("353,000", "", "", 352_500, 353_500),
    ("2,760", "", "", 2_755, 2_765),
    ("0", "", "", -0.5, 0.5),
    ("-3", "", "", -3.5, -2.5),
    ("five", "", "", 4.5, 5.5),
    ("250,000–300,000", "", "", 245_000, 305_000),
    ("60", "about", "", 52, 68),
    ("124", "about", "", 117.3, 130.7),
    ("124", "approximately", "", 117.3, 130.7),
    ("0.9", "roughly", "", 0.805, 0.995),
    ("26.9", "roughly", "", 25.505, 28.295),
    ("20–25", "", "", 19.5, 25.5),
    ("two", "", "within", -math.inf, 2),
    ("25", "nearly", "", 22.5, 25),
    ("22", "close to", "", 19.8, 22),
    ("-10", "nearly", "", -10, -9),
    ("6", "just", "", 5.5, 6.5),
    ("26.9", "only", "", 26.85, 26.95),
    ("50", "", "more than", 50, math.inf),
    ("50", "", "over", 50, math.inf),
    ("50", "", "at least", 50, math.inf),
    ("50", "", "at most", -math.inf, 50),
    ("50", "", "less than", -math.inf, 50),
    ("50", "about", "more than", 50, math.inf),
]


@pytest.mark.parametrize(("value", "approximator", "comparator", "low", "high"), CASES)
def test_wording(value: str, approximator: str, comparator: str, low: float, high: float) -> None:
    interval = rc.stated_interval(value, approximator, comparator)
    assert (interval.low, interval.high) == pytest.approx((low, high))


def test_ends() -> None:
    bare, around, below = (rc.stated_interval("60", word) for word in ("", "about", "nearly"))
    assert 55 in bare and 65 not in bare
    assert 68 in around and 68.01 not in around
    assert 60 in below and 60.01 not in below
    assert 50 in rc.stated_interval("50", "", "at least")
    assert 50 not in rc.stated_interval("50", "", "more than")


def test_significant_digits_and_factor() -> None:
    assert rc.stated_interval("60", significant_digits=2) == Interval(59.5, 60.5, True, False)
    assert rc.stated_interval("23", factor=10**6).low == 22_500_000


@pytest.mark.parametrize(
    "bad", [("sixty-ish",), ("60", "circa"), ("60", "", "beyond"), ("",), ("300–200",), ("1–2–3",)]
)
def test_unknown_wording_is_refused(bad: tuple[str, ...]) -> None:
    with pytest.raises(rc.RecountError):
        rc.stated_interval(*bad)


@pytest.mark.parametrize("digits", [0, 3, -1])
def test_significant_digits_are_those_printed(digits: int) -> None:
    with pytest.raises(rc.RecountError, match="'60' is no number or rising range"):
        rc.stated_interval("60", significant_digits=digits)


@given(st.integers(1, 10**6), st.sampled_from(["about", "approximately", "roughly", "around", "some"]))
def test_about_always_widens(number: int, word: str) -> None:
    bare, around = rc.stated_interval(str(number)), rc.stated_interval(str(number), word)
    assert around.low < bare.low and around.high > bare.high


def test_meeting_and_covering() -> None:
    bare, about = rc.stated_interval("60"), rc.stated_interval("60", "", "more than")
    assert bare.meets(50, 55) and not bare.meets(65, 70), "the upper end rounds away"
    assert bare.covers(55, 64.9) and not bare.covers(55, 65)
    assert about.meets(0, 61) and not about.meets(0, 60) and not about.covers(60, 61)


numbers = st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False, allow_infinity=False)
words = st.sampled_from(sorted(APPROXIMATORS))


@given(numbers, words, st.sampled_from(sorted(COMPARATORS)))
def test_the_printed_value_lies_inside(number: Decimal, approximator: str, comparator: str) -> None:
    interval = rc.stated_interval(str(number), approximator, comparator)
    assert interval.low <= float(number) <= interval.high
    if COMPARATORS[comparator] not in (">", "<"):
        assert float(number) in interval


@given(numbers, words)
def test_more_decimals_never_widen(number: Decimal, approximator: str) -> None:
    coarse = rc.stated_interval(str(number), approximator)
    fine = rc.stated_interval(f"{number}0", approximator)
    assert fine.low >= coarse.low
    assert fine.high <= coarse.high


@given(numbers, words, st.sampled_from([10, 1000, 10**6]))
def test_units_scale(number: Decimal, approximator: str, factor: int) -> None:
    one, scaled = (
        rc.stated_interval(str(number), approximator),
        rc.stated_interval(str(number), approximator, factor=factor),
    )
    assert (scaled.low, scaled.high) == pytest.approx((one.low * factor, one.high * factor))


@pytest.mark.parametrize(
    ("value", "text"),
    [(58.98123, "58.98"), (1234567.8, "1,234,568"), (0.0, "0"), (-0.0001, "-0.0001"), (6.0, "6"), (0.41504, "0.415")],
)
def test_plain(value: float, text: str) -> None:
    assert rc.plain(value) == text


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        ((58.12, 58.98), "58.12 to 58.98"),
        ((30, 30), "30"),
        ((30, None), "30 or more"),
        ((-math.inf, 2), "2 or less"),
        ((None, math.inf), ""),
    ],
)
def test_a_range_in_words(ends: tuple, text: str) -> None:
    assert from_to(*ends) == text


def test_what_cannot_tell_is_counted_apart() -> None:
    told = [agreement(*counts) for counts in ((5, 3, 2), (3, 3, 0), (1, 0, 1), (0, 0, 0))]
    assert told == ["3 of 3, 2 cannot tell", "3 of 3", "1 cannot tell", ""]


def test_ledger_of_an_essay() -> None:
    claims = rc.ledger("industry-clusters")
    assert {"rd-share", "it-share", "six-provinces", "express-four", "entrenched"} <= set(claims)
    assert claims["rd-share"].stated == "about 60 percent"
    assert math.isnan(claims["entrenched"].point)


DEFECTS = [
    ("rd-share,industry-clusters", "rd-share,industry-cluster", r"row \d+, essay: found 'industry-cluster'"),
    ("it-share,", "rd-share,", r"row \d+, id: found 'rd-share', expected an id that no other row has"),
    (",60,percent,about", ",6o,percent,about", r"row \d+, value"),
    (
        ",60,percent,about",
        ",60,furlongs,about",
        r"row \d+, unit: found 'furlongs', expected one of percent, percentage ",
    ),
    (",60,percent,about", ",60,percent,circa", r"row \d+, approximator: found 'circa'"),
    (
        ",60,percent,about,,,,,",
        ",60,percent,about,,,55,65,",
        r"row \d+, reason: found '', expected why the wording's rule does not serve$",
    ),
    (",60,percent,about,,,,,", ",60,percent,about,,2,,,", r"row \d+, reason"),
    (
        ",60,percent,about,,,,,,",
        ",60,percent,about,,,70,65,because,",
        r"row \d+, high: found '65', expected no less than low$",
    ),
    (
        ",60,percent,about,,,,,,",
        ",60,percent,about,,,,x,because,",
        r"row \d+, high: found 'x', expected a number or empty$",
    ),
    (
        ",60,percent,about,,,,,,",
        ",60,percent,about,,x,,,because,",
        r"significant_digits: found 'x', expected a whole number or empty$",
    ),
    (
        ",share of the six provinces in national R&D expenditure,",
        ",,",
        r"row \d+, quantity: found '', expected some text$",
    ),
    (",60,percent,about,,,,,,", ",60,percent,about,,,x,,because,", r"row \d+, low: found 'x', expected a number"),
    (
        ",60,percent,about",
        ",,percent,about",
        r"row \d+, value: found '', expected a number, or low or high with a reason$",
    ),
    (
        "industry-clusters,68,account for about 60%",
        "industry-clusters,6,account for about 60%",
        r"row \d+, paragraph: found '6', expected 64 to 68",
    ),
    (
        "account for about 60% of national R&D spending",
        "account for about 60% of one two three four five",
        r"row \d+, phrase: .* expected 1 to 8 words",
    ),
    (",account for about 60% of national R&D spending,", ",,", r"row \d+, phrase: found '', expected 1 to 8 words$"),
    ("account for about 60% of", "account for much of", r"row \d+, value: found '60', expected a whole numeral of"),
    (
        "rather than overturned,,",
        "rather than overturned,rather,",
        r"row \d+, value: .* nothing, for a claim of direction",
    ),
    (",kind,", ",sort,", r"column 'kind' is missing"),
    (",share,2017-04-25,", ",sort,2017-04-25,", r"row \d+, kind: found 'sort'"),
    (",share,2017-04-25,", ",share,more,2017-04-25,", r"row \d+: 21 cells found, 20 expected"),
    (",share,2017-04-25,", ",share,April 2017,", r"row \d+, stated_on: found 'April 2017', expected a date"),
    (",share,2016-06-30,", ",share,2018-06-30,", r"row \d+, stated_on: .* no day after the essay's own, 2017-05-25"),
    (
        ",day on which Caixin reported the study,",
        ",,",
        r"row \d+, stated_basis: found '', expected how the day is known$",
    ),
    (
        ",60,percent,about,,,,,,",
        ",60,percent,about,,,10,20,because,",
        r"row \d+, low: found '10', expected bounds that allow the number printed$",
    ),
    (
        ",60,percent,about,,,,,,",
        ",60,percent,about,,,-inf,inf,because,",
        r"row \d+, low: found '-inf', expected a bound that refuses some value$",
    ),
    (",60,percent,about,,,,,,", ",60,percent,about,,9,,,because,", r"row \d+, value: .* a number as printed"),
    (",60,percent,about,,,,,,", f",60,percent,about,,{10**12},,,because,", r"row \d+, value: .* a number as printed"),
    (",60,percent,about,,,,,,", ",60,percent,about,,,1e400,,because,", r"row \d+, low: .* refuses some value"),
    (",60,percent,about", ",6,percent,about", r"row \d+, value: found '6', expected a whole numeral of the phrase"),
    (",60,percent,about", ",0,percent,about", r"row \d+, value: found '0', expected a whole numeral of the phrase"),
    (",60,percent,about", ",60,percent,nearly", r"row \d+, approximator: found 'nearly', expected 'about'"),
    (",60,percent,about", ",60,percent,", r"row \d+, approximator: found '', expected 'about'"),
    (",60,percent,about,,", ",60,percent,about,over,", r"row \d+, comparator: found 'over', expected ''"),
    ("two,months,,within", "two,months,,", r"row \d+, comparator: found '', expected 'within'"),
    (",60,percent,about", ",60,persons,about", r"row \d+, unit: found 'persons', expected 'percent'"),
    (",124,million persons,", ",124,persons,", r"row \d+, unit: found 'persons', expected 'million persons'"),
    (",five,million persons,", ",five,percent,", r"row \d+, unit: found 'percent', expected 'million "),
    ("two,months,", "two,years,", r"row \d+, unit: found 'years', expected 'months'"),
    (",six,provinces,just", ",six,percent,just", r"row \d+, unit: found 'percent', expected 'provinces'"),
    (",share,2017-04-25,", ",duration,2017-04-25,", r"row \d+, kind: found 'duration', expected a kind that"),
    (
        "about 60% of national R&D spending",
        "about 60% of national–R&D–one–two–three–four",
        r"row \d+, phrase: .* 8 words",
    ),
    ("about 60% of national R&D spending", "about 60% of-all-that-is-spent", r"row \d+, phrase: .* 8 words"),
    ("about 60% of national R&D spending", "about 60% of\0 it", r"row \d+, phrase: found .* text without control"),
    ("about 60% of national R&D spending", "about 60% of " + "x" * 200_000, r"a cell of 2"),
]


@pytest.mark.parametrize(("old", "new", "message"), DEFECTS, ids=[new[:40] for _, new, _ in DEFECTS])
def test_a_broken_ledger_names_file_row_and_column(copy, old: str, new: str, message: str) -> None:
    replace(copy / "seeds" / "claims.csv", old, new)
    with pytest.raises(rc.RecountError, match=rf"seeds/claims.csv.*{message}"):
        rc.ledger()


def test_a_row_of_the_ledger_field_by_field(copy) -> None:
    replace(copy / "seeds" / "claims.csv", ",60,percent,about,,,,,", ",60,percent,about,,,60,60,because")
    replace(
        copy / "seeds" / "claims.csv",
        "Shandong,2015,Andrew Batson,share,2017-04-25,the essay's own day,",
        "Shandong,2015,Andrew Batson,share,2017-04-24,a basis,a-source;another",
    )
    replace(copy / "seeds" / "claims.csv", "account for about 60% of national R&D spending", "60%")
    share, cap, direction = (rc.claim(key) for key in ("rd-share", "surplus-labour", "entrenched"))
    assert (share.interval, share.reason, share.phrase) == (Interval(60, 60), "because", "60%"), (
        "an end allows the number"
    )
    assert (share.stated_on.isoformat(), share.stated_basis) == ("2017-04-24", "a basis")
    assert (share.quotes, share.paragraph, share.essay.id) == (("a-source", "another"), 68, "industry-clusters")
    assert (cap.interval.low, cap.interval.high, cap.point) == (104_500_000, 105_500_000, 105_000_000)
    assert (direction.interval.low, direction.interval.high) == (0, math.inf)
    assert rc.claim("it-share").interval == rc.stated_interval("40", "about"), "as the wording allows"


ESSAY_DEFECTS = [
    ("\nintegration,", "\npopulation-cap,", "row 8, id: found 'population-cap', expected an id that no other row has"),
    ("\nintegration,", "\n,", "row 8, id: found ''"),
    ("2017-04-17,", "17 April,", "row 8, published: found '17 April', expected a date"),
    (",69,", ",68,", "row 8, first_paragraph: found '68', expected 69, next to the essay before"),
    (",69,", ",70,", "row 8, first_paragraph: found '70', expected 69"),
    (",69,", ",69,60,", "row 8: 8 cells found, 7 expected"),
    (",64,68,", ",64,60,", "row 7, last_paragraph: found '60'"),
    (",64,68,", ",64,end,", "row 7, last_paragraph: found 'end', expected a whole number"),
    (",05-industry-clusters", ",../notebooks/05-industry-clusters", "row 7, notebook: found"),
    ("https://andrewbatson.com/2017/04/25", "javascript:alert(1)//", "row 7, address: found 'java.* expected http"),
    ("https://andrewbatson.com/2017/04/25", " javascript://https://x", "row 7, address: found ' java"),
    (",notebook\n", ",book\n", "column 'notebook' is missing"),
]


@pytest.mark.parametrize(("old", "new", "message"), ESSAY_DEFECTS)
def test_a_broken_row_of_the_essays_names_file_row_and_column(copy, old: str, new: str, message: str) -> None:
    rc.ledger()
    replace(copy / "seeds" / "essays.csv", old, new)
    with pytest.raises(rc.RecountError, match=f"seeds/essays.csv.*{message}"):
        rc.ledger()


def test_the_value_stands_in_the_phrase_whatever_the_dashes(copy) -> None:
    replace(copy / "seeds" / "claims.csv", "at 250,000–300,000", "at 250,000 - 300,000")
    assert (rc.claim("soviet-city-cap").interval.low, rc.claim("soviet-city-cap").interval.high) == (245_000, 305_000)


def test_a_changed_range_of_paragraphs_reaches_the_claims(copy) -> None:
    assert rc.claim("rd-share").paragraph == 68
    replace(copy / "seeds" / "essays.csv", ",64,68,", ",64,67,")
    replace(copy / "seeds" / "essays.csv", ",69,", ",68,")
    with pytest.raises(rc.RecountError, match="paragraph: found '68', expected 64 to 67"):
        rc.claim("rd-share")


def test_phrases_are_at_most_eight_words() -> None:
    assert {claim.id for claim in rc.ledger().values() if len(claim.phrase.split()) > 8} == set()


def test_the_readme_of_the_seeds_names_every_column_unit_and_kind() -> None:
    told = " ".join((ROOT / "seeds" / "README.md").read_text(encoding="utf-8").split())
    columns, described = told.split("## The columns of claims.csv")[1].split(" ## ")[0], told.split("## ")[0]
    assert [column for column in ESSAY_COLUMNS if column not in described] == []
    assert [column for column in CLAIM_COLUMNS if f"`{column}`" not in columns] == []
    (units,) = [line for line in columns.split("- `") if line.startswith("unit`")]
    (kinds,) = [line for line in columns.split("- `") if line.startswith("kind`")]
    assert set(units.split(": ")[1].split(". ")[0].split(", ")) == set(BASES)
    assert set(kinds.split(": ")[1].split(". ")[0].split(", ")) == {*KINDS} - {TODO}


def test_every_claim_has_a_notebook_that_gives_it_a_verdict() -> None:
    stored = notebooks()
    verdicts, _ = gathered(stored)
    without = rc.ledger().keys() - {verdict["claim"] for verdict in verdicts}
    named = {essay.notebook for essay in rc.essays().values() if essay.notebook} | {"00-scoreboard"}
    assert {path.stem for path in stored} <= named, "seeds/essays.csv names every notebook"
    assert without == set(), "claims of seeds/claims.csv without a verdict"


def test_missing_ledger_and_wrong_encoding(copy) -> None:
    path = copy / "seeds" / "claims.csv"
    path.write_bytes("caf\xe9".encode("latin-1"))
    with pytest.raises(rc.RecountError, match="not UTF-8"):
        rc.ledger()
    path.unlink()
    with pytest.raises(rc.RecountError, match="no such file"):
        rc.ledger()


def test_unknown_names_list_the_known() -> None:
    with pytest.raises(rc.RecountError, match="claim 'rd' is not in seeds/claims.csv"):
        rc.claim("rd")
    with pytest.raises(rc.RecountError, match="essay 'clusters' is unknown"):
        rc.ledger("clusters")


def test_the_remainder_is_allowed_what_its_whole_is() -> None:
    for part, rest in (("coast-share-1956", "interior-share-1956"), ("fund-coverage", "fund-uncovered")):
        one, other = rc.claim(part).interval, rc.claim(rest).interval
        assert (other.low, other.high) == (100 - one.high, 100 - one.low)
