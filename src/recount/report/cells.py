"""An executed notebook taken apart for its page: Markdown, code in colours, and outputs made safe."""

import re
from collections.abc import Mapping
from functools import cache
from html import escape
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup
from pygments import token  # type: ignore[import-untyped]
from pygments.lexers import PythonLexer  # type: ignore[import-untyped]

from recount.records import FIGURE_MIME, Record, notebook_cells
from recount.report.findings import web
from recount.verdict import VERDICT_MIME

COLOURS = {"k": token.Keyword, "s": token.String, "c": token.Comment, "f": token.Name.Function}
TAGS = set("a b br code div em i li ol p small span strong sub sup table tbody td th thead tr ul".split())
TWO_HEADS = r"<tr><td></td>((?:<th>[^<]*</th>)*)</tr><tr>(<th>[^<]*</th>)(?:<td></td>)*</tr></thead>"
CELL, NUMBER = r"<t[hd]>(.*?)</t[hd]>", re.compile(r"([-+−]?[\d,]*\.?\d+%?|NaN)?")
MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


class Notebook:
    """An executed notebook: its `title`, its `headings` as (id, text, level), and what it shows, in `parts`.

    A part has a `kind`, the id of the heading it stands `under`, its own content, and a `text` if it can be searched.
    """

    def __init__(self, path: Path, known: Mapping[str, str]) -> None:
        """Read a notebook; `known` gives the addresses of what table cells may name: claims and tables."""
        self.stem, self._known = path.stem, known
        self.headings: list[tuple[str, str, int]] = []
        self.parts: list[Record] = []
        for number, cell in enumerate(notebook_cells(path), start=1):
            if cell["cell_type"] == "markdown":
                self._prose("".join(cell["source"]), f"Table {number}")
            elif cell["cell_type"] == "code":
                self._show("code", name=f"Computation {number}", code=coloured("".join(cell["source"])))
                for at, output in enumerate(cell["outputs"], start=1):
                    self._output(output, f"Table {number}.{at}")
        while self.parts and self.parts[-1].get("html") in [part["html"] for part in self.parts[:-1] if "html" in part]:
            self.parts.pop()  # the last cell fills the answer at the top, and shows it again
        self.title = self.headings[0][1] if self.headings else path.stem

    def _show(self, kind: str, **content: Any) -> None:
        if kind == "code" and self.parts and self.parts[-1]["kind"] == kind:  # one fold for cells that show nothing
            self.parts[-1]["code"] += [("", "\n\n"), *content["code"]]
            return
        self.parts.append({"kind": kind, "under": self.headings[-1][0] if self.headings else "", "text": ""} | content)

    def _prose(self, source: str, name: str) -> None:
        """Show Markdown; its headings get the ids that GitHub gives them, the second of one name -1 behind it."""
        tokens = MARKDOWN.parse(source)
        for opening, inline in pairwise(tokens):
            if opening.type == "heading_open":
                text = "".join(child.content for child in inline.children or ())
                before = sum(slug(other) == slug(text) for _, other, _ in self.headings)
                opening.attrs["id"] = f"{slug(text)}-{before}" if before else slug(text)
                self.headings.append((str(opening.attrs["id"]), text, int(opening.tag[1])))
            opening.attrs.pop("style", None)  # of a cell; pages forbid styles of their own
            for link in (child for child in inline.children or () if child.type == "link_open"):
                goal = address(str(link.attrs["href"]))
                link.attrs = {"href": goal} if goal else {}
        html = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})
        for at, piece in enumerate(re.split(r"(<table>.*?</table>)", html, flags=re.DOTALL)):
            if at % 2:
                self._show("table", name=f"{name}.{at}", html=self._linked(piece))
            elif piece.strip():
                self._show("markdown", html=Markup(piece), text=Markup(piece).striptags())

    def _output(self, output: Record, name: str) -> None:
        """Show an output: a figure, a verdict, a table by this name, Markdown, or text."""
        data = output.get("data", {})
        if FIGURE_MIME in data:
            self._show("figure", name=data[FIGURE_MIME]["name"])
        elif VERDICT_MIME in data:
            self._show("verdict", claim=data[VERDICT_MIME]["claim"])
        elif "text/html" in data:
            html = re.sub(r">\n\s*<", "><", safe("".join(data["text/html"])))
            html = html.replace("<th></th>", "<td></td>")  # a corner heads nothing
            self._show("table", name=name, html=self._linked(re.sub(TWO_HEADS, r"<tr>\2\1</tr></thead>", html)))
        elif "text/markdown" in data:
            self._prose("".join(data["text/markdown"]), name)
        else:
            self._show("text", text="".join(output.get("text") or data.get("text/plain", "")).strip("\n"))

    def _linked(self, html: str) -> Markup:
        """Return a table with its columns of numbers named, and the claims and tables that fill a cell linked."""
        rows = [re.findall(CELL, row) for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)[1:]]
        columns = [] if "span=" in html else list(zip(*rows, strict=False))[1:]
        numeric = [f"n{i}" for i, cells in enumerate(columns, 2) if all(map(NUMBER.fullmatch, cells))]
        html = html.replace("<table>", f'<table class="{" ".join(numeric)}">', 1)
        for name in set(re.findall(r"(?<=<t[hd]>)[\w-]+(?=</t[hd]>)", html)) & set(self._known):
            html = re.sub(rf"(?<=<t[hd]>){name}(?=</t[hd]>)", f'<a href="{self._known[name]}">{name}</a>', html)
        return Markup(html)


def safe(html: str) -> str:
    """Return HTML that a cell made with a few tags, and of their attributes spans of cells and links alone."""
    attributes = {"*": {"colspan", "rowspan"}, "a": {"href"}}
    return nh3.clean(html, tags=TAGS, attributes=attributes, attribute_filter=_attribute, link_rel=None)


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Return the value with which an attribute stays."""
    if name == "href":
        return address(value) or None
    return value if value.isdecimal() else None


def address(href: str) -> str:
    """Return where a link in a notebook leads in the report: the web, a notebook's page, a heading; or nowhere."""
    match = re.fullmatch(r"(?:(\d\d-[\w-]+)\.ipynb)?(?:#(.+))?", href)
    page, heading = match.groups("") if match else ("", "")
    return (f"{page}.html" if page else "") + (f"#{slug(unquote(heading))}" if heading else "") or web(href)


def slug(heading: str) -> str:
    """Return the id that GitHub gives a heading, whose words a link may have joined already."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def coloured(source: str) -> list[tuple[str, Markup]]:
    """Return (class, text) of Python source, in as few pieces as its colours need, and its quotes as they are."""
    pieces = ((_class(kind), text) for kind, text in PythonLexer(ensurenl=False).get_tokens(source))
    merged = ((name, "".join(text for _, text in group)) for name, group in groupby(pieces, key=itemgetter(0)))
    return [(name, Markup(escape(text, quote=False))) for name, text in merged]


@cache
def _class(kind: object) -> str:
    return next((name for name, parent in COLOURS.items() if kind in parent), "")
