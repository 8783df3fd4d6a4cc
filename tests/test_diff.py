"""What changed between two states is listed, nothing else, and text in it stays text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import git, replace
from markdown_it import MarkdownIt
from small_collection import write_collection, write_rows

from recount.cli import main
from recount.pipeline.diff import MOST, markdown
from recount.records import FIGURE_MIME

NAMES = ("then", "now")
HOSTILE = "``` ```` @all \x1b[31m\u202e <script>alert(1)</script> [a](https://evil.example) ![i](x) **b**"


def add_outputs(path: Path, answer: str, title: str) -> None:
    """Give the first code cell of a notebook an answer and a figure."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    figure = {"name": "01-line", "title": title, "alt": "a", "source": "s", "claims": [], "tables": {"alpha": ""}}
    cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    shown = ({"text/markdown": answer}, {FIGURE_MIME: figure, "image/svg+xml": f"<svg>{title}</svg>"})
    cell["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": data} for data in shown]
    path.write_text(json.dumps(notebook), encoding="utf-8")


def add_verdicts(home: Path, word: str) -> None:
    rows = [{"claim": "alpha-sum", "verdict": word, "sentence": "First. It is 6. Last."}, {"claim": "beta-sum"}]
    write_rows(home / "notebooks" / "verdicts.csv", ("claim", "verdict", "sentence"), rows)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A collection with results in a git repository, in which we stand."""
    home = write_collection(tmp_path / "home")
    add_outputs(home / "notebooks" / "01-alpha.ipynb", "Of two, **one** holds. The rest does.", "Upward")
    add_verdicts(home, "holds")
    git(home, "init", "-q")
    git(home, "add", ".")
    git(home, "commit", "-q", "-m", "first")
    monkeypatch.chdir(home)
    return home


def changes(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["diff", *arguments]) == 0
    return capsys.readouterr().out


def test_diff_of_nothing_changed_is_one_line(repository: Path, capsys) -> None:
    assert changes(capsys, "HEAD").splitlines() == ["# From `HEAD` to `this checkout`", "", "Nothing changed."]
    assert "Nothing changed." in changes(capsys, ".", "HEAD")


def test_diff_lists_every_change_and_nothing_else(repository: Path, capsys) -> None:
    add_outputs(repository / "notebooks" / "01-alpha.ipynb", "Of two, **none** holds. The rest does.", "Downward")
    add_verdicts(repository, "fails")
    replace(repository / "data" / "alpha.csv", "2015,1,", "2015,4,")
    replace(repository / "data" / "datapackage.json", '"title": "beta"', '"title": "Beta"')
    replace(repository / "data" / "datapackage.json", '"sha256:', '"sha256:0')
    replace(repository / "seeds" / "claims.csv", "6 provinces", "six provinces")
    with (repository / "data" / "beta.csv").open("a", encoding="utf-8") as file:
        file.write("2018,4,verified,2016-01-01,yearbook\n")
    lines = [line for line in changes(capsys, "HEAD").splitlines()[2:] if line and not line.startswith("```")]
    assert [line for line in lines if "drawing: " not in line] == [
        *("## Verdicts: 1 changed", "  alpha-sum", "- verdict: holds", "+ verdict: fails"),
        *("## Answers: 1 changed", "  01-alpha", "- answer: Of two, one holds.", "+ answer: Of two, none holds."),
        *("## Figures: 1 changed", "  01-line", "- title: Upward", "+ title: Downward"),
        *("## Descriptions of tables: 1 changed", "  beta", '- title: "beta"', '+ title: "Beta"'),
        *("## Table alpha: 1 changed", "  2015", "- n: 1", "+ n: 4"),
        *("## Table beta: 1 changed", "+ 2018"),
        *("## Claims: 1 changed", "  alpha-sum", "- phrase: 6 provinces", "+ phrase: six provinces"),
    ]


def test_diff_counts_what_is_more_than_a_section_lists() -> None:
    rows = {str(n): {"n": str(n)} for n in range(MOST + 7)}
    text = markdown({"table a": rows}, {"table a": {key: {"n": "0"} for key in rows}}, NAMES)
    assert f"## Table a: {MOST + 6} changed" in text and "… and 6 more" in text and text.count("\n- n: ") == MOST


def test_diff_says_what_one_state_lacks(repository: Path, capsys) -> None:
    for path in (repository / "seeds").iterdir():
        path.unlink()
    assert "## Claims: not compared\n\n`this checkout` has none.\n" in changes(capsys, "HEAD")


def test_diff_refuses_what_it_cannot_compare(repository: Path, capsys, monkeypatch) -> None:
    def fault(*arguments: str) -> str:
        assert main(["diff", *arguments]) == 1
        return capsys.readouterr().err

    assert fault("nowhere") == "recount: 'nowhere' is neither a folder nor a revision that git knows\n"
    assert fault("--", "--output=x") == "recount: '--output=x' is neither a folder nor a revision that git knows\n"
    assert fault("data") == "recount: data: no state of Recount, for it has no notebooks\n"
    replace(repository / "data" / "alpha.csv", "2015,1,", "2015,1,,,")
    assert "alpha.csv has a row of more cells than columns" in fault("HEAD")
    git(repository, "rm", "-q", "-r", "--cached", "seeds")
    git(repository, "commit", "-q", "-m", "second")
    assert fault("HEAD") == "recount: 'HEAD': no state of Recount, for it lacks notebooks, data or seeds\n"
    monkeypatch.setenv("PATH", "")
    assert fault("HEAD") == "recount: git is not installed, so there are no revisions to look at\n"


def test_hostile_text_stays_in_its_block() -> None:
    """In the name of a row, of a field and of a section, and in a cell."""
    before = {f"table {HOSTILE}": {HOSTILE: {"a": "1", f"\n{HOSTILE}\n": "1"}, "```": {"a": "1"}}}
    after = {f"table {HOSTILE}": {HOSTILE: {"a": HOSTILE, f"\n{HOSTILE}\n": "2"}, "```": {"a": HOSTILE}}}
    text = markdown(before, after, NAMES)
    assert "\x1b" not in text and "\u202e" not in text
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    assert [token.type for token in tokens if token.level == 0 and token.nesting >= 0] == ["heading_open"] * 2 + [
        "fence"
    ]
    inline = [child.type for token in tokens for child in token.children or ()]
    assert {*inline} == {"text", "code_inline"} and "@" not in text.partition("````")[0]
