"""Numerals against a truth made by hand; a text against its ledger, with faults planted in both."""

import csv
import os
import re
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import ROOT, replace
from hypothesis import given
from hypothesis import strategies as st
from small_collection import write_rows

from recount.claims import ledger
from recount.cli import main
from recount.files import RecountError, write_text
from recount.numerals import normalise
from recount.texts.check import check
from recount.texts.extract import fingerprint, numerals
from recount.texts.ledger import COLUMNS, ROLES, paragraphs, read_paragraphs, rows
from recount.texts.units import value_of

SEEDS = ROOT / "seeds"
COPY = Path(os.environ.get("RECOUNT_TEXT", "")).resolve()
needs_text = pytest.mark.skipif("RECOUNT_TEXT" not in os.environ, reason="RECOUNT_TEXT names no copy of the essays")


# ---- numerals


def test_numerals_are_those_of_the_truth() -> None:
    with Path(__file__).with_name("numerals.csv").open(encoding="utf-8", newline="") as file:
        truth = {row["sentence"]: row["numerals"] for row in csv.DictReader(file)}
    expected = {text: [normalise(token) for token in tokens.split(" | ") if token] for text, tokens in truth.items()}
    assert len(truth) >= 480
    assert {text: [numeral.token for numeral in numerals(text)] for text in truth} == expected


@pytest.mark.parametrize(
    ("token", "value"),
    [
        ("353,000", "353000"), ("48 311", "48311"), ("23m", "23000000"), ("1.2bn", "1200000000"), ("４５", "45"),
        ("\u22123.5 per cent", "-3.5"), ("minus 4 percent", "-4"), (".5 percent", "0.5"), ("25bp", "25"), ("3x", "3"),
        ("40m sq m", "40000000"), ("$4.5B", "4500000000"), ("Rmb 15.4bn", "15400000000"), ("350km/h", "350"),
        ("43.6 million U.S. dollars", "43600000"), ("1.2 bln yuan", "1200000000"), ("30-million", "30000000"),
        ("3/4", "0.75"), ("1½", "1.5"), ("19th", "19"), ("1950s", "1950"), ("XIV", "14"), ("20-fold", "20"),
        ("half a million", "500000"), ("two dozen", "24"), ("three-quarters", "0.75"), ("twenty-first", "21"),
        ("third", "3"), ("doubled", "2"), ("two thousand million", "2000000000"), ("2.5 x 10\u207b\u00b3", "0.0025"),
    ],
)  # fmt: skip
def test_value_of_a_numeral(token: str, value: str) -> None:
    assert value_of(token) == Decimal(value)


@pytest.mark.parametrize("token", ["", "geese", "90–110", "2015/16", "10:45", "hundreds of millions", "5/0", "1,2"])
def test_value_of_what_is_not_one_number_is_refused(token: str) -> None:
    with pytest.raises(RecountError, match="is not one number"):
        value_of(token)


@given(st.integers(0, 999_999_999))
def test_numerals_finds_printed_numbers_whole_and_value_of_reads_them(n: int) -> None:
    for token in (f"{n:,}", f"{n} percent", f"{n}m"):
        assert [numeral.token for numeral in numerals(f"They saw {token} geese, no fewer.")] == [token]
        assert value_of(token) == n * (10**6 if token.endswith("m") else 1)


PIECES = ["Rmb", "15", ".4", "bn", "×10", "⁶", "^", "5", "pc", " ", "-", "–", "−", "half", "one ", "third", "US$", "½"]


@given(
    st.text()
    | st.text("0123456789.,-–/:%¥$½²IVXmk onehalftwdrd\u00a0", max_size=60)
    | st.lists(st.sampled_from([*PIECES, "%", "\n", "•"]), max_size=12).map("".join)
)
def test_numerals_lie_in_order_inside_the_normalised_text(text: str) -> None:
    plain, end = normalise(text), 0
    for numeral in numerals(text):
        assert end <= numeral.start < numeral.end
        assert plain[numeral.start : numeral.end] == numeral.token
        end = numeral.end
    assert normalise(plain) == plain
    assert numerals(plain) == numerals(text)


# ---- a small invented text and its ledger

PARAGRAPHS = (
    ("geese", "The geese of the valley, 150 years on"),
    ("geese", "In 1987 the valley had 48,311 geese – about 40% of them white…"),
    ("geese", "  • One of the mills burned; “the cap” of 90,000–110,000 geese held."),
    ("geese", "Nobody’s geese were counted twice–or once."),
    ("swans", "Swans are another matter."),
    ("swans", "Fewer swans than geese were seen; by 2001, 12 percent were gone."),
)
CLAIMS = (
    ("years", 1, "the valley, 150 years on", "150", "years", ""),
    ("total", 2, "the valley had 48,311 geese", "48,311", "persons", ""),
    ("white", 2, "about 40% of them white", "40", "percent", "about"),
    ("cap", 3, "“the cap” of 90,000–110,000 geese held", "90,000–110,000", "persons", ""),
    ("fewer", 6, "Fewer swans than geese", "", "times", ""),
    ("gone", 6, "12 percent were gone", "12", "percent", ""),
)
NUMBERS = (
    (1, 1, "150", "claim", "years", ""),
    (2, 1, "1987", "date", "", "year of the count"),
    (2, 2, "48,311", "claim", "total", ""),
    (2, 3, "40%", "claim", "white;total", ""),
    (3, 1, "One", "idiom", "", "one of the mills"),
    (3, 2, "90,000–110,000", "claim", "cap", ""),
    (4, 1, "twice", "idiom", "", "not measured"),
    (6, 1, "2001", "date", "", "date of gone"),
    (6, 2, "12 percent", "claim", "gone", ""),
)
TEXT = "\n\n".join(text for _, text in PARAGRAPHS) + "\n"


@pytest.fixture
def seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The invented ledger, in a collection of its own; the working directory is inside it."""
    write_text(tmp_path / "data" / "datapackage.json", '{"resources": []}')
    monkeypatch.chdir(tmp_path)
    essays = [{"id": e, "first_paragraph": a, "last_paragraph": b} for e, a, b in (("geese", 1, 4), ("swans", 5, 6))]
    places = [{"essay": essay, "paragraph": n} for n, (essay, _) in enumerate(PARAGRAPHS, 1)]
    prints = [place | {"sha256": fingerprint(text)} for place, (_, text) in zip(places, PARAGRAPHS, strict=True)]
    numbers = [places[row[0] - 1] | dict(zip(COLUMNS["numbers"][1:], row, strict=True)) for row in NUMBERS]
    columns = ("id", "paragraph", "phrase", "value", "unit", "approximator")
    dated = {"quantity": "geese", "kind": "level", "stated_on": "2001-05-01", "stated_basis": "day of the essay"}
    claims = [places[row[1] - 1] | dated | dict(zip(columns, row, strict=True)) for row in CLAIMS]
    claims[4] |= {"kind": "direction", "high": 1, "reason": "fewer is a ratio below one"}
    for name, table in {"essays": essays, "paragraphs": prints, "numbers": numbers, "claims": claims}.items():
        write_rows(tmp_path / "seeds" / f"{name}.csv", COLUMNS[name], table)
    return tmp_path / "seeds"


def text_file(folder: Path, text: str) -> Path:
    path = folder / "copy.txt"
    path.write_text(text, encoding="utf-8", newline="")
    return path


COPIES: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "straight quotes and hyphens": lambda text: text.translate(str.maketrans("‘’“”–", "''\"\"-")),
    "em dashes, spaced": lambda text: re.sub(r"(?<=[a-z])–(?=[a-z])", " — ", text),
    "spaces after the dash of a range": lambda text: re.sub(r"(?<=\d)–(?=\d)", "– ", text),
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "other bullets": lambda text: text.replace("  • ", "* "),
    "three full stops": lambda text: text.replace("…", "..."),
    "byte order mark": lambda text: "\ufeff" + text,
    "soft hyphens": lambda text: text.replace("ll", "l\u00adl"),
    "decomposed letters": lambda text: text.replace("ü", "u\u0308"),
    "another order, with lines between": lambda text: "Home\n" + "\nShare\n".join(reversed(text.splitlines())),
    "hard-wrapped lines": lambda text: re.sub(r"(?<=[a-z,]) (?=[a-z]{4})", "\n", text),
}


@pytest.mark.parametrize("change", COPIES.values(), ids=COPIES.keys())
def test_check_accounts_for_a_copy_however_printed(seeds: Path, change: Callable[[str], str]) -> None:
    result = check(text_file(seeds, change(TEXT)))
    assert result.lines() == ["9 numerals, 6 of 6 claims, 9 of 9 expected numerals accounted for: 100 percent"]
    assert result.ok


def test_check_names_every_altered_digit_with_its_paragraph_and_context(seeds: Path) -> None:
    for place in (match.start() for match in re.finditer(r"\d", TEXT)):
        altered = TEXT[:place] + str((int(TEXT[place]) + 1) % 10) + TEXT[place + 1 :]
        result = check(text_file(seeds, altered))
        assert not result.ok and result.percent < 100
        assert {difference.paragraph for difference in result.differences} == {1 + TEXT[:place].count("\n\n")}
        assert any(d.what.startswith("numeral found") and altered[place] in d.context for d in result.differences)


@pytest.mark.parametrize(
    ("old", "new", "difference"),
    [
        ("Swans are another", "Swans are 3 another", "numeral found: 3; expected: nothing (unaccounted for)"),
        ("Swans are another matter.", "Swans are another.", "the words differ, no numeral does"),
        ("about 40%", "more than 40%", "the phrase of claim white is not there"),
        ("Swans are another matter.\n", "", "missing from swans"),
        ("by 2001, 12", "by 12", "numeral found: nothing; expected: 2001"),
        ("Swans are another", "A line of 77 ducks.\n\nSwans are another", "77 is unaccounted for"),
    ],
)
def test_check_names_any_other_change_of_the_text(seeds: Path, old: str, new: str, difference: str) -> None:
    replace(path := text_file(seeds, TEXT), old, new)
    assert not check(path).ok
    assert difference in [difference.what for difference in check(path).differences]


def test_check_lists_what_an_unknown_text_holds(seeds: Path) -> None:
    unknown = "Ducks\n\nIn 1999 about 3.5 million ducks flew, 7% of all, over three lakes.\n"
    result = check(text_file(seeds, unknown))
    assert not result.ok
    assert result.lines() == [
        "4 numerals in paragraphs that the ledger does not know; `recount new` drafts them so:",
        "paragraph 2: 1999 (date): In 1999 about 3.5 million ducks flew, 7% of all...",
        "paragraph 2: 3.5 million (claim: about 3.5 million (unit?)): " + unknown[7:-1].replace("lakes.", "lakes..."),
        "paragraph 2: 7% (claim: 7 percent): " + unknown[7:-1],
        "paragraph 2: three (claim: over three (unit?)): ..." + unknown[unknown.index("3.5") : -1],
    ]


def test_check_of_a_copy_of_one_essay_is_for_that_essay(seeds: Path) -> None:
    path = text_file(seeds, "\n".join(text for essay, text in PARAGRAPHS if essay == "swans"))
    counts, absent = check(path).lines()
    assert counts.startswith("2 numerals, 2 of 2 claims, 2 of 2 expected") and absent == "not in this text: geese"
    assert check(path).ok
    replace(path, "2001", "2010")
    assert not check(path).ok


@pytest.mark.parametrize("line", ["In 1999 about 3.5 million ducks, 7% of all, flew over ", "a-1-", "9", "1,2."])
def test_check_of_a_long_line_takes_time_in_proportion(seeds: Path, line: str) -> None:
    def seconds(size: int) -> float:
        path, started = text_file(seeds, TEXT + line * (size // len(line))), time.process_time()
        numerals.cache_clear()
        check(path).lines()
        return time.process_time() - started

    short, long = (min(seconds(size), seconds(size)) for size in (4_000, 32_000))
    assert long < 12 * short + 0.02, "eight times the text, far more of the time if quadratic"


def test_check_text_prints_the_differences_and_ends_with_1(seeds: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-text", str(text_file(seeds, TEXT))]) == 0
    assert capsys.readouterr().out.endswith(": 100 percent\n")
    assert main(["check-text", str(text_file(seeds, TEXT.replace("1987", "1978")))]) == 1
    assert "paragraph 2: numeral found: 1978; expected: 1987" in capsys.readouterr().out
    assert main(["check-text", "nowhere.txt"]) == 1
    assert capsys.readouterr().err == "recount: nowhere.txt: no such file or directory\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [(b" \r\n\xc2\xa0\n", "holds no words"), (b"\xff", "not UTF-8"), (b"a\nb\0", "line 2 holds a control character")],
)
def test_read_paragraphs_refuses_what_is_no_text(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "copy.txt").write_bytes(content)
    with pytest.raises(RecountError, match=message):
        read_paragraphs(tmp_path / "copy.txt")
    with pytest.raises(RecountError, match="directory|denied"):
        read_paragraphs(tmp_path)


# ---- the ledger's integrity


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("numbers.csv", "geese,2,1,1987", "geese,6,1,1987", "paragraph: found '6', expected 1 to 4, the essay's own"),
        ("numbers.csv", "geese,2,2,", "geese,2,1,", "row 4, position: found '1', expected 2"),
        ("numbers.csv", "1987,date", "1987,year", "row 3, role: found 'year', expected one of claim, date"),
        ("numbers.csv", "claim,cap", "claim,cape", "row 7, claim: found 'cape', expected ids of claims.csv"),
        ("numbers.csv", "year of the count", "", "row 3, reason: found '', expected why this numeral is no claim"),
        ("numbers.csv", "year of the count", "=1+1", "row 3, reason: found '=1+1', expected text without control"),
        ("numbers.csv", ',"48,311"', ',"8,311"', "row 3, value: found '48,311', expected one of its"),
        ("claims.csv", "gone,swans", "went,swans", "row 10, claim: found 'gone'"),
        ("paragraphs.csv", "geese,2,", "geese,1,", "row 3, paragraph: found '1', expected 2"),
        ("paragraphs.csv", "geese,2,", "geese,2,x", "row 3, sha256"),
        ("essays.csv", "1,4,", "1,4,01-geese", "row 2, notebook: found '01-geese', expected a notebook of notebooks/"),
        ("essays.csv", "5,6", "5,7", "found 6 paragraphs, expected the 7 of essays.csv"),
        ("essays.csv", "1,4", "1,3", "row 3, first_paragraph: found '5', expected 4"),
    ],
)
def test_paragraphs_names_a_fault_by_file_row_field_and_what_was_expected(
    seeds: Path, file: str, old: str, new: str, fault: str
) -> None:
    replace(seeds / file, old, new)
    with pytest.raises(RecountError, match=rf"seeds/\w+\.csv.*{re.escape(fault)}"):
        paragraphs()


def test_the_committed_ledger_links_every_numeral_and_claim() -> None:
    recorded = paragraphs()
    assert len({paragraph.sha256 for paragraph in recorded.values()}) == len(recorded)
    for token in (token for paragraph in recorded.values() for token in paragraph.tokens):
        assert [numeral.token for numeral in numerals(token)] == [normalise(token)]
    linked = {key for row in rows("numbers") for key in row.cells["claim"].split(";") if key}
    assert {claim.kind for claim in ledger().values() if claim.id not in linked} <= {"direction"}
    described = re.findall(r"^\| `(\w+)` \|", (SEEDS / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(ROLES) <= set(described)


# ---- with the essays' text


@needs_text
@pytest.mark.parametrize("change", COPIES.values(), ids=COPIES.keys())
def test_check_accounts_for_the_essays_however_printed(tmp_path: Path, change: Callable[[str], str]) -> None:
    result = check(text_file(tmp_path, change(COPY.read_text(encoding="utf-8"))))
    assert result.lines()[1:] == []
    assert result.ok and result.percent == 100


@needs_text
def test_no_file_of_the_ledger_holds_more_than_eight_words_in_a_row() -> None:
    def stretches(text: str) -> set[str]:
        words = re.findall(r"[^\W_]+(?:[.,'-][^\W_]+)*", normalise(text).lower())
        return {" ".join(words[i : i + 9]) for i in range(len(words) - 8)}

    titles = {stretch for row in rows("essays") for stretch in stretches(row.cells["title"])}
    essays = stretches(COPY.read_text(encoding="utf-8")) - titles
    for path in sorted(SEEDS.iterdir()):
        cells = re.split(r"[\n,]" if path.suffix == ".csv" else r"\n\n|\n(?=- )", path.read_text(encoding="utf-8"))
        own = [re.sub(r'\*[^*]+\*|"[^"]+"', "", c) if c.startswith("- ") else c for c in cells]  # titles of references
        assert {stretch for cell in own for stretch in stretches(cell) & essays} == set(), path.name
