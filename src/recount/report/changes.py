"""What changed between two states of the collection, as one page that stands alone."""

import base64
import hashlib
import sys

from markdown_it import MarkdownIt
from markupsafe import Markup

from recount.collection.diff import State, markdown
from recount.report.build import SITE
from recount.report.pages import templates

INERT = MarkdownIt("commonmark", {"html": False}).enable("strikethrough").disable(["image", "link", "autolink"])
STYLE = """
main.wide { padding-top: 2rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 1rem 2rem; }
.plots .plot { margin: 0; }
main li { margin-bottom: 0.5rem; overflow-wrap: anywhere; }
s { color: var(--quiet); }
"""


def changes_page(before: State, after: State) -> str:
    """Return what changed as HTML, with each figure that was redrawn before and after.

    The page asks for nothing: its style is named in its policy by hash, and a drawing is shown as an image, in which
    nothing is executed or fetched.
    """
    style = (SITE / "recount.css").read_text(encoding="utf-8") + STYLE
    names = [name for name in dict.fromkeys([*after.figures, *before.figures])
             if before.figures.get(name, {}).get("svg") != after.figures.get(name, {}).get("svg")]  # fmt: skip
    redrawn = {name: [(each.name, each.figures.get(name)) for each in (before, after)] for name in names}
    page = (
        templates()
        .get_template("changes.html")
        .render(
            body=Markup(INERT.render(markdown(before, after, sys.maxsize))),
            style=Markup(style),
            hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
            redrawn=redrawn,
            base64=lambda svg: base64.b64encode(svg.encode()).decode(),
        )
    )
    return page.strip() + "\n"
