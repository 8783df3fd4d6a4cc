"""One call that shows a figure and writes it, with its numbers, sources and alt text. The SVG is the only drawing."""

import csv
import io
import json
import re
from collections.abc import Sequence
from html import escape

from IPython.display import display

from recount.claims import claim
from recount.datapackage import citation, resource_of
from recount.figures.charts import Chart
from recount.figures.layout import capitalised, wrapped
from recount.figures.sizes import headline_height, source_height
from recount.figures.style import FAMILY, INK, MARGIN, QUIET, folder, width
from recount.files import RecountError, atomic, write_csv, write_text
from recount.records import FIGURE_MIME

FALLBACK = f"'{FAMILY}', Arial, Helvetica, sans-serif"


def figure(
    name: str, chart: Chart, *, tables: Sequence[str], title: str, claims: Sequence[str] = (), source: str = ""
) -> None:
    """Show a figure and write its SVG, CSV and JSON, each whole or not at all, into ``build/figures``.

    Parameters
    ----------
    name
        Stable name: lower case, digits and hyphens, beginning with the notebook's number.
    chart
        What a recipe returned; its data are written as CSV with at most ten significant digits.
    tables
        Tables of the data package it rests on; they give the source line and are recorded with their hashes.
    title
        The finding, in a sentence whose numbers were computed.
    claims
        Claims on show, recorded beside it, more than a recipe's own.
    source
        The source line, where the tables' own would be too long to read.

    Raises
    ------
    RecountError
        The name is malformed, there is no title, nothing is plotted, a claim or table is unknown, or a file cannot be
        written.
    """
    if not re.fullmatch(r"\d\d-[a-z0-9-]+", name):
        raise RecountError(f"figure {name!r}: expected a name like 05-rd-share, lower case with the notebook's number")
    if not title or chart.data.empty:
        raise RecountError(f"figure {name}: {'nothing is plotted' if title else 'the title must say what is found'}")
    sidecar = {
        "name": name,
        "title": title,
        "alt": chart.alt,
        "source": source or citation(*tables),
        "claims": [claim(key).id for key in dict.fromkeys([*chart.claims, *claims])],
        "tables": {key: resource_of(key)["hash"] for key in tables},
    }
    _write_headline(chart, title, str(sidecar["source"]))
    with atomic(folder() / f"{name}.svg") as path:
        chart.figure.savefig(path, format="svg", metadata={"Date": None})
        svg = tidy_svg(path.read_text(encoding="utf-8"), name, title, chart.alt)
        path.write_text(svg, encoding="utf-8", newline="\n")
    indexed = any(index is not None for index in chart.data.index.names)
    plotted = io.StringIO(chart.data.to_csv(index=indexed, float_format="%.10g", lineterminator="\n"), newline="")
    write_csv(folder() / f"{name}.csv", csv.reader(plotted))
    write_text(folder() / f"{name}.json", json.dumps(sidecar, ensure_ascii=False, indent=2) + "\n")
    display({"image/svg+xml": svg, "text/plain": f"{name}: {title}", FIGURE_MIME: sidecar}, raw=True)  # type: ignore[no-untyped-call]


def _write_headline(chart: Chart, title: str, source: str) -> None:
    """Make room above and below a laid-out figure, and write headline, unit and source line into it."""
    fig, sizes = chart.figure, width()
    across, tall = 72 * fig.get_figwidth(), 72 * fig.get_figheight()
    room = across - 2 * MARGIN
    above = [(wrapped(title, sizes.headline, room, "bold"), sizes.headline, INK, "bold")]
    if chart.unit:
        above.append((wrapped(capitalised(chart.unit), sizes.text, room), sizes.text, QUIET, "normal"))
    below = wrapped(source, sizes.small, room)
    heights = [headline_height(text.count("\n") + 1, size) for text, size, _, _ in above]
    foot = source_height(below.count("\n") + 1, sizes.small)
    head = max(sum(heights) + MARGIN, 72 * sizes.height - tall - foot - MARGIN)
    total = tall + head + foot + 2 * MARGIN
    for ax in fig.axes:
        box = ax.get_position()
        ax.set_position((box.x0, (box.y0 * tall + foot + MARGIN) / total, box.width, box.height * tall / total))
    fig.set_size_inches(across / 72, total / 72)
    left, top = MARGIN / across, total - MARGIN
    for (text, size, colour, weight), height in zip(above, heights, strict=True):
        fig.text(left, top / total, text, fontsize=size, color=colour, weight=weight, va="top", linespacing=1.1)
        top -= height
    fig.text(left, MARGIN / total, below, fontsize=sizes.small, color=QUIET, va="bottom", linespacing=1.1)


def tidy_svg(drawing: str, name: str, title: str, alt: str) -> str:
    """Make an SVG the same on every processor, safe beside others in one page, and readable without sight.

    Coordinates are rounded to 0.01 pt, ids numbered in order behind the figure's name, the style rule that would
    reach the whole page moved to the root, the typeface given its fallbacks, and title and description added.
    """
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r"<metadata>.*?</metadata>|<defs>\s*<style.*?</style>\s*</defs>", "", drawing, flags=re.DOTALL)
    rounded = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
    drawing = re.sub(r"<[^>]*>", lambda tag: rounded.sub(lambda n: _two_decimals(n.group()), tag.group()), drawing)
    drawing = re.sub(rf"(<text[^>]*?){re.escape(repr(FAMILY))}", rf"\1{FALLBACK}", drawing)
    drawing = re.sub(r' transform="rotate\(-0 [^"]*\)"|\s*<g id="[^"]*"/>', "", drawing)  # what draws nothing
    ids = {old: f"{name}-{i}" for i, old in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', drawing)))}
    drawing = re.sub(r'(\bid="|url\(#|href="#)([^")]+)', lambda match: match[1] + ids.get(match[2], match[2]), drawing)
    root = (
        f'<svg role="img" aria-labelledby="{name}-title {name}-desc" stroke-linejoin="round" stroke-linecap="butt" '
        'style="max-width: 100%; height: auto"'
    )
    head, body = drawing.split(">", 1)
    words = f'<title id="{name}-title">{escape(title)}</title>\n <desc id="{name}-desc">{escape(alt)}</desc>'
    return f"{root}{head.removeprefix('<svg')}>\n {words}{body}"


def _two_decimals(number: str) -> str:
    text = f"{float(number):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
