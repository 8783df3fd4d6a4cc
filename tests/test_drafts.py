"""A new essay drafted into a copy of the collection, by the commands of seeds/README.md; and what is left to judge."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import test_claims
import test_notebooks
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import recount as rc
from recount import texts
from recount.claims import words
from recount.cli import main
from recount.files import RecountError, atomic
from recount.numerals import normalise

ESSAY = """The ducks of the delta, 30 years on

In 1999 about 3.5 million ducks flew, 7% of all, over the lakes. The port lent Rmb15.4bn, nearly 4m people left.

• Wages rose by only about 2.5–3 percent; on 14 March 2003 the first of ten ferries sank. Table 3 says so.

Fewer than two-thirds of “the 12,500 wells” were dry, and just six provinces cheered. Within two months debt doubled.
"""


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_nothing_is_left_to_judge_in_the_collection() -> None:
    assert texts.todo() == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="the README's commands are for a shell")
def test_the_readmes_commands_add_an_essay_never_seen(copy: Path) -> None:
    for name in ("README.md", "CITATION.cff"):
        shutil.copy(ROOT / name, copy)
    (copy / "my-essay.txt").write_text(ESSAY, encoding="utf-8")
    section = (ROOT / "seeds" / "README.md").read_text(encoding="utf-8").split("## Add an essay")[1]
    commands = re.findall("^    (.+)$", section, re.MULTILINE)
    assert len(commands) >= 3
    shell = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        ["bash", "-ec", "\n".join(commands)],
        cwd=copy,
        env=os.environ | shell,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    count = len(rc.ledger("my-essay"))
    assert count == 11
    assert f"{count} of {count} claims, 17 of 17 expected numerals accounted for: 100 percent" in done.stdout
    test_claims.test_every_claim_has_a_notebook_that_gives_it_a_verdict()
    (notebook,) = copy.glob("notebooks/*-my-essay.ipynb")
    assert test_notebooks.faults(notebook) == []
    left = "\n".join(texts.todo())
    assert left in done.stdout
    assert "seeds/essays.csv, my-essay: published (1), address (1)" in left
    assert f"quantity ({count}), place ({count}), date ({count}), cited ({count})" in left
    assert re.search(rf"notebooks/{notebook.name}: todo \(\d+\)", left)


def test_a_draft_fills_in_what_the_phrase_prints(copy: Path) -> None:
    (copy / "ducks.txt").write_text(ESSAY, encoding="utf-8")
    texts.new("ducks", copy / "ducks.txt")
    claims = rc.ledger("ducks").values()
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


@pytest.mark.parametrize(
    ("slug", "content", "told"),
    [
        ("housing-fund", ESSAY, "essay 'housing-fund' is in seeds/essays.csv already"),
        ("Ducks", ESSAY, "'Ducks' is no slug"),
        ("../ducks", ESSAY, "'../ducks' is no slug"),
        ("ducks-", ESSAY, "'ducks-' is no slug"),
        ("", ESSAY, "'' is no slug"),
        ("ducks", None, "no such file"),
        ("ducks", " \n\n", "holds no words"),
        ("ducks", "One\0", "line 1 holds a control character"),
        ("ducks", ESSAY + ESSAY, "paragraph 5 repeats an earlier one"),
        ("ducks", "1" * 501, "paragraph 1 holds a numeral of more than 500 characters"),
    ],
)
def test_what_cannot_be_drafted_is_one_sentence_and_writes_nothing(
    copy: Path, capsys: pytest.CaptureFixture[str], slug: str, content: str | None, told: str
) -> None:
    if content is not None:
        (copy / "ducks.txt").write_text(content, encoding="utf-8")
    before = contents(copy)
    assert main(["new", slug, "ducks.txt"]) == 1
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1
    assert contents(copy) == before


def test_a_draft_holds_no_formula(copy: Path) -> None:
    text = '=HYPERLINK("https://evil.example")\n\nIt was -5 percent of GDP(real), and -2.5 percent.'
    (copy / "text.txt").write_text(text, encoding="utf-8")
    texts.new("a-formula", copy / "text.txt")
    texts.paragraphs()
    assert rc.essays()["a-formula"].title == "todo"
    assert [each.phrase for each in rc.ledger("a-formula").values()] == ["-2.5 percent"]


def test_an_essay_is_drafted_once(copy: Path) -> None:
    (copy / "ducks.txt").write_text(ESSAY, encoding="utf-8")
    texts.new("ducks", copy / "ducks.txt")
    with pytest.raises(RecountError, match="paragraph 1 is in the ledger already, as paragraph"):
        texts.new("ducks-again", copy / "ducks.txt")


def test_a_disk_that_fills_up_leaves_the_collection_as_it_was(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (copy / "ducks.txt").write_text(ESSAY, encoding="utf-8")
    before = contents(copy)

    @contextmanager
    def full(path: Path) -> Iterator[Path]:
        with atomic(path) as temporary:
            if path.suffix == ".ipynb":
                raise OSError(28, "No space left on device")
            yield temporary

    monkeypatch.setattr("recount.texts.essay.atomic", full)
    with pytest.raises(RecountError, match="No space left"):
        texts.new("ducks", copy / "ducks.txt")
    assert contents(copy) == before


PIECES = (
    "about nearly over not 5 60% 3.5 million - – 70 ; . , ½ two-thirds Rmb 15.4bn doubled first 2015/16 II = | ( a-1-b"
)
lines = st.lists(st.sampled_from([*PIECES.split(), *"   \u00a0'\"\u202e"]), max_size=25)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(lines.map("".join) | lines.map(" ".join) | st.text(max_size=60), max_size=6))
def test_whatever_is_drafted_the_ledger_loads_and_copies_at_most_eight_words(copy: Path, paragraphs: list[str]) -> None:
    for name in ("essays", "paragraphs", "numbers", "claims"):
        shutil.copy(ROOT / "seeds" / f"{name}.csv", copy / "seeds")
    (copy / "any.txt").write_text("\n".join(paragraphs), encoding="utf-8", errors="ignore")
    told = ""
    try:
        texts.new("any", copy / "any.txt")
    except RecountError as error:
        told = str(error)
    if told:
        assert re.search("holds no words|control character|repeats an earlier one", told)
        return
    drafted, plain = rc.ledger("any").values(), [normalise(text) for text in texts.read_paragraphs(copy / "any.txt")]
    assert all(words(claim.phrase) <= 8 and any(claim.phrase in text for text in plain) for claim in drafted)
    assert texts.check(copy / "any.txt").claims_found == len(drafted)
