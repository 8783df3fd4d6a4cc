"""The pages of the report, as Sphinx reads them: MyST, with raw HTML for what is data.

Every text out of the ledger, the tables or the records passes through `escaped` (HTML) or `markdown` (headings).
All pages but the front page lie one folder down, so that `../` leads from each to every other.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
import pandas as pd
from docutils.nodes import make_id  # type: ignore[import-untyped]
from matplotlib.ticker import MaxNLocator

from recount.claims import Claim, Interval, claim, essays, plain
from recount.figures import MIME as FIGURE
from recount.files import MARKER, root
from recount.multiverse import compact, spread
from recount.tables import GRADES, citation, package
from recount.verdict import MARKS, VERDICTS
from recount.verdict import MIME as VERDICT

Record = dict[str, Any]
MANY_ROWS = 400  # a longer table shows the rows that claims use; all are in its CSV
WIDE = "---\nhtml_theme.sidebar_secondary.remove: true\n---\n"
EXPORTS = {
    "verdicts.csv": "one row a claim, for a spreadsheet",
    "verdicts.json": "with every specification",
    "verdicts.schema.json": "the JSON schema of that file",
    "claimreview.json": "the verdicts as schema.org ClaimReview",
}


@dataclass(frozen=True)
class Findings:
    """What the notebooks found: verdicts by claim, figures by name; the tables; and which claims use which rows."""

    verdicts: dict[str, Record]
    figures: dict[str, Record]
    tables: dict[str, pd.DataFrame]
    used: dict[str, dict[int, list[str]]]


def pages(found: Findings, notebooks: list[Path], cite: str, reviews: Mapping[str, Record]) -> dict[str, str]:
    """Return every page of the report: {path: text}; `reviews` holds each claim's ClaimReview."""
    made = {
        "index.md": _front(found, notebooks),
        "claims/index.md": _claims(found),
        "tables/index.md": _tables(found),
        "figures/index.md": _figures(found),
    }
    made |= {f"claims/{key}.md": _claim(found, key, cite, reviews[key]) for key in found.verdicts}
    made |= {f"tables/{name}.md": _table(found, name) for name in found.tables}
    return made | {f"notebooks/{path.name}": _notebook(found, path) for path in notebooks}


def evidence(record: Record) -> dict[str, set[int]]:
    """Return the table rows behind all specifications of a claim: {table: rows}."""
    rows: dict[str, set[int]] = {}
    for specification in record["multiverse"]:
        for name, ranges in specification["evidence"].items():
            if name != "claims":
                rows.setdefault(name, set()).update(spread(ranges))
    return rows


def escaped(text: object) -> str:
    """Return text as HTML that is inert, also inside a fenced block of Markdown."""
    return escape(str(text)).replace("`", "&#96;")


def markdown(text: str) -> str:
    """Return text as Markdown that means itself."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(text.split()))


def _heading(level: int, text: str) -> str:
    """Return a heading without angle brackets, which the theme repeats as HTML in what it prints."""
    return f"{'#' * level} {markdown(text.replace('<', '‹').replace('>', '›'))}\n"


def _raw(html: str, *, indexed: bool = True) -> str:
    """Return HTML as a block of MyST; long rows of figures need no place in the search index."""
    return f"````{{raw}} html\n{'' if indexed else ':class: no-search'}\n{html}\n````\n"


def _listing(name: str, heads: Iterable[str], rows: Iterable[str], attributes: str = "") -> str:
    """Return a table in a box of its own, which scrolls; heads are text, rows are made by `_row`."""
    head = "".join(f'<th scope="col">{escaped(cell)}</th>' for cell in heads)
    body = "\n".join(rows)
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escaped(name)}"><table{attributes}>'
        f"<thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>"
    )


def _row(*cells: str, attributes: str = "") -> str:
    return (
        f"<tr{attributes}>" + "".join(c if c.startswith(("<td", "<th")) else f"<td>{c}</td>" for c in cells) + "</tr>"
    )


def _number(value: float | None, shown: str) -> str:
    """Return a cell that sorts by its value; None comes last."""
    return f'<td class="number" data-sort="{"" if value is None else value}">{shown}</td>'


def _facts(facts: Mapping[str, str]) -> str:
    """Return named facts as a list, without the empty ones."""
    return '<dl class="facts">' + "".join(f"<dt>{escaped(k)}</dt><dd>{v}</dd>" for k, v in facts.items() if v) + "</dl>"


def _copy(name: str, text: str) -> str:
    label = escaped(name)
    return f'<div class="copy"><pre tabindex="0" role="region" aria-label="{label}">{escaped(text)}</pre></div>'


def _data(value: object, kind: str, attributes: str = "") -> str:
    """Return JSON in a script element, inert whatever it holds."""
    text = json.dumps(value, ensure_ascii=False).replace("<", "\\u003c").replace("`", "\\u0060")
    return f'<script type="application/{kind}"{attributes}>{text}</script>'


def _toctree(caption: str, entries: Iterable[str]) -> str:
    return f"```{{toctree}}\n:hidden:\n{f':caption: {caption}' * bool(caption)}\n\n" + "\n".join(entries) + "\n```\n"


def _badge(verdict: str) -> str:
    return f'<span class="verdict {verdict}"><span aria-hidden="true">{MARKS[verdict]}</span> {verdict}</span>'


def _printed(stated: Claim, *values: float | None) -> str:
    """Return values of a claim in the unit as printed, a range as "low to high"."""
    return " to ".join(dict.fromkeys(plain(value / stated.factor) for value in values if value is not None))


def _allowed(stated: Claim) -> str:
    low, high = stated.interval.low / stated.factor, stated.interval.high / stated.factor
    return f"{Interval(low, high, stated.interval.closed_low, stated.interval.closed_high)} {stated.printed_unit}"


def _code(folder: str, key: str) -> str:
    return f'<a href="../{folder}/{escaped(key)}.html"><code>{escaped(key)}</code></a>'


def _rests(name: str, ranges: str) -> str:
    """Link what a value rests on: other claims, or ranges of a table's rows."""
    if name == "claims":
        return "claims " + ", ".join(_code("claims", key) for key in ranges.split(", "))
    parts = {part: part.split("-")[0] for part in ranges.split(", ")}
    links = (f'<a href="../tables/{name}.html#row-{first}">{part}</a>' for part, first in parts.items())
    return f"<code>{name}</code> {', '.join(links)}"


def _grades(frame: pd.DataFrame) -> str:
    counts = Counter(frame.get("grade", ()))
    return ", ".join(f"{grade} {counts[grade]}" for grade in GRADES if counts[grade])


def _sources(found: Findings, *frames: pd.DataFrame) -> str:
    """Return the sources that rows name, each linked to its address, or to its row where that is none online."""
    items, named = (
        [],
        {key for frame in frames for column in ("source", "checked_against") for key in frame.get(column, ())},
    )
    listed = found.tables["sources"]
    for row, source in listed[listed["key"].isin(named)].iterrows():
        online = re.match(r"https?://", source["address"])
        address = source["address"] if online else f"../tables/sources.html#row-{row}"
        where = ", ".join(filter(None, map(str, (source["publisher"], source["published"], source["table"]))))
        items.append(f'<li><a href="{escaped(address)}">{escaped(source["title"])}</a>. {escaped(where)}.</li>')
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _plot(figure: Record, up: str = "../") -> str:
    name, folder = figure["name"], f"{up}files/figures/{figure['name']}"
    links = " ".join(f'<a href="{folder}.{kind}">{kind.upper()}</a>' for kind in ("svg", "pdf", "png", "csv"))
    return (
        f'<figure class="plot" id="{name}"><img src="{folder}.svg" alt="{escaped(figure["alt"])}">'
        f'<figcaption><a href="{up}figures/index.html#{name}"><code>{name}</code></a> {links}</figcaption></figure>'
    )


def _front(found: Findings, notebooks: list[Path]) -> str:
    rows, shown = [], {key: claim(key) for key in found.verdicts}
    for key, record in found.verdicts.items():
        stated, word = shown[key], record["verdict"]
        find = escaped(f"{key} {stated.quantity} {stated.place} {stated.cited} {record['sentence']}".lower())
        inside, of = record["inside"], record["specifications"]
        rows.append(
            _row(
                f'<td data-sort="{list(VERDICTS).index(word)}">{_badge(word)}</td>',
                f'<td class="claim"><a href="claims/{key}.html">“{escaped(stated.phrase)}”</a>'
                f"<br><small>{escaped(stated.essay.title)}</small></td>",
                _allowed(stated),
                _number(record["as_written"], _printed(stated, record["as_written"])),
                _printed(stated, record["minimum"], record["maximum"]),
                _number(inside / of if of else None, f"{inside} of {of}" if of else ""),
                attributes=f' data-essay="{escaped(stated.essay.id)}" data-verdict="{word}" data-find="{find}"',
            )
        )
    counts = Counter(record["verdict"] for record in found.verdicts.values())
    choices = {
        "essay": {stated.essay.id: stated.essay.title for stated in shown.values()},
        "verdict": {word: f"{word} ({counts[word]})" for word in VERDICTS if counts[word]},
    }
    selects = "".join(
        f'<label>{name} <select name="{name}"><option value="">all</option>'
        + "".join(f'<option value="{escaped(key)}">{escaped(text)}</option>' for key, text in options.items())
        + "</select></label>"
        for name, options in choices.items()
    )
    tally = "".join(f"<li>{_badge(word)} {counts[word]}</li>" for word in choices["verdict"])
    heads = ("verdict", "claim", "the wording allows", "as written", "specifications", "inside")
    exports = "".join(f'<li><a href="files/{name}">{name}</a>: {told}</li>' for name, told in EXPORTS.items())
    return "\n".join(
        [
            WIDE,
            "# Recount\n",
            _raw(
                f'<p class="first">{len(rows)} claims from essays on China’s political economy, counted again beside '
                "official statistics. Open a claim to see every way of counting it, and where each figure comes from."
                f'</p><ul class="tally">{tally}</ul><form id="controls" hidden>{selects}<label>search '
                '<input type="search" name="find"></label><output aria-live="polite"></output></form>'
                + _listing("Scoreboard", heads, rows, ' id="scoreboard"')
                + "".join(_plot(figure, "") for name, figure in found.figures.items() if name.startswith("00-"))
            ),
            "## How to read it\n",
            _raw(
                "<p>A printed number stands for an interval: what its rounding and its words (about, nearly, more "
                "than) allow. A claim is computed in every defensible way; each way is a specification. <em>As "
                "written</em> is the literal reading with the data an informed author had.</p>"
                + _facts({f"{MARKS[word]} {word}": escaped(meaning) for word, meaning in VERDICTS.items()})
            ),
            "## Take it with you\n",
            _raw(f'<ul>{exports}<li><a href="figures/index.html">figures</a>: SVG, PDF, PNG and their data</li></ul>'),
            _toctree("Notebooks", (f"notebooks/{path.stem}" for path in notebooks)),
            _toctree("Behind them", ("Claims <claims/index>", "Tables <tables/index>", "Figures <figures/index>")),
        ]
    )


def _claims(found: Findings) -> str:
    parts = ["# Claims\n"]
    for essay in essays().values():
        own = [key for key, record in found.verdicts.items() if record["essay"] == essay.id]
        if own:
            day = f", {essay.published.day} {essay.published:%B %Y}" if essay.published else ""
            rows = [
                _row(
                    _badge(found.verdicts[key]["verdict"]),
                    f'<a href="{key}.html">“{escaped(claim(key).phrase)}”</a>',
                    escaped(claim(key).quantity),
                )
                for key in own
            ]
            links = (
                f'<a href="{escaped(essay.address)}">the essay</a>{day}; <a href="../notebooks/{essay.notebook}.html">'
            )
            listed = _listing(essay.title, ("verdict", "claim", "quantity"), rows)
            parts += [_heading(2, essay.title), _raw(f"<p>{links}the notebook</a></p>{listed}")]
    return "\n".join([*parts, _toctree("", (f"{key} <{key}>" for key in found.verdicts))])


def _claim(found: Findings, key: str, cite: str, review: Record) -> str:
    record, stated, rests = found.verdicts[key], claim(key), evidence(found.verdicts[key])
    essay, unit = stated.essay, stated.printed_unit
    facts = {
        "the wording allows": escaped("; ".join(filter(None, (_allowed(stated), stated.reason)))),
        "of": escaped(stated.quantity),
        "where and when": escaped("; ".join(filter(None, (stated.place, stated.date)))),
        "who is cited": escaped(stated.cited),
        "essay": f'<a href="{escaped(essay.address)}">{escaped(essay.title)}</a>, paragraph {stated.paragraph}',
        "counted in": f'<a href="../notebooks/{essay.notebook}.html#verdict-{key}">{escaped(record["section"])}</a>',
        "true if rounded to": f"{_printed(stated, record['rounding'])} {unit}" if record["rounding"] else "",
        "would be settled by": escaped(record["settles"]),
    }
    lead = f'<p class="first">{_badge(record["verdict"])} {escaped(record["sentence"])}</p>'
    parts = [WIDE, _heading(1, f"“{stated.phrase}”"), _raw(lead + _facts(facts))]
    if specifications := sorted(record["multiverse"], key=lambda each: each["value"]):
        rows = [
            _row(
                *(escaped(each[choice]) for choice in record["choices"]),
                _number(each["value"], _printed(stated, each["value"])),
                "inside" if each["inside"] else "outside",
                _note(each),
                "then" if each["known"] else "later",
                escaped(each["grade"]),
                "; ".join(_rests(name, ranges) for name, ranges in each["evidence"].items()),
                attributes=' class="written"' if each["as_written"] else "",
            )
            for each in specifications
        ]
        heads = [*(choice.replace("_", " ") for choice in record["choices"]), unit, "stated interval", "note"]
        widget = f'<div class="what-if">{_curve(stated, specifications)}</div>'
        parts += [
            "## What if\n",
            _raw(widget + _data(_what_if(stated, record, specifications), "json", ' id="specifications"')),
            "## Every specification\n",
            _raw(
                _listing(f"Specifications of {key}", [*heads, "data public", "grade", "rests on"], rows), indexed=False
            ),
        ]
    if rests:
        frames = {name: found.tables[name].loc[sorted(rows)] for name, rows in rests.items()}
        rows = [
            _row(
                _code("tables", name),
                escaped(package()[name]["title"]),
                _grades(frame),
                _rests(name, compact(frame.index)),
            )
            for name, frame in frames.items()
        ]
        listed = _listing("Tables", ("table", "what", "grades", "rows"), rows)
        parts += [
            "## What it rests on\n",
            _raw(f"{listed}<p>Sources of these rows:</p>{_sources(found, *frames.values())}"),
        ]
    if drawn := [f for f in found.figures.values() if key in f["claims"] and not f["name"].startswith("00-")]:
        parts += ["## Figures\n", _raw("".join(map(_plot, drawn)))]
    return "\n".join(
        [
            *parts,
            "## Cite this verdict\n",
            _raw(_copy("Citation", f"{cite} Claim {key}: {record['sentence']}") + _data(review, "ld+json")),
        ]
    )


def _note(specification: Record) -> str:
    if specification["as_written"]:
        return "as written"
    return "" if specification["decides"] else "after the text" if specification["after"] else "recalled"


def _what_if(stated: Claim, record: Record, specifications: list[Record]) -> Record:
    """Return what the page's script needs to show a choice of specifications, in their order of value."""
    levels = {c: list(dict.fromkeys(str(each[c]) for each in record["multiverse"])) for c in record["choices"]}
    varied = {choice: found for choice, found in levels.items() if len(found) > 1}
    textual = record["verdict"] in ("coherent", "incoherent")
    return {
        "unit": stated.printed_unit,
        "allowed": _allowed(stated),
        "words": ["coherent", "coherent", "incoherent"] if textual else ["holds", "depends", "fails"],
        "marks": MARKS,
        "choices": [[choice.replace("_", " "), found] for choice, found in varied.items()],
        "specifications": [
            {
                "of": [str(each[choice]) for choice in varied],
                "value": _printed(stated, each["value"]),
                "note": _note(each),
            }
            | {name: each[name] for name in ("inside", "decides", "as_written")}
            for each in specifications
        ],
    }


def _curve(stated: Claim, specifications: list[Record]) -> str:
    """Draw specifications in their order against the stated interval, as an SVG that takes the page's colours."""
    values = [each["value"] / stated.factor for each in specifications]
    ends = [end / stated.factor for end in (stated.interval.low, stated.interval.high)]
    reach = [*values, *filter(math.isfinite, ends)]
    ticks = [float(tick) for tick in MaxNLocator(5).tick_values(min(reach), max(reach))]

    def down(value: float) -> float:
        return round(182 - 172 * min(max((value - ticks[0]) / (ticks[-1] - ticks[0]), 0), 1), 2)

    step, radius = 336 / len(values), round(max(1.5, min(5, 150 / len(values))), 2)
    height = max(1, round(down(ends[0]) - down(ends[1]), 2))
    band = f'<rect class="band" x="54" width="340" y="{down(ends[1])}" height="{height}"/>'
    lines = "".join(
        f'<line x1="54" x2="394" y1="{down(tick)}" y2="{down(tick)}"/>'
        f'<text x="48" y="{round(down(tick) + 4, 2)}" text-anchor="end">{plain(tick)}</text>'
        for tick in ticks
    )
    dots = "".join(
        f'<circle cx="{round(56 + (i + 0.5) * step, 2)}" cy="{down(value)}" r="{radius}" '
        f'class="{"inside" if each["inside"] else "outside"} {_note(each).replace(" ", "-")}"/>'
        for i, (value, each) in enumerate(zip(values, specifications, strict=True))
    )
    told = (
        f"{len(values)} values from {plain(values[0])} to {plain(values[-1])} {stated.printed_unit}; "
        f"{sum(each['inside'] for each in specifications)} lie inside the stated interval, {_allowed(stated)}."
    )
    return (
        f'<figure class="curve"><svg viewBox="0 0 400 190" role="img" aria-label="{escaped(told)}">'
        f"{band}{lines}{dots}</svg>"
        f"<figcaption>Every specification in order of value, in {escaped(stated.printed_unit)}. Band: what the wording "
        "allows. Ringed: as written. Hollow: after the text, or recalled.</figcaption></figure>"
    )


def _tables(found: Findings) -> str:
    rows = []
    for name, frame in found.tables.items():
        claims = {key for keys in found.used[name].values() for key in keys}
        what = escaped(package()[name]["title"])
        counts = (_number(n, f"{n:,}") for n in (len(frame), len(claims)))
        rows.append(_row(_code("tables", name), what, *counts, _grades(frame)))
    listed = _listing("Tables of the data package", ("table", "what", "rows", "claims", "grades"), rows)
    return "\n".join([WIDE, "# Tables\n", _raw(listed), _toctree("", (f"{name} <{name}>" for name in found.tables))])


def _table(found: Findings, name: str) -> str:
    resource, frame, used = package()[name], found.tables[name], found.used[name]
    path, schema = root() / MARKER.parent / resource["path"], resource["schema"]
    printed = pd.read_csv(path, dtype="str", keep_default_na=False).set_index(frame.index)  # digits as they stand there
    links: dict[str, dict[str, str]] = {}  # field -> value -> address of the row it refers to
    for key in schema.get("foreignKeys", []):
        goal, (field,) = key["reference"]["resource"] or name, key["reference"]["fields"]
        links[key["fields"][0]] = {str(v): f"{goal}.html#row-{row}" for row, v in found.tables[goal][field].items()}
    is_goal = any(
        k["reference"]["resource"] == name for r in package().values() for k in r["schema"].get("foreignKeys", [])
    )
    shown = printed if len(printed) <= MANY_ROWS or is_goal else printed.loc[sorted(used)]

    def cell(field: str, value: str) -> str:
        address = links.get(field, {}).get(value) or (value if re.fullmatch(r"https?://\S+", value) else "")
        return f'<a href="{escaped(address)}">{escaped(value)}</a>' if address else escaped(value)

    rows = [
        _row(
            f'<th scope="row">{row}</th>',
            *(cell(str(field), value) for field, value in record.items()),
            ", ".join(_code("claims", key) for key in used.get(row, ())),
            attributes=f' id="row-{row}"',
        )
        for row, record in zip(shown.index.tolist(), shown.to_dict("records"), strict=True)
    ]
    fields = [
        _row(
            f"<code>{escaped(field['name'])}</code>",
            *(escaped(field.get(what, "")) for what in ("type", "unit", "description")),
            escaped(
                "; ".join(f"{rule}: {str(value).strip('[]')}" for rule, value in field.get("constraints", {}).items())
            ),
        )
        for field in schema["fields"]
    ]
    dependent = [
        _row(
            _badge(found.verdicts[key]["verdict"]),
            _code("claims", key),
            escaped(claim(key).phrase),
            _rests(name, compact(row for row, keys in used.items() if key in keys)),
        )
        for key in dict.fromkeys(key for keys in used.values() for key in keys)
    ]
    facts = {
        "table": f"<code>{name}</code>",
        "what": escaped(resource.get("description", "")),
        "vintage": escaped(resource.get("vintage", "")),
        "caveat": escaped(resource.get("caveat", "")),
        "grades": _grades(frame),
        "cite as": escaped(citation(name).removeprefix("Source: ")),
        "download": f'<a href="../files/data/{path.name}">{path.name}</a>, {len(frame)} rows',
    }
    some = (
        ""
        if len(shown) == len(printed)
        else f"<p>The {len(shown)} rows that claims use; the rest are in the download.</p>"
    )
    parts = [WIDE, _heading(1, resource["title"]), _raw(_facts(facts))]
    if dependent:
        parts += [
            "## Claims that depend on it\n",
            _raw(_listing("Claims", ("verdict", "claim", "phrase", "rows"), dependent)),
        ]
    parts += [
        "## Fields\n",
        _raw(_listing("Fields", ("field", "type", "unit", "description", "rules"), fields), indexed=False),
    ]
    if listed := _sources(found, frame):
        parts += ["## Sources\n", _raw(listed, indexed=False)]
    listed = _listing("Rows", ("row", *printed, "claims"), rows, ' class="rows"')
    return "\n".join([*parts, "## Rows\n", _raw(some + listed, indexed=False)])


def _figures(found: Findings) -> str:
    parts = ["# Figures\n"]
    for name, figure in found.figures.items():
        title, source, alt = figure["title"], figure["source"], figure["alt"]
        facts = {
            "source": escaped(source.removeprefix("Source: ")),
            "in words": escaped(alt),
            "claims": ", ".join(_code("claims", key) for key in figure["claims"]),
            "tables": ", ".join(_code("tables", t) for t in figure["tables"]),
        }
        latex = (
            "\\begin{figure}\n  \\centering\n"
            f"  \\includegraphics[width=\\linewidth,alt={{{_latex(alt)}}}]{{{name}.pdf}}\n"
            f"  \\caption{{{_latex(f'{title}. {source}')}}}\n  \\label{{fig:{name}}}\n\\end{{figure}}"
        )
        copies = _copy(
            f"{name} in Markdown", f"![{markdown(alt)}]({name}.svg)\n\n*{markdown(title)}.* {markdown(source)}"
        )
        parts += [
            _heading(2, title),
            _raw(_plot(figure) + _facts(facts) + copies + _copy(f"{name} in LaTeX", latex)),
        ]
    return "\n".join(parts)


def _latex(text: str) -> str:
    named = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return re.sub(r"[\\~^&%$#_{}]", lambda found: named.get(found[0], f"\\{found[0]}"), text)


def _notebook(found: Findings, path: Path) -> str:
    """Return an executed notebook for reading: figures as files, claims and tables linked, computations folded away."""
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata["tags"] = ["hide-input"]
            for number, output in enumerate(cell.outputs, start=1):
                if html := _output(found, output, f"Table {cell.execution_count}.{number}"):
                    output.clear()
                    output.update(output_type="display_data", data={"text/html": html}, metadata={})
    return str(nbformat.writes(notebook))  # type: ignore[no-untyped-call]


def _output(found: Findings, output: Any, name: str) -> str:
    """Return one output, by this name if it is a table, as the report shows it; or nothing to leave it as it is."""
    data = output.get("data", {})
    if FIGURE in data:
        return _plot(found.figures[data[FIGURE]["name"]])
    if VERDICT in data:
        key = data[VERDICT]["claim"]
        more = f'<p><a href="../claims/{key}.html">Every specification, and what it rests on</a></p>'
        return f'<div id="verdict-{key}">{data["text/html"]}{more}</div>'
    if "text/html" in data:
        shown = _linked(found, data["text/html"].replace("<th></th>", "<td></td>"))  # a corner heads nothing
        return f'<div class="scroll" role="region" tabindex="0" aria-label="{name}">{shown}</div>'
    told = output.get("text", "")
    if re.match(f"[{''.join(MARKS.values())}] ", told):
        return "".join(f"<p>{_linked(found, escaped(line))}</p>" for line in told.splitlines() if line)
    return ""


def _linked(found: Findings, html: str) -> str:
    """Link the claims and tables that cells hold or a verdict's sentence begins with, and other notebooks."""

    def link(match: re.Match[str]) -> str:
        for folder, known in (("claims", found.verdicts), ("tables", found.tables)):
            if match[0] in known:
                return f'<a href="../{folder}/{match[0]}.html">{match[0]}</a>'
        return match[0]

    def page(match: re.Match[str]) -> str:
        heading = make_id(unquote(unescape(match[2] or "")))
        return f'href="{match[1]}.html{"#" * bool(heading)}{heading}"'

    html = re.sub(r"(?<=<t[hd]>)[a-z0-9_-]+(?=</t[hd]>)|(?<=^. )[a-z0-9-]+(?=: )", link, html)
    return re.sub(r'href="(\d\d-[\w-]+)\.ipynb(?:#([^"]*))?"', page, html)
