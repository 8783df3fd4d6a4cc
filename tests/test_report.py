"""The report: complete, linked, escaped and the same on every run; the exports beside it; and the documents."""

from __future__ import annotations

import json
import re
import shutil
from functools import cached_property
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from unittest.mock import Mock
from urllib.parse import unquote, urldefrag, urlsplit

import jsonschema
import nbformat
import pandas as pd
import pytest
import typst
from conftest import ROOT, replace
from markdown_it import MarkdownIt
from small_collection import write_collection, write_rows

import recount as rc
from recount import records
from recount.datapackage import GRADES
from recount.figures.charts import Chart
from recount.files import RecountError, build
from recount.pipeline.pictures import printed
from recount.pipeline.results import RESULTS, write_results
from recount.report import findings
from recount.report.build import REVIEWS, SCHEMA, build_report, reporting
from recount.report.cells import Notebook
from recount.report.findings import FORMATS, MANY_ROWS, featured, rows_used
from recount.report.pages import RATINGS, renewed_readme
from recount.texts.annotations import annotations
from recount.texts.ledger import COLUMNS
from recount.verdict import VERDICTS, Verdict

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"


class Page(HTMLParser):
    """The tags of a page: what it refers to, what can be referred to, and what a browser would execute."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attributes}))

    @cached_property
    def links(self) -> list[tuple[str, str]]:
        names = ("href", "src", "poster", "data", "action")
        return [(tag, own[name]) for tag, own in self.tags for name in names if own.get(name)]

    @cached_property
    def goals(self) -> set[str]:
        return {link for _, link in self.links}

    @cached_property
    def ids(self) -> list[str]:
        return [own["id"] for _, own in self.tags if "id" in own]

    @property
    def executes(self) -> list[str]:
        """What would run, or change the look, and is no file of the report."""
        active = [link for link in self.goals if re.match(r"\s*(javascript|data|vbscript|file):", link, re.IGNORECASE)]
        for tag, own in self.tags:
            is_code = tag == "script" and "src" not in own and "json" not in own.get("type", "")
            active += [f"<{tag}>"] if is_code or tag in ("style", "iframe", "object", "embed", "base") else []
            active += [f"<{tag} {name}>" for name in own if re.match("on|style|srcdoc", name)]
        return active


def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}


@pytest.fixture(scope="module")
def read(built: Path) -> dict[Path, Page]:
    """The pages of the report of the checkout."""
    return pages(built / "report")


def test_every_link_resolves_and_nothing_is_fetched_from_elsewhere(built: Path, read: dict[Path, Page]) -> None:
    dead, outside = [], []
    for path, page in read.items():
        assert len({*page.ids}) == len(page.ids), path.name
        for tag, link in page.links:
            if urlsplit(link).scheme in ("http", "https") or link.startswith("//"):
                outside += [(path.name, link)] if tag != "a" else []
                continue
            address, fragment = urldefrag(link)
            goal = (path.parent / unquote(urlsplit(address).path)).resolve() if address else path
            if not goal.is_file() or (fragment and goal in read and unquote(fragment) not in read[goal].ids):
                dead.append((path.name, link))
    assert (dead, outside) == ([], [])
    sheet = (built / "report" / "assets" / "recount.css").read_text(encoding="utf-8")
    assert not re.search(r"url\(['\"]?(https?:)?//|@import", sheet)


def test_claims_link_their_rows_and_sources_and_tables_their_claims(built, read, verdicts) -> None:
    site = built / "report"
    for verdict in verdicts:
        key, used = verdict.claim.id, rows_used(verdict)
        assert f"claims/{key}.html" in read[site / "index.html"].goals
        own = read[site / "claims" / f"{key}.html"].goals
        assert f"../notebooks/{verdict.claim.essay.notebook}.html#verdict-{key}" in own
        assert not used or any(re.match(r"https?://|\.\./tables/sources\.html#row-", link) for link in own), key
        for name, rows in used.items():
            assert any(link.startswith(f"../tables/{name}.html#row-") for link in own)
            table = read[site / "tables" / f"{name}.html"]
            assert f"../claims/{key}.html" in table.goals
            assert {f"row-{row}" for row in rows} <= {*table.ids} or len(rows) > MANY_ROWS, (key, name)


def test_pages_forbid_what_is_not_their_own_and_are_light(built: Path, read: dict[Path, Page]) -> None:
    for path, page in read.items():
        (_, charset), (_, policy) = [tag for tag in page.tags if tag[0] in ("meta", "script", "link", "style")][:2]
        assert charset == {"charset": "utf-8"}, path.name
        assert policy == {"http-equiv": "Content-Security-Policy", "content": POLICY}, path.name
        assert page.executes == [], path.name
        assert [tag for tag, _ in page.tags].count("h1") == 1, path.name
        assert path.stat().st_size < 150_000, path.name
    for path in (built / "report").rglob("*.*"):
        if path.suffix in (".html", ".js", ".css", ".json", ".svg"):
            assert str(ROOT) not in path.read_text(encoding="utf-8"), path.name


def test_featured_verdicts_are_of_numbers_that_statistics_miss_or_meet(verdicts: list[Verdict]) -> None:
    cards = featured(verdicts)
    assert 3 <= len(cards) == len({card.claim.essay for card in cards}) <= 5, "one an essay"
    assert {card.test for card in cards} == {"statistics"}
    assert len({card.verdict for card in cards}) > 2, "different outcomes"
    misses = [verdict for verdict in verdicts if verdict.verdict == "fails" and (verdict.distance or {}).get("percent")]
    furthest = max(misses, key=lambda verdict: abs(verdict.distance["percent"]))
    assert cards[0] is furthest
    assert featured(each for each in verdicts if each.test != "statistics" or each.verdict == "open") == []


# The exports beside it.


def test_verdicts_follow_their_published_schema(built: Path) -> None:
    schema = json.loads((built / SCHEMA).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    check, listed = jsonschema.Draft202012Validator(schema), json.loads((built / "verdicts.json").read_text("utf-8"))
    assert [error.message for error in check.iter_errors(listed)] == []
    verdict, specification = schema["$defs"]["verdict"], schema["$defs"]["specification"]
    first, way = listed[0], listed[0]["multiverse"][0]
    assert verdict["required"] == [*verdict["properties"]] == [*first]
    assert {*specification["required"]} == {*specification["properties"]} == {*way} - {*first["choices"]}
    assert verdict["properties"]["verdict"]["enum"] == [*VERDICTS]
    assert specification["properties"]["grade"]["enum"] == ["", *GRADES]
    faults = [{"verdict": "true"}, {"inside": -1}, {"low": "35"}, {"more": 1}, {"verdict": "open", "settles": ""}]
    faults += [{"multiverse": [way | {"evidence": rows}]} for rows in ({"gdp": "2-4"}, {"gdp": [[2]]}, {"gdp": []})]
    assert not [fault for fault in faults if check.is_valid([first | fault])]


SCHEMA_ORG = json.loads((ROOT / "tests" / "schema.org.json").read_text(encoding="utf-8"))
PLAIN = {"Text": r'".*"', "Number": r"\d+", "Date": r'"\d{4}-\d\d-\d\d"'}
PLAIN["URL"] = r'"(https?://\S+|report/claims/[\w-]+\.html)"'


def against_schema_org(value: object, expects: list[str], where: str = "") -> list[str]:
    """Return what in a piece of JSON-LD is no property of its type, or no value that schema.org expects of it."""
    if isinstance(value, list):
        return [fault for each in value for fault in against_schema_org(each, expects, where)]
    if not isinstance(value, dict):
        met = any(re.fullmatch(PLAIN[kind], json.dumps(value)) for kind in expects if kind in PLAIN)
        return [] if met else [f"{where}: {value!r} is none of {expects}"]
    kinds = [value["@type"]]
    for kind in kinds:
        kinds += SCHEMA_ORG["types"][kind]
    faults = [] if {*kinds} & {*expects} else [f"{where}: {kinds[0]} is none of {expects}"]
    for name, each in value.items():
        if not name.startswith("@"):
            known = SCHEMA_ORG["properties"].get(name, {"of": [], "expects": []})
            faults += [] if {*known["of"]} & {*kinds} else [f"{where}: {kinds[0]} has no {name}"]
            faults += against_schema_org(each, known["expects"], f"{where}.{name}")
    return faults


def test_claimreview_follows_schema_org_and_has_what_search_engines_require(built, verdicts) -> None:
    reviews = json.loads((built / REVIEWS).read_text(encoding="utf-8"))
    assert against_schema_org(reviews, ["ClaimReview"]) == []
    changes = {"reviewBody": "ratingValue", '"Claim"': '"Person"', '"report/': '"my report/', "2026-": "in "}
    for old, new in changes.items():
        planted = json.loads(json.dumps(reviews).replace(old, new))
        assert against_schema_org(planted, ["ClaimReview"]) != [], new
    for review, verdict in zip(reviews, verdicts, strict=True):
        assert review["url"] == f"report/claims/{verdict.claim.id}.html" and (built / review["url"]).is_file()
        assert review["claimReviewed"] and review["author"]["name"] and review["datePublished"]
        assert review["reviewRating"]["alternateName"].startswith(verdict.verdict)
        assert review["reviewRating"].get("ratingValue") == RATINGS.get(verdict.verdict)
        assert review["itemReviewed"]["appearance"]["url"].startswith("https://")
        assert bool(review["citation"]) == bool(rows_used(verdict))
    assert all(authors for cited, authors in annotations()["authors"].items() if cited), "seeds/authors.csv names all"


# A small collection, to be changed.


def judged(name: str, *levels: str) -> Verdict:
    """Return the verdict on the claim of a table: counted in ways of which the first is literal, and alone agrees."""

    def total(rows: pd.DataFrame, way: str) -> rc.Reading:
        return rc.Reading(rows["n"].sum() + levels.index(way), rows)

    ways = rc.specifications(f"{name}-sum", total, on=[rc.table(name)], way=levels, as_written={"way": levels[0]})
    return rc.judge(ways)


def draw(title: str = "Upward", alt: str = "A line.") -> None:
    """Draw the figure of the small collection."""
    drawn = rc.lines(rc.table("alpha").set_index("year")[["n"]], unit="n")
    chart = Chart(**vars(drawn) | {"alt": alt})
    rc.figure("01-line", chart, tables=["alpha"], claims=["alpha-sum"], title=title)


def shown(**bundles: str) -> nbformat.NotebookNode:
    """Return an output that shows something in the forms named, such as text_html."""
    return nbformat.v4.new_output("display_data", {kind.replace("_", "/"): text for kind, text in bundles.items()})


def write_executed(*verdicts: Verdict, extra: list[nbformat.NotebookNode] = ()) -> None:
    """Write what `recount reproduce` leaves before its report: notebooks with verdicts, the figure drawn, and results.

    The cells `extra` follow in the notebook of the first verdict.
    """
    drawn = build() / "figures" / "01-line.svg"
    for kind, content in printed(drawn, drawn.with_suffix(".json")).items():
        drawn.with_suffix(f".{kind}").write_bytes(content)
    sidecar = json.loads(drawn.with_suffix(".json").read_text(encoding="utf-8"))
    bundles = {each.claim.essay.notebook: [each._repr_mimebundle_()] for each in verdicts}
    bundles["01-alpha"].append({"image/svg+xml": drawn.read_text(encoding="utf-8"), records.FIGURE_MIME: sidecar})
    for path in records.notebooks():
        outputs = [nbformat.v4.new_output("display_data", bundle) for bundle in bundles.get(path.stem, ())]
        code = nbformat.v4.new_code_cell("x = 1", outputs=outputs, execution_count=1)
        cells = [nbformat.v4.new_markdown_cell(f"# What of {path.stem}?\n\n## Count"), code]
        cells += extra if path.stem == "01-alpha" else []
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    write_results({path.stem: path for path in records.notebooks()}, {name: build() / name for name in RESULTS})


def reported(base: str = "") -> Path:
    """Build the report of the collection in which we stand, whose notebooks are executed."""
    notebooks = {path.stem: path for path in records.notebooks()}
    build_report(notebooks, base, build() / "report", {name: build() / name for name in (REVIEWS, SCHEMA)})
    return build() / "report"


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small collection, with results and report."""
    home = write_collection(tmp_path_factory.mktemp("small") / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("RECOUNT_BUILD", raising=False)
        patch.chdir(home)
        draw()
        write_executed(*(judged(name, "all", "more") for name in ("alpha", "beta")))
        reported()
    return home


@pytest.fixture
def small(reproduced: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, in which we stand."""
    monkeypatch.delenv("RECOUNT_BUILD", raising=False)
    monkeypatch.chdir(shutil.copytree(reproduced, tmp_path / "small"))
    return tmp_path / "small"


def test_report_is_the_same_on_a_second_run_and_in_another_folder(small: Path, reproduced: Path) -> None:
    sites = reproduced / "build" / "report", reported()
    first, second = ({path.relative_to(site): path.read_bytes() for path in site.rglob("*.*")} for site in sites)
    assert first == second
    assert not [*(small / "build").glob(".report-*")]


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_failed_report_leaves_the_old_one(small: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException) -> None:
    page = small / "build" / "report" / "index.html"
    page.write_text("old", encoding="utf-8")
    monkeypatch.setattr("recount.report.build._files", Mock(side_effect=fault))
    with pytest.raises((KeyboardInterrupt, RecountError)):
        reported()
    assert page.read_text(encoding="utf-8") == "old" and not [*(small / "build").glob(".report-*")]


def test_verdict_on_rows_that_are_gone_and_name_that_leaves_the_folder_are_refused(small: Path, monkeypatch) -> None:
    notebook = small / "notebooks" / "01-alpha.ipynb"
    text = notebook.read_text(encoding="utf-8")
    notebook.write_text(re.sub(r'("alpha": \[\s*\[\s*2,\s*)4', r"\g<1>5", text), encoding="utf-8")
    with pytest.raises(RecountError, match="alpha-sum rests on rows that alpha has not; run `recount reproduce` first"):
        reported()
    monkeypatch.setattr(findings, "gathered", lambda _: ([], [{"name": "../../x"}]))
    with pytest.raises(RecountError, match="expected lower case"):
        reported()


def test_figure_page_has_every_file_and_code_that_shows_it(small: Path) -> None:
    alt = '1 \\ 2 "<script>alert(1)</script>`${x}`" #3 [4] & _5_'
    draw(alt=alt, title=alt)
    write_executed(*(judged(name, "all", "more") for name in ("alpha", "beta")))
    text = (reported() / "figures" / "01-line.html").read_text(encoding="utf-8")
    files = {f"../files/figures/01-line.{kind}" for kind in FORMATS}
    assert {*files, "../claims/alpha-sum.html"} <= Page(text).goals
    code = {key: unescape(pre) for key, pre in re.findall(r'<pre[^>]* aria-label="(\w+)">(.*?)</pre>', text, re.DOTALL)}
    for html in (Page(code["HTML"]), Page(code["Embedded"])):
        assert [attributes["alt"] for tag, attributes in html.tags if tag == "img"] == [alt] and html.executes == []
    (image,) = MarkdownIt("commonmark").parse(code["Markdown"])[1].children
    assert (image.attrs["src"], "".join(child.content for child in image.children)) == ("01-line.svg", alt)
    paper = small / "build" / "figures" / "paper.typ"
    paper.write_text(code["Typst"], encoding="utf-8")
    assert json.loads(typst.query(str(paper), "image", field="alt", one=True)) == alt


def test_about_lists_corrections_and_every_page_names_author_licence_and_repository(small: Path) -> None:
    replace(small / "CITATION.cff", "license: MIT", 'license: MIT\nrepository-code: "https://example.org/recount"')
    correction = {"day": "2026-12-01", "claim": "alpha-sum", "was": "5 & 6", "now": "6"}
    write_rows(small / "seeds" / "corrections.csv", correction, [correction])
    about = (reported() / "about.html").read_text(encoding="utf-8")
    assert "5 &amp; 6" in about and '<a href="https://example.org/recount/issues">' in about
    for path in (small / "build" / "report").rglob("*.html"):
        footer = path.read_text(encoding="utf-8").partition("<footer>")[2]
        for words in ("Andrew Batson", "MIT licence", "Corrections: 1", "tell: 0 of 2", "https://example.org/recount"):
            assert words in footer, (path.name, words)


def test_base_makes_addresses_absolute(small: Path) -> None:
    with pytest.raises(RecountError, match="--base-url .*: expected where the report will be"):
        reporting("javascript:alert(1)")
    site = reported(base := "https://example.org/recount/")
    reviews = json.loads((site / "files" / REVIEWS).read_text(encoding="utf-8"))
    assert [review["url"] for review in reviews] == [f"{base}claims/{name}-sum.html" for name in ("alpha", "beta")]
    for path, page in pages(site).items():
        address = path.relative_to(site).as_posix().removesuffix("index.html" * (path.parent == site))
        tags = [attributes for _, attributes in page.tags if {"rel", "property"} & {*attributes}]
        own = {tag.get("property", tag.get("rel")): tag.get("content", tag.get("href")) for tag in tags}
        assert own["canonical"] == own["og:url"] == base + address


WRONG_ROWS = {
    "id": ("synonyms", [("a", "alpha-sums")], "about: found 'alpha-sums', expected ids of seeds/claims.csv"),
    "twice": ("synonyms", [("a", "beta"), ("A", "beta")], "words: found 'A', expected words that no other row has"),
    "kind": ("authors", [("", "A", "bank")], "kind: found 'bank', expected one of person, organization"),
    "day": ("corrections", [("yesterday", "alpha-sum", "4", "3")], "day: found 'yesterday', expected a date"),
}


@pytest.mark.parametrize(("name", "cells", "message"), WRONG_ROWS.values(), ids=WRONG_ROWS)
def test_annotations_refuse_a_wrong_row(small: Path, name: str, cells: list[tuple[str, ...]], message: str) -> None:
    path = small / "seeds" / f"{name}.csv"
    write_rows(path, COLUMNS[name], (dict(zip(COLUMNS[name], row, strict=True)) for row in cells))
    with pytest.raises(RecountError, match=rf"seeds/{name}.csv, row \d, {re.escape(message)}"):
        annotations()


# What a notebook shows.

OUTPUT = """<div onclick="alert(1)" style="color: red"><style scoped>td { color: red }</style><script>alert(1)</script>
<table border="1" class="dataframe" onmouseover=alert(1)><thead><tr style="color: red"><th></th><th>what</th></tr>
<tr><th>claim</th><th></th></tr></thead><tbody><tr><th colspan="2" rowspan="x">it-share</th><td>1,234.5</td></tr>
<tr><th>gdp</th><td>1 &lt; 2 &amp; <b>bold</b></td></tr></tbody></table><a href=" JavaScript:alert(1)">b</a>
<a href="java&#10;script:alert(1)">c</a><a href="https://example.org/?a=1&amp;b=2">d</a><a href="data:text/html,x">f</a>
<a href="05-industry-clusters.ipynb#What-we-find%3F">e</a><img src=x onerror=alert(1)><svg><script>alert(1)</script>
</svg><math><mtext></p><style><img src=x onerror=alert(1)></style></math></div></div></main><template>h"""


PROSE = """# What *is* it?\n\n<b onclick='x'>b</b>\n\n## Twice, said\n\n## Twice, said
[a](05-industry-clusters.ipynb#Is-it%3F) [b](javascript:alert(1)) [c](https://example.org/a%20b) [d](#Twice,-said)
[e](../data/gdp.csv) [f](file:///etc/passwd)"""
ANSWER = "**Answer**\n\n| claim | value |\n|---|---:|\n| it-share | 3 |"


def test_notebook_is_taken_apart_and_nothing_in_it_executes(tmp_path: Path) -> None:
    outputs = [shown(text_markdown=ANSWER), shown(text_html=OUTPUT), nbformat.v4.new_output("stream", text="<i>")]
    cells = [nbformat.v4.new_markdown_cell(PROSE)]
    for code, made in {"import os": [], "x = 'a' # b": outputs, "fill()": outputs[:1]}.items():
        cells.append(nbformat.v4.new_code_cell(code, outputs=made))
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "07-any.ipynb")
    made = Notebook(tmp_path / "07-any.ipynb", {"it-share": "../claims/it-share.html", "gdp": "../tables/gdp.html"})
    assert [key for key, _, _ in made.headings] == ["what-is-it", "twice-said", "twice-said-1"]
    kinds = ["markdown", "code", "markdown", "table", "table", "text", "code"]
    assert [part["kind"] for part in made.parts] == kinds, "the answer that the last cell fills is shown once"
    prose, code, _, listed, output, text, _ = made.parts
    assert "&lt;b onclick" in prose["html"] and text["text"] == "<i>"
    assert Page(prose["html"]).goals == {"05-industry-clusters.html#is-it", "#twice-said", "https://example.org/a%20b"}
    assert "".join(piece for _, piece in code["code"]) == "import os\n\nx = 'a' # b"
    page = Page(output["html"])
    assert {tag for tag, _ in page.tags} == {"div", "table", "thead", "tbody", "tr", "th", "td", "b", "a"}
    assert {name for _, own in page.tags for name in own} == {"class", "colspan", "href"}
    links = {"https://example.org/?a=1&b=2", "05-industry-clusters.html#what-we-find"}
    assert page.goals == {*links, "../tables/gdp.html"}
    assert "alert" not in output["html"] and "color" not in output["html"] and "1 &lt; 2 &amp; <b>" in output["html"]
    assert output["html"].count("<div>") == output["html"].count("</div>") == 1, "it closes what it opened, no more"
    assert '<table class="n2">' in listed["html"], "a column of numbers"
    assert '<td><a href="../claims/it-share.html">it-share</a></td>\n<td>3</td>' in listed["html"]
    assert "<tr><th>claim</th><th>what</th></tr>" in output["html"], "two rows of heads become one"


# The documents.


def test_readme_agrees_with_the_notebooks() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    picture = (ROOT / ".github" / "scoreboard.svg").read_text(encoding="utf-8")
    assert renewed_readme(text) == (text, picture), "run `recount refresh`"
    stale = re.sub("(?s)(<!-- findings.*?-->).*?(<!-- end)", r"\1\nstale\n\2", text)
    assert "\nstale\n" in stale and renewed_readme(stale) == (text, picture)
    with pytest.raises(RecountError, match=r"README.md: found no lines"):
        renewed_readme("no marks")


def test_documents_refer_to_what_is_there() -> None:
    targets = {*re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"))}
    binder = ROOT / ".binder" / "requirements.txt"
    assert binder.read_bytes() == (ROOT / "requirements.txt").read_bytes()
    for path in (ROOT / name for name in ("README.md", "CONTRIBUTING.md", "seeds/README.md", "data/README.md")):
        text = path.read_text(encoding="utf-8")
        links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
        assert [link for link in links if not (path.parent / link).exists()] == [], path
        assert {*re.findall(r"`make ([a-z]+)`", text)} <= targets, path
