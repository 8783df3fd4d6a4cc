"""The report and JupyterLab in a real browser: Debian's chromium, or any that is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import nbformat
import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from conftest import ROOT
from playwright.sync_api import Browser, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from test_report import SMALL, records_of, shared, site  # noqa: F401  (fixtures)

from recount.claims import claim
from recount.report.findings import between
from recount.verdict import MARKS

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium on this machine, so no page is opened; Debian: apt-get install chromium"
)
CLAIM = "claims/it-share.html"
WIDE = "claims/russia-ukraine-concentration.html"
PAGES = ("index.html", CLAIM, WIDE, f"notebooks/{SMALL}.html", "notebooks/02-socialist-city.html",
         "tables/express_delivery.html", "tables/rd_intensity.html", "figures/index.html", "claims/index.html",
         "figures/05-it-ranks.html", "tables/index.html", "tables/sources.html", "about.html", "search.html",
         "search.html?q=express")  # fmt: skip
ALIKE = (CLAIM, "notebooks/02-socialist-city.html", "tables/express_delivery.html", "search.html")  # to one of these
AXE = "axe.run({preload: false, resultTypes: ['violations']})"  # it would preload sheets, which disks refuse


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=quiet)
        yield browser
        browser.close()


def opened(browser: Browser) -> Page:
    """Open a page that collects in `page.faults` what goes wrong and what it fetches from elsewhere."""
    page = browser.new_page(reduced_motion="reduce")
    page.faults = []
    page.on("console", lambda message: message.type in ("error", "warning") and page.faults.append(message.text))
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("request", lambda r: re.match("https?://(?!127.0.0.1)", r.url) and page.faults.append(r.url))
    return page


@pytest.fixture(scope="module")
def free(browser: Browser) -> list[Page]:
    """Pages that are open and shown to no test: to open one costs more than most tests do with it."""
    return []


@pytest.fixture
def show(browser: Browser, free: list[Page], site: Path) -> Iterator:  # noqa: F811
    """A function that shows a page of the report from disk; whatever it showed must have been quiet."""
    shown: list[Page] = []

    def show(address: str, *, width: int = 1280, scheme: str = "light") -> Page:
        page = free.pop() if free else opened(browser)
        shown.append(page)
        page.goto("about:blank")  # else another fragment of the same page would not load it anew
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(media="screen", color_scheme=scheme)
        page.goto(f"{site.as_uri()}/{address}")
        return page

    yield show
    faults = [fault for page in shown for fault in page.faults]
    for page in shown:
        page.evaluate("localStorage.clear()")
        page.faults.clear()
    free += shown
    assert faults == []


def visible(page: Page) -> list[str]:
    return page.locator("#scoreboard tbody tr:visible td.claim a").all_inner_texts()


def tabbed_to(page: Page, selector: str) -> None:
    """Move the focus by the Tab key alone until it is on what `selector` finds."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the Tab key does not reach {selector}")


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_quiet_fits_a_phone_and_keeps_nobody_out(show, address: str) -> None:
    page = show(address)
    assert page.locator("h1:visible").count() == 1
    page.evaluate(AXE_SCRIPT)
    for width, scheme in ((1280, "light"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        expect(page.locator("html")).to_have_attribute("data-theme", scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{address} is wider than {width} px"
        assert page.evaluate("document.documentElement.scrollHeight") < 40_000, f"{address} has no end"
        if address not in ALIKE:
            found = AxeResults(page.evaluate(AXE))
            assert found.violations_count == 0, found.generate_report()


def test_the_scoreboard_filters_by_keyboard(show) -> None:
    page = show("index.html")
    everything = visible(page)
    told = page.locator("#controls output")
    assert told.inner_text() == f"{len(everything)} of {len(everything)} claims"
    tabbed_to(page, "#controls [data-verdict=fails]")
    page.keyboard.press("Enter")
    assert page.locator("#controls [aria-pressed=true]").all_inner_texts() == ["4\n○ fails"]
    shown = page.locator("#scoreboard tbody tr:visible")
    assert {row.get_attribute("data-verdict") for row in shown.all()} == {"fails"}
    page.keyboard.press("Space")
    assert visible(page) == everything
    tabbed_to(page, "#controls [name=find]")
    page.keyboard.type("R&D national rd-share")
    assert visible(page) == [f"“{claim('rd-share').phrase}”"]
    expect(told).to_have_text(f"1 of {len(everything)} claims")
    page.keyboard.press("Enter")
    assert len(visible(page)) == 1, "Enter sends no form"


def test_a_view_of_the_scoreboard_can_be_sent_and_comes_back(show, site: Path) -> None:  # noqa: F811
    page = show("index.html")
    everything = visible(page)
    page.locator(".findings a[href='#verdict=holds-as-written']").click()
    assert page.locator("#controls [aria-pressed=true]").get_attribute("data-verdict") == "holds-as-written"
    expect(page.locator("#claims")).to_be_in_viewport()
    page.locator("#controls [data-verdict=holds]").click()
    page.locator("#controls [name=test]").select_option("statistics")
    page.locator("#controls [name=figures]").select_option("since")
    page.locator("#controls [name=find]").fill("mao")
    page.locator("#scoreboard th:nth-child(4) button").click()
    sent, chosen = page.url, visible(page)
    assert sent.endswith("#verdict=holds,holds-as-written&test=statistics&figures=since&find=mao&sort=4")
    assert chosen == [f"“{claim(key).phrase}”" for key in ("interior-share-1956", "coast-share-1956")]
    page.locator("#scoreboard tbody tr:visible a").first.click()
    page.wait_for_url("**/interior-share-1956.html")
    page.go_back()
    assert (page.url, visible(page)) == (sent, chosen)
    page.get_by_role("button", name="Show all").click()
    assert (visible(page), page.url) == (everything, sent.split("#")[0])
    assert visible(show("index.html" + sent.partition("index.html")[2])) == chosen
    for address in ("#how", "#verdict=none&essay=none&sort=99", "#%E0%A4%A"):  # a heading, and what no view has
        assert visible(show(f"index.html{address}")) == everything
    counted = [each["verdict"] for each in records_of(site)]
    for button in page.locator("#controls [data-verdict]").all():
        number, _, word = button.inner_text().replace("\n", " ").split(" ", 2)
        assert counted.count(word) == int(number)


def test_a_phone_shows_every_number_of_the_scoreboard(show) -> None:
    page = show("index.html", width=390)
    row = page.locator("#scoreboard tbody tr", has_text="approximately 40%")
    for cell in row.locator("td").all():
        box = cell.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390
    assert "8.61" in row.inner_text()


def test_the_scoreboard_sorts_by_keyboard(show) -> None:
    page = show("index.html")
    tabbed_to(page, "#scoreboard th:nth-child(4) button")
    cells = page.locator("#scoreboard tbody td:nth-child(4)")
    orders = []
    for expected in ("ascending", "descending"):
        page.keyboard.press("Enter")
        assert page.locator("#scoreboard th:nth-child(4)").get_attribute("aria-sort") == expected
        values = cells.evaluate_all("cells => cells.map(cell => cell.dataset.sort)")
        numbers = [float(value) for value in values if value]
        assert values[len(numbers) :] == [""] * (len(values) - len(numbers)), "what has no value comes last"
        orders.append(numbers)
    assert orders[0] == sorted(orders[0])
    assert orders[1] == sorted(orders[0], reverse=True)


def test_what_if_by_keyboard(show, site: Path) -> None:  # noqa: F811
    (record,) = (each for each in records_of(site) if f"claims/{each['claim']}.html" == WIDE)
    page = show(WIDE)
    told, first = page.locator(".what-if output"), page.locator(".what-if select").first
    literal = next(each for each in record["multiverse"] if each["as_written"])
    assert f"(as written): {literal['outcome']}. The wording allows" in told.inner_text()
    assert first.input_value() == str(literal[record["choices"][0]])
    tabbed_to(page, ".what-if select")
    name, *others = record["choices"]
    fits = {str(e[name]): e for e in record["multiverse"] if all(e[other] == literal[other] for other in others)}
    first.press("End")
    level = first.input_value()
    assert f": {fits[level]['outcome']}. The wording" in told.inner_text()
    assert page.url.endswith(f"?{urlencode({name.replace('_', ' '): level})}"), "the address tells what was chosen"
    sent = show(page.url.removeprefix(f"{site.as_uri()}/"))
    assert sent.locator(".what-if output").inner_text() == told.inner_text()
    tabbed_to(page, ".what-if button:last-of-type")
    page.keyboard.press("Space")
    assert f"{MARKS[record['verdict']]} {record['verdict']}." in told.inner_text()
    first.focus()
    first.select_option(level)
    chosen = [each for each in record["multiverse"] if str(each[name]) == level]
    assert page.locator(".what-if a:not(.faint)").count() == len(chosen) < len(record["multiverse"])


def test_only_what_exists_can_be_chosen(show, site: Path) -> None:  # noqa: F811
    (record,) = (each for each in records_of(site) if f"claims/{each['claim']}.html" == CLAIM)
    page = show(CLAIM)
    literal = next(each for each in record["multiverse"] if each["as_written"])
    for name, select in zip(record["choices"], page.locator(".what-if select").all(), strict=True):
        others = set(record["choices"]) - {name}
        fits = {str(e[name]) for e in record["multiverse"] if all(e[other] == literal[other] for other in others)}
        able = [option.get_attribute("value") for option in select.locator("option:not([disabled])").all()]
        assert {*able} == {"", *fits}
    assert page.locator(".what-if option[disabled]").count() > 0


def test_a_dot_tells_what_it_is_and_leads_to_its_row(show) -> None:
    page = show(WIDE)
    tip, dots = page.locator(".tip"), page.locator(".what-if a")
    tabbed_to(page, ".what-if a")
    assert "as-written" in page.evaluate("document.activeElement.getAttribute('class')")
    page.keyboard.press("End")
    last = dots.count()
    assert tip.inner_text().startswith(f"{last}: ") and tip.inner_text() == dots.last.get_attribute("aria-label")
    page.keyboard.press("Enter")
    row = page.locator(f"#way-{last}")
    expect(row).to_be_in_viewport()
    assert row.locator("td").first.inner_text() == str(last)
    dots.first.hover()
    assert tip.inner_text().startswith("1: ")


def test_what_if_judges_as_the_notebooks_do(show, site: Path) -> None:  # noqa: F811
    tried, page = 0, show("claims/index.html")
    tells = """() => {
        document.querySelector('.what-if button:last-of-type')?.click();
        return document.querySelector('.what-if select') && document.querySelector('.what-if output').innerText;
    }"""
    for record in records_of(site):
        able = [each for each in record["multiverse"] if each["decides"] and each["test"] == record["test"]]
        page.goto(f"{site.as_uri()}/claims/{record['claim']}.html", wait_until="domcontentloaded")
        if (told := page.evaluate(tells)) and able:
            agree, word = sum(each["inside"] for each in able), record["verdict"]
            unsure = sum(each["outcome"] == "cannot tell" for each in able)
            parts = [f"Of {len(able) - unsure} that decide, {agree} agree{'s' * (agree == 1)}"] * (unsure < len(able))
            parts += [f"{unsure} cannot tell"] * bool(unsure)
            assert f"{'; '.join(parts)}: {MARKS[word]} {word}." in told, record["claim"]
            stated, ends = claim(record["claim"]), [(each["low"], each["high"]) for each in record["multiverse"]]
            lows, highs = zip(*ends, strict=True)
            span = between(stated, None if None in lows else min(lows), None if None in highs else max(highs))
            assert f", {span} {stated.printed_unit}; the wording" in told, record["claim"]
            tried += 1
    assert tried > 20


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("private-sector EXPRESS Tonglu", "claims/express-four.html"),
        ("rd_intensity", "tables/rd_intensity.html"),
        ("largest investors in information technology", "figures/05-it-ranks.html"),
        ("is the advantage entrenched?", f"notebooks/{SMALL}.html#is-the-advantage-entrenched"),
    ],
)
def test_the_search_finds_claims_tables_figures_and_headings_from_disk(show, words: str, first: str) -> None:
    page = show("search.html")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type(words)
    found = page.locator("#search-results li")
    expect(found.first.locator("a")).to_have_attribute("href", first)
    text = f"{found.first.locator('a').inner_text()} {found.first.locator('p').inner_text()}".lower()
    assert any(word.lower() in text for word in words.split())
    assert page.locator("#search-told").inner_text() == f"{found.count()} found"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{first}")


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("compliance", "ne-resisters"), ("quintile", "withdraw-bottom"), ("foreign firms", "coverage-foreign"),
        ("40%", "fund-coverage"), ("70%", "coast-share-1956"), ("hukou", "migration-gain"), ("cap", "beijing-cap"),
        ("dispersion", "russia-ukraine-concentration"),
    ],
)  # fmt: skip
def test_the_search_knows_the_words_of_those_who_ask(show, words: str, key: str) -> None:
    page = show(f"search.html?q={words.replace('%', '%25')}")
    first = page.locator("#search-results li", has=page.locator("a[href^='claims/']")).first
    assert first.locator("a").get_attribute("href") == f"claims/{key}.html"
    told = {text.lower() for text in first.locator("mark").all_inner_texts()}
    assert told & {*words.split(), words.replace("%", " percent")}


def test_the_search_shows_where_it_found_a_word_and_takes_any_text(show) -> None:
    page = show("search.html?q=Tonglu")
    assert page.locator("#search-results mark").first.inner_text() == "Tonglu"
    for text in ("zzz nothing", "( [a-z]+ \\ $^ /*", '<img src=x onerror="alert(1)">', "   "):
        page.locator(".search input").fill(text)
        assert page.locator("#search-results li").count() == 0
        assert page.locator("#search-told").inner_text() == ("Nothing found" if text.strip() else "")
    page = show(CLAIM)
    page.locator(".find input").fill("Moscow")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=Moscow")
    expect(page.locator("#search-results a").first).to_be_visible()


def test_the_switch_of_colours_is_remembered(show, site: Path) -> None:  # noqa: F811
    page = show("index.html")
    root, switch = page.locator("html"), page.locator(".theme")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    assert switch.get_attribute("aria-label") == "Show in dark colours"
    tabbed_to(page, ".theme")
    page.keyboard.press("Enter")
    assert (root.get_attribute("data-theme"), switch.get_attribute("aria-label")) == ("dark", "Show in light colours")
    assert page.evaluate(ground) != light
    page.goto(f"{site.as_uri()}/{CLAIM}")
    assert root.get_attribute("data-theme") == "dark", "on every page"
    page.emulate_media(color_scheme="dark")
    page.emulate_media(color_scheme="light")
    assert root.get_attribute("data-theme") == "dark", "whatever the system does"
    page.locator(".theme").click()
    page.emulate_media(color_scheme="dark")
    expect(root).to_have_attribute("data-theme", "dark")  # back on the system's side, it follows the system
    assert page.evaluate("localStorage.length") == 0


def test_a_long_table_is_turned_over_searched_and_sorted(show) -> None:
    page = show("tables/rd_intensity.html")
    rows, told = page.locator("table.rows tbody tr"), page.locator(".turn output")
    seen = page.locator("table.rows tbody tr:visible")
    assert (rows.count(), seen.count(), told.inner_text()) == (270, 25, "Rows 1 to 25 of 270")
    tabbed_to(page, "table.rows th:nth-child(3) button")
    for end in (min, max):
        page.keyboard.press("Enter")
        years = [*map(int, page.locator("table.rows td:nth-child(3)").all_inner_texts())]
        assert years[0] == end(years)
    page.locator(".turn button").last.press("Enter")
    assert (seen.count(), told.inner_text()) == (25, "Rows 26 to 50 of 270")
    page.locator(".turn input").fill("hainan 2007")
    assert (seen.count(), told.inner_text()) == (1, "Rows 1 to 1 of 1")
    page.evaluate("location.hash = 'row-200'")  # which has other words
    expect(page.locator("#row-200")).to_be_in_viewport()
    last = rows.last.get_attribute("id")
    page = show(f"tables/rd_intensity.html#{last}")
    expect(page.locator(f"#{last}")).to_be_in_viewport()


def test_rows_behind_a_value_fold(show, site: Path) -> None:  # noqa: F811
    many = {"few": "", "listed": ""}
    for path in sorted((site / "claims").glob("*.html")):
        text = path.read_text(encoding="utf-8")
        many["few"] = many["few"] or (path.name if re.search("<td>.*<details>", text) else "")
        many["listed"] = many["listed"] or (path.name if 'href="#rows-1"' in text else "")
    page = show(f"claims/{many['few']}")
    fold = page.locator("td details").first
    assert fold.locator("a:visible").count() == 0
    fold.locator("summary").press("Enter")
    assert fold.locator("a:visible").count() > 3
    if many["listed"]:
        page = show(f"claims/{many['listed']}")
        page.locator("a[href='#rows-1']").first.click()
        expect(page.locator("#rows-1")).to_be_visible()


def test_the_keyboard_skips_to_the_content_and_sees_where_it_is(show) -> None:
    page = show(CLAIM)
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_paper_has_no_controls_and_no_dark_ground(show) -> None:
    for address in ("index.html", CLAIM, "tables/rd_intensity.html", f"notebooks/{SMALL}.html"):
        page = show(address, scheme="dark")
        page.emulate_media(media="print", color_scheme="dark")
        for control in (
            "#controls",
            ".what-if form",
            ".copy button",
            ".theme",
            ".top nav",
            ".find",
            ".contents",
            ".code",
            ".turn",
        ):
            assert page.locator(f"{control}:visible").count() == 0, control
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_the_policy_is_in_force(show) -> None:
    page = show(CLAIM)
    assert page.faults == []
    page.evaluate("""() => {
        const script = document.createElement('script');
        script.textContent = 'window.planted = 1';
        document.body.append(script);
        const planted = '<p id="p" style="color: red" onclick="window.planted = 1">x</p>';
        document.body.insertAdjacentHTML('beforeend', planted);
        document.getElementById('p').click();
        document.body.append(Object.assign(new Image(), {src: 'https://example.org/pixel.png'}));
    }""")
    page.wait_for_timeout(200)
    assert page.evaluate("window.planted") is None
    assert page.evaluate("getComputedStyle(document.getElementById('p')).color") != "rgb(255, 0, 0)"
    assert len([fault for fault in page.faults if "Content Security Policy" in fault]) == 4
    page.faults.clear()


def test_every_page_reads_without_scripts(browser: Browser, site: Path) -> None:  # noqa: F811
    context = browser.new_context(java_script_enabled=False, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{site.as_uri()}/index.html")
    assert page.locator("#scoreboard tbody tr").first.is_visible()
    assert not page.locator("#controls .fields").is_visible()
    assert page.locator("#controls button:enabled:visible").count() == 0, "the counts are a key, and press nothing"
    assert not page.locator(".theme").is_visible()
    page.goto(f"{site.as_uri()}/tables/rd_intensity.html")
    assert page.locator("table.rows tbody tr").last.is_visible()
    page.goto(f"{site.as_uri()}/search.html")
    assert page.locator("noscript").is_visible()
    context.close()


def test_jupyterlab_runs_a_notebook_and_shows_its_figures_and_verdicts(browser: Browser, tmp_path: Path) -> None:
    for name in ("seeds", "data", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    for name in ("config", "user"):
        (tmp_path / name).mkdir()
    runtime = tempfile.TemporaryDirectory(prefix="rc-")  # sockets need short paths
    notebook = nbformat.read(tmp_path / "notebooks" / f"{SMALL}.ipynb", as_version=4)
    del notebook.cells[13:]  # what is left has an answer, a verdict, a figure
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    drawn = sum("image/svg+xml" in output.get("data", {}) for cell in code for output in cell.outputs)
    for cell in code:
        cell.outputs, cell.execution_count = [], None
    nbformat.write(notebook, tmp_path / "notebooks" / f"{SMALL}.ipynb")
    surroundings = os.environ | {
        "RECOUNT_BUILD": str(tmp_path / "build"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "JUPYTER_CONFIG_PATH": str(ROOT / ".jupyter"),
        "JUPYTER_RUNTIME_DIR": runtime.name,
        "JUPYTERLAB_SETTINGS_DIR": str(tmp_path / "user"),
        "JUPYTERLAB_WORKSPACES_DIR": str(tmp_path / "user"),
    }
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--ServerApp.port=0", "--ServerApp.token=test",
               "--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={tmp_path}", "--allow-root"]  # fmt: skip
    log = (tmp_path / "log").open("w+", encoding="utf-8")
    server = subprocess.Popen(command, cwd=tmp_path, env=surroundings, stdout=log, stderr=log)
    try:
        address = None
        for _ in range(300):
            if found := re.search(r"(http://127\.0\.0\.1:\d+)/lab", (tmp_path / "log").read_text(encoding="utf-8")):
                address = found[1]
                break
            assert server.poll() is None, (tmp_path / "log").read_text(encoding="utf-8")
            time.sleep(0.1)
        assert address, (tmp_path / "log").read_text(encoding="utf-8")
        page = opened(browser)
        page.goto(f"{address}/lab/tree/notebooks/{SMALL}.ipynb?token=test&reset")
        panel = page.locator(".jp-NotebookPanel")
        expect(panel.locator(".jp-CodeCell").first).to_be_visible(timeout=30_000)
        expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first).to_be_visible(timeout=30_000)
        prompts, figures = panel.locator(".jp-InputPrompt"), panel.locator(".jp-RenderedSVG")
        for _ in range(300):  # what is sent before the page and the kernel have met is lost, or asked about: ask again
            if figures.count() == drawn and re.match(r"\[\d", prompts.last.inner_text()):
                break
            running = prompts.filter(has_text="[*]").count()
            try:
                for accept in page.locator(".jp-Dialog .jp-mod-accept").all():
                    accept.click(timeout=3000)
                if not running:
                    page.get_by_role("menuitem", name="Run", exact=True).click(timeout=3000)
                    page.get_by_role("menuitem", name="Run All Cells", exact=True).click(timeout=3000)
            except PlaywrightTimeout:
                page.keyboard.press("Escape")
            page.wait_for_timeout(200)
        expect(figures).to_have_count(drawn)
        expect(panel.locator(".jp-RenderedHTML strong", has_text="holds").first).to_be_attached()
        assert not panel.locator("[data-mime-type='application/vnd.jupyter.stderr']").count()
        assert not panel.locator("[data-mime-type='application/vnd.jupyter.error']").count()
        assert not [fault for fault in page.faults if fault.startswith("http")], "nothing is fetched from elsewhere"
        assert not page.get_by_text("Jupyter news").count(), "nobody is asked about news"
        assert "jp-RenderedSVG" in page.request.get(f"{address}/custom/custom.css?token=test").text()
        page.close()
    finally:
        server.terminate()
        server.wait(20)
        log.close()
        runtime.cleanup()
