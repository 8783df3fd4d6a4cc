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

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import ROOT
from playwright.sync_api import Browser, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from test_report import SMALL, site  # noqa: F401  (a fixture)

from recount.claims import claim

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium on this machine, so no page is opened; Debian: apt-get install chromium"
)
CLAIM = "claims/it-share.html"
PAGES = ("index.html", CLAIM, f"notebooks/{SMALL}.html", "tables/express_delivery.html", "figures/index.html",
         "claims/index.html", "tables/index.html", "tables/sources.html", "search.html?q=express")  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=quiet)
        yield browser
        browser.close()


def opened(browser: Browser, address: str, *, width: int = 1280, scheme: str = "light") -> Page:
    """Open a page that collects in `page.faults` what goes wrong and what it fetches from elsewhere."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce")
    page.faults = []
    page.on("console", lambda message: message.type in ("error", "warning") and page.faults.append(message.text))
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("request", lambda r: re.match("https?://(?!127.0.0.1)", r.url) and page.faults.append(r.url))
    page.goto(address)
    return page


@pytest.fixture
def show(browser: Browser, site: Path) -> Iterator:  # noqa: F811
    """A function that opens a page of the report from disk; whatever it opened must have been quiet."""
    shown: list[Page] = []

    def show(address: str, **options: object) -> Page:
        shown.append(opened(browser, f"{site.as_uri()}/{address}", **options))
        return shown[-1]

    yield show
    faults = [fault for page in shown for fault in page.faults]
    for page in shown:
        page.close()
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_quiet_fits_a_phone_and_keeps_nobody_out(show, address: str, scheme: str) -> None:
    page = show(address, scheme=scheme)
    assert page.locator("html").get_attribute("data-theme") == scheme
    assert page.locator("h1:visible").count() == 1
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{address} is wider than {width} px"
        if width == 1280 or scheme == "light":
            found = Axe().run(page, options={"preload": False})  # preloading fetches style sheets, which disks refuse
            assert found.violations_count == 0, found.generate_report()


def test_the_scoreboard_filters_by_keyboard(show) -> None:
    page = show("index.html")
    everything = visible(page)
    told = page.locator("#controls output")
    assert told.inner_text() == f"{len(everything)} of {len(everything)} claims"
    tabbed_to(page, "#controls [name=verdict]")
    page.keyboard.press("ArrowDown")
    word = page.locator("#controls [name=verdict]").input_value()
    assert word
    shown = page.locator("#scoreboard tbody tr:visible")
    assert {row.get_attribute("data-verdict") for row in shown.all()} == {word}
    page.keyboard.press("Home")
    assert visible(page) == everything
    tabbed_to(page, "#controls [name=find]")
    page.keyboard.type("R&D national rd-share")
    assert visible(page) == [f"“{claim('rd-share').phrase}”"]
    expect(told).to_have_text(f"1 of {len(everything)} claims")
    page.keyboard.press("Enter")
    assert len(visible(page)) == 1, "Enter sends no form"


def test_the_scoreboard_sorts_by_keyboard(show) -> None:
    page = show("index.html")
    tabbed_to(page, "#scoreboard th:nth-child(4) button")
    cells = page.locator("#scoreboard tbody td:nth-child(4)")
    orders = []
    for expected in ("ascending", "descending"):
        page.keyboard.press("Enter")
        assert page.locator("#scoreboard th:nth-child(4)").get_attribute("aria-sort") == expected
        values = [cell.get_attribute("data-sort") for cell in cells.all()]
        numbers = [float(value) for value in values if value]
        assert values[len(numbers) :] == [""] * (len(values) - len(numbers)), "what has no value comes last"
        orders.append(numbers)
    assert orders[0] == sorted(orders[0])
    assert orders[1] == sorted(orders[0], reverse=True)


def test_what_if_by_keyboard(show) -> None:
    page = show(CLAIM)
    told, first = page.locator(".what-if output"), page.locator(".what-if select").first
    assert "percent (as written): inside the stated interval, 35 to 45 percent" in told.inner_text()
    tabbed_to(page, ".what-if select")
    first.press("End")
    assert first.input_value() == "2017"
    assert "(after the text): outside" in told.inner_text()
    assert "no part of the verdict" in told.inner_text()
    tabbed_to(page, ".what-if button:last-of-type")
    page.keyboard.press("Space")
    assert re.search(r"5 of 6 that decide lie inside: ◐ depends", told.inner_text())
    first.focus()
    first.select_option("2013")
    assert "2 of 2 that decide lie inside: ● holds" in told.inner_text()
    assert page.locator(".curve circle:not(.faint)").count() == 2


def test_the_search_finds_a_claim_without_a_server(show) -> None:
    page = show("search.html?q=Tonglu")
    expect(page.locator("#search-results a").first).to_be_visible(timeout=10_000)


def test_every_page_reads_without_scripts(browser: Browser, site: Path) -> None:  # noqa: F811
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.as_uri()}/index.html")
    assert page.locator("#scoreboard tbody tr").first.is_visible()
    assert not page.locator("#controls").is_visible()
    context.close()


def test_jupyterlab_runs_a_notebook_and_shows_its_figures_and_verdicts(browser: Browser, tmp_path: Path) -> None:
    for name in ("seeds", "data", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    for name in ("config", "user"):
        (tmp_path / name).mkdir()
    runtime = tempfile.TemporaryDirectory(prefix="rc-")  # sockets need short paths
    notebook = nbformat.read(tmp_path / "notebooks" / f"{SMALL}.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    drawn = sum("image/svg+xml" in output.get("data", {}) for cell in code for output in cell.outputs)
    for cell in code:
        cell.outputs, cell.execution_count = [], None
    nbformat.write(notebook, tmp_path / "notebooks" / f"{SMALL}.ipynb")
    surroundings = os.environ | {
        "RECOUNT_BUILD": str(tmp_path / "build"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "JUPYTER_RUNTIME_DIR": runtime.name,
        "JUPYTERLAB_SETTINGS_DIR": str(tmp_path / "user"),
        "JUPYTERLAB_WORKSPACES_DIR": str(tmp_path / "user"),
    }
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--ServerApp.port=0", "--ServerApp.token=test",
               "--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={tmp_path}", "--allow-root",
               "--LabApp.news_url=", "--KernelManager.transport=ipc"]  # fmt: skip
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
        page = opened(browser, f"{address}/lab/tree/notebooks/{SMALL}.ipynb?token=test&reset")
        panel = page.locator(".jp-NotebookPanel")
        expect(panel.locator(".jp-CodeCell").first).to_be_visible(timeout=30_000)
        expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first).to_be_visible(timeout=30_000)
        for _ in range(20):  # what is sent before the page and the kernel have met is lost, or asked about
            try:
                for accept in page.locator(".jp-Dialog .jp-mod-accept").all():
                    accept.click(timeout=3000)
                page.get_by_role("menuitem", name="Run", exact=True).click(timeout=3000)
                page.get_by_role("menuitem", name="Run All Cells", exact=True).click(timeout=3000)
            except PlaywrightTimeout:
                page.keyboard.press("Escape")
            page.wait_for_timeout(2000)
            if panel.locator(".jp-InputPrompt", has_text=re.compile(r"\[(\*|\d+)\]")).count():
                break
        expect(panel.get_by_text(f"[{len(code)}]:", exact=True).first).to_be_visible(timeout=120_000)
        expect(panel.locator(".jp-RenderedSVG")).to_have_count(drawn)
        expect(panel.locator(".jp-RenderedHTML strong", has_text="holds").first).to_be_attached()
        assert not panel.locator("[data-mime-type='application/vnd.jupyter.stderr']").count()
        assert not panel.locator("[data-mime-type='application/vnd.jupyter.error']").count()
        assert not [fault for fault in page.faults if fault.startswith("http")], "nothing is fetched from elsewhere"
        page.close()
    finally:
        server.terminate()
        server.wait(20)
        log.close()
        runtime.cleanup()
