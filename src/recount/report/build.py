"""The report as HTML, and the exports beside it, out of executed notebooks."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment
from pytask import PTask, TaskWithoutPath

from recount.files import MARKER, RecountError, build, read_text, relative, root, write_text
from recount.pipeline.nodes import Inputs, ProductFolder, files_below, product
from recount.pipeline.results import RESULTS
from recount.pipeline.tasks import DRAWN, PRINTED, chosen, environment, given
from recount.report.cells import Notebook
from recount.report.findings import FORMATS, FORMS, Findings, findings, web
from recount.report.pages import EXPORTS, publisher, templates
from recount.texts.annotations import annotations

SITE = Path(__file__).parent / "site"
PAGES = {f"{kind}/index.html": f"{kind}.html" for kind in ("claims", "tables", "figures")}
PAGES |= {"index.html": "front.html", "about.html": "about.html"}
PAGES |= {"search.html": "search.html", "assets/search.js": "search.js"}
REVIEWS, SCHEMA = "claimreview.json", "verdicts.schema.json"


def reporting(base: str = "") -> PTask:
    """Return the task that builds the report; `base` is the address at which it will be published.

    Raises
    ------
    RecountError
        The address is none.
    """
    if base and not web(base):
        raise RecountError(f"--base-url {base}: expected where the report will be, such as https://example.org/recount")
    base = f"{base.rstrip('/')}/" if base else ""
    notebooks, package = chosen(), Path(__file__).parents[1]
    inputs = {
        "collection": Inputs.of("collection", root() / "data", root() / "seeds", root() / "CITATION.cff"),
        "forms": Inputs.of("other forms of figures", *(build() / f"figures-{form}" for form in FORMS)),
        "code": Inputs.of("all code", *files_below(package), versions=environment(), base=base),
    }
    drawings = {notebook.stem: (notebook.drawings(*DRAWN), notebook.drawings(*PRINTED)) for notebook in notebooks}
    return TaskWithoutPath(
        name="write report",
        function=build_report,
        depends_on={
            "notebooks": {notebook.stem: notebook.merged for notebook in notebooks},
            "read": {"drawings": drawings, "results": {name: product(build() / name) for name in RESULTS}, **inputs},
            "base": given("address of the report", base),
        },
        produces={
            "report": ProductFolder(name="report", path=build() / "report"),
            "beside": {name: product(build() / name) for name in (REVIEWS, SCHEMA)},
        },
    )


def build_report(
    notebooks: Mapping[str, Path], base: str, report: Path, beside: Mapping[str, Path], read: object = None
) -> None:
    """Write the report and the exports beside it out of executed notebooks.

    The report is built in a folder of its own, and replaces the old one when it is whole. Pages and reviews name
    themselves by the address `base`, if there is one.

    Raises
    ------
    RecountError
        What was executed is not whole, or a file cannot be written.
    """
    found = findings(notebooks.values())
    pages = [Notebook(path, found.addresses) for path in notebooks.values()]
    shown: dict[str, Any] = {"found": found, "notebooks": pages, "publisher": publisher(), "base": base}
    made = templates(**shown, **annotations())
    write_text(beside[REVIEWS], _reviews(found, made, "report/"))
    write_text(beside[SCHEMA], read_text(SITE / SCHEMA))
    _clear(report.parent)
    try:
        with tempfile.TemporaryDirectory(dir=report.parent, prefix=".report-") as name:
            new, old = Path(name, "new"), Path(name, "old")
            for address, content in _files(found, pages, made, report.parent):
                (new / address).parent.mkdir(parents=True, exist_ok=True)
                (new / address).write_bytes(content)
            if report.exists():
                report.rename(old)
            try:
                new.rename(report)
            except BaseException:
                old.rename(report)
                raise
    except OSError as error:
        raise RecountError(f"{relative(report)}: cannot be written: {error.strerror or error}") from error


def _clear(folder: Path) -> None:
    """Delete what builds that were killed have left; what is younger than an hour may be at work."""
    for left in folder.glob(".report-*"):
        if time.time() - left.stat().st_mtime > 3600:
            shutil.rmtree(left, ignore_errors=True)


def _reviews(found: Findings, made: Environment, home: str) -> str:
    """Return every verdict as ClaimReview; its address is absolute, or without a base leads `home` from the file."""
    review = made.get_template(REVIEWS)
    reviews = [json.loads(review.render(key=key, home=home)) for key in found.verdicts]
    return json.dumps(reviews, ensure_ascii=False, indent=1) + "\n"


def _variants(found: Findings, folder: Path) -> dict[str, list[str]]:
    """Return, for each form in which figures may have been drawn, those that show the same data and claims."""

    def is_same(name: str, form: str) -> bool:
        stem = folder / f"figures-{form}" / name
        try:
            sidecar, figure = json.loads(read_text(stem.with_suffix(".json"))), found.figures[name]
            same = all(sidecar[key] == figure[key] for key in ("title", "alt", "source", "claims", "tables"))
            return same and all(stem.with_suffix(f".{kind}").is_file() for kind in FORMATS)
        except (RecountError, ValueError, TypeError, KeyError):
            return False

    return {form: [name for name in found.figures if is_same(name, form)] for form in FORMS}


def _files(found: Findings, pages: list[Notebook], made: Environment, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield (address, content) of every file of the report: pages, what they look like, and what they offer."""
    variants = _variants(found, folder)
    values: dict[str, dict[str, object]] = {address: {"template": template} for address, template in PAGES.items()}
    values |= {
        f"claims/{k}.html": {"template": "claim.html", "record": verdict} for k, verdict in found.verdicts.items()
    }
    values |= {f"tables/{name}.html": {"template": "table.html", "name": name} for name in found.tables}
    values |= {
        f"figures/{k}.html": {"template": "figure.html", "figure": figure} for k, figure in found.figures.items()
    }
    values |= {f"notebooks/{page.stem}.html": {"template": "notebook.html", "notebook": page} for page in pages}
    for address, of in values.items():
        template = made.get_template(str(of["template"]))
        page = template.render(here=address, up="../" * address.count("/"), contents=[], variants=variants, **of)
        yield address, f"{page.strip()}\n".encode()
    yield from ((f"assets/{path.name}", path.read_bytes()) for path in SITE.glob("recount.*"))
    yield from ((f"files/data/{path.name}", path.read_bytes()) for path in (root() / MARKER.parent).glob("*.*"))
    drawn = [f"figures/{name}.{kind}" for name in found.figures for kind in FORMATS]
    drawn += [f"figures-{form}/{name}.{kind}" for form in FORMS for name in variants[form] for kind in FORMATS]
    for name in (*drawn, *(name for name in EXPORTS if name != REVIEWS)):
        yield f"files/{name}", (folder / name).read_bytes()
    yield f"files/{REVIEWS}", _reviews(found, made, "../").encode()
