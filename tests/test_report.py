"""The report: whole, linked, escaped, the same every time; and the exports beside it."""

from __future__ import annotations

import csv
import itertools
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit
from xml.etree import ElementTree

import jsonschema
import nbformat
import pytest
import typst
from conftest import ROOT, replace
from markdown_it import MarkdownIt
from test_collection import notebook, run

import recount as rc
import recount.report.build
from recount import collection, datapackage, records, report
from recount.cli import main
from recount.collection import checks
from recount.records import FIGURE, VERDICT
from recount.report.cells import Clean, Notebook
from recount.report.findings import FORMATS, MANY_ROWS
from recount.report.front import featured
from recount.verdict import MARKS, VERDICTS
from recount.wording import agreement

SMALL = "05-industry-clusters"
PLANTED = "<script>alert(1)</script>`${x}`{{7*7}}"
HEAVY = 150_000  # bytes of a page without its figures


def outputs(folder: Path) -> list[tuple[str, dict]]:
    """Return (kind, record) of every verdict and figure that the stored notebooks of a folder carry."""
    found = []
    for path in sorted(folder.glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            for data in (output.get("data", {}) for output in cell.get("outputs", [])):
                found += [(kind, data | {"record": data[kind]}) for kind in (VERDICT, FIGURE) if kind in data]
    return found


def reproduced(folder: Path, *, small: bool = False) -> Path:
    """Lay out in `folder` what `recount reproduce` leaves, from the stored notebooks: seconds instead of a minute.

    Small: one notebook and the tables it uses. Rasters and PDFs are stand-ins.
    """
    for name in ("seeds", "data", "notebooks"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(".*"), dirs_exist_ok=True)
    shutil.copy(ROOT / "CITATION.cff", folder)
    if small:
        for path in (folder / "notebooks").glob("*.ipynb"):
            if path.stem != SMALL:
                path.unlink()
        used = {"sources", "provinces"}
        for kind, data in outputs(folder / "notebooks"):
            used |= set(data["record"]["tables"]) if kind == FIGURE else set()
            used |= {name for s in data["record"].get("multiverse", ()) for name in s["evidence"]} - {"claims"}
        path = folder / "data" / "datapackage.json"
        package = json.loads(path.read_text(encoding="utf-8"))
        package["resources"] = [resource for resource in package["resources"] if resource["name"] in used]
        path.write_text(json.dumps(package), encoding="utf-8")
        for path in (folder / "data").glob("*.csv"):
            if path.stem not in used:
                path.unlink()
    shutil.copytree(folder / "notebooks", folder / "build" / "notebooks")
    (folder / "build" / "figures").mkdir()
    for kind, data in outputs(folder / "notebooks"):
        if kind == FIGURE:
            kept = {"svg": data["image/svg+xml"], "json": json.dumps(data["record"])}
            for suffix in FORMATS:
                path = folder / "build" / "figures" / f"{data['record']['name']}.{suffix}"
                path.write_text(kept.get(suffix, ""), encoding="utf-8")
    return folder


def reported(place: Path, *, small: bool = False) -> Path:
    """Lay a collection out and build its report, or wait for another process of the same run to do so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECOUNT_BUILD", str(place / "build"))
        with collection.alone():
            if not (place / "build" / "report").exists():
                patch.chdir(reproduced(place, small=small))
                assert report.build_report() == place / "build" / "report" / "index.html"
    return place


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of a run have in common."""
    place = tmp_path_factory.getbasetemp()
    return place.parent if "PYTEST_XDIST_WORKER" in os.environ else place


@pytest.fixture(scope="session")
def site(shared: Path) -> Path:
    """The report of the stored notebooks, built once; the collection lies beside it."""
    return reported(shared / "site") / "build" / "report"


@pytest.fixture(scope="session")
def found(site: Path) -> dict[Path, Page]:
    """Its pages, read once."""
    return pages(site)


@pytest.fixture
def small(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A collection of one notebook, reproduced and reported, to plant a defect in; its tables pass for valid."""
    shutil.copytree(reported(shared / "small", small=True), tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECOUNT_BUILD", str(tmp_path / "build"))
    monkeypatch.setattr(checks, "validate", lambda: [])
    return tmp_path


class Page(HTMLParser):
    """What a page refers to, what can be referred to in it, and what in it a browser would execute."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        for name, value in attributes:
            if name in ("href", "src", "poster", "data", "action") and value:
                self.links.append((tag, value))
            elif name == "id":
                self.ids.append(value or "")

    @property
    def executes(self) -> list[str]:
        """What would run or be laid out by other than the report's own files."""
        found = []
        for tag, attributes in self.tags:
            data = attributes.get("type") in ("application/json", "application/ld+json")
            if tag in ("style", "iframe", "object", "embed", "base") or (
                tag == "script" and not data and "src" not in attributes
            ):
                found.append(f"<{tag}>")
            found += [f"<{tag} {name}>" for name in attributes if name.startswith("on") or name in ("style", "srcdoc")]
        return found + [
            link for _, link in self.links if re.match(r"\s*(javascript|data|vbscript|file):", link, re.IGNORECASE)
        ]


def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}


def records_of(site: Path) -> list[dict]:
    return json.loads((site.parent / "verdicts.json").read_text(encoding="utf-8"))


def test_every_link_resolves_and_nothing_is_fetched_from_elsewhere(site: Path, found: dict[Path, Page]) -> None:
    dead, outside = [], []
    for path, page in found.items():
        assert len(set(page.ids)) == len(page.ids), (path.name, sorted(i for i in page.ids if page.ids.count(i) > 1))
        for tag, link in page.links:
            if urlsplit(link).scheme in ("http", "https") or link.startswith("//"):
                outside += [(path.name, link)] if tag != "a" else []
                continue
            address, fragment = urldefrag(link)
            goal = (path.parent / unquote(urlsplit(address).path)).resolve() if address else path
            if not goal.is_file() or (fragment and goal in found and unquote(fragment) not in found[goal].ids):
                dead.append((path.relative_to(site).as_posix(), link))
    assert len(found) > 10
    assert dead == []
    assert outside == []
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//|@import ['\"](https?:)?//", sheet.read_text(encoding="utf-8")), (
            sheet.name
        )


def test_from_a_sentence_to_its_source_and_from_a_datum_to_every_claim(site: Path, found: dict[Path, Page]) -> None:
    front = {link for _, link in found[site / "index.html"].links}
    for record in records_of(site):
        key, rests = record["claim"], report.evidence(record)
        assert f"claims/{key}.html" in front
        own = {link for _, link in found[site / "claims" / f"{key}.html"].links}
        assert any(link.startswith(f"../notebooks/{record['notebook']}.html#verdict-") for link in own)
        for name, rows in rests.items():
            page = found[site / "tables" / f"{name}.html"]
            assert any(link.startswith(f"../tables/{name}.html#row-") for link in own)
            assert {f"row-{row}" for row in rows} <= set(page.ids) or len(rows) > MANY_ROWS, (key, name)
            assert f"../claims/{key}.html" in {link for _, link in page.links}
        if rests:
            assert any(re.match(r"https?://|\.\./tables/sources\.html#row-", link) for link in own), key


def test_the_report_tells_nothing_of_time_or_machine(site: Path) -> None:
    assert not list(site.rglob(".*"))
    for path in (p for p in site.rglob("*") if p.suffix in (".html", ".js", ".css", ".json", ".svg")):
        text = path.read_text(encoding="utf-8")
        assert str(site.parents[1]) not in text, path.name
        assert str(ROOT) not in text, path.name


def test_every_page_forbids_what_is_not_its_own(found: dict[Path, Page]) -> None:
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"
    )
    for path, page in found.items():
        tags = [(tag, attributes) for tag, attributes in page.tags if tag in ("meta", "script", "link", "style")]
        assert tags[0] == ("meta", {"charset": "utf-8"}), path.name
        assert tags[1] == ("meta", {"http-equiv": "Content-Security-Policy", "content": policy}), path.name
        assert page.executes == [], path.name
        assert [tag for tag, _ in page.tags].count("h1") == 1, path.name


def test_no_page_is_heavy(site: Path) -> None:
    assert [path.name for path in site.rglob("*.html") if path.stat().st_size >= HEAVY] == []
    assert max(path.stat().st_size for path in (site / "assets").iterdir()) < 300_000


def test_a_long_table_begins_with_the_rows_that_claims_use(site: Path, found: dict[Path, Page]) -> None:
    used: dict[str, set[int]] = {}
    for record in records_of(site):
        for name, rows in report.evidence(record).items():
            used.setdefault(name, set()).update(rows)
    for name, rows in used.items():
        ids = found[site / "tables" / f"{name}.html"].ids
        shown = [int(key.removeprefix("row-")) for key in ids if key.startswith("row-")]
        assert set(shown[: len(rows)]) == rows or (set(shown) < rows and len(rows) > MANY_ROWS <= len(shown)), name


def test_a_figure_is_taken_along_with_its_words(small: Path) -> None:
    path, name = small / "build" / "notebooks" / f"{SMALL}.ipynb", "05-it-ranks"
    nb, alt = nbformat.read(path, as_version=4), f'1 \\ 2 "{PLANTED}" #3 [4] & _5_'
    data = next(d for kind, d in outputs(small / "notebooks") if kind == FIGURE and d["record"]["name"] == name)
    drawn = data["record"] | {"alt": alt, "title": alt}
    for found in (output.get("data", {}) for cell in nb.cells for output in cell.get("outputs", [])):
        if found.get(FIGURE, {}).get("name") == name:
            found[FIGURE] = drawn
    nbformat.write(nb, path)
    for form, sidecar in {"column": drawn, "slide": data["record"]}.items():
        (small / "build" / f"figures-{form}").mkdir()
        for kind in FORMATS:
            content = json.dumps(sidecar) if kind == "json" else data["image/svg+xml"]
            (small / "build" / f"figures-{form}" / f"{name}.{kind}").write_text(content, encoding="utf-8")
    built = report.build_report().parent
    text = (built / "figures" / f"{name}.html").read_text(encoding="utf-8")
    links = {link for _, link in Page(text).links}
    assert {f"../files/figures/{name}.{kind}" for kind in FORMATS} <= links
    assert {f"../files/figures-column/{name}.{kind}" for kind in FORMATS} <= links
    assert not [link for link in links if "figures-slide" in link], "drawn from what is no longer so"
    assert {f"../claims/{key}.html" for key in drawn["claims"]} <= links
    code = {key: unescape(pre) for key, pre in re.findall(r'<pre[^>]* aria-label="(\w+)">(.*?)</pre>', text, re.DOTALL)}
    for html in (code["HTML"], code["Embedded"]):
        assert [attributes["alt"] for tag, attributes in Page(html).tags if tag == "img"] == [alt]
        assert Page(html).executes == []
    markdown = MarkdownIt("commonmark").parse(code["Markdown"])[1].children[0]
    assert (markdown.attrs["src"], markdown.content and "".join(c.content for c in markdown.children)) == (
        f"{name}.svg",
        alt,
    )
    (small / "build" / "figures" / "paper.typ").write_text(code["Typst"], encoding="utf-8")
    shown = json.loads(typst.query(str(small / "build" / "figures" / "paper.typ"), "image", field="alt", one=True))
    assert shown == alt


def test_another_build_is_the_same_bytes_and_what_is_as_before_keeps_its_time(small: Path, monkeypatch, capfd) -> None:
    target = small / "build" / "report"

    def rebuilt() -> tuple[dict[Path, bytes], set[str]]:
        """Return every file of another build, and which are not the old ones."""
        for path in target.rglob("*.*"):
            os.utime(path, (1_000_000, 1_000_000))
        assert report.build_report().parent == target
        files = [path for path in target.rglob("*") if path.is_file()]
        new = {path.relative_to(target).as_posix() for path in files if path.stat().st_mtime != 1_000_000}
        return {path: path.read_bytes() for path in files}, new

    def link(*paths: Path) -> None:
        raise OSError("a disk that has no links")

    first = {path: path.read_bytes() for path in target.rglob("*") if path.is_file()}
    with monkeypatch.context() as patch:
        patch.setattr(report.build.os, "link", link)
        assert rebuilt() == (first, set())
    replace(small / "data" / "sources.csv", "Panel of 30 provinces", "Panel of 31 provinces")
    collection.seal()
    _, changed = rebuilt()
    assert {"tables/sources.html", "files/data/sources.csv", "files/data/datapackage.json"} <= changed
    assert not {"index.html", "assets/recount.css", "figures/index.html", "files/data/gdp.csv"} & changed
    assert not list((small / "build").glob(".report-*"))
    assert capfd.readouterr().err == ""


def test_what_the_ledger_and_the_tables_hold_is_text(small: Path) -> None:
    ledger = small / "seeds" / "claims.csv"
    with ledger.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    for row in rows:
        if row["essay"] == "industry-clusters":
            row |= dict.fromkeys(("cited", "place", "quantity", "reason"), PLANTED)
            row["phrase"] = f"{row['value']} {PLANTED}"
    with ledger.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    for name, old in (
        ("express_delivery.csv", "press report: about 14 billion"),
        ("sources.csv", "Panel of 30 provinces"),
    ):
        replace(small / "data" / name, old, PLANTED)
    collection.seal()
    path = small / "build" / "notebooks" / f"{SMALL}.ipynb"
    hashes = {name: resource["hash"] for name, resource in datapackage.package().items()}
    nb = nbformat.read(path, as_version=4)
    for data in (output.get("data", {}) for cell in nb.cells for output in cell.get("outputs", [])):
        if FIGURE in data:
            data[FIGURE] |= {"tables": {name: hashes[name] for name in data[FIGURE]["tables"]}, "title": PLANTED}
            data[FIGURE]["alt"] = f'"{PLANTED}'
        if VERDICT in data:
            data[VERDICT]["sentence"] = data[VERDICT]["section"] = PLANTED
    nbformat.write(nb, path)
    built = report.build_report().parent
    texts = {p: p.read_text(encoding="utf-8") for p in built.rglob("*.*") if p.suffix in (".html", ".js")}
    assert sum("&lt;script&gt;alert(1)" in text for text in texts.values()) > 5
    for path, text in texts.items():
        assert "<script>alert" not in text, path.name
        assert path.suffix == ".js" or Page(text).executes == [], path.name
    assert "`${x}`{{7*7}}" in unescape(texts[built / "claims" / "six-provinces.html"]), "no template is rendered"


def test_an_address_that_is_not_of_the_web_is_no_link(small: Path) -> None:
    planted = itertools.cycle(["javascript:alert(1)//", "data:text/html;", "ftp://", "//", "http:// "])
    for name in ("data/sources.csv", "CITATION.cff", "seeds/essays.csv"):
        text = (small / name).read_text(encoding="utf-8")
        if name.startswith("seeds"):  # the ledger itself refuses such an address
            text = re.sub("https?://[^,]*", "", text)
        (small / name).write_text(re.sub("https?://", lambda _: next(planted), text), encoding="utf-8")
    collection.seal()
    path = small / "build" / "notebooks" / f"{SMALL}.ipynb"
    sealed = {name: resource["hash"] for name, resource in datapackage.package().items()}
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r'("sources": )"sha256:\w+"', rf'\1"{sealed["sources"]}"', text), encoding="utf-8")
    for address, page in pages(report.build_report().parent).items():
        assert page.executes == [], address
        assert not [link for _, link in page.links if ":" in link or link.startswith("//")], address
    reviews = (small / "build" / "claimreview.json").read_text(encoding="utf-8")
    assert set(re.findall(r'"url": "(.*?)/', reviews)) == {"report"}


OUTPUT = """<div onclick="alert(1)" style="color: red"><style scoped>td { color: red }</style><script>alert(1)</script>
<table border="1" class="dataframe" onmouseover=alert(1)><thead><tr style="color: red"><th></th><th>what</th></tr>
<tr><th>claim</th><th></th></tr></thead><tbody><tr><th colspan="2" rowspan="x">it-share</th><td>1,234.5</td></tr>
<tr><th>gdp</th><td>1 &lt; 2 &amp; <b>bold</b></td></tr></tbody></table>
<a href="javascript:alert(1)">a</a><a href=" JavaScript:alert(1)">b</a><a href="java&#10;script:alert(1)">c</a>
<a href="https://example.org/?a=1&amp;b=2">d</a><a href="05-industry-clusters.ipynb#What-we-find%3F">e</a>
<a href="data:text/html,x">f</a><img src=x onerror=alert(1)><svg><script>alert(1)</script></svg>
<iframe src="https://example.org"></iframe><math><mtext></p><style><img src=x onerror=alert(1)></style></math>
<form action="https://example.org"><button formaction="javascript:alert(1)">g</button></form><!-- alert(1) -->
</div></div></div></main><template>h"""


def test_what_a_cell_made_is_shown_without_what_executes() -> None:
    html = Clean().cleaned(OUTPUT)
    page = Page(html)
    assert page.executes == []
    assert {tag for tag, _ in page.tags} == {"div", "table", "thead", "tbody", "tr", "th", "td", "b", "a"}
    assert {name for _, attributes in page.tags for name in attributes} == {"colspan", "href"}
    assert [link for _, link in page.links] == [
        "https://example.org/?a=1&b=2",
        "05-industry-clusters.html#what-we-find",
    ]
    assert "alert" not in html
    assert "color" not in html
    assert "1 &lt; 2 &amp; <b>bold</b>" in html
    assert html.count("<div>") == html.count("</div>") == 1, "it closes what it opened, and nothing else"
    assert Clean().cleaned("<td>open<b>er") == "<td>open<b>er</b></td>"
    assert Clean().cleaned("<script>never closed <b>x</b>") == ""


def test_a_notebook_is_taken_apart(tmp_path: Path) -> None:
    path = tmp_path / "07-planted.ipynb"
    table = "| claim | value |\n|---|---:|\n| it-share | 3 |"
    cells = [
        nbformat.v4.new_markdown_cell(
            f"# What *is* it?\n\n{PLANTED} <b onclick='x'>b</b>\n\n## Twice, said\n\n## Twice, said"
        ),
        nbformat.v4.new_markdown_cell(
            "[a](05-industry-clusters.ipynb#Is-it%3F) [b](javascript:alert(1)) [c](https://example.org/a%20b) "
            "[d](#Twice,-said) [e](../data/gdp.csv) [f](file:///etc/passwd) ![g](https://example.org/pixel.png) <https://example.org/auto>"
        ),
        nbformat.v4.new_code_cell("import os", outputs=[]),
        nbformat.v4.new_code_cell(
            "x = 'a' # b",
            outputs=[
                nbformat.v4.new_output("display_data", {"text/markdown": f"**Answer** {PLANTED}\n\n{table}"}),
                nbformat.v4.new_output("display_data", {"text/html": OUTPUT, "text/plain": "x"}),
                nbformat.v4.new_output("stream", text=f"told {PLANTED}"),
            ],
        ),
        nbformat.v4.new_code_cell(
            "fill()",
            outputs=[nbformat.v4.new_output("display_data", {"text/markdown": f"**Answer** {PLANTED}\n\n{table}"})],
        ),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    made = Notebook(path, {"it-share": "../claims/it-share.html", "gdp": "../tables/gdp.html"})
    assert made.title == "What is it?"
    assert [key for key, _, _ in made.headings] == ["what-is-it", "twice-said", "twice-said-1"]
    assert [part["kind"] for part in made.parts] == [
        "markdown",
        "markdown",
        "code",
        "markdown",
        "table",
        "table",
        "text",
        "code",
    ], "the answer that the last cell fills is shown once"
    assert all(Page(part["html"]).executes == [] for part in made.parts if "html" in part)
    prose, links, code, answer, listed, output, told, _ = made.parts
    assert "&lt;script&gt;alert(1)" in prose["html"] and "&lt;b onclick" in prose["html"]
    assert [link for _, link in Page(links["html"]).links] == [
        "05-industry-clusters.html#is-it", "https://example.org/a%20b", "#twice-said", "https://example.org/pixel.png",
        "https://example.org/auto",
    ]  # fmt: skip
    assert "".join(text for _, text in code["code"]) == "import os\n\nx = 'a' # b"
    assert {name for name, _ in code["code"]} == {"", "k", "s", "c"}
    assert "<strong>Answer</strong>" in answer["html"]
    assert '<td><a href="../claims/it-share.html">it-share</a></td>\n<td>3</td>' in listed["html"]
    assert "<tr><th>claim</th><th>what</th></tr>" in output["html"], "two rows of heads become one"
    assert '<th><a href="../tables/gdp.html">gdp</a></th>' in output["html"]
    assert '<table class="n2">' in listed["html"], "a column of numbers"
    assert '<table class="">' in output["html"], "a column of numbers and words"
    assert told["text"] == f"told {PLANTED}"


def test_a_failed_build_leaves_the_old_report(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = small / "build" / "report"
    (target / "index.html").write_text("old", encoding="utf-8")
    for failure, told in ((KeyboardInterrupt(), KeyboardInterrupt), (OSError(28, "No space left"), rc.RecountError)):

        def fail(*given: object, failure: BaseException = failure) -> Iterator[tuple[str, bytes]]:
            yield "index.html", b"new"
            raise failure

        monkeypatch.setattr(report.build, "_files", fail)
        with pytest.raises(told):
            report.build_report()
        assert (target / "index.html").read_text(encoding="utf-8") == "old"
        assert not list((small / "build").glob(".report-*"))


def test_what_was_not_reproduced_is_told(small: Path, capsys) -> None:
    figure = next((small / "build" / "figures").glob("*.png"))
    figure.unlink()
    assert main(["report"]) == 1
    assert f"{figure.name}: not there; run `recount reproduce` first" in capsys.readouterr().err
    replace(small / "data" / "rd_expenditure.csv", "Beijing,2015,1384", "Beijing,2015,1484")
    collection.seal()
    assert main(["report"]) == 1
    assert "shows other data than data/ holds; run `recount reproduce` first" in capsys.readouterr().err
    (small / "build" / "notebooks" / f"{SMALL}.ipynb").unlink()
    assert main(["report"]) == 1
    assert f"build/notebooks/{SMALL}.ipynb: not there; run `recount reproduce` first" in capsys.readouterr().err


def test_a_base_makes_addresses_absolute(small: Path, capsys) -> None:
    folder = small / "build" / "report"
    assert "canonical" not in (folder / "index.html").read_text(encoding="utf-8")
    for planted in ("example.org", "javascript:alert(1)", "https://example.org/a b"):
        assert main(["report", "--base-url", planted]) == 1
        assert f"recount: --base-url {planted}: expected where the report will be" in capsys.readouterr().err
    assert main(["report", "--base-url", "https://example.org/recount/"]) == 0
    for name in ("claimreview.json", "report/files/claimreview.json"):
        reviews = json.loads((small / "build" / name).read_text(encoding="utf-8"))
        assert {each["url"].rpartition("/")[0] for each in reviews} == {"https://example.org/recount/claims"}
    told = {}
    for path, page in pages(folder).items():
        here = path.relative_to(folder).as_posix()
        own = {
            a.get("property") or a.get("name") or a.get("rel"): a.get("content") or a.get("href") for _, a in page.tags
        }
        assert (
            own["canonical"] == own["og:url"] == f"https://example.org/recount/{'' if here == 'index.html' else here}"
        )
        assert own["og:title"] and own["og:description"] == own["description"]
        if picture := own.get("og:image"):
            assert (folder / picture.removeprefix("https://example.org/recount/")).is_file()
            assert own["og:image:alt"]
        told[here] = own
    assert told[f"notebooks/{SMALL}.html"]["og:image"].endswith(".png")
    assert len({own["description"] for own in told.values()}) > 10, "each kind of page tells what it is"


def test_the_scoreboard_counts_what_cannot_tell_apart(site: Path) -> None:
    page = (site / "index.html").read_text(encoding="utf-8")
    records = {each["claim"]: each for each in records_of(site)}
    told = {
        key: re.search(rf'<td class="claim"><a href="claims/{key}\.html">.*?</tr>', page, re.DOTALL)[0]
        for key in records
    }
    for key, each in records.items():
        agree = agreement(each["specifications"], each["inside"], each["cannot_tell"])
        assert f">{agree}</td>" in told[key], key
    assert "5 of 19, 2 cannot tell" in told["russia-ukraine-concentration"]
    assert ">30 or more</td>" in told["demolition-2016"]


def test_cards_are_of_numbers_that_statistics_miss_or_meet(site: Path) -> None:
    records = {each["claim"]: each for each in records_of(site)}
    cards = featured(records.values())
    assert 3 <= len(cards) <= 5
    assert len({each["essay"] for each in cards}) == len(cards), "one an essay"
    assert {each["test"] for each in cards} == {"statistics"}
    assert len({each["verdict"] for each in cards}) > 2, "different outcomes"
    first = cards[0]
    off = {key: abs(each["distance"]["percent"] or 0) for key, each in records.items() if each["distance"]}
    assert off[first["claim"]] == max(
        off[key] for key, each in records.items() if each["verdict"] == "fails" and key in off
    )
    assert first not in featured(each for each in records.values() if each is not first)
    assert featured([first | {"test": "quotation"}]) == featured([first | {"verdict": "open"}]) == featured([]) == []
    page = (site / "index.html").read_text(encoding="utf-8")
    assert page.count('<svg class="strip"') == len(cards)
    assert all(each["sentence"] in unescape(page) for each in cards)


def test_every_page_says_whose_essays_what_is_open_and_what_was_wrong(small: Path) -> None:
    replace(small / "CITATION.cff", "license: MIT", 'license: MIT\nrepository-code: "https://example.org/recount"')
    path = small / "seeds" / "corrections.csv"
    built = small / "build" / "report"
    assert "None so far" in (built / "about.html").read_text(encoding="utf-8")
    path.write_text(f"{path.read_text(encoding='utf-8')}2026-12-01,it-share,{PLANTED},38\n", encoding="utf-8")
    report.build_report()
    about = unescape((built / "about.html").read_text(encoding="utf-8"))
    assert PLANTED in about and "None so far" not in about
    assert '<a href="https://example.org/recount/issues">' in about
    unsettled = [each for each in records_of(built) if each["settles"]]
    assert unsettled and all(each["settles"] in about for each in unsettled)
    for path, page in pages(built).items():
        text = path.read_text(encoding="utf-8").partition("<footer>")[2]
        for words in ("Andrew Batson", "MIT licence", "2026-11-24", "Version 0.2.0", f"tell: {len(unsettled)} of"):
            assert words in text, (path.name, words)
        assert "https://example.org/recount" in {link for _, link in page.links}


@pytest.mark.parametrize(
    ("file", "row", "told"),
    [
        ("synonyms", "quintiles,withdraw-botom", "about: found 'withdraw-botom', expected ids of seeds/claims.csv"),
        ("synonyms", "Quintile,withdraw-top", "words: found 'Quintile', expected words that no other row has"),
        ("synonyms", ",withdraw-top", "words: found '', expected words"),
        ("authors", "Nobody (1900),Nobody,person", "cited: found 'Nobody (1900)', expected what a claim"),
        ("authors", "Andrew Batson,,person", "name: found '', expected a name"),
        ("authors", "Andrew Batson,Andrew Batson,bank", "kind: found 'bank', expected one of person, organization"),
        ("corrections", "yesterday,it-share,40,38", "day: found 'yesterday', expected a date"),
        ("corrections", "2026-12-01,it-shares,40,38", "claim: found 'it-shares', expected an id"),
        ("corrections", "2026-12-01,it-share,40,", "now: found '', expected some text"),
    ],
)
def test_a_wrong_row_of_the_ledger_is_told(copy: Path, capsys, file: str, row: str, told: str) -> None:
    path = copy / "seeds" / f"{file}.csv"
    text = f"{path.read_text(encoding='utf-8')}{row}\n"
    path.write_text(text, encoding="utf-8")
    assert main(["validate"]) == 1
    assert f"recount: seeds/{file}.csv, row {text.count(chr(10))}, {told}" in capsys.readouterr().err


def test_an_id_that_could_leave_the_folder_is_refused(small: Path) -> None:
    replace(small / "seeds" / "claims.csv", "\nsix-provinces,", "\n../six,")
    replace(small / "build" / "notebooks" / f"{SMALL}.ipynb", '"claim": "six-provinces"', '"claim": "../six"')
    with pytest.raises(rc.RecountError, match="expected lower case"):
        report.build_report()


# Exports


def test_verdicts_follow_their_published_schema(site: Path) -> None:
    schema = json.loads((site.parent / "verdicts.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    verdicts = records_of(site)
    assert [error.message for error in check.iter_errors(verdicts)] == []
    shape = schema["$defs"]["verdict"]
    assert shape["properties"]["verdict"]["enum"] == list(VERDICTS)
    assert schema["$defs"]["specification"]["properties"]["grade"]["enum"] == ["", *datapackage.GRADES]
    of_the_claim = {"essay_title", "phrase", "cited", "quantity", "place", "date"}
    kept = {*collection.COLUMNS, "section", "cell", "cells", "timeline", "choices", "multiverse"} - of_the_claim
    assert set(shape["properties"]) == set(shape["required"]) == kept
    for planted in (
        {"verdict": "true"},
        {"inside": -1},
        {"low": "35"},
        {"more": 1},
        {"verdict": "open", "settles": ""},
    ):
        assert not check.is_valid([verdicts[0] | planted]), planted


SCHEMA = json.loads((ROOT / "tests" / "schema.org.json").read_text(encoding="utf-8"))
PLAIN = {
    "Text": r'".*"',
    "Number": r"\d+",
    "URL": r'"(https?://\S+|report/claims/[\w-]+\.html)"',
    "Date": r'"\d{4}-\d\d-\d\d"',
}


def against_schema_org(value: object, expects: list[str], where: str = "") -> list[str]:
    """Return what in a piece of JSON-LD is no property of its type, or no value that schema.org expects of it."""
    if isinstance(value, list):
        return [fault for each in value for fault in against_schema_org(each, expects, where)]
    if not isinstance(value, dict):
        met = any(re.fullmatch(PLAIN[each], json.dumps(value)) for each in expects if each in PLAIN)
        return [] if met else [f"{where}: {value!r} is none of {expects}"]
    kinds = [value["@type"]]
    for kind in kinds:
        kinds += SCHEMA["types"][kind]
    found = [] if set(kinds) & set(expects) else [f"{where}: {kinds[0]} is none of {expects}"]
    for name, each in value.items():
        known = SCHEMA["properties"].get(name, {"of": [], "expects": []})
        if name.startswith("@"):
            continue
        if not set(known["of"]) & set(kinds):
            found.append(f"{where}: {kinds[0]} has no {name}")
        found += against_schema_org(each, known["expects"], f"{where}.{name}")
    return found


def test_claimreview_follows_schema_org_itself(site: Path) -> None:
    text = (site.parent / "claimreview.json").read_text(encoding="utf-8")
    assert against_schema_org(json.loads(text), ["ClaimReview"]) == []
    for old, new in (
        ('"author": {"@type": "Organization", "name"', '"author": {"@type": "Rating", "alternateName"'),
        ('"reviewBody"', '"ratingValue"'),
        ('"@type": "Claim"', '"@type": "Person"'),
        ('"url": "report/', '"url": "my report/'),
        ('"datePublished": "2026', '"datePublished": "of 2026'),
    ):
        planted = json.dumps(json.loads(text), ensure_ascii=False).replace(old, new)
        assert against_schema_org(json.loads(planted), ["ClaimReview"]) != [], new


def test_the_author_of_a_claim_is_a_person_or_an_organization(site: Path) -> None:
    cited = {each.cited for each in rc.ledger().values()}
    named = report.kept()["authors"]
    assert [each for each in cited if each and not named[each]] == [], "seeds/authors.csv names everyone cited"
    reviews = json.loads((site.parent / "claimreview.json").read_text(encoding="utf-8"))
    kinds = {each["name"]: each["@type"] for review in reviews for each in review["itemReviewed"]["author"]}
    assert kinds["Jae Ho Chung"] == kinds["Clifford Gaddy"] == kinds["Mao Zedong"] == "Person"
    assert kinds["World Bank"] == kinds["China Institute for Income Distribution"] == "Organization"
    assert not any("," in name or "(" in name for name in kinds), "names, not titles of books"


def test_claimreview_has_what_search_engines_require(site: Path) -> None:
    reviews = json.loads((site.parent / "claimreview.json").read_text(encoding="utf-8"))
    copied = json.loads((site / "files" / "claimreview.json").read_text(encoding="utf-8"))
    verdicts = records_of(site)
    assert [review["url"] for review in reviews] == [f"report/claims/{record['claim']}.html" for record in verdicts]
    assert all((site / "files" / review["url"]).resolve().is_file() for review in copied), "from where the file lies"
    for review, record in zip(reviews, verdicts, strict=True):
        assert (review["@context"], review["@type"]) == ("https://schema.org", "ClaimReview")
        assert (site.parent / review["url"]).is_file()
        assert review["claimReviewed"]
        assert review["author"]["name"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", review["datePublished"])
        rating, item = review["reviewRating"], review["itemReviewed"]
        assert rating["alternateName"].startswith(record["verdict"])
        assert rating.get("ratingValue") == report.RATINGS.get(record["verdict"])
        assert rating.get("ratingValue", 1) in range(rating.get("worstRating", 1), rating.get("bestRating", 5) + 1)
        assert item["@type"] == "Claim"
        assert item["appearance"]["url"].startswith("https://")
        assert bool(review["citation"]) == bool(report.evidence(record))
        page = (site / "claims" / f"{record['claim']}.html").read_text(encoding="utf-8")
        assert 'type="application/ld+json"' in page


def test_a_spreadsheet_takes_no_text_for_a_formula(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOUNT_BUILD", str(tmp_path))
    planted = {"stated": "=1+1", "sentence": "-1 percent", "condition": "@SUM(A1)", "settles": "\t=1"}
    collection.export([records_of(site)[0] | planted], [])
    with (tmp_path / "verdicts.csv").open(encoding="utf-8-sig", newline="") as handle:
        row = next(csv.DictReader(handle))
    assert {name: row[name] for name in planted} == {name: f"'{text}" for name, text in planted.items()}
    for path in [*(site / "files").rglob("*.csv"), *(ROOT / "seeds").glob("*.csv")]:
        with path.open(encoding="utf-8", newline="") as handle:
            for number, row in enumerate(csv.reader(handle), start=1):
                for cell in row:
                    formula = cell[:1] in {"=", "+", "-", "@", "\t", "\r"} and not re.fullmatch(
                        r"-?[\d.]+(e-?\d+)?", cell
                    )
                    assert not formula, f"{path.name}, row {number}: {cell!r}"


# The scoreboard


def test_the_scoreboard_runs_last_and_reads_what_the_others_wrote(copy: Path) -> None:
    for path in (copy / "notebooks").iterdir():
        path.unlink()
    read = "import recount as rc\nfor p in rc.executed(scoreboard=False): print(p.parent.name, 'late' in p.read_text())"
    notebook(copy / "notebooks" / "00-scoreboard.ipynb", read)
    notebook(copy / "notebooks" / "91-slow.ipynb", "import time\ntime.sleep(0.5)\nprint('la' + 'te')")
    runs = run(*records.notebooks())
    assert [each.error for each in runs.values()] == ["", ""]
    cell = nbformat.read(runs["00-scoreboard"].result, as_version=4).cells[0]
    assert "".join(output.text for output in cell.outputs) == "notebooks True\n"
    assert list(runs) == ["91-slow", "00-scoreboard"]
    (copy / "build" / "notebooks" / "91-slow.ipynb").unlink()
    with pytest.raises(rc.RecountError, match="run `recount reproduce` first"):
        records.executed(copy / "build" / "notebooks", scoreboard=False)


def test_the_readme_agrees_with_the_notebooks() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    picture = (ROOT / ".github" / "scoreboard.svg").read_text(encoding="utf-8")
    assert report.renewed_readme(text) == (text, picture), "run `recount refresh`"
    assert "(.github/scoreboard.svg)" in text
    assert len(re.findall(r"[A-Za-z0-9][^\s|]*", text)) < 930, "the README is read in five minutes"
    for mark, word in zip(MARKS.values(), VERDICTS, strict=True):
        assert f"{mark} {word}" in text


def test_what_the_documents_refer_to_is_there() -> None:
    targets = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    for path in (ROOT / name for name in ("README.md", "CONTRIBUTING.md", "seeds/README.md", "data/README.md")):
        text = path.read_text(encoding="utf-8")
        links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
        assert [link for link in links if not (path.parent / link).exists()] == [], path
        assert set(re.findall(r"`make ([a-z]+)`", text)) <= targets, path


def test_the_lock_is_one_that_pip_alone_installs_and_make_finds_uv_in_it() -> None:
    entries = re.findall(r"(?m)^\w.*(?:\n .*)*", (ROOT / "requirements.txt").read_text(encoding="utf-8"))
    assert len(entries) > 100
    hashed = re.compile(r"[\w.-]+==\S+( ; [^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+\n    # via")
    assert [entry for entry in entries if not hashed.match(entry)] == []
    pick = "sed -n '/^uv==/,/# via/p' requirements.txt"
    assert pick in (ROOT / "Makefile").read_text(encoding="utf-8")
    picked = subprocess.run(pick, shell=True, cwd=ROOT, capture_output=True, text=True).stdout.splitlines()
    assert [entry.splitlines()[: len(picked)] for entry in entries if entry.startswith("uv==")] == [picked]


def test_binder_gets_the_lock_and_the_helper() -> None:
    folder = ROOT / ".binder"
    assert (folder / "requirements.txt").read_bytes() == (ROOT / "requirements.txt").read_bytes()
    assert (folder / "runtime.txt").read_text(encoding="utf-8").strip() == "python-3.11"
    command = "pip install --no-deps --no-build-isolation --editable ."
    assert command in (folder / "postBuild").read_text(encoding="utf-8")
    assert command in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_the_readme_is_renewed_between_its_marks(copy: Path) -> None:
    marks = [
        (f"<!-- {name}: made by `recount refresh` -->", f"<!-- end of {name} -->") for name in ("findings", "notebooks")
    ]
    (copy / "README.md").write_text("".join(f"before\n{a}\nstale\n{b}\nafter\n" for a, b in marks), encoding="utf-8")
    report.update_readme()
    text = (copy / "README.md").read_text(encoding="utf-8")
    assert "stale" not in text
    assert text.count("before\n<!-- ") == text.count(" -->\nafter\n") == len(marks)
    verdicts, figures = records.gathered(records.executed())
    assert f"state {len(verdicts)} numbers" in text
    drawn = ElementTree.parse(copy / ".github" / "scoreboard.svg").getroot()
    assert sum(each.get("class") == "mark" for each in drawn.iter()) == len(verdicts)
    assert f"| {sum(figure['name'].startswith('05-') for figure in figures)} |\n" in text
    (copy / "README.md").write_text("no marks", encoding="utf-8")
    with pytest.raises(rc.RecountError, match=r"README.md: found no lines"):
        report.update_readme()
