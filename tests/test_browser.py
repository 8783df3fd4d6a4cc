"""The report and JupyterLab in a real browser: Debian's chromium, or any that is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from conftest import ROOT, replace
from playwright.sync_api import Browser, Page, expect, sync_playwright
from small_collection import write_collection

from recount.claims import claim, ledger
from recount.report.findings import between
from recount.verdict import Verdict

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here; Debian: apt-get install chromium")
CLAIM, TABLE, NOTEBOOK = "claims/it-share.html", "tables/rd_intensity.html", "notebooks/05-industry-clusters.html"
Show = Callable[..., Page]


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
def page(browser: Browser) -> Page:
    return opened(browser)


@pytest.fixture
def show(page: Page, built: Path) -> Iterator[Show]:
    """A function that shows a page of the report from disk; whatever it showed must have been quiet."""

    def show(address: str, width: int = 1280, scheme: str = "light") -> Page:
        page.goto("about:blank")  # else another fragment of the same page would not load it anew
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(media="screen", color_scheme=scheme)
        page.goto(f"{(built / 'report').as_uri()}/{address}")
        return page

    page.faults.clear()
    yield show
    page.evaluate("localStorage.clear()")
    assert page.faults == []


def visible(page: Page) -> list[str]:
    return page.locator("#scoreboard tbody tr:visible td.claim a").all_inner_texts()


def move_focus(page: Page, selector: str) -> None:
    """Move the focus by the Tab key alone to what `selector` selects."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the Tab key does not reach {selector}")


@pytest.mark.parametrize(
    "pattern", ["index.html", CLAIM, "tables/express_delivery.html", pytest.param("**/*.html", marks=pytest.mark.prove)]
)
def test_page_is_quiet_fits_a_phone_and_is_accessible(show: Show, built: Path, pattern: str) -> None:
    templates: set[str] = set()
    for path in sorted((built / "report").glob(pattern)):
        address = path.relative_to(built / "report").as_posix()
        page, template = show(address), re.sub("/(?!index).*", "", address)
        assert page.locator("h1:visible").count() == 1
        page.evaluate(AXE_SCRIPT)
        for width, scheme in ((1280, "light"), (390, "dark")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            expect(page.locator("html")).to_have_attribute("data-theme", scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{address} is wider than {width} px"
            if template not in templates:  # the others are alike
                result = AxeResults(page.evaluate("axe.run({preload: false, resultTypes: ['violations']})"))
                assert result.violations_count == 0, result.generate_report()
        templates.add(template)


def test_scoreboard_filters_by_keyboard(show: Show) -> None:
    page = show("index.html")
    everything, count = visible(page), page.locator("#controls output")
    move_focus(page, "#controls [data-verdict=fails]")
    page.keyboard.press("Enter")
    rows = page.locator("#scoreboard tbody tr:visible").all()
    assert {row.get_attribute("data-verdict") for row in rows} == {"fails"}
    assert page.locator("#controls [aria-pressed=true]").all_inner_texts() == [f"{len(rows)}\n○ fails"]
    page.keyboard.press("Space")
    assert visible(page) == everything
    move_focus(page, "#controls [name=find]")
    page.keyboard.type("R&D national rd-share")
    page.keyboard.press("Enter")  # which sends no form
    assert visible(page) == [f"“{claim('rd-share').phrase}”"]
    expect(count).to_have_text(f"1 of {len(everything)} claims")


@pytest.mark.prove
def test_view_of_the_scoreboard_can_be_sent_and_comes_back(show: Show) -> None:
    page = show("index.html")
    page.locator(".findings a[href='#verdict=holds-as-written']").click()
    page.locator("#controls [name=find]").fill("mao")
    page.locator("#scoreboard th:nth-child(4) button").click()
    sent, selected = page.url, visible(page)
    assert sent.endswith("#verdict=holds-as-written&find=mao&sort=4")
    assert selected == [f"“{claim(key).phrase}”" for key in ("interior-share-1956", "coast-share-1956")]
    page.locator("#scoreboard tbody tr:visible a").first.click()
    page.wait_for_url("**/interior-share-1956.html")
    page.go_back()
    assert (page.url, visible(page)) == (sent, selected)
    for address in ("", "#how", "#verdict=none&essay=none&sort=99", "#%E0%A4%A"):  # a heading, and what no view has
        assert len(visible(show(f"index.html{address}"))) == len(ledger())


@pytest.mark.prove
def test_what_if_by_keyboard(show: Show, verdicts: list[Verdict]) -> None:
    verdict = next(v for v in verdicts if v.claim.id == "russia-ukraine-concentration")
    address, name, ways = f"claims/{verdict.claim.id}.html", verdict.specifications.choices[0], verdict.multiverse
    page = show(address)
    answer, first = page.locator(".what-if output"), page.locator(".what-if select").first
    assert f"(as written): {verdict.literal.outcome}. The wording allows" in answer.inner_text()
    written = verdict.literal.choices | {name: ""}
    offered = {str(way.choices[name]): way for way in ways if way.choices | {name: ""} == written}
    assert {*first.locator("option:not([disabled])").evaluate_all("all => all.map(o => o.value)")} == {"", *offered}
    move_focus(page, ".what-if select")
    first.press("End")
    level, text = first.input_value(), answer.inner_text()
    assert f": {offered[level].outcome}. The wording" in text
    assert show(f"{address}?{urlencode({name: level})}").locator(".what-if output").inner_text() == text
    move_focus(page, ".what-if a")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.locator(f"#way-{len(ways)}")).to_be_in_viewport()


ANSWER = """() => {
    document.querySelector('.what-if button:last-of-type')?.click();
    return document.querySelector('.what-if select') && document.querySelector('.what-if output').innerText;
}"""


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.prove)])
def test_what_if_judges_as_the_notebooks_do(show: Show, verdicts: list[Verdict], every: bool) -> None:
    verdicts = [verdict for verdict in verdicts if len(verdict.multiverse) > 1 and verdict.used]
    of_each_kind = {(verdict.verdict, verdict.cannot_tell > 0): verdict for verdict in verdicts}
    assert len(of_each_kind) > 6
    for verdict in verdicts if every else of_each_kind.values():
        text = show(f"claims/{verdict.claim.id}.html").evaluate(ANSWER)
        agree, unsure = verdict.inside, verdict.cannot_tell
        parts = [f"Of {len(verdict.used) - unsure} that decide, {agree} {'agrees' if agree == 1 else 'agree'}"]
        parts = parts * (unsure < len(verdict.used)) + [f"{unsure} cannot tell"] * (unsure > 0)
        assert f"{'; '.join(parts)}: {verdict.verdict}." in text, verdict.claim.id
        span = between(verdict.claim, verdict.multiverse)
        assert f", {span} {verdict.claim.printed_unit}; the wording" in text, verdict.claim.id


def test_search_finds_a_claim_by_keyboard(show: Show) -> None:
    page = show("search.html")
    page.keyboard.type("private-sector EXPRESS Tonglu")
    results = page.locator("#search-results li")
    assert "Tonglu" in results.first.locator("mark").all_inner_texts()
    for key in ("Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url("**/claims/express-four.html")


@pytest.mark.prove
def test_search_finds_what_is_meant_and_takes_any_text(show: Show) -> None:
    searches = {"rd_intensity": TABLE, "quintile": "claims/withdraw-bottom.html"}
    searches["is the advantage entrenched?"] = f"{NOTEBOOK}#is-the-advantage-entrenched"
    for words, goal in searches.items():
        results = show(f"search.html?q={words}").locator("#search-results")
        assert results.locator(f"a[href^='{goal.split('/')[0]}']").first.get_attribute("href") == goal
    page = show(CLAIM)
    page.locator(".find input").fill("( [a-z]+ \\ $^ /* <img src=x onerror=alert(1)>")
    page.keyboard.press("Enter")
    expect(page.locator("#search-told")).to_have_text("Nothing found")


@pytest.mark.prove
def test_long_table_is_sorted_turned_over_searched_and_opened_at_a_row(show: Show) -> None:
    page = show(TABLE)
    years, count = page.locator("table.rows td:nth-child(3)"), page.locator(".turn output")
    move_focus(page, "table.rows th:nth-child(3) button")
    for end in (min, max):
        page.keyboard.press("Enter")
        assert years.first.inner_text() == end(years.all_inner_texts())
    page.locator(".turn button").last.press("Enter")
    assert count.inner_text() == f"Rows 26 to 50 of {years.count()}"
    page.locator(".turn input").fill("hainan 2007")
    assert count.inner_text() == "Rows 1 to 1 of 1"
    page.evaluate("location.hash = 'row-200'")  # which has other words
    expect(page.locator("#row-200")).to_be_in_viewport()


@pytest.mark.prove
def test_keyboard_skips_to_the_content_and_paper_has_no_controls(show: Show) -> None:
    page = show(CLAIM)
    for key in ("Tab", "Enter", "Tab"):
        page.keyboard.press(key)
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    for address in ("index.html", CLAIM, TABLE, NOTEBOOK):
        page = show(address, scheme="dark")
        page.emulate_media(media="print", color_scheme="dark")
        controls = "#controls, .what-if form, .copy button, .theme, .top nav, .find, .code, .turn"
        assert page.locator(controls).locator("visible=true").count() == 0
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


PLANTED = """() => {
    const script = Object.assign(document.createElement('script'), {textContent: 'window.planted = 1'});
    const image = Object.assign(new Image(), {src: 'https://example.org/pixel.png'});
    document.body.append(script, image);
    document.body.insertAdjacentHTML('beforeend', '<p id="p" style="color: red" onclick="window.planted = 1">x</p>');
    document.getElementById('p').click();
    return [window.planted, getComputedStyle(document.getElementById('p')).color];
}"""


def test_policy_is_in_force(show: Show) -> None:
    page = show(CLAIM)
    planted, colour = page.evaluate(PLANTED)
    page.wait_for_timeout(200)
    assert planted is None and colour != "rgb(255, 0, 0)"
    assert len([fault for fault in page.faults if "Content Security Policy" in fault]) == 4
    page.faults.clear()


@pytest.mark.prove
def test_pages_read_without_scripts(browser: Browser, built: Path) -> None:
    page = browser.new_page(java_script_enabled=False)
    content = {"index.html": "#scoreboard tbody tr", TABLE: "table.rows tbody tr", "search.html": "noscript"}
    for address, selector in content.items():
        page.goto(f"{(built / 'report').as_uri()}/{address}")
        assert page.locator(selector).last.is_visible()
        assert page.locator("#controls .fields:visible, #controls button:enabled:visible, .theme:visible").count() == 0


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """The address of a JupyterLab in the small collection."""
    home, kernel = write_collection(tmp_path), '{"kernelspec": {"name": "python3", "display_name": "Python 3"}}'
    replace(home / "notebooks" / "01-alpha.ipynb", '\n "metadata": {}', f'\n "metadata": {kernel}')
    with tempfile.TemporaryDirectory(prefix="rc-") as runtime:  # sockets need short paths
        folders = {"_RUNTIME_DIR": runtime, "_CONFIG_DIR": home / "config", "_CONFIG_PATH": ROOT / ".jupyter"}
        folders |= {"LAB_SETTINGS_DIR": home / "user", "LAB_WORKSPACES_DIR": home / "user"}
        environment = os.environ | {f"JUPYTER{name}": str(folder) for name, folder in folders.items()}
        command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ServerApp.port=0"]
        command += ["--ServerApp.token=test", "--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={home}"]
        with subprocess.Popen(command, cwd=home, env=environment, stderr=subprocess.PIPE, text=True) as server:
            try:
                addresses = (re.search(r"http://127\.0\.0\.1:\d+(?=/lab)", line) for line in server.stderr)
                yield next(filter(None, addresses))[0]
            finally:
                server.terminate()


@pytest.mark.prove
def test_jupyterlab_runs_a_notebook_and_shows_its_figures_and_verdicts(browser: Browser, lab: str) -> None:
    page = opened(browser)
    page.goto(f"{lab}/lab/tree/notebooks/01-alpha.ipynb?token=test&reset")
    panel = page.locator(".jp-NotebookPanel")
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first).to_be_visible(timeout=60_000)
    figures = panel.locator(".jp-RenderedSVG")
    for _ in range(20):  # what is sent before page and kernel have met is lost
        if figures.count() == 0:
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            page.wait_for_timeout(3000)
    expect(figures).to_have_count(1)
    expect(panel.locator(".jp-RenderedHTML strong", has_text="holds")).to_be_attached()
    assert panel.locator("[data-mime-type$='.stderr'], [data-mime-type$='.error']").count() == 0
    assert not [fault for fault in page.faults if fault.startswith("http")], "nothing is fetched from elsewhere"
    assert page.get_by_text("Jupyter news").count() == 0, "nobody is asked about news"
