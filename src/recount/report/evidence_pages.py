"""The pages of what claims rest on: tables, figures and notebooks."""

import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
import pandas as pd
from docutils.nodes import make_id  # type: ignore[import-untyped]

from recount.claims import claim
from recount.files import MARKER, root
from recount.readings import compact
from recount.records import FIGURE, VERDICT
from recount.report.findings import Findings, badge, code_link, grades, plot, rests_on, source_list
from recount.report.markup import copyable, escaped, facts, listing, markdown, number, page, row, section, toctree
from recount.tables import Resource, citation, package
from recount.verdict import MARKS

MANY_ROWS = 400  # a longer table shows the rows that claims use; all are in its CSV
NAMED = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
LATEX = str.maketrans({sign: f"\\{sign}" for sign in "&%$#_{}"} | NAMED)  # makes a text mean itself


def tables_page(found: Findings) -> str:
    rows = []
    for name, frame in found.tables.items():
        claims = {key for keys in found.used[name].values() for key in keys}
        counts = (number(n, f"{n:,}") for n in (len(frame), len(claims)))
        rows.append(row(code_link("tables", name), escaped(package()[name]["title"]), *counts, grades(frame)))
    listed = listing("Tables of the data package", ("table", "what", "rows", "claims", "grades"), rows)
    return page("Tables", listed, toctree("", (f"{name} <{name}>" for name in found.tables)))


def table_page(found: Findings, name: str) -> str:
    """Return the page of a table: what it is, the claims that use it, its fields, sources and rows."""
    resource, frame, used = package()[name], found.tables[name], found.used[name]
    file = resource["path"].rpartition("/")[2]
    about = {
        "table": f"<code>{name}</code>",
        "what": escaped(resource.get("description", "")),
        "vintage": escaped(resource.get("vintage", "")),
        "caveat": escaped(resource.get("caveat", "")),
        "grades": grades(frame),
        "cite as": escaped(citation(name).removeprefix("Source: ")),
        "download": f'<a href="../files/data/{file}">{file}</a>, {len(frame)} rows',
    }
    claims = []
    for key in dict.fromkeys(key for keys in used.values() for key in keys):
        stated, own = claim(key), compact(at for at, keys in used.items() if key in keys)
        word = badge(found.verdicts[key]["verdict"])
        claims.append(row(word, code_link("claims", key), escaped(stated.phrase), rests_on(name, own)))
    listed = listing("Claims", ("verdict", "claim", "phrase", "rows"), claims)
    return page(
        resource["title"],
        facts(about),
        section("Claims that depend on it", listed if claims else ""),
        section("Fields", _fields(resource), indexed=False),
        section("Sources", source_list(found.tables["sources"], frame), indexed=False),
        section("Rows", _rows(found, name), indexed=False),
    )


def _fields(resource: Resource) -> str:
    rows = []
    for field in resource["schema"]["fields"]:
        rules = "; ".join(f"{rule}: {str(value).strip('[]')}" for rule, value in field.get("constraints", {}).items())
        told = (escaped(text) for text in (*(field.get(what, "") for what in ("type", "unit", "description")), rules))
        rows.append(row(f"<code>{escaped(field['name'])}</code>", *told))
    return listing("Fields", ("field", "type", "unit", "description", "rules"), rows)


def _rows(found: Findings, name: str) -> str:
    """Return the rows of a table with the digits of its file, what they refer to, and the claims that use them."""
    path, used = root() / MARKER.parent / package()[name]["path"], found.used[name]
    printed = pd.read_csv(path, dtype="str", keep_default_na=False).set_index(found.tables[name].index)
    keys = [(table, key) for table, of in package().items() for key in of["schema"].get("foreignKeys", [])]
    referred = any(key["reference"]["resource"] == name for _, key in keys)
    shown = printed if len(printed) <= MANY_ROWS or referred else printed.loc[sorted(used)]
    links: dict[str, dict[str, str]] = {}  # field -> value -> address of the row it refers to
    for key in (key for table, key in keys if table == name):
        goal, (field,) = key["reference"]["resource"] or name, key["reference"]["fields"]
        links[key["fields"][0]] = {str(v): f"{goal}.html#row-{at}" for at, v in found.tables[goal][field].items()}

    def cell(field: str, value: str) -> str:
        address = links.get(field, {}).get(value) or (value if re.fullmatch(r"https?://\S+", value) else "")
        return f'<a href="{escaped(address)}">{escaped(value)}</a>' if address else escaped(value)

    rows = []
    for at, record in zip(shown.index.tolist(), shown.to_dict("records"), strict=True):
        cells = (cell(str(field), value) for field, value in record.items())
        users = ", ".join(code_link("claims", key) for key in used.get(at, ()))
        rows.append(row(f'<th scope="row">{at}</th>', *cells, users, attributes=f' id="row-{at}"'))
    some = f"<p>The {len(shown)} rows that claims use; the rest are in the download.</p>" * (len(shown) < len(printed))
    return some + listing("Rows", ("row", *printed, "claims"), rows, ' class="rows"')


def figures_page(found: Findings) -> str:
    """Return every figure with what it says, what it rests on, and how to include it in a text."""
    parts = []
    for name, figure in found.figures.items():
        title, source, alt = figure["title"], figure["source"], figure["alt"]
        about = {
            "source": escaped(source.removeprefix("Source: ")),
            "in words": escaped(alt),
            "claims": ", ".join(code_link("claims", key) for key in figure["claims"]),
            "tables": ", ".join(code_link("tables", t) for t in figure["tables"]),
        }
        in_markdown = f"![{markdown(alt)}]({name}.svg)\n\n*{markdown(title)}.* {markdown(source)}"
        in_latex = (
            "\\begin{figure}\n  \\centering\n"
            f"  \\includegraphics[width=\\linewidth,alt={{{alt.translate(LATEX)}}}]{{{name}.pdf}}\n"
            f"  \\caption{{{f'{title}. {source}'.translate(LATEX)}}}\n  \\label{{fig:{name}}}\n\\end{{figure}}"
        )
        copies = copyable(f"{name} in Markdown", in_markdown) + copyable(f"{name} in LaTeX", in_latex)
        parts.append(section(title, plot(figure) + facts(about) + copies))
    return page("Figures", "", *parts)


def notebook_page(found: Findings, path: Path) -> str:
    """Return an executed notebook for reading: figures as files, claims and tables linked, computations folded away."""
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        cell.metadata["tags"] = ["hide-input"]
        for at, output in enumerate(cell.outputs, start=1):
            if html := _output(found, output, f"Table {cell.execution_count}.{at}"):
                output.clear()
                output.update(output_type="display_data", data={"text/html": html}, metadata={})
    return str(nbformat.writes(notebook))  # type: ignore[no-untyped-call]


def _output(found: Findings, output: Any, name: str) -> str:
    """Return one output, by this name if it is a table, as the report shows it; or nothing to leave it as it is."""
    data = output.get("data", {})
    if FIGURE in data:
        return plot(found.figures[data[FIGURE]["name"]])
    if VERDICT in data:
        key = data[VERDICT]["claim"]
        more = f'<p><a href="../claims/{key}.html">Every specification, and what it rests on</a></p>'
        return f'<div id="verdict-{key}">{data["text/html"]}{more}</div>'
    if "text/html" in data:
        shown = _linked(found, data["text/html"].replace("<th></th>", "<td></td>"))  # a corner heads nothing
        return f'<div class="scroll" role="region" tabindex="0" aria-label="{name}">{shown}</div>'
    text = output.get("text", "")
    told = text.splitlines() if re.match(f"[{''.join(MARKS.values())}] ", text) else ()
    return "".join(f"<p>{_linked(found, escaped(line))}</p>" for line in told if line)


def _linked(found: Findings, html: str) -> str:
    """Link the claims and tables that cells hold or a verdict's sentence begins with, and other notebooks."""

    def link(match: re.Match[str]) -> str:
        for folder, known in (("claims", found.verdicts), ("tables", found.tables)):
            if match[0] in known:
                return f'<a href="../{folder}/{match[0]}.html">{match[0]}</a>'
        return match[0]

    def address(match: re.Match[str]) -> str:
        heading = make_id(unquote(unescape(match[2] or "")))
        return f'href="{match[1]}.html{"#" * bool(heading)}{heading}"'

    html = re.sub(r"(?<=<t[hd]>)[a-z0-9_-]+(?=</t[hd]>)|(?<=^. )[a-z0-9-]+(?=: )", link, html)
    return re.sub(r'href="(\d\d-[\w-]+)\.ipynb(?:#([^"]*))?"', address, html)
