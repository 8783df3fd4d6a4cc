"""The report as HTML, and the exports beside it, out of the notebooks' records."""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from recount import collection
from recount.files import MARKER, RecountError, build, relative, root, write_text
from recount.records import executed
from recount.report.findings import Findings, findings
from recount.report.pages import EXPORTS, pages
from recount.report.review import claim_review
from recount.tables import package

SITE = Path(__file__).parent / "site"
SPHINX: dict[str, object] = {
    "project": "Recount",
    "html_title": "Recount",
    "extensions": ["myst_nb"],
    "html_theme": "sphinx_book_theme",
    "html_theme_options": {
        "home_page_in_toc": True,
        "collapse_navbar": True,
        "use_download_button": False,
        "show_prev_next": False,
        "navbar_persistent": [],  # a second search field
        "footer_content_items": [],
    },
    "html_sidebars": {"**": ["search-button-field.html", "sbt-sidebar-nav.html"]},
    "html_context": {"default_mode": "auto"},
    "html_css_files": ["recount.css"],
    "html_js_files": [("recount.js", {"defer": "defer"})],
    "html_static_path": [str(SITE)],
    "html_copy_source": False,
    "html_show_search_summary": False,  # would be fetched, which browsers refuse for files on disk
    "html_use_index": False,
    "nb_execution_mode": "off",
    "nb_code_prompt_show": "Show the computation",
    "nb_code_prompt_hide": "Hide the computation",
    "suppress_warnings": ["myst.header", "app"],  # the second: of a second build in one process
}


def build_report() -> Path:
    """Write ``build/report`` and the exports beside it out of what ``recount reproduce`` left; return the front page.

    The report is built in a folder of its own, and replaces the old one when it is whole.
    A `RecountError` tells that notebooks or figures were not reproduced, or show other data; or that the disk is full.
    """
    folder, target = build(), build() / "report"
    notebooks = executed(folder / "notebooks")
    found = findings(notebooks)
    _check_figures(found, folder / "figures")
    reviews = [claim_review(found, key, "report/") for key in found.verdicts]
    collection.export(found.verdicts.values())
    write_text(folder / "claimreview.json", json.dumps(reviews, ensure_ascii=False, indent=1) + "\n")
    write_text(folder / "verdicts.schema.json", (SITE / "verdicts.schema.json").read_text(encoding="utf-8"))
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".report-") as name:
            source, html, old = (Path(name) / part for part in ("source", "html", "old"))
            _write_source(source, pages(found, notebooks), folder)
            _render(source, html)
            if target.exists():
                target.rename(old)
            try:
                html.rename(target)
            except BaseException:
                old.rename(target)
                raise
    except OSError as error:
        raise RecountError(f"{relative(target)}: cannot be written: {error.strerror or error}") from error
    return target / "index.html"


def _check_figures(found: Findings, folder: Path) -> None:
    """Raise unless every figure shows the data of ``data/`` and has all its files."""
    for name, figure in found.figures.items():
        if any(package().get(key, {}).get("hash") != value for key, value in figure["tables"].items()):
            raise RecountError(f"figure {name} shows other data than data/ holds; run `recount reproduce` first")
        for path in (folder / f"{name}.{kind}" for kind in ("svg", "pdf", "png", "csv")):
            if not path.is_file():
                raise RecountError(f"{relative(path)}: not there; run `recount reproduce` first")


def _write_source(source: Path, texts: dict[str, str], folder: Path) -> None:
    """Write the pages for Sphinx to read, and under ``extra`` the files that it takes over as they are."""
    for address, text in texts.items():
        (source / address).parent.mkdir(parents=True, exist_ok=True)
        (source / address).write_text(text, encoding="utf-8", newline="\n")
    copies = source / "extra" / "files"
    for name, origin in (("figures", folder / "figures"), ("data", root() / MARKER.parent)):
        shutil.copytree(origin, copies / name, ignore=shutil.ignore_patterns(".*"))
    for export in EXPORTS:
        shutil.copy(folder / export, copies)


def _render(source: Path, html: Path) -> None:
    """Run Sphinx in this process; its warnings go to standard error. Nothing that tells of this machine stays."""
    from sphinx.application import Sphinx  # costs a second

    settings = SPHINX | {"html_extra_path": [str(source / "extra")], "exclude_patterns": ["extra"]}
    Sphinx(source, None, html, html.parent / "trees", "html", settings, status=None, warning=sys.stderr).build()
    for name in (".buildinfo", "objects.inv"):
        (html / name).unlink(missing_ok=True)
