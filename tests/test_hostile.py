"""Hostile text: refused with file, row and field; and inert in every export of a collection that holds it all the same.

The checks of the ledger and of the tables are passed by here, so that no export relies on them.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from html import unescape
from itertools import cycle
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
import yaml
from conftest import ROOT
from markdown_it import MarkdownIt
from markdown_it.token import Token
from PIL import Image
from test_browser import CHROMIUM, browser, opened  # noqa: F401  (a fixture)
from test_figures import draw, made
from test_report import SMALL, pages, reproduced

import recount as rc
from recount import claims, collection, datapackage, files, records, report
from recount.cli import main
from recount.collection import trust
from recount.collection.checks import _misprinted
from recount.collection.stamps import _agrees
from recount.records import FIGURE, VERDICT
from recount.report import print_verdicts
from recount.report.findings import findings
from recount.texts.check import Difference, TextCheck

SCRIPT = (
    "<script>alert(1)</script><img src=x onerror=alert(1)><svg/onload=alert(1)><iframe srcdoc='<script>alert(1)'>"
    '"\' onmouseover="alert(1)" onfocus=\'alert(1)\' autofocus x="</script></title></style></svg><!-- --> ]]> <![x[y]]>'
)
MARKUP = (
    "[a](javascript:alert(1)) ![b](https://evil.example/i.png) <https://evil.example/c> [d](data:text/html,<b>) | `e` "
    "{{7*7}} ${7*7} {% raw %} {raw:html}`<script>alert(1)</script>` $\\input{/etc/passwd}$ \\write18{id} "
    '\\href{javascript:alert(1)}{g} % #import "h.typ" #read("/etc/passwd") #link("https://evil.example")[i] @j <k> '
    '"}], "l": [{"\\ [/] [red]m[/red] :heart: iTXtStamp'
)
CONTROLS = "\x1b[2J\x1b]8;;https://evil.example\x1b\\n\x1b]8;;\x1b\\\x07\x9b31m\x85\u202e\u2066"
UNSEEN = "\u200b\u2028\u2029"
BEGINS = '=HYPERLINK("https://evil.example")', "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "＝1+1"
SHOWN = SCRIPT + MARKUP + UNSEEN  # what print can show
EVIL = SHOWN + CONTROLS + "\ufeff"
BLOCKS = f"""{EVIL}

```{{raw}} html
{SCRIPT}
```

<div onclick="alert(1)">{EVIL}</div>

:::{{include}} /etc/passwd
:::

[n]: javascript:alert(1) "{EVIL}"
[n] [o][n]

| {EVIL} | p |
|---|---|
| [q](javascript:alert(1)) | {EVIL} |

## Scoreboard

## Controls

## Specifications

## {EVIL}
"""
MOVES = re.compile(rf"(?!\n)[{files.CONTROLS}]")


def planted_tables(folder: Path) -> None:
    """Plant hostile text in what the first rows hold that no rule asks for, and in what describes the tables."""
    path, starts = folder / "data" / "datapackage.json", cycle(BEGINS)
    package = json.loads(path.read_text(encoding="utf-8"))
    for resource in package["resources"]:
        schema, file = resource["schema"], folder / "data" / resource["path"]
        keys = [schema.get("primaryKey", []), *(key["fields"] for key in schema.get("foreignKeys", []))]
        ruled = {"grade", "source", "checked_against"}.union(*keys)
        free = [f["name"] for f in schema["fields"] if f["type"] == "string" and f["name"] not in ruled]
        with file.open(encoding="utf-8", newline="") as handle:
            rows = [*csv.DictReader(handle)]
        for row in rows if resource["name"] == "sources" else ():
            row |= {"title": SCRIPT, "table": MARKUP, "origin": EVIL}
            row |= dict.fromkeys(("address", "official_address"), "javascript:alert(1)")
        for row in rows[:3] if resource["name"] != "sources" else ():
            row |= {column: next(starts) + EVIL for column in free}
        with file.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, [*rows[0]], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        resource |= dict.fromkeys(("title", "description", "vintage", "caveat"), EVIL)
        resource |= {"hash": datapackage.fingerprint(file), "sources": [{"title": EVIL}]}
        for field in schema["fields"]:
            field |= {"description": EVIL, "unit": EVIL}
    path.write_text(json.dumps(package), encoding="utf-8")


def planted_notebook(path: Path, hashes: dict[str, str]) -> None:
    """Plant hostile text in Markdown, code, outputs of every kind, and in what verdicts and figures say."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for data in (output.get("data", {}) for cell in notebook["cells"] for output in cell.get("outputs", [])):
        if record := data.get(VERDICT):
            record |= dict.fromkeys(("stated", "condition", "settles", "later"), f"={EVIL}") | {"sentence": f"={SHOWN}"}
            for each in record["multiverse"]:
                each |= {choice: f"{each[choice]} {EVIL}" for choice in record["choices"]}
            for told, keys in ((record["nearest"] or {}, record["choices"]), (record["breakdown"] or {}, ["label"])):
                told |= {key: f"={EVIL}" for key in keys if key in told}
        if record := data.get(FIGURE):
            record |= dict.fromkeys(("title", "source"), f"={EVIL}") | {"alt": f"={SHOWN}"}
            record["tables"] = {name: hashes[name] for name in record["tables"]}
    shown = {"text/html": f"{EVIL}<table><td>{EVIL}", "text/markdown": BLOCKS, "image/svg+xml": f"<svg>{EVIL}</svg>"}
    shown |= {"text/plain": EVIL, "text/latex": MARKUP, "application/javascript": "alert(1)"}
    outputs = [{"output_type": "display_data", "data": {kind: text}, "metadata": {}} for kind, text in shown.items()]
    outputs += [{"output_type": "stream", "name": "stdout", "text": f"● it-share: {EVIL}\n{EVIL}"}]
    outputs += [{"output_type": "error", "ename": EVIL, "evalue": EVIL, "traceback": [EVIL]}]
    head = "".join(notebook["cells"][0]["source"]).partition("\n")
    notebook["cells"][0]["source"] = f"{head[0]} {SHOWN}\n{head[2]}"
    notebook["cells"].append({"cell_type": "markdown", "source": BLOCKS, "metadata": {}})
    code = {"cell_type": "code", "source": EVIL, "outputs": outputs, "execution_count": 99, "metadata": {}}
    notebook["cells"].append(code)
    notebook["cells"].append({"cell_type": "raw", "source": EVIL, "metadata": {}})
    path.write_text(json.dumps(notebook), encoding="utf-8")


def planted_citation(path: Path) -> None:
    cff = yaml.safe_load(path.read_text(encoding="utf-8"))
    cff |= {"authors": [{"name": SHOWN}], "version": SHOWN, "license": EVIL, "repository-code": "javascript:alert(1)"}
    cff["references"][0] |= {"title": EVIL, "url": "javascript:alert(1)", "authors": [{"name": EVIL}]}
    path.write_text(yaml.safe_dump(cff), encoding="utf-8")


def planted_trust() -> None:
    """Leave what `recount trust` would of a figure whose row, column and failure have hostile names."""
    figure = {"claim": "it-share", "table": "rd_expenditure", "row": 166, "column": EVIL, "label": f"={EVIL}"}
    cell = figure | {"read_by": EVIL, "named": True, "moved": True, "flip": 0.01, "becomes": "fails"}
    claim = {"claim": "it-share", "rows": 3, "idle": 1, "unnamed": [EVIL]}
    trust._publish([claim], [cell], [cell | {"changed": 1, "ways": 2, "as_told": False, "told": EVIL}])


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The report of a small collection with hostile text in every field, and us in it; the ledger holds it, unread."""
    folder = reproduced(tmp_path_factory.mktemp("hostile"), small=True)
    shutil.copy(ROOT / "README.md", folder)
    starts = cycle(BEGINS[:-1])  # the last is nothing that print can show
    essays = {
        key: replace(each, title=next(starts) + SHOWN, address="javascript:alert(1)")
        for key, each in rc.essays().items()
    }
    fields = ("quantity", "place", "date", "cited", "reason", "stated_basis")
    ledger = {
        key: replace(
            each, essay=essays[each.essay.id], phrase=next(starts) + SHOWN, **dict.fromkeys(fields, f"={EVIL}")
        )
        for key, each in rc.ledger().items()
    }
    kept = {
        "synonyms": {key: [EVIL] for key in ledger},
        "authors": {each.cited: [{"@type": "Person", "name": EVIL}] for each in ledger.values()},
        "corrections": [{"day": "2026-01-01", "claim": "it-share", "was": EVIL, "now": EVIL}],
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("RECOUNT_BUILD", str(folder / "build"))
        patch.setattr(claims, "_every_essay", lambda: essays)
        patch.setattr(claims, "_every_claim", lambda: ledger)
        patch.setattr("recount.report.build.kept", lambda: kept)
        planted_tables(folder)
        hashes = {name: resource["hash"] for name, resource in datapackage.package().items()}
        for home in ("notebooks", "build/notebooks"):
            planted_notebook(folder / home / f"{SMALL}.ipynb", hashes)
        planted_citation(folder / "CITATION.cff")
        planted_trust()
        report.build_report()
        yield folder


def test_pages_and_their_data_are_inert(hostile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = hostile / "build" / "report"
    held = 0
    for path, page in pages(site).items():
        assert page.executes == [], path
        held += "&lt;script&gt;alert(1)" in path.read_text(encoding="utf-8")
        assert not [link for _, link in page.links if re.match(r"\s*(?!https?:)[a-z]+:|//", link)], path
        assert {tag for tag, _ in page.tags} & {"img", "iframe", "form", "svg", "image"} <= {"img", "form", "svg"}
        assert all(a["src"].startswith("../files/figures/") for tag, a in page.tags if tag == "img"), path
    assert held > 15 and EVIL in unescape((site / "trust.html").read_text(encoding="utf-8")), "it arrived"
    code = (site / "figures" / "05-it-ranks.html").read_text(encoding="utf-8")
    (latex,) = re.findall('<pre[^>]* aria-label="LaTeX">(.*?)</pre>', code, re.DOTALL)
    assert "\\textbackslash{}input" in latex and not re.search(r"\\(input|write|href)|(?<!\\)[$#%&]", unescape(latex))
    monkeypatch.setattr("recount.report.findings.gathered", lambda _: ([], [{"name": "../../../x"}]))
    with pytest.raises(rc.RecountError, match="would name a page"):
        findings([])
    for script in site.rglob("*.js"):
        assert "</script" not in script.read_text(encoding="utf-8").lower()
    reviews = json.loads((hostile / "build" / "claimreview.json").read_text(encoding="utf-8"))
    assert all(EVIL in review["claimReviewed"] for review in reviews)
    assert {url.split(":")[0] for url in re.findall('"url": "(.*?)/', json.dumps(reviews))} == {"report"}


def test_a_spreadsheet_a_database_and_a_reader_of_pdf_take_it_for_text(hostile: Path) -> None:
    for name, least in {"verdicts.csv": 10, "exhibits.csv": 10, "trust.csv": 3}.items():
        with (hostile / "build" / name).open(encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert sum("<script>" in cell for cell in cells) >= least
        active = re.compile(r"(?:^|[;\n])\s*[=+\-@＝](?![\d.]+(?:e-?\d+)?$)")
        assert [cell for cell in cells if active.search(cell)] == [], name
    assert all(_agrees(files.inert(text), text) for text in (*BEGINS, "a;=1", "'b")), "and verify knows it again"
    with closing(sqlite3.connect(hostile / "build" / "recount.sqlite")) as database:
        assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert database.execute("select count(*) from claims where instr(quantity, ?)", [EVIL]).fetchone()[0] > 40
    pdf = (hostile / "build" / "recount.pdf").read_bytes()
    assert re.findall(rb"/(?:URI \(|JavaScript|JS|Launch|EmbeddedFile|SubmitForm)\b.*", pdf) == []


def markdown(text: str) -> list[Token]:
    """Return the blocks of a text as GitHub reads it, and what is in them."""
    blocks = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    return [each for block in blocks for each in (block, *(block.children or ()))]


def test_the_readme_and_its_picture_take_it_for_text(hostile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    essays = {key: replace(each, title=EVIL) for key, each in rc.essays().items()}
    monkeypatch.setattr(claims, "_every_essay", lambda: essays)
    verdicts, figures = records.gathered(records.executed())
    found = [each | {"sentence": EVIL} for each in verdicts], figures
    monkeypatch.setattr("recount.report.pages.gathered", lambda _: found)
    text, picture = report.renewed_readme((hostile / "README.md").read_text(encoding="utf-8"))
    tokens = [each for name in ("findings", "notebooks") for each in markdown(re.split(f"<!-- .*{name}.*-->", text)[1])]
    assert sum("alert(1)" in token.content for token in tokens) > 3
    assert [token.content for token in tokens if token.type.startswith("html")] == []
    assert {
        str(token.attrs.get("href", token.attrs.get("src"))) for token in tokens if token.type in ("link_open", "image")
    } <= {".github/scoreboard.svg", f"notebooks/{SMALL}.ipynb"}
    assert not MOVES.search(text + picture)
    drawn = ElementTree.fromstring(picture)
    assert any(SHOWN in (each.text or "") for each in drawn.iter())
    assert {each.tag.rpartition("}")[2] for each in drawn.iter()} <= {"svg", "title", "style", "rect", "text", "tspan"}


@pytest.mark.filterwarnings("ignore:Glyph")
def test_a_figure_holds_it_as_text(hostile: Path) -> None:
    data = pd.DataFrame({SHOWN: [1.0, 2.0], "label": [f"{each}{EVIL}" for each in BEGINS[:2]]})
    draw(title=SHOWN, alt=SHOWN, source=SHOWN, data=data)
    made("99-test")
    paths = {kind: hostile / "build" / "figures" / f"99-test.{kind}" for kind in ("svg", "pdf", "png", "json", "csv")}
    assert {collection.verify(path) for path in paths.values()} == {"same"}
    drawn = ElementTree.parse(paths["svg"]).getroot()
    assert {each.tag.rpartition("}")[2] for each in drawn.iter()} & {
        "script",
        "foreignObject",
        "a",
        "image",
        "iframe",
    } == set()
    assert [each.text for each in drawn if each.tag.endswith("desc")] == [SHOWN]
    with Image.open(paths["png"]) as image:
        image.load()
        assert image.text["Description"] == SHOWN
    assert not re.search(rb"/(?:URI|JavaScript|JS|Launch)\b", paths["pdf"].read_bytes())
    draw(title=EVIL)
    with pytest.raises(rc.RecountError, match="99-test.svg: no drawing"):
        made("99-test")


def test_a_terminal_is_not_moved(
    hostile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    verdicts = json.loads((hostile / "build" / "verdicts.json").read_text(encoding="utf-8"))
    print_verdicts(verdicts)
    told = capfd.readouterr().out
    assert ":heart:" in re.sub(r"\s", "", told) and "[red]m" in told.replace("\n", ""), "it means itself"
    row = {"claim": EVIL, "verdict": EVIL, "sentence": EVIL}
    for name, text in {
        "list.json": json.dumps([row | {"claim": [EVIL]}]),
        "deep.json": "[" * 100_000,
        "row.json": json.dumps([row]),
        "known.json": json.dumps([row | {"claim": "it-share"}]),
        f"{CONTROLS.replace('/', '')}.csv": "claim",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert main(["verify", str(tmp_path / name)]) == 1
    told_of = TextCheck(1, 1, 0, 1, 1, [Difference(1, EVIL, EVIL)], ["it-share"], [EVIL])
    monkeypatch.setattr("recount.texts.check", lambda path: told_of)
    assert main(["check-text", CONTROLS]) == main(["diff", CONTROLS]) == main(["reproduce", CONTROLS]) == 1
    with report.progress(EVIL, 1) as step:
        step(EVIL)
    streams = capfd.readouterr()
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    with report.progress("notebooks", 1) as step:
        step("[/] [red]m[/red]")
    assert "[/] [red]m[/red]" in capfd.readouterr().out
    for stream in streams:
        assert r"\x1b\\" in stream
        assert not MOVES.search(stream + told), stream


LEDGER = ("claims", "essays", "numbers", "paragraphs", "synonyms", "authors", "corrections")


@pytest.mark.parametrize("planted", [CONTROLS, *BEGINS])
def test_it_is_refused_by_file_row_and_field(copy: Path, planted: str) -> None:
    with (copy / "seeds" / "corrections.csv").open("a", encoding="utf-8") as file:
        file.write("2026-01-01,it-share,a,b\n")
    for path in [*(copy / "seeds" / f"{name}.csv" for name in LEDGER), copy / "data" / "sources.csv"]:
        with path.open(encoding="utf-8", newline="") as file:
            head, first, *_ = csv.reader(file)
        for at, column in enumerate(head):
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([head, [*first[:at], planted, *first[at + 1 :]]])
            told = f"{path.parent.name}/{path.name}, row 2, {column}: found"
            if path.parent.name == "data":
                found = "\n".join(_misprinted(path, datapackage.resource_of("sources")))
            else:
                with pytest.raises(rc.RecountError) as fault:
                    list(claims.rows(path, tuple(head)))
                found = str(fault.value)
            assert found.startswith(told), (told, found)


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine, so no page is opened")
def test_a_browser_that_clicks_everything_runs_nothing(hostile: Path, browser) -> None:  # noqa: F811
    site = hostile / "build" / "report"
    page = opened(browser)
    page.goto((site / "index.html").as_uri())
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(page.url), dialog.dismiss()))
    waiting, seen = [page.url], Counter[str]()
    for address in waiting:
        seen[address.rpartition("/")[0]] += 1
        if seen[address.rpartition("/")[0]] < 4 or "sources" in address:  # of the many of one template, three
            page.goto(address, wait_until="domcontentloaded")
            found = page.evaluate(CLICK)
            waiting += [each for each in found if each.endswith((".html", ".svg")) and each not in waiting]
    assert dialogs == [] and page.faults == []
    assert {path.as_uri() for path in site.rglob("*.html")} <= {*waiting}
    page.close()


# Clicks every link and button; a link that would lead to another page of the report is not followed but told:
# whatever else it leads to runs.
CLICK = """() => {
  const goal = (link) => new URL(link.href.baseVal ?? link.href, location);
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (link && /^(file|https?):/.test(goal(link).protocol)) event.preventDefault();
  });
  addEventListener("submit", (event) => event.preventDefault());
  for (const field of document.querySelectorAll("input")) {
    field.value = "alert";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  for (const each of document.querySelectorAll("a, button, summary, [onclick], [onmouseover], [onfocus]")) {
    for (const name of ["mouseover", "pointerenter", "focus"]) each.dispatchEvent(new Event(name));
    each.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  }
  const goals = [...document.querySelectorAll("a[href]")].map(goal);
  return [...new Set(goals.filter((url) => url.protocol === "file:").map((url) => `file://${url.pathname}`))];
}"""
