"""What changed between two states is told, nothing else; and a file that left is the same, older or altered."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
from base64 import b64encode
from pathlib import Path

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import ROOT, copied, git, replace
from markdown_it import MarkdownIt
from test_browser import CHROMIUM, browser, opened  # noqa: F401  (a fixture)
from test_figures import draw, made

import recount as rc
from recount import collection, records
from recount.cli import main
from recount.collection.diff import state
from recount.collection.stamps import STAMP, stamped
from recount.report import changes_page

NOTEBOOK = "05-industry-clusters"
HOSTILE = (
    "\x1b[31m\u202e` `` <script>alert(1)</script> | **b** @all </code>"
    "[a](javascript:alert(1)) ![i](https://evil.example/)"
)


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A collection in a git repository of its own; in its build a figure and all verdicts, exported."""
    folder = copied(tmp_path_factory.mktemp("review"))
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "then")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("RECOUNT_BUILD", str(folder / "build"))
        draw(data=pd.DataFrame({"claim": ["rd-share", "it-share"], "verdict": ["holds", "fails"]}))  # as a scoreboard
        made("99-test")
        collection.export(*records.gathered(records.executed()))
    return folder


@pytest.fixture
def exported(origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The build of a copy of it, in which we stand."""
    monkeypatch.chdir(shutil.copytree(origin, tmp_path / "copy"))
    monkeypatch.setenv("RECOUNT_BUILD", str(tmp_path / "copy" / "build"))
    return tmp_path / "copy" / "build"


@pytest.fixture
def repository(exported: Path) -> Path:
    """Such a copy without a build."""
    shutil.rmtree(exported)
    return exported.parent


def edit(path: Path, kind: str, key: str, **changes: object) -> None:
    """Change what a stored notebook says of a claim or figure."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    outputs = [o["data"] for c in stored["cells"] for o in c.get("outputs", []) if kind in o.get("data", {})]
    found = next(data for data in outputs if key in (data[kind].get("claim"), data[kind].get("name")))
    found[kind] |= {name: value for name, value in changes.items() if name != "svg"}
    if "svg" in changes:
        found["image/svg+xml"] = changes["svg"]
    path.write_text(json.dumps(stored), encoding="utf-8")


def told(capsys, *arguments: str) -> str:
    assert main(["diff", *arguments]) == 0
    return capsys.readouterr().out


def test_nothing_changed_is_said_in_a_line(repository: Path, capsys) -> None:
    assert told(capsys, "HEAD").splitlines()[2:] == ["Nothing changed."]
    assert told(capsys, ".", "HEAD").splitlines()[2:] == ["Nothing changed."]


def test_all_that_changed_and_nothing_else_is_told(repository: Path, capsys) -> None:
    path = repository / "notebooks" / f"{NOTEBOOK}.ipynb"
    before = state().verdicts["rd-share"]
    edit(path, records.VERDICT, "rd-share", verdict="fails", as_written=12.3, inside=0, condition="none at all")
    edit(path, records.FIGURE, "05-shares", title="Six provinces make 12.3 percent", svg="<svg/>")
    edit(path, records.FIGURE, "05-express", svg="<svg/>")
    replace(path, "the six provinces made 59", "the six provinces made 12.3")
    replace(repository / "data" / "population.csv", "Beijing,2015,", "Beijing,2015,9")
    rows = (repository / "data" / "gdp.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (repository / "data" / "gdp.csv").write_text("".join(rows[:-1]), encoding="utf-8")
    replace(repository / "seeds" / "claims.csv", "a few “resisters”", "several “resisters”")
    report = told(capsys, "HEAD")
    agree = f"{before['inside']} of {before['specifications']} → **0 of {before['specifications']}**"
    population = next(csv.reader([r for r in (repository / "data" / "population.csv").open() if "Beijing,2015" in r]))
    for line in (
        "Changed: 1 verdict, 1 answer, 2 figures, 2 tables, 1 table of the ledger.",
        f"- `rd-share`: verdict ● holds → **○ fails** · as written {rc.plain(before['as_written'])} percent → "
        f"**12.3 percent** · ways that agree {agree} · also condition",
        "- `05-express`: drawn otherwise",
        f"`{population[2][1:]}` → **`{population[2]}`**",
        "1 row removed: `- ",
        "1 cell changed: `ne-resisters, phrase` `a few “resisters”: Heilongjiang, Jilin, and Liaoning` → "
        "**`several “resisters”: Heilongjiang, Jilin, and Liaoning`**",
    ):
        assert line in report, report
    assert re.search(r"- `05-industry-clusters`: .*made ~~59~~ \*\*12\.3\*\* percent", report)
    assert re.search(r"- `05-shares`: headline: Six provinces make ~~59~~ \*\*12\.3\*\* percent", report)
    assert len(re.findall("^- ", report, re.MULTILINE)) == 7


def test_a_section_lists_a_dozen_and_counts_the_rest(repository: Path, capsys) -> None:
    path = repository / "data" / "gdp.csv"
    text = re.sub(r"(?m)$", "0", path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")
    for name in ("01-household-responsibility", "02-socialist-city"):
        (repository / "notebooks" / f"{name}.ipynb").unlink()
    report = told(capsys, "HEAD")
    assert "- … and 7 more" in report and "`ne-resisters`: gone, ◔ holds if" in report
    assert len(report.splitlines()) < 60 and all(len(line) < 1200 for line in report.splitlines())


def test_two_builds_tell_what_figures_plot(copy: Path, capsys, tmp_path: Path) -> None:
    for name, height in ("a", 1), ("b", 2):
        for folder in ("notebooks", "figures"):
            (tmp_path / name / folder).mkdir(parents=True)
        (tmp_path / name / "notebooks" / f"{NOTEBOOK}.ipynb").write_bytes(
            (copy / "notebooks" / f"{NOTEBOOK}.ipynb").read_bytes()
        )
        (tmp_path / name / "figures" / "05-shares.csv").write_text(
            f"year,share\n2010,1\n2011,{height}\n", encoding="utf-8"
        )
    report = told(capsys, str(tmp_path / "a"), str(tmp_path / "b"))
    assert report.endswith("- `05-shares`: plotted data: 1 cell changed: `row 3, share` `1` → **`2`**\n")


def test_what_cannot_be_compared_is_told(repository: Path, capsys, monkeypatch, tmp_path: Path) -> None:
    def fault(*arguments: str) -> str:
        assert main(["diff", *arguments]) == 1
        return capsys.readouterr().err

    assert fault("nowhere") == "recount: 'nowhere' is neither a folder nor a revision that git knows\n"
    assert fault("--", "--output=x") == "recount: '--output=x' is neither a folder nor a revision that git knows\n"
    assert fault("data") == "recount: data: not a build of Recount, for it has no notebooks\n"
    (repository / "notebooks" / f"{NOTEBOOK}.ipynb").write_text("{", encoding="utf-8")
    assert f"notebooks/{NOTEBOOK}.ipynb cannot be read" in fault("HEAD")
    (repository / ".git").rename(tmp_path / "away")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(repository.parent))
    assert "not a git repository" in fault("HEAD")
    monkeypatch.setenv("PATH", "")
    assert fault("HEAD") == "recount: git is not installed, so there are no revisions to look at\n"


@pytest.fixture
def hostile(repository: Path) -> Path:
    path = repository / "notebooks" / f"{NOTEBOOK}.ipynb"
    edit(path, records.VERDICT, "rd-share", verdict=HOSTILE, condition=HOSTILE)
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)" width="9" height="9"><script>alert(1)</script></svg>'
    )
    edit(path, records.FIGURE, "05-shares", title=HOSTILE, alt=f'"{HOSTILE}', svg=drawing)
    replace(repository / "data" / "population.csv", "Beijing,2015,", f'"{HOSTILE}",2015,')
    return repository


def test_hostile_text_is_inert_in_markdown(hostile: Path, capsys) -> None:
    report = told(capsys, "HEAD")
    assert "\x1b" not in report and "\u202e" not in report
    html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(report)
    html = re.sub("<code>.*?</code>", "", html)  # in which nobody is called
    assert not re.search(r"<(script|a|img|b)\b|@all", html), html
    assert html.count("<table") == 0


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine, so no page is opened")
def test_the_page_shows_both_sides_and_runs_nothing(hostile: Path, capsys, browser) -> None:  # noqa: F811
    path = hostile / "changes.html"
    told(capsys, "HEAD", "--html", str(path))
    page, dialogs = opened(browser), list[object]()
    page.on("dialog", lambda dialog: (dialogs.append(dialog), dialog.dismiss()))
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(path.as_uri())
    assert page.locator(".plots").count() == 1 and page.locator(".plot img").count() == 2
    assert page.locator("script").count() == 0 and page.locator("main a").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("s").first.evaluate("node => getComputedStyle(node).textDecorationLine") == "line-through"
    assert page.locator(".plots").evaluate("node => getComputedStyle(node).display") == "grid", "style is let in"
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert Axe().run(page).violations_count == 0
    assert page.faults == [] and dialogs == []
    page.close()


def test_the_policy_names_the_style_by_its_hash(repository: Path) -> None:
    page = changes_page(state("HEAD"), state())
    style = re.search("<style>(.*?)</style>", page, re.DOTALL)[1]
    assert f"'sha256-{b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" in page
    assert "default-src 'none'" in page and "unsafe" not in page and " style=" not in page


def verified(capsys, *paths: Path) -> tuple[int, list[str]]:
    code = main(["verify", *map(str, paths)])
    return code, [line.split(": ", 1)[1] for line in capsys.readouterr().out.splitlines()]


def test_what_was_exported_is_the_same_and_a_moved_file_too(exported: Path, capsys, tmp_path: Path) -> None:
    files = [*(exported / "figures").iterdir(), exported / "verdicts.csv", exported / "verdicts.json"]
    assert len(files) == 7 and verified(capsys, *files) == (0, ["same"] * 7)
    for kind in ("svg", "pdf", "png", "json"):
        moved = (exported / "figures" / f"99-test.{kind}").rename(tmp_path / f"renamed.{kind}")
        assert verified(capsys, moved) == (0, ["same"])


@pytest.mark.parametrize("kind", ["svg", "pdf", "png", "json", "csv"])
def test_any_byte_changed_is_an_alteration(exported: Path, capsys, kind: str) -> None:
    path = exported / "figures" / f"99-test.{kind}"
    content = path.read_bytes()
    for at in {*range(len(content) // 50, len(content), len(content) // 12 + 1), len(content) - 2}:
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        code, (told,) = verified(capsys, path)
        assert code == 1 and told.startswith(("altered", "not an export")), (at, told)
    assert STAMP.search(content) is None or stamped(content) == content


def test_older_than_the_data_names_the_table_and_the_datum(exported: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr("recount.collection.checks.validate", list)  # which is not the point
    replace(exported.parent / "data" / "rd_expenditure.csv", "Guangdong,2015,1798.1678", "Guangdong,2015,1799")
    assert main(["seal"]) == 0
    capsys.readouterr()
    files = [exported / "figures" / f"99-test.{kind}" for kind in ("svg", "pdf", "png", "csv", "json")]
    code, found = verified(capsys, *files)
    assert code == 1 and len(set(found)) == 1
    assert found[0].startswith("older than the data: rd_expenditure changed (1 cell changed: `Guangdong, 2015, rd_100m")
    (exported / "figures" / "99-test.json").unlink()
    assert verified(capsys, files[3])[1] == ["not an export of Recount that can be verified"]


def test_verdicts_are_older_or_altered(exported: Path, capsys) -> None:
    both = [exported / "verdicts.csv", exported / "verdicts.json"]
    edit(exported.parent / "notebooks" / f"{NOTEBOOK}.ipynb", records.VERDICT, "rd-share", verdict="fails")
    replace(exported.parent / "data" / "rd_expenditure.csv", "Guangdong,2015,1798.1678", "Guangdong,2015,1799")
    code, found = verified(capsys, *both)
    assert code == 1
    for told in found:
        assert told.startswith("older than the data: as committed in ") and "1798.1678" in told and "`rd-share`" in told
    replace(both[0], "only 26.9 percent", "only 27.9 percent")
    replace(both[1], '"verdict": "holds as written"', '"verdict": "holds"')
    assert [told.split(":")[0] for told in verified(capsys, *both)[1]] == ["altered", "altered"]


def test_what_recount_did_not_export_is_told(exported: Path, capsys, tmp_path: Path) -> None:
    foreign = tmp_path / "other.csv"
    foreign.write_text("a,b\n1,2\n", encoding="utf-8")
    code, found = verified(
        capsys, foreign, ROOT / "LICENSE", ROOT / "src" / "recount" / "report" / "site" / "recount.svg"
    )
    assert code == 1 and set(found) == {"not an export of Recount that can be verified"}
    assert main(["verify", str(tmp_path / "none.svg")]) == 1
    assert "none.svg: no such file" in capsys.readouterr().err
