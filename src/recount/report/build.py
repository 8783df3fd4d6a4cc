"""The report as HTML, and the exports beside it, out of the notebooks' records."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment

from recount import collection
from recount.datapackage import fingerprint, package
from recount.files import MARKER, RecountError, build, read_text, relative, root, write_text
from recount.records import Record, executed
from recount.report.booklet import write_booklet
from recount.report.cells import Notebook
from recount.report.findings import FORMATS, FORMS, Findings, findings, web
from recount.report.ledger import kept
from recount.report.pages import EXPORTS, publisher, templates

SITE = Path(__file__).parent / "site"
READ = "base", "code", "environment", "settings", "tree data", "tree seeds", "folder notebooks", "file CITATION.cff"
PAGES = {f"{each}/index.html": f"{each}.html" for each in ("claims", "tables", "figures")}
PAGES |= {"index.html": "front.html", "about.html": "about.html"}
PAGES |= {"search.html": "search.html", "assets/search.js": "search.js"}
REVIEWS = "claimreview.json"


def build_report(base: str = "") -> Path:
    """Write ``build/report`` and the exports beside it out of what ``recount reproduce`` left; return the front page.

    `base` is the address at which the report will be published: pages and reviews then name themselves by it.

    The report is built in a folder of its own, and replaces the old one when it is whole; what is as before keeps its
    time. A `RecountError` tells that notebooks or figures were not reproduced, show other data, or cannot be written.
    """
    folder, target, now = build(), build() / "report", collection.Now(base=base)
    trees = ("notebooks", "figures", *(f"figures-{form}" for form in FORMS))
    seen = now.states(*READ, *(now.at("tree", folder / name) for name in trees), now.at("file", folder / "trust.json"))
    if base and not web(base):
        raise RecountError(f"--base-url {base}: expected where the report will be, such as https://example.org/recount")
    base = f"{base.rstrip('/')}/" if base else ""
    notebooks, found = _reproduced()
    read = [Notebook(path, found.addresses) for path in notebooks]
    told = {"found": found, "notebooks": read, "publisher": publisher(), "base": base, "trust": _trust()}
    environment = templates(**told, **kept())
    collection.export(found.verdicts.values(), found.figures.values(), notebooks)
    write_text(folder / REVIEWS, _reviews(found, environment, "report/"))
    write_booklet(found, notebooks)
    write_text(folder / "verdicts.schema.json", (SITE / "verdicts.schema.json").read_text(encoding="utf-8"))
    clear(folder)
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".report-") as name:
            new, old = Path(name, "new"), Path(name, "old")
            for address, content in _files(found, read, environment, folder):
                _write(new / address, content, target / address)
            if target.exists():
                target.rename(old)
            try:
                new.rename(target)
            except BaseException:
                old.rename(target)
                raise
    except OSError as error:
        raise RecountError(f"{relative(target)}: cannot be written: {error.strerror or error}") from error
    written = (now.at("file", folder / name) for name in EXPORTS)
    collection.record("report", [*seen, *now.states(now.at("tree", target), *written)])
    return target / "index.html"


def clear(folder: Path) -> None:
    """Delete what builds that were killed have left; what is younger than an hour may be at work."""
    for left in folder.glob(".report-*"):
        if time.time() - left.stat().st_mtime > 3600:
            shutil.rmtree(left, ignore_errors=True)


def _trust() -> Record | None:
    """Return what `recount trust` found, where it was run and on the tables as they are."""
    path = build() / "trust.json"
    try:
        told: Record = json.loads(read_text(path)) if path.is_file() else {"package": ""}
        return told if told["package"] == fingerprint(root() / MARKER) else None
    except (ValueError, KeyError, TypeError):
        raise RecountError(f"{relative(path)}: not what `recount trust` wrote; run it again") from None


def _reviews(found: Findings, environment: Environment, home: str) -> str:
    """Return every verdict as ClaimReview; its address is absolute, or without a base leads `home` from the file."""
    review = environment.get_template(REVIEWS)
    reviews = [json.loads(review.render(key=key, home=home)) for key in found.verdicts]
    return json.dumps(reviews, ensure_ascii=False, indent=1) + "\n"


def build_booklet() -> Path:
    """Write ``build/recount.pdf`` alone, as `build_report` does, and return its path."""
    notebooks, found = _reproduced()
    return write_booklet(found, notebooks)


def _reproduced() -> tuple[list[Path], Findings]:
    """Return the executed notebooks and what they found; every figure must show the data of ``data/`` and be whole."""
    folder, notebooks = build() / "figures", executed(build() / "notebooks")
    found = findings(notebooks)
    for name, figure in found.figures.items():
        if any(package().get(key, {}).get("hash") != value for key, value in figure["tables"].items()):
            raise RecountError(f"figure {name} shows other data than data/ holds; run `recount reproduce` first")
        for path in (folder / f"{name}.{kind}" for kind in FORMATS):
            if not path.is_file():
                raise RecountError(f"{relative(path)}: not there; run `recount reproduce` first")
    return notebooks, found


def _variants(found: Findings, folder: Path) -> dict[str, list[str]]:
    """Return, for each form in which figures may have been drawn, those that are there and show the same."""

    def is_same(name: str, stem: Path) -> bool:
        try:
            sidecar = json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))
            same = sidecar["name"] == name and found.figures[name] | sidecar == found.figures[name]
            return same and all(stem.with_suffix(f".{kind}").is_file() for kind in FORMATS)
        except (OSError, ValueError, TypeError, KeyError):
            return False

    return {
        form: [name for name in found.figures if is_same(name, folder / f"figures-{form}" / name)] for form in FORMS
    }


def _files(
    found: Findings, notebooks: list[Notebook], environment: Environment, folder: Path
) -> Iterator[tuple[str, bytes]]:
    """Yield (address, content) of every file of the report: pages, what they look like, and what they offer."""
    variants = _variants(found, folder)
    about: dict[str, dict[str, object]] = {address: {"template": template} for address, template in PAGES.items()}
    about |= {f"claims/{k}.html": {"template": "claim.html", "record": record} for k, record in found.verdicts.items()}
    about |= {f"tables/{name}.html": {"template": "table.html", "name": name} for name in found.tables}
    about |= {f"figures/{k}.html": {"template": "figure.html", "figure": figure} for k, figure in found.figures.items()}
    about |= {f"notebooks/{each.stem}.html": {"template": "notebook.html", "notebook": each} for each in notebooks}
    if environment.globals["trust"]:
        about["trust.html"] = {"template": "trust.html"}
        yield from ((f"files/{name}", (folder / name).read_bytes()) for name in ("trust.csv", "trust.json"))
    for address, given in about.items():
        template = environment.get_template(str(given["template"]))
        page = template.render(here=address, up="../" * address.count("/"), contents=[], variants=variants, **given)
        yield address, f"{page.strip()}\n".encode()
    copied = {"assets": SITE, "files/figures": folder / "figures", "files/data": root() / MARKER.parent}
    for name, origin in copied.items():
        for path in sorted(path for path in origin.glob("[!.]*.*") if path.name not in EXPORTS):
            yield f"{name}/{path.name}", path.read_bytes()
    named = [f"figures-{form}/{name}.{kind}" for form in FORMS for name in variants[form] for kind in FORMATS]
    named += [name for name in EXPORTS if name != REVIEWS]
    yield from ((f"files/{name}", (folder / name).read_bytes()) for name in named)
    yield f"files/{REVIEWS}", _reviews(found, environment, "../").encode()


def _write(path: Path, content: bytes, before: Path) -> None:
    """Write a file of the new report; where the old one has the same, both share it until the old one goes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not (before.is_file() and before.stat().st_size == len(content) and before.read_bytes() == content):
        path.write_bytes(content)
        return
    try:
        os.link(before, path)
    except OSError:  # a disk without links
        shutil.copy2(before, path)
