"""The HTML report, and the verdicts as ClaimReview and as the README's scoreboard: all from the notebooks' records."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

import nbformat
import yaml  # type: ignore[import-untyped]

from recount import collection
from recount.claims import claim, essays
from recount.files import MARKER, RecountError, build, relative, root, write_text
from recount.pages import Findings, Record, evidence, pages
from recount.tables import package, sources, table
from recount.verdict import MARKS, VERDICTS

SITE = Path(str(files("recount") / "site"))
RATINGS = {"holds": 5, "coherent": 5, "depends": 3, "fails": 1, "incoherent": 1}  # worst 1, best 5; open has none
EXPORTS = ("verdicts.csv", "verdicts.json", "verdicts.schema.json", "claimreview.json")
SPHINX: dict[str, Any] = {
    "project": "Recount",
    "html_title": "Recount",
    "language": "en",
    "extensions": ["myst_nb"],
    "html_theme": "sphinx_book_theme",
    "html_theme_options": {
        "home_page_in_toc": True,
        "collapse_navbar": True,
        "max_navbar_depth": 2,
        "use_download_button": False,
        "show_prev_next": False,
        "navbar_persistent": [],  # a second search field
        "footer_content_items": [],
        "pygments_light_style": "a11y-high-contrast-light",
        "pygments_dark_style": "a11y-high-contrast-dark",
    },
    "html_sidebars": {"**": ["search-button-field.html", "sbt-sidebar-nav.html"]},
    "html_context": {"default_mode": "auto"},
    "html_css_files": ["recount.css"],
    "html_js_files": [("recount.js", {"defer": "defer"})],
    "html_static_path": [str(SITE)],
    "html_copy_source": False,
    "html_show_sourcelink": False,
    "html_show_search_summary": False,  # would be fetched, which browsers refuse for files on disk
    "html_use_index": False,
    "myst_enable_extensions": [],  # no mathematics: MathJax would come from elsewhere
    "nb_execution_mode": "off",
    "nb_code_prompt_show": "Show the computation",
    "nb_code_prompt_hide": "Hide the computation",
    "suppress_warnings": ["myst.header", "app"],  # the second: of a second build in one process
}


def build_report() -> Path:
    """Write ``build/report`` and the exports beside it out of what ``recount reproduce`` left; return the front page.

    The report is built in a folder of its own, and replaces the old one when it is whole.

    Raises
    ------
    RecountError
        Notebooks or figures were not reproduced, or show other data; or the disk is full.
    """
    folder, target = build(), build() / "report"
    notebooks = collection.executed(folder / "notebooks")
    found = findings(notebooks)
    for name, figure in found.figures.items():
        if any(package().get(key, {}).get("hash") != value for key, value in figure["tables"].items()):
            raise RecountError(f"figure {name} shows other data than data/ holds; run `recount reproduce` first")
        for path in (folder / "figures" / f"{name}.{kind}" for kind in ("svg", "pdf", "png", "csv")):
            if not path.is_file():
                raise RecountError(f"{relative(path)}: not there; run `recount reproduce` first")
    reviews = [claim_review(found, key, "report/") for key in found.verdicts]
    collection.export(list(found.verdicts.values()), list(found.figures.values()))
    write_text(folder / "claimreview.json", json.dumps(reviews, ensure_ascii=False, indent=1) + "\n")
    write_text(folder / "verdicts.schema.json", (SITE / "verdicts.schema.json").read_text(encoding="utf-8"))
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".report-") as name:
            source, html, old = (Path(name) / part for part in ("source", "html", "old"))
            for address, text in pages(
                found, notebooks, _cite(), {key: claim_review(found, key, "../") for key in found.verdicts}
            ).items():
                (source / address).parent.mkdir(parents=True, exist_ok=True)
                (source / address).write_text(text, encoding="utf-8", newline="\n")
            copies = source / "extra" / "files"
            shutil.copytree(folder / "figures", copies / "figures", ignore=shutil.ignore_patterns(".*"))
            shutil.copytree(root() / MARKER.parent, copies / "data", ignore=shutil.ignore_patterns(".*"))
            for export in EXPORTS:
                shutil.copy(folder / export, copies)
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


def _render(source: Path, html: Path) -> None:
    """Run Sphinx in this process; its warnings go to standard error. Nothing that tells of this machine stays."""
    from sphinx.application import Sphinx  # costs a second

    settings = SPHINX | {"html_extra_path": [str(source / "extra")], "exclude_patterns": ["extra"]}
    Sphinx(source, None, html, html.parent / "trees", "html", settings, status=None, warning=sys.stderr).build()
    for name in (".buildinfo", "objects.inv"):
        (html / name).unlink(missing_ok=True)


def findings(notebooks: Iterable[Path]) -> Findings:
    """Gather what executed notebooks found.

    Raises
    ------
    RecountError
        A record rests on a table or row that does not exist, or an id cannot name a page.
    """
    verdicts, figures = collection.gathered(notebooks)
    frames = {name: table(name) for name in package()}
    used: dict[str, dict[int, list[str]]] = {name: {} for name in frames}
    for name in (*(record["claim"] for record in verdicts), *frames):
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
            raise RecountError(f"{name!r} would name a page of the report: expected lower case, digits, - and _")
    for record in verdicts:
        for name, rows in evidence(record).items():
            if name not in frames or not rows <= set(frames[name].index):
                raise RecountError(
                    f"{record['claim']} rests on rows that {name} has not; run `recount reproduce` first"
                )
            for row in sorted(rows):
                used[name].setdefault(row, []).append(record["claim"])
    return Findings({r["claim"]: r for r in verdicts}, {f["name"]: f for f in figures}, frames, used)


def claim_review(found: Findings, key: str, base: str) -> Record:
    """Return the verdict on a claim as schema.org ClaimReview; `base` leads to the report from where it will lie.

    A word is rated from 1 to 5 by `RATINGS`; an open claim has the word alone.
    """
    record, stated, essay, cff = found.verdicts[key], claim(key), claim(key).essay, _citation_file()
    rating: Record = {"@type": "Rating", "alternateName": f"{record['verdict']}: {VERDICTS[record['verdict']]}"}
    if record["verdict"] in RATINGS:
        rating |= {"ratingValue": RATINGS[record["verdict"]], "bestRating": 5, "worstRating": 1}
    published = {"datePublished": essay.published.isoformat()} if essay.published else {}
    cited = [{"@type": "Person", "name": name} for name in stated.cited.split("; ") if name]
    appearance = {"@type": "Article", "headline": essay.title, "url": essay.address, **published}
    rows = [found.tables[name].loc[sorted(rows)] for name, rows in evidence(record).items()]
    return {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "url": f"{base}claims/{stated.id}.html",
        "claimReviewed": f"“{stated.phrase}”: {', '.join(filter(None, (stated.quantity, stated.date)))}",
        "author": {"@type": "Organization", "name": cff["author"]},
        "datePublished": str(cff["date-released"]),
        "reviewRating": rating,
        "reviewBody": record["sentence"],
        "itemReviewed": {
            "@type": "Claim",
            **({"author": cited} if cited else {}),
            **published,
            "appearance": appearance,
        },
        "citation": [
            {"@type": "CreativeWork", "name": title, "publisher": {"@type": "Organization", "name": publisher}}
            | ({"url": address} if str(address).startswith(("http://", "https://")) else {})
            for title, publisher, address in sources(*rows)[["title", "publisher", "address"]].itertuples(index=False)
        ],
    }


def _cite() -> str:
    """Return how to cite the collection, as ``CITATION.cff`` says."""
    cff = _citation_file()
    return f"{cff['author']} ({str(cff['date-released'])[:4]}). {cff['title']}. Version {cff['version']}."


def _citation_file() -> Record:
    path = root() / "CITATION.cff"
    try:
        cff: Record = yaml.safe_load(path.read_text(encoding="utf-8"))
        names = [author.get("name") or f"{author['given-names']} {author['family-names']}" for author in cff["authors"]]
        return {key: cff[key] for key in ("title", "version", "date-released")} | {"author": ", ".join(names)}
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise RecountError(f"CITATION.cff: expected authors, title, version and date-released ({error!r})") from None


def _cell(text: str) -> str:
    """Return text for a cell of a Markdown table, where only these characters mean something."""
    return re.sub(r"([\\`*_\[\]<>|])", r"\\\1", text)


def readme_scoreboard(verdicts: Iterable[Record]) -> str:
    """Return the scoreboard of the README as a Markdown table: a row an essay, a column a verdict."""
    counts = Counter((record["essay"], record["verdict"]) for record in verdicts)
    lines = ["| essay | " + " | ".join(f"{MARKS[v]} {v}" for v in VERDICTS) + " |", "|---|" + "---:|" * len(VERDICTS)]
    for essay in essays().values():
        cells = [str(counts[essay.id, verdict] or "") for verdict in VERDICTS]
        if any(cells):
            lines.append(f"| [{_cell(essay.title)}](notebooks/{essay.notebook}.ipynb) | {' | '.join(cells)} |")
    totals = [sum(n for (_, word), n in counts.items() if word == verdict) for verdict in VERDICTS]
    return "\n".join([*lines, f"| {sum(totals)} claims | {' | '.join(map(str, totals))} |"])


def readme_notebooks(verdicts: Iterable[Record], figures: Iterable[Record]) -> str:
    """Return the README's list of notebooks as a Markdown table: the question each asks, its claims and figures."""
    claims = Counter(record["notebook"] for record in verdicts)
    drawn = Counter(figure["name"][:2] for figure in figures)
    lines = ["| notebook | question | claims | figures |", "|---|---|---:|---:|"]
    for path in collection.notebooks():
        question = nbformat.read(path, as_version=4).cells[0].source.splitlines()[0].removeprefix("# ")  # type: ignore[no-untyped-call]
        cells = (f"[{path.stem}](notebooks/{path.name})", _cell(question), str(claims[path.stem] or ""))
        lines.append(f"| {' | '.join(cells)} | {drawn[path.stem[:2]]} |")
    return "\n".join(lines)


def renewed_readme(text: str) -> str:
    """Return the README with the scoreboard and the list of notebooks as the committed notebooks have them."""
    verdicts, figures = collection.gathered(collection.executed(root() / "notebooks"))
    made = {"scoreboard": readme_scoreboard(verdicts), "notebooks": readme_notebooks(verdicts, figures)}
    for name, block in made.items():
        start, end = f"<!-- {name}: made by `recount refresh` -->", f"<!-- end of {name} -->"
        if not 0 <= text.find(start) < text.find(end):
            raise RecountError(f"README.md: found no lines {start} and {end} in this order, expected both")
        text = f"{text[: text.find(start)]}{start}\n{block}\n{text[text.find(end) :]}"
    return text


def update_readme() -> None:
    """Renew what ``README.md`` says of the notebooks, where there is one."""
    path = root() / "README.md"
    if path.is_file():
        write_text(path, renewed_readme(path.read_text(encoding="utf-8")))
