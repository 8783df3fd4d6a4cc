"""A new essay drafted into a collection: what is filled in, what is left to judge, what is refused."""

import re
import shutil
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from conftest import EXAMPLES, ROOT
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from small_collection import write_collection
from test_notebooks import faults

from recount.claims import essays, ledger
from recount.cli import main
from recount.files import RecountError, atomic
from recount.numerals import normalise
from recount.texts.check import check
from recount.texts.essay import new, todo
from recount.texts.ledger import paragraphs, read_paragraphs, words

ESSAY = """The ducks of the delta, 30 years on

In 1999 about 3.5 million ducks flew, 7% of all, over the lakes. The port lent Rmb15.4bn, nearly 4m people left.

• Wages rose by only about 2.5–3 percent; on 14 March 2003 the first of ten ferries sank. Table 3 says so.

Fewer than two-thirds of “the 12,500 wells” were dry, and just six provinces cheered. Within two months debt doubled.
"""


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small collection, in which we stand, and the text of an essay."""
    monkeypatch.chdir(write_collection(tmp_path))
    (tmp_path / "ducks.txt").write_text(ESSAY, encoding="utf-8")
    return tmp_path


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_nothing_is_left_to_judge_in_the_committed_collection() -> None:
    assert todo() == []


@pytest.mark.prove
def test_the_commands_of_the_readme_add_an_essay(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(ROOT / "README.md", small)
    shutil.copy(small / "ducks.txt", small / "my-essay.txt")
    section = (ROOT / "seeds" / "README.md").read_text(encoding="utf-8").split("## Add an essay")[1]
    assert main(["refresh"]) == 0
    for command in re.findall("^    recount (.+)$", section, re.MULTILINE):
        words = [sorted(map(str, Path().glob(word))) or [word] for word in command.split()]
        assert main([name for names in words for name in names]) == 0, capsys.readouterr().err
    assert "17 of 17 expected numerals accounted for: 100 percent" in capsys.readouterr().out
    assert faults(small / "notebooks" / "03-my-essay.ipynb") == []


def test_new_fills_in_what_the_phrase_prints(small: Path) -> None:
    left = new("ducks", small / "ducks.txt")
    claims = ledger("ducks").values()
    assert [(c.comparator, c.approximator, c.value, c.printed_unit, c.kind) for c in claims] == [
        ("", "", "30", "years", "duration"),
        ("", "about", "3.5", "million todo", "todo"),
        ("", "", "7", "percent", "todo"),
        ("", "", "15.4", "billion yuan", "todo"),
        ("", "nearly", "4", "million persons", "todo"),
        ("", "about", "2.5-3", "percent", "todo"),
        ("fewer than", "", "two-thirds", "todo", "todo"),
        ("", "", "12,500", "todo", "todo"),
        ("", "just", "six", "provinces", "count"),
        ("within", "", "two", "months", "duration"),
        ("", "", "doubled", "times", "ratio"),
    ]
    assert left == todo("ducks") == todo()
    essay, _, claims_left, notebook = left
    assert essay == "seeds/essays.csv, ducks: published (1), address (1)"
    assert "quantity (11), place (11), date (11), cited (11)" in claims_left
    assert re.fullmatch(r"notebooks/03-ducks.ipynb: todo \(\d+\)", notebook)


@pytest.mark.parametrize(
    ("slug", "content", "message"),
    [
        ("alpha", ESSAY, "essay 'alpha' is in seeds/essays.csv already"),
        ("../ducks", ESSAY, "'../ducks' is no slug"),
        ("ducks", ESSAY + ESSAY, "paragraph 5 repeats an earlier one"),
        ("ducks", "1" * 501, "paragraph 1 holds a numeral of more than 500 characters"),
        ("ducks", "Six swans.\n\nIn 1987 there were 48 geese.", "paragraph 2 is in the ledger already, as paragraph 3"),
    ],
)
def test_new_refuses_with_one_sentence_and_writes_nothing(
    small: Path, capsys: pytest.CaptureFixture[str], slug: str, content: str, message: str
) -> None:
    (small / "geese.txt").write_text("In 1987 there were 48 geese.", encoding="utf-8")
    new("geese", small / "geese.txt")
    (small / "ducks.txt").write_text(content, encoding="utf-8")
    before = contents(small)
    assert main(["new", slug, "ducks.txt"]) == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert contents(small) == before


def test_new_writes_no_formula(small: Path) -> None:
    text = '=HYPERLINK("https://evil.example")\n\nIt was -5 percent of GDP(real), and -2.5 percent.'
    (small / "ducks.txt").write_text(text, encoding="utf-8")
    new("ducks", small / "ducks.txt")
    paragraphs()
    assert essays()["ducks"].title == "todo"
    assert [claim.phrase for claim in ledger("ducks").values()] == ["-2.5 percent"]


def test_new_leaves_all_as_it_was_when_the_disk_is_full(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(small)

    def full(path: Path) -> AbstractContextManager[Path]:
        return atomic(path if path.suffix != ".ipynb" else Path("/dev/full/notebook"))

    monkeypatch.setattr("recount.texts.essay.atomic", full)
    with pytest.raises(RecountError, match="cannot be written"):
        new("ducks", small / "ducks.txt")
    assert contents(small) == before


PARTS = (
    "about nearly over not 5 60% 3.5 million - – 70 ; . , ½ two-thirds Rmb 15.4bn doubled first 2015/16 II = | ( a-1-b"
)
lines = st.lists(st.sampled_from([*PARTS.split(), *"   \u00a0'\"\u202e"]), max_size=25)


@pytest.mark.prove
@settings(max_examples=EXAMPLES or 30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(lines.map("".join) | lines.map(" ".join) | st.text(max_size=60), max_size=6))
def test_new_drafts_a_ledger_that_loads_and_copies_at_most_eight_words(small: Path, texts: list[str]) -> None:
    write_collection(small)
    (small / "any.txt").write_text("\n".join(texts), encoding="utf-8", errors="ignore")
    try:
        new("any", small / "any.txt")
    except RecountError as error:
        assume(not re.search("holds no words|control character|repeats an earlier one", str(error)))
        raise
    drafted, plain = ledger("any").values(), [normalise(text) for text in read_paragraphs(small / "any.txt")]
    assert all(words(claim.phrase) <= 8 and any(claim.phrase in text for text in plain) for claim in drafted)
    assert check(small / "any.txt").claims_present == len(drafted)
