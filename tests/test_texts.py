"""Numerals against a hand-made truth; a text against its ledger, with defects planted in both."""

from __future__ import annotations

import csv
import math
import os
import re
import time
from collections.abc import Callable
from decimal import Decimal
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from conftest import ROOT, replace
from hypothesis import given
from hypothesis import strategies as st

from recount.claims import CLAIM_COLUMNS, ESSAY_COLUMNS, ledger
from recount.cli import main
from recount.files import RecountError, read_rows
from recount.numerals import normalise, number, printed
from recount.texts import check, fingerprint, numerals, paragraphs, read_paragraphs
from recount.texts.ledger import NUMBER_COLUMNS, PARAGRAPH_COLUMNS, ROLES

TRUTH = Path(__file__).with_name("numerals.csv")
SEEDS = ROOT / "seeds"
COPY = Path(os.environ.get("RECOUNT_TEXT", "")).resolve()
needs_text = pytest.mark.skipif(
    not os.environ.get("RECOUNT_TEXT"), reason="RECOUNT_TEXT names no copy of the essays' text"
)


# ---- numerals


def test_precision_and_recall_on_the_truth_are_complete(capsys: pytest.CaptureFixture[str]) -> None:
    sentences = truth = found = right = 0
    wrong = []
    with TRUTH.open(encoding="utf-8", newline="") as handle:
        for record in csv.DictReader(handle):
            expected = [normalise(token) for token in record["numerals"].split(" | ") if token]
            tokens = [numeral.token for numeral in numerals(record["sentence"])]
            matcher = SequenceMatcher(None, expected, tokens, autojunk=False)
            right += sum(block.size for block in matcher.get_matching_blocks())
            sentences, truth, found = sentences + 1, truth + len(expected), found + len(tokens)
            if expected != tokens:
                wrong.append((record["sentence"], expected, tokens))
    with capsys.disabled():
        print(f"\nnumerals: {sentences} sentences, precision {right}/{found}, recall {right}/{truth}")
    assert sentences >= 480
    assert not wrong
    assert right == found == truth > 0


@pytest.mark.parametrize(
    ("token", "value"),
    [
        ("353,000", "353000"), ("48 311", "48311"), ("23m", "23000000"), ("1.2bn", "1200000000"), ("40k", "40000"),
        ("-3.5%", "-3.5"), ("\u22123.5 per cent", "-3.5"), ("minus 4 percent", "-4"), (".5 percent", "0.5"),
        ("26.9 percent", "26.9"), ("0.9%", "0.9"), ("40m sq m", "40000000"), ("1,340 sq km", "1340"),
        ("\uff14\uff15", "45"), ("six", "6"), ("Sixty-six", "66"),
        ("$5 million", "5000000"), ("RMB 600 million", "600000000"), ("¥3.5bn", "3500000000"),
        ("30-million", "30000000"),
        ("3/4", "0.75"), ("1½", "1.5"), ("19th", "19"), ("1950s", "1950"), ("II", "2"), ("XIV", "14"),
        ("20-fold", "20"),
        ("five", "5"), ("Twenty-one", "21"), ("five million", "5000000"), ("two dozen", "24"), ("thousand", "1000"),
        ("One hundred and five million", "105000000"), ("three thousand and one", "3001"), ("half", "0.5"),
        ("half a million", "500000"), ("one and a half million", "1500000"), ("one half", "0.5"),
        ("three-quarters", "0.75"),
        ("first", "1"), ("twenty-first", "21"), ("third", "3"), ("twice", "2"), ("doubled", "2"), ("tenfold", "10"),
        ("3x", "3"), ("Rmb15.4bn", "15400000000"), ("Rmb 15.4bn", "15400000000"), ("5pc", "5"), ("25bp", "25"),
        ("Yn20bn", "20000000000"), ("1.2\u00d710^6", "1200000"), ("2.5 x 10\u207b\u00b3", "0.0025"),
        ("1.2 bln yuan", "1200000000"), ("$6.2trn", "6200000000000"), ("$4.5B", "4500000000"), ("600MW", "600"),
        ("43.6 million U.S. dollars", "43600000"), ("350km/h", "350"), ("10\u2076", "1000000"),
    ],
)  # fmt: skip
def test_number_reads(token: str, value: str) -> None:
    assert number(token) == Decimal(value)


@pytest.mark.parametrize(
    "token", ["", "geese", "90,000–110,000", "2015/16", "10:45", "hundreds of millions", "5/0", "1,2"]
)
def test_number_refuses_what_is_not_one_number(token: str) -> None:
    with pytest.raises(RecountError, match="is not one number"):
        number(token)


def spelled(n: int) -> str:
    """Return the English words for a whole number from 0 to 999,999,999."""
    small = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    small += ["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
    tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
    for size, name in ((10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if n >= size:
            rest = spelled(n % size) if n % size else ""
            return f"{spelled(n // size)} {name} {'and ' * (size == 100 and rest > '')}{rest}".strip()
    return small[n] if n < 20 else tens[n // 10 - 2] + (f"-{small[n % 10]}" if n % 10 else "")


@given(st.integers(0, 999_999_999))
def test_spelled_and_printed_numbers_are_found_whole_and_read_back(n: int) -> None:
    for token in (spelled(n), f"{n:,}", f"{n} percent", f"{n}m"):
        (only,) = numerals(f"They saw {token} geese, no fewer.")
        assert only.token == token
        assert number(only.token) == n * (10**6 if token.endswith("m") else 1)


TORN = [
    "Rmb",
    "15",
    ".4",
    "bn",
    "×10",
    "⁶",
    "^",
    "5",
    "pc",
    " ",
    "-",
    "–",
    "−",
    "half",
    "one ",
    "third",
    "US$",
    "½",
    "%",
    "\n",
    "•",
]


@given(
    st.text()
    | st.text("0123456789.,-–/:%¥$½²IVXmk onehalftwdrd\u00a0", max_size=60)
    | st.lists(st.sampled_from(TORN), max_size=12).map("".join)
)
def test_numerals_lie_in_order_inside_the_normalised_text(text: str) -> None:
    plain, end = normalise(text), 0
    for numeral in numerals(text):
        assert end <= numeral.start < numeral.end
        assert plain[numeral.start : numeral.end] == numeral.token
        end = numeral.end


@given(st.text() | st.lists(st.sampled_from(TORN), max_size=12).map("".join))
def test_numerals_are_those_of_the_normalised_text(text: str) -> None:
    assert numerals(normalise(text)) == numerals(text)


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    "long", ["9" * 20_000, "a" * 20_000, "1 " * 10_000, "1,2." * 5_000, "one " * 5_000, "a-" * 10_000]
)
def test_a_very_long_line_is_read_at_once(long: str) -> None:
    numerals(long)


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


def write(path: Path, columns: tuple[str, ...], rows: list[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The invented ledger, in a collection of its own; the working directory is inside it."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "datapackage.json").write_text('{"resources": []}', encoding="utf-8")
    (seeds := tmp_path / "seeds").mkdir()
    monkeypatch.chdir(tmp_path)
    essays = [{"id": e, "first_paragraph": a, "last_paragraph": b} for e, a, b in (("geese", 1, 4), ("swans", 5, 6))]
    write(seeds / "essays.csv", ESSAY_COLUMNS, essays)
    prints = [(essay, n, fingerprint(text)) for n, (essay, text) in enumerate(PARAGRAPHS, 1)]
    write(seeds / "paragraphs.csv", PARAGRAPH_COLUMNS, [dict(zip(PARAGRAPH_COLUMNS, p, strict=True)) for p in prints])
    numbers = [dict(zip(NUMBER_COLUMNS, (PARAGRAPHS[row[0] - 1][0], *row), strict=True)) for row in NUMBERS]
    write(seeds / "numbers.csv", NUMBER_COLUMNS, numbers)
    columns = ("id", "paragraph", "phrase", "value", "unit", "approximator")
    claims = [dict(zip(columns, row, strict=True)) for row in CLAIMS]
    for claim in claims:
        claim |= {"essay": PARAGRAPHS[claim["paragraph"] - 1][0], "quantity": "geese", "kind": "level"}
        claim |= {"stated_on": "2001-05-01", "stated_basis": "day of the essay"}
        claim |= {} if claim["value"] else {"kind": "direction", "high": 1, "reason": "fewer is a ratio below one"}
    write(seeds / "claims.csv", CLAIM_COLUMNS, claims)
    return seeds


def text_file(folder: Path, text: str) -> Path:
    path = folder / "copy.txt"
    path.write_text(text, encoding="utf-8", newline="")
    return path


TEXT = "\n\n".join(text for _, text in PARAGRAPHS) + "\n"


def test_the_invented_text_is_wholly_accounted_for(seeds: Path) -> None:
    report = check(text_file(seeds, TEXT))
    assert report.lines() == ["9 numerals, 6 of 6 claims, 9 of 9 expected numerals accounted for: 100 percent"]
    assert report.ok


def straight(text: str) -> str:
    return text.translate(str.maketrans("‘’“”–", "''\"\"-"))


COPIES: dict[str, Callable[[str], str]] = {
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "old Mac line ends": lambda text: text.replace("\n", "\r"),
    "straight quotes and hyphens": straight,
    "em dashes, spaced": lambda text: re.sub(r"(?<=[a-z])–(?=[a-z])", " — ", text),
    "spaces after the dash of a range": lambda text: re.sub(r"(?<=\d)–(?=\d)", "– ", text),
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "other bullets": lambda text: text.replace("  • ", "* "),
    "three full stops": lambda text: text.replace("…", "..."),
    "byte order mark": lambda text: "\ufeff" + text,
    "no blank lines": lambda text: re.sub(r"\n+", "\n", text),
    "soft hyphens": lambda text: text.replace("ll", "l\u00adl"),
    "decomposed letters": lambda text: text.replace("ü", "u\u0308"),
    "hard-wrapped lines": lambda text: re.sub(r"(?<=[a-z,]) (?=[a-z]{4})", "\n", text),
}


@pytest.mark.parametrize("change", COPIES.values(), ids=COPIES.keys())
def test_a_copy_printed_otherwise_is_recognised(seeds: Path, change: Callable[[str], str]) -> None:
    assert check(text_file(seeds, change(TEXT))).lines()[1:] == []


DIGITS = [match.start() for match in re.finditer(r"\d", TEXT)]


@pytest.mark.parametrize("place", DIGITS)
def test_one_altered_digit_is_told_with_its_paragraph_and_context(seeds: Path, place: int) -> None:
    altered = TEXT[:place] + str((int(TEXT[place]) + 1) % 10) + TEXT[place + 1 :]
    report = check(text_file(seeds, altered))
    paragraph = 1 + TEXT[:place].count("\n\n")
    assert not report.ok
    assert report.percent < 100
    assert {difference.paragraph for difference in report.differences} == {paragraph}
    told = next(difference for difference in report.differences if difference.what.startswith("numeral found"))
    assert altered[place] in told.context


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("Swans are another", "Swans are 3 another", "numeral found: 3; expected: nothing (unaccounted for)"),
        ("Swans are another matter.", "Swans are another.", "the words differ, no numeral does"),
        ("about 40%", "more than 40%", "the phrase of claim white is not there"),
        ("Swans are another matter.\n", "", "missing from swans"),
        ("by 2001, 12", "by 12", "numeral found: nothing; expected: 2001"),
        ("Swans are another", "A line of 77 ducks.\n\nSwans are another", "77 is unaccounted for"),
        ("48,311", "48,311 or 50,000", "numeral found: 50,000; expected: nothing (unaccounted for)"),
    ],
)
def test_any_other_change_of_the_text_is_told(seeds: Path, old: str, new: str, told: str) -> None:
    assert old in TEXT
    report = check(text_file(seeds, TEXT.replace(old, new)))
    assert not report.ok
    assert told in [difference.what for difference in report.differences]


def test_several_altered_paragraphs_in_a_row_are_each_found(seeds: Path) -> None:
    altered = (
        TEXT.replace("1987", "1978")
        .replace("110,000", "120,000")
        .replace("Nobody", "No-one")
        .replace("12 per", "13 per")
    )
    report = check(text_file(seeds, altered))
    assert {difference.paragraph for difference in report.differences} == {2, 3, 4, 6}
    assert report.accounted == 6


def test_paragraphs_in_another_order_with_harmless_lines_between_are_recognised(seeds: Path) -> None:
    text = "A site header\n" + "\nShare this\n".join(reversed([text for _, text in PARAGRAPHS]))
    assert check(text_file(seeds, text)).ok


def test_an_unseen_text_opens_with_what_it_holds(seeds: Path) -> None:
    unseen = "Ducks\n\nIn 1999 about 3.5 million ducks flew, 7% of all, over three lakes.\n"
    report = check(text_file(seeds, unseen))
    assert not report.ok
    assert report.lines() == [
        "4 numerals in paragraphs that the ledger does not know; `recount new` drafts them so:",
        "paragraph 2: 1999 (date): In 1999 about 3.5 million ducks flew, 7% of all...",
        "paragraph 2: 3.5 million (claim: about 3.5 million (unit?)): " + unseen[7:-1].replace("lakes.", "lakes..."),
        "paragraph 2: 7% (claim: 7 percent): " + unseen[7:-1],
        "paragraph 2: three (claim: over three (unit?)): ..." + unseen[unseen.index("3.5") : -1],
    ]


def test_a_copy_of_one_essay_is_checked_for_that_essay(seeds: Path) -> None:
    swans = "\n".join(text for essay, text in PARAGRAPHS if essay == "swans")
    report = check(text_file(seeds, swans))
    assert report.ok
    assert report.lines()[0].startswith("2 numerals, 2 of 2 claims, 2 of 2 expected")
    assert report.lines()[1:] == ["not in this text: geese"]
    assert not check(text_file(seeds, swans.replace("2001", "2010"))).ok


@pytest.mark.parametrize("line", ["In 1999 about 3.5 million ducks, 7% of all, flew over ", "a-1-"])
@pytest.mark.parametrize("known", ["", TEXT])
def test_checking_a_long_line_takes_time_in_proportion(seeds: Path, line: str, known: str) -> None:
    def seconds(size: int) -> float:
        path, best = text_file(seeds, known + line * (size // len(line))), math.inf
        for _ in range(2):
            numerals.cache_clear()
            started = time.process_time()
            check(path).lines()
            best = min(best, time.process_time() - started)
        return best

    assert seconds(32_000) < 12 * seconds(4_000) + 0.02, "eight times the text, far more of the time if quadratic"


def test_the_command_prints_the_report_and_tells_by_its_exit_code(
    seeds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check-text", str(text_file(seeds, TEXT))]) == 0
    assert capsys.readouterr().out.endswith(": 100 percent\n")
    assert main(["check-text", str(text_file(seeds, TEXT.replace("1987", "1978")))]) == 1
    assert "paragraph 2: numeral found: 1978; expected: 1987" in capsys.readouterr().out
    assert main(["check-text", str(text_file(seeds, "About 7% of ducks."))]) == 1
    told = capsys.readouterr().out
    assert told.startswith("1 numeral in paragraphs that the ledger does not know")
    assert "paragraph 1: 7% (claim: about 7 percent): About 7% of ducks." in told
    assert main(["check-text", "nowhere.txt"]) == 1
    assert capsys.readouterr().err == "recount: nowhere.txt: no such file or directory\n"
    with pytest.raises(SystemExit):
        main(["check-text"])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "no such file"),
        (b"", "holds no words"),
        (b" \r\n\xc2\xa0\n", "holds no words"),
        (b"\xff", "not UTF-8"),
        (b"one\ntwo\0", "line 2 holds a control character, U.0000"),
    ],
)
def test_a_text_that_cannot_be_read_is_one_clear_error(seeds: Path, content: bytes | None, told: str) -> None:
    if content is not None:
        (seeds / "copy.txt").write_bytes(content)
    with pytest.raises(RecountError, match=told):
        check(seeds / "copy.txt")


def test_a_folder_is_no_text(seeds: Path) -> None:
    with pytest.raises(RecountError, match="directory|denied"):
        read_paragraphs(seeds)


# ---- the ledger's integrity


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("numbers.csv", "geese,2,1,1987", "ducks,2,1,1987", "row 3, essay: found 'ducks', expected an id of"),
        ("numbers.csv", "geese,2,1,1987", "geese,6,1,1987", "paragraph: found '6', expected 1 to 4, the essay's own"),
        ("numbers.csv", "geese,2,1,1987", "geese,two,1,1987", "row 3, paragraph: found 'two'"),
        ("numbers.csv", "geese,2,2,", "geese,2,1,", "row 4, position: found '1', expected 2"),
        ("numbers.csv", "geese,2,2,", "geese,2,3,", "row 4, position: found '3', expected 2"),
        ("numbers.csv", ",1987,", ",,", "row 3, token: found ''"),
        ("numbers.csv", "1987,date", "1987,year", "row 3, role: found 'year', expected one of claim, date"),
        ("numbers.csv", "claim,cap", "claim,", "row 7, claim: found ''"),
        ("numbers.csv", "claim,cap", "claim,cape", "row 7, claim: found 'cape', expected ids of claims.csv"),
        ("numbers.csv", "white;total", "white;", "row 5, claim: found 'white;'"),
        ("numbers.csv", "date,,year", "date,total,year", "row 3, claim: found 'total'"),
        ("numbers.csv", "year of the count", "", "row 3, reason: found '', expected why this numeral is no claim"),
        ("numbers.csv", "claim,cap,", "claim,total,", "row 5, value: found '90,000–110,000'"),
        ("numbers.csv", ',"48,311"', ',"8,311"', "row 3, value: found '48,311', expected one of its"),
        ("numbers.csv", ",40%,", ",140%,", "row 4, value: found '40', expected one of its numerals"),
        ("numbers.csv", "position", "place", "column 'position' is missing"),
        ("claims.csv", "gone,swans", "went,swans", "row 10, claim: found 'gone'"),
        ("paragraphs.csv", "geese,2,", "geese,1,", "row 3, paragraph: found '1', expected 2"),
        ("paragraphs.csv", "geese,2,", "geese,2,x", "row 3, sha256"),
        ("paragraphs.csv", "swans,5,", "ducks,5,", "row 6, essay: found 'ducks'"),
        ("essays.csv", "1,4,", "1,4,01-geese", "row 2, notebook: found '01-geese', expected a notebook of notebooks/"),
        ("essays.csv", "5,6", "5,7", "found 6 paragraphs, expected the 7 of essays.csv"),
        ("essays.csv", "1,4", "1,3", "row 3, first_paragraph: found '5', expected 4"),
    ],
)  # fmt: skip
def test_a_fault_in_the_ledger_names_file_row_field_found_and_expected(
    seeds: Path, file: str, old: str, new: str, told: str
) -> None:
    replace(seeds / file, old, new)
    with pytest.raises(RecountError, match=rf"seeds/\w+\.csv.*{re.escape(told)}"):
        paragraphs()


@pytest.mark.parametrize("file", ["essays.csv", "paragraphs.csv", "numbers.csv", "claims.csv"])
def test_a_missing_or_emptied_file_of_the_ledger_is_told(seeds: Path, file: str) -> None:
    header = (seeds / file).read_text(encoding="utf-8").splitlines()[0]
    (seeds / file).write_text(header + "\n", encoding="utf-8")
    with pytest.raises(RecountError):
        paragraphs()
    (seeds / file).unlink()
    with pytest.raises(RecountError, match="no such file"):
        paragraphs()


def test_the_collections_own_ledger_is_whole() -> None:
    recorded = paragraphs()
    assert len({paragraph.sha256 for paragraph in recorded.values()}) == len(recorded)
    for n, paragraph in recorded.items():
        for token in paragraph.tokens:
            assert [x.token for x in numerals(token)] == [normalise(token)], f"paragraph {n}: {token}"


def test_every_numeral_that_claims_names_a_claim_and_every_claim_but_of_direction_has_a_numeral() -> None:
    rows = [cells for _, cells in read_rows(SEEDS / "numbers.csv", NUMBER_COLUMNS)]
    named = [set(filter(None, row["claim"].split(";"))) for row in rows]
    assert [row for row, ids in zip(rows, named, strict=True) if (row["role"] == "claim") != bool(ids)] == []
    counted = set[str]().union(*named)
    assert counted <= ledger().keys()
    assert {claim.kind for claim in ledger().values() if claim.id not in counted} <= {"direction"}


def test_every_role_is_defined_in_the_readme() -> None:
    described = re.findall(r"^\| `(\w+)` \|", (SEEDS / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(ROLES) <= set(described)


# ---- with the essays' text


@needs_text
def test_the_essays_are_wholly_accounted_for(capsys: pytest.CaptureFixture[str]) -> None:
    report = check(COPY)
    with capsys.disabled():
        print(f"\n{report.lines()[0]}")
    assert report.lines()[1:] == []
    assert report.ok
    assert report.percent == 100


@needs_text
@pytest.mark.parametrize("change", COPIES.values(), ids=COPIES.keys())
def test_a_copy_of_the_essays_printed_otherwise_is_recognised(tmp_path: Path, change: Callable[[str], str]) -> None:
    report = check(text_file(tmp_path, change(COPY.read_text(encoding="utf-8"))))
    assert report.lines()[1:] == []


@needs_text
def test_altering_the_first_digit_of_any_printed_figure_turns_it_red(tmp_path: Path) -> None:
    text = COPY.read_text(encoding="utf-8")
    places = [match.start() for match in re.finditer(r"(?<![\d.,])\d", text)]
    assert len(places) > 80
    for place in places:
        altered = text[:place] + str(int(text[place]) % 9 + 1) + text[place + 1 :]
        report = check(text_file(tmp_path, altered))
        assert not report.ok
        assert len({difference.paragraph for difference in report.differences}) == 1


@needs_text
def test_dropping_any_claim_turns_it_red(copy: Path) -> None:
    rows = (SEEDS / "claims.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    linked = (SEEDS / "numbers.csv").read_text(encoding="utf-8")
    counted = [i for i, row in enumerate(rows) if i and re.search(rf"[,;]{row.split(',')[0]}[,;]", linked)]
    assert len(counted) > 35
    for i in counted:
        (copy / "seeds" / "claims.csv").write_text("".join(rows[:i] + rows[i + 1 :]), encoding="utf-8")
        with pytest.raises(RecountError, match="claim: found"):
            check(COPY)


@needs_text
def test_dropping_any_numeral_from_the_ledger_turns_it_red(copy: Path) -> None:
    rows = (SEEDS / "numbers.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    assert len(rows) > 100
    for i in range(1, len(rows)):
        (copy / "seeds" / "numbers.csv").write_text("".join(rows[:i] + rows[i + 1 :]), encoding="utf-8")
        try:
            told = "".join(difference.what for difference in check(COPY).differences)
        except RecountError as error:
            told = str(error)
        assert re.search("unaccounted for|position: found|one of its numerals", told), rows[i]


@needs_text
def test_adding_a_number_to_a_paragraph_turns_it_red(tmp_path: Path) -> None:
    lines = COPY.read_text(encoding="utf-8").split("\n")
    places = [i for i, line in enumerate(lines) if line.strip()]
    for n, i in list(enumerate(places, 1))[::4]:
        altered = [*lines[:i], lines[i] + " And 7,777 more.", *lines[i + 1 :]]
        report = check(text_file(tmp_path, "\n".join(altered)))
        assert not report.ok
        assert [(d.paragraph, "7,777" in d.what, "7,777" in d.context) for d in report.differences] == [(n, True, True)]


@needs_text
def test_the_command_is_content_with_the_essays_and_red_for_each_planted_change(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = COPY.read_text(encoding="utf-8")
    assert main(["check-text", str(COPY)]) == 0
    assert re.fullmatch(r"(\d+) numerals, (\d+) of \2 claims, \1 of \1 .*: 100 percent\n", capsys.readouterr().out)
    assert text.count("26.9 percent") == 1
    for new in ("26.8 percent", "26.9 percent of 27"):
        assert main(["check-text", str(text_file(copy, text.replace("26.9 percent", new)))]) == 1
        assert f"paragraph 4: numeral found: {new.split(' of ')[-1]}; expected" in capsys.readouterr().out
    rows = (SEEDS / "claims.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [row for row in rows if not row.startswith("hlj-1983,")]
    (copy / "seeds" / "claims.csv").write_text("".join(kept), encoding="utf-8")
    assert main(["check-text", str(COPY)]) == 1
    assert "claim: found 'hlj-1983', expected ids of claims.csv" in capsys.readouterr().err


@needs_text
def test_no_file_of_the_ledger_holds_more_than_eight_words_in_a_row() -> None:
    def words(text: str) -> list[str]:
        return re.findall(r"[^\W_]+(?:[.,'-][^\W_]+)*", normalise(text).lower())

    with (SEEDS / "essays.csv").open(encoding="utf-8", newline="") as handle:
        titles = " ".join(" ".join(words(record["title"])) for record in csv.DictReader(handle))
    text = words(COPY.read_text(encoding="utf-8"))
    stretches = {" ".join(text[i : i + 9]) for i in range(len(text) - 8)}
    for file in sorted(SEEDS.iterdir()):
        cells = re.split(r"[\n,]" if file.suffix == ".csv" else r"\n\n|\n(?=- )", file.read_text(encoding="utf-8"))
        cells = [
            re.sub(r'\*[^*]+\*|"[^"]+"', "", cell) if cell.startswith("- ") else cell for cell in cells
        ]  # references
        own = [words(cell) for cell in cells]
        shared = {" ".join(cell[i : i + 9]) for cell in own for i in range(len(cell) - 8)} & stretches
        assert {stretch for stretch in shared if stretch not in titles} == set(), file.name


def test_a_multiple_takes_no_magnitude() -> None:
    assert [each.magnitude for each in printed("DOUBLE", "a DOUBLE MILLION plan")] == [""]
    assert [each.magnitude for each in printed("two", "two million")] == ["million"]
