"""The markup of pages, as Sphinx reads them: MyST, with raw HTML for what is data.

Every text out of the ledger, the tables or the records passes through `escaped` (HTML) or `markdown` (headings).
All pages but the front page lie one folder down, so that `../` leads from each to every other.
"""

import json
import re
from collections.abc import Iterable, Mapping
from html import escape


def escaped(text: object) -> str:
    """Return text as HTML that is inert, also inside a fenced block of Markdown."""
    return escape(str(text)).replace("`", "&#96;")


def markdown(text: str) -> str:
    """Return text as Markdown that means itself."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(text.split()))


def page(title: str, lead: str, *sections: str) -> str:
    """Return a page: HTML that leads, then sections. Where nothing leads, their titles stand at the page's side."""
    wide = "---\nhtml_theme.sidebar_secondary.remove: true\n---\n\n" if lead else ""
    return wide + "\n".join([_headed(1, title, lead), *filter(None, sections)])


def section(title: str, html: str, *, indexed: bool = True) -> str:
    """Return HTML under a heading, or nothing without HTML; long rows of figures need no place in the search index."""
    return html and _headed(2, title, html, "" if indexed else ":class: no-search")


def _headed(level: int, title: str, html: str, option: str = "") -> str:
    """Return HTML under a heading without angle brackets, which the theme repeats as HTML in what it prints."""
    heading = f"{'#' * level} {markdown(title.replace('<', '‹').replace('>', '›'))}\n"
    return heading + (html and f"\n````{{raw}} html\n{option}\n{html}\n````\n")


def toctree(caption: str, entries: Iterable[str]) -> str:
    return f"```{{toctree}}\n:hidden:\n{f':caption: {caption}' * bool(caption)}\n\n" + "\n".join(entries) + "\n```\n"


def listing(name: str, heads: Iterable[str], rows: Iterable[str], attributes: str = "") -> str:
    """Return a table in a box of its own, which scrolls; heads are text, rows are made by `row`."""
    head, body = "".join(f'<th scope="col">{escaped(cell)}</th>' for cell in heads), "\n".join(rows)
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escaped(name)}"><table{attributes}>'
        f"<thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>"
    )


def row(*cells: str, attributes: str = "") -> str:
    made = (cell if cell.startswith(("<td", "<th")) else f"<td>{cell}</td>" for cell in cells)
    return f"<tr{attributes}>{''.join(made)}</tr>"


def number(value: float | None, shown: str) -> str:
    """Return a cell that sorts by its value; None comes last."""
    return f'<td class="number" data-sort="{"" if value is None else value}">{shown}</td>'


def facts(named: Mapping[str, str]) -> str:
    """Return named facts as a list, without the empty ones."""
    return '<dl class="facts">' + "".join(f"<dt>{escaped(k)}</dt><dd>{v}</dd>" for k, v in named.items() if v) + "</dl>"


def copyable(name: str, text: str) -> str:
    return f'<div class="copy"><pre tabindex="0" role="region" aria-label="{escaped(name)}">{escaped(text)}</pre></div>'


def script(value: object, kind: str, attributes: str = "") -> str:
    """Return JSON in a script element, inert whatever it holds."""
    text = json.dumps(value, ensure_ascii=False).replace("<", "\\u003c").replace("`", "\\u0060")
    return f'<script type="application/{kind}"{attributes}>{text}</script>'
