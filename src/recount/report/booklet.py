"""The collection as one PDF: a front page, a chapter an essay with its verdicts and figures, and the sources."""

import json
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import typst
from markdown_it.token import Token

from recount.claims import Essay, claim, essays
from recount.collection.printing import compiled
from recount.files import FONTS, RecountError, atomic, build, relative
from recount.records import SCOREBOARD, Record, notebook_cells
from recount.report.cells import MARKDOWN
from recount.report.findings import Findings, between, web
from recount.report.pages import publisher
from recount.verdict import COLOURS, MARKS, TONES, VERDICTS
from recount.wording import agreement

TEMPLATE = Path(__file__).parent / "templates" / "booklet.typ"


def write_booklet(found: Findings, notebooks: Iterable[Path]) -> Path:
    """Write ``build/recount.pdf`` out of what these notebooks found, the same bytes every time; return its path."""
    target, it = build() / "recount.pdf", _contents(found, {path.stem: path for path in notebooks})
    try:
        try:
            pdf = compiled(TEMPLATE.read_bytes(), it, build() / "figures", "pdf")
        except typst.TypstError:  # one may be a character that the typeface lacks, which is told by none of its words
            pdf = compiled(TEMPLATE.read_bytes(), _drawable(it), build() / "figures", "pdf")
    except typst.TypstError as error:
        raise RecountError(f"{relative(target)}: {error}") from None
    with atomic(target) as path:
        path.write_bytes(pdf)
    return target


def _drawable(it: Record) -> Record:
    """Return what the template is given with a box for each character that the typeface lacks, such as Chinese ones."""
    from matplotlib.ft2font import FT2Font

    known = {*FT2Font(str(FONTS / "LiberationSans-Regular.ttf")).get_charmap(), *map(ord, "\t\n\u200b")}
    text = json.dumps(it, ensure_ascii=False)
    drawable: Record = json.loads("".join(c if ord(c) in known else "□" for c in text))
    return drawable


def _contents(found: Findings, notebooks: dict[str, Path]) -> Record:
    """Return what the template is given: the whole booklet, as text, numbers and names of drawings."""
    records, about = [*found.verdicts.values()], publisher()
    told = [essay for essay in essays().values() if any(each["essay"] == essay.id for each in records)]
    frames = [rows for key in found.verdicts for rows in found.rows_behind[key].values()]
    quoted = [key for each in found.verdicts for key in claim(each).quotes]
    return about | {
        "words": {
            word: {"mark": MARKS[word], "colour": COLOURS[TONES[word]], "meaning": meaning}
            for word, meaning in VERDICTS.items()
        },
        "tally": _tally(records),
        "answer": _answer(notebooks[SCOREBOARD])[1] if SCOREBOARD in notebooks else [],
        "board": _figures(found, SCOREBOARD),
        "essays": [_essay(found, essay, at, len(told), notebooks[essay.notebook]) for at, essay in enumerate(told, 1)],
        "sources": [_source(each) for each in found.sources_of(*frames, keys=quoted)],
    }


def _essay(found: Findings, essay: Essay, number: int, of: int, notebook: Path) -> Record:
    """Return a chapter."""
    own = [each for each in found.verdicts.values() if each["essay"] == essay.id]
    question, answer = _answer(notebook)
    day = f" · {essay.published.day} {essay.published:%B %Y}" if essay.published else ""
    return {
        "kicker": f"Essay {number} of {of}{day}",
        "title": essay.title,
        "address": web(essay.address),
        "question": question,
        "answer": answer,
        "tally": _tally(own),
        "verdicts": [_verdict(each) for each in own],
        "figures": _figures(found, notebook.stem),
    }


def _verdict(record: Record) -> Record:
    stated, ways = claim(record["claim"]), record["multiverse"]
    literal: Record = next((each for each in ways if each["as_written"]), {})
    ends = (literal.get("low"), literal.get("high")) if literal.get("bounded") else (literal.get("value"),) * 2
    known = {each["known"] for each in ways if each["decides"]}
    facts = {
        "the wording allows": stated.allowed,
        "as written": between(stated, *ends),
        "ways of counting": between(stated, record["minimum"], record["maximum"]),
        "agree": agreement(record["specifications"], record["inside"], record["cannot_tell"]),
        "known then": "yes" if known == {True} else "no" if known == {False} else "in part" if known else "",
    }
    return {
        "claim": stated.id,
        "phrase": f"“{stated.phrase}”",
        "words": [*dict.fromkeys(filter(None, (record["verdict"], record["quotation"])))],
        "sentence": record["sentence"],
        "facts": [[name, value or "–"] for name, value in facts.items()],
    }


def _tally(records: Iterable[Record]) -> list[Record]:
    given = [each["verdict"] for each in records]
    return [{"word": word, "count": given.count(word)} for word in VERDICTS]


def _figures(found: Findings, notebook: str) -> list[Record]:
    """Return the figures of a notebook, with those of their claims that have a verdict to lead to."""
    return [
        {
            "name": name,
            "drawing": f"{name}.svg",
            "alt": each["alt"],
            "claims": [key for key in each["claims"] if key in found.verdicts],
        }
        for name, each in found.figures.items()
        if each["notebook"] == notebook
    ]


def _source(source: Record) -> Record:
    told = [source["publisher"], source["table"], source["published"]]
    return {"title": source["title"], "told": ", ".join(filter(None, told)), "address": web(source["address"])}


def _answer(notebook: Path) -> tuple[str, list[list[tuple[bool, str]]]]:
    """Return a notebook's title, and the paragraphs of its answer: each in pieces, bold or not."""
    cells = notebook_cells(notebook)
    shown = (output.get("data", {}).get("text/markdown") for cell in cells for output in cell.get("outputs", ()))
    head, answer = (MARKDOWN.parse("".join(text)) for text in (cells[0]["source"], next(filter(None, shown), "")))
    paragraphs = [inline for opening, inline in pairwise(answer) if opening.type == "paragraph_open"]
    return head[1].content if head else "", [_pieces(inline.children or ()) for inline in paragraphs]


def _pieces(tokens: Iterable[Token]) -> list[tuple[bool, str]]:
    pieces, bold = [], False
    for token in tokens:
        bold = token.type == "strong_open" or (bold and token.type != "strong_close")
        pieces.append((bold, " " if token.type == "softbreak" else token.content))
    return pieces
