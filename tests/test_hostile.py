"""Hostile text: refused with file, row and field; and inert in every export of a collection that holds it all the same.

The checks of the ledger and of the tables are left out here, so that no export relies on them.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
import yaml
from conftest import ROOT
from markdown_it import MarkdownIt
from small_collection import SOURCE, write_collection, write_rows
from test_browser import CHROMIUM, browser, opened  # noqa: F401  (a fixture)
from test_report import draw, judged, pages, reported, shown, write_executed

import recount as rc
from recount import files
from recount.cli import main
from recount.datapackage import fingerprint
from recount.pipeline.checks import _misprinted
from recount.report.pages import renewed_readme
from recount.report.terminal import print_verdicts
from recount.texts.check import Difference, TextCheck
from recount.texts.ledger import COLUMNS, rows

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
FORMULAS = '=HYPERLINK("https://evil.example")', "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "＝1+1"
SHOWN = SCRIPT + MARKUP + "\u200b\u2028\u2029"  # what print can show
EVIL = SHOWN + CONTROLS + "\ufeff"
BLOCKS = (
    f"{EVIL}\n\n```{{raw}} html\n{SCRIPT}\n```\n\n<div onclick='alert(1)'>{EVIL}</div>\n\n"
    f"[n]: javascript:alert(1) '{EVIL}'\n[n] [o][n]\n\n| {EVIL} | p |\n|---|---|\n| [q](javascript:alert(1)) | {EVIL} |"
    f"\n\n## Scoreboard\n\n## Specifications\n\n## {EVIL}\n"
)
MOVES = re.compile(rf"(?!\n)[{files.CONTROLS}]")


def change_rows(path: Path, **cells: str) -> None:
    """Put cells into every row of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        listed = [row | cells for row in csv.DictReader(file)]
    write_rows(path, listed[0], listed)


def change_tables(data: Path) -> None:
    """Put hostile text into the tables, where no key or rule forbids it, and into what describes them."""
    change_rows(data / "sources.csv", title=SCRIPT, origin=EVIL, table=MARKUP, address="javascript:alert(1)")
    package = json.loads((data / "datapackage.json").read_text(encoding="utf-8"))
    for resource, formula in zip(package["resources"], FORMULAS, strict=False):
        path, schema = data / resource["path"], resource["schema"]
        if "n" in (field["name"] for field in schema["fields"]):
            change_rows(path, label=formula + EVIL)
            schema["fields"].append({"name": "label", "type": "string"})
        for field in schema["fields"]:
            field |= {"description": EVIL, "unit": EVIL}
        resource |= dict.fromkeys(("title", "description", "vintage", "caveat"), EVIL) | {"sources": [{"title": SHOWN}]}
        resource["hash"] = fingerprint(path)
    (data / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")


def write_ledger(home: Path) -> None:
    """Put hostile text into the ledger and the citation."""
    free = ("quantity", "place", "date", "cited", "reason", "stated_basis")
    change_rows(home / "seeds" / "claims.csv", phrase=FORMULAS[0] + SHOWN, **dict.fromkeys(free, f"={EVIL}"))
    change_rows(home / "seeds" / "essays.csv", title=FORMULAS[1] + SHOWN, address="javascript:alert(1)")
    cff = yaml.safe_load((home / "CITATION.cff").read_text(encoding="utf-8"))
    cff |= {"authors": [{"name": SHOWN}], "version": SHOWN, "license": EVIL, "repository-code": "javascript:alert(1)"}
    cff["references"][0] |= {"title": EVIL, "url": "javascript:alert(1)", "authors": [{"name": EVIL}]}
    (home / "CITATION.cff").write_text(yaml.safe_dump(cff), encoding="utf-8")


def hostile_cells() -> list[nbformat.NotebookNode]:
    """Return cells with hostile text in Markdown, code and outputs of every kind."""
    kinds = {"text_html": f"{EVIL}<table><td>{EVIL}", "text_markdown": BLOCKS, "image_svg+xml": f"<svg>{EVIL}</svg>"}
    kinds |= {"text_plain": EVIL, "text_latex": MARKUP, "application_javascript": "alert(1)"}
    outputs = [shown(**{kind: text}) for kind, text in kinds.items()]
    outputs.append(nbformat.v4.new_output("stream", text=EVIL))
    outputs.append(nbformat.v4.new_output("error", ename=EVIL, evalue=EVIL, traceback=[EVIL]))
    code = nbformat.v4.new_code_cell(EVIL, outputs=outputs, execution_count=9)
    return [nbformat.v4.new_markdown_cell(BLOCKS), code, nbformat.v4.new_raw_cell(EVIL)]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The report of a small collection with hostile text in every field, and us in it."""
    home = write_collection(tmp_path_factory.mktemp("hostile"))
    change_tables(home / "data")
    write_ledger(home)
    annotations = {"synonyms": {"alpha-sum": [EVIL], "beta-sum": [EVIL]}}
    annotations["authors"] = {f"={EVIL}": [{"@type": "Person", "name": EVIL}]}
    annotations["corrections"] = [{"day": "2026-01-01", "claim": "alpha-sum", "was": EVIL, "now": EVIL}]
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("RECOUNT_BUILD", raising=False)
        patch.chdir(home)
        patch.setattr("recount.report.build.annotations", lambda: annotations)
        draw(title=SHOWN, alt=SHOWN)
        write_executed(*(judged(name, EVIL, f"={EVIL}") for name in ("alpha", "beta")), extra=hostile_cells())
        reported()
        yield home


def test_pages_and_reviews_are_inert(hostile: Path) -> None:
    site = hostile / "build" / "report"
    for path, page in pages(site).items():
        assert page.executes == [], path
        assert "&lt;script&gt;alert(1)" in path.read_text(encoding="utf-8"), f"{path}: the text has not arrived"
        assert not [goal for goal in page.goals if re.match(r"\s*(?!https?:)[a-z]+:|//", goal)], path
        assert not {tag for tag, _ in page.tags} & {"iframe", "image", "math"}, path
    assert all("</script" not in path.read_text(encoding="utf-8").lower() for path in site.rglob("*.js"))
    claim = unescape((site / "claims" / "alpha-sum.html").read_text(encoding="utf-8"))
    assert "{{7*7}} ${7*7} {% raw %}" in claim, "no template is rendered"
    code = (site / "figures" / "01-line.html").read_text(encoding="utf-8")
    (latex,) = re.findall('<pre[^>]* aria-label="LaTeX">(.*?)</pre>', code, re.DOTALL)
    assert "\\textbackslash{}input" in latex and not re.search(r"\\(input|write|href)|(?<!\\)[$#%&]", unescape(latex))
    reviews = (hostile / "build" / "claimreview.json").read_text(encoding="utf-8")
    assert {url.split(":")[0] for url in re.findall('"url": "(.*?)/', reviews)} == {"report"}


def test_spreadsheet_takes_it_for_text(hostile: Path) -> None:
    for name in ("verdicts.csv", "exhibits.csv"):
        with (hostile / "build" / name).open(encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert any("<script>" in cell for cell in cells)
        active = re.compile(r"(?:^|[;\n])\s*[=+\-@＝](?![\d.]+(?:e-?\d+)?$)")
        assert [cell for cell in cells if active.search(cell)] == [], name
    for text in (*FORMULAS, "-1 percent", " =A1", "\t=A1", "\r=A1"):
        assert files.inert(text) == f"'{text}"
    assert files.inert("a;=1") == "a;'=1"
    for cell in ("-5", "-0.3e-7", "+2", -3.5, None, "", "a=b", "1-2", "–5"):
        assert files.inert(cell) == cell


def test_readme_and_its_picture_take_it_for_text(hostile: Path) -> None:
    text, picture = renewed_readme((ROOT / "README.md").read_text(encoding="utf-8"))
    made = "\n\n".join(re.findall(r"(?s)<!-- \w+: made by.*?-->(.*?)<!-- end", text))
    blocks = MarkdownIt("gfm-like", {"linkify": False}).parse(made)
    tokens = [token for block in blocks for token in (block, *(block.children or ()))]
    assert any("alert(1)" in token.content for token in tokens)
    assert [token.content for token in tokens if token.type.startswith("html")] == []
    goals = {str(t.attrs.get("href", t.attrs.get("src"))) for t in tokens if t.type in ("link_open", "image")}
    assert all(re.fullmatch(r"\.github/scoreboard\.svg|notebooks/0\d-\w+\.ipynb", goal) for goal in goals)
    assert not MOVES.search(made + picture)
    elements = [*ElementTree.fromstring(picture).iter()]
    assert any(SHOWN in (element.text or "") for element in elements)
    assert all(re.search("}(svg|title|style|rect|text|tspan)$", element.tag) for element in elements)


def test_figure_holds_it_as_text(hostile: Path) -> None:
    path = hostile / "build" / "figures" / "01-line.svg"
    elements = [*ElementTree.parse(path).getroot().iter()]
    assert not [element for element in elements if re.search("}(script|foreignObject|a|image|iframe)$", element.tag)]
    assert SHOWN in [element.text for element in elements]
    assert not re.search(rb"/(?:URI|JavaScript|JS|Launch)\b", path.with_suffix(".pdf").read_bytes())


def test_terminal_is_not_moved(hostile: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    print_verdicts(rc.gathered(rc.executed())[0])
    table = capsys.readouterr().out
    result = TextCheck(1, 1, 0, 1, 1, [Difference(1, EVIL, EVIL)], ["it-share"], [EVIL])
    monkeypatch.setattr("recount.texts.check.check", lambda path: result)
    assert main(["check-text", CONTROLS]) == main(["diff", CONTROLS]) == main(["reproduce", CONTROLS]) == 1
    for stream in (table, *capsys.readouterr()):
        assert not MOVES.search(stream), stream


@pytest.mark.parametrize("text", [CONTROLS, *FORMULAS])
def test_it_is_refused_by_file_row_and_field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    home = write_collection(tmp_path)
    monkeypatch.chdir(home)
    for name, columns in COLUMNS.items():
        for column in columns:
            write_rows(home / "seeds" / f"{name}.csv", columns, [dict.fromkeys(columns, "a") | {column: text}])
            with pytest.raises(rc.RecountError, match=f"^seeds/{name}.csv, row 2, {column}: found"):
                list(rows(name))
    for column in SOURCE:
        write_rows(home / "data" / "sources.csv", (*SOURCE, "note"), [SOURCE | {column: text}])
        assert "\n".join(_misprinted("sources")).startswith(f"data/sources.csv, row 2, {column}: found")


# Clicks everything; no link that would lead to another page is followed.
CLICK = """() => {
  const leads = (link) => /^(file|https?):/.test(new URL(link.href.baseVal ?? link.href, location).protocol);
  addEventListener("click", (event) => leads(event.target.closest?.("a[href]") ?? location) && event.preventDefault());
  addEventListener("submit", (event) => event.preventDefault());
  for (const field of document.querySelectorAll("input")) field.value = "alert";
  for (const each of document.querySelectorAll("a, button, summary, input, [onclick], [onmouseover], [onfocus]"))
    for (const name of ["mouseover", "pointerenter", "focus", "input", "click"])
      each.dispatchEvent(new MouseEvent(name, { bubbles: true, cancelable: true }));
}"""


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine, so no page is opened")
def test_browser_that_clicks_everything_runs_nothing(hostile: Path, browser) -> None:  # noqa: F811
    page, dialogs = opened(browser), []
    page.on("dialog", lambda dialog: (dialogs.append(page.url), dialog.dismiss()))
    for path in (hostile / "build" / "report").rglob("*.*"):
        if path.suffix in (".html", ".svg"):
            page.goto(path.as_uri(), wait_until="domcontentloaded")
            page.evaluate(CLICK)
    assert (dialogs, page.faults) == ([], [])
