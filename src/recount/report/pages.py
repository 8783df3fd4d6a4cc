"""Every page of the report, and the front page with the scoreboard."""

from collections import Counter
from pathlib import Path

from recount.claims import claim
from recount.report.claim_pages import claim_page, claims_page
from recount.report.evidence_pages import figures_page, notebook_page, table_page, tables_page
from recount.report.findings import Findings, allowed, badge, plot, printed
from recount.report.markup import escaped, facts, listing, number, page, row, section, toctree
from recount.verdict import MARKS, VERDICTS

EXPORTS = {
    "verdicts.csv": "one row a claim, for a spreadsheet",
    "verdicts.json": "with every specification",
    "verdicts.schema.json": "the JSON schema of that file",
    "claimreview.json": "the verdicts as schema.org ClaimReview",
}


def pages(found: Findings, notebooks: list[Path]) -> dict[str, str]:
    """Return every page of the report: {path: text}."""
    made = {
        "index.md": _front_page(found, notebooks),
        "claims/index.md": claims_page(found),
        "tables/index.md": tables_page(found),
        "figures/index.md": figures_page(found),
    }
    made |= {f"claims/{key}.md": claim_page(found, key) for key in found.verdicts}
    made |= {f"tables/{name}.md": table_page(found, name) for name in found.tables}
    return made | {f"notebooks/{path.name}": notebook_page(found, path) for path in notebooks}


def _front_page(found: Findings, notebooks: list[Path]) -> str:
    counts = Counter(record["verdict"] for record in found.verdicts.values())
    tally = "".join(f"<li>{badge(word)} {counts[word]}</li>" for word in VERDICTS if counts[word])
    overview = "".join(plot(figure, "") for name, figure in found.figures.items() if name.startswith("00-"))
    exports = "".join(f'<li><a href="files/{name}">{name}</a>: {told}</li>' for name, told in EXPORTS.items())
    figures = '<li><a href="figures/index.html">figures</a>: SVG, PDF, PNG and their data</li>'
    return page(
        "Recount",
        f'<p class="first">{len(found.verdicts)} claims from essays on China’s political economy, counted again beside '
        "official statistics. Open a claim to see every way of counting it, and where each figure comes from.</p>"
        f'<ul class="tally">{tally}</ul>{_controls(found, counts)}{_scoreboard(found)}{overview}',
        section(
            "How to read it",
            "<p>A printed number stands for an interval: what its rounding and its words (about, nearly, more "
            "than) allow. A claim is computed in every defensible way; each way is a specification. <em>As "
            "written</em> is the literal reading with the data an informed author had.</p>"
            + facts({f"{MARKS[word]} {word}": escaped(meaning) for word, meaning in VERDICTS.items()}),
        ),
        section("Take it with you", f"<ul>{exports}{figures}</ul>"),
        toctree("Notebooks", (f"notebooks/{path.stem}" for path in notebooks)),
        toctree("Behind them", ("Claims <claims/index>", "Tables <tables/index>", "Figures <figures/index>")),
    )


def _controls(found: Findings, counts: Counter[str]) -> str:
    """Return the form that filters the scoreboard; the page's script shows it."""
    choices = {
        "essay": {essay.id: essay.title for essay in (claim(key).essay for key in found.verdicts)},
        "verdict": {word: f"{word} ({counts[word]})" for word in VERDICTS if counts[word]},
    }
    form = '<form id="controls" hidden>'
    for name, values in choices.items():
        options = "".join(f'<option value="{escaped(key)}">{escaped(text)}</option>' for key, text in values.items())
        form += f'<label>{name} <select name="{name}"><option value="">all</option>{options}</select></label>'
    return form + '<label>search <input type="search" name="find"></label><output aria-live="polite"></output></form>'


def _scoreboard(found: Findings) -> str:
    rows = []
    for key, record in found.verdicts.items():
        stated, word, inside, of = claim(key), record["verdict"], record["inside"], record["specifications"]
        find = escaped(f"{key} {stated.quantity} {stated.place} {stated.cited} {record['sentence']}".lower())
        cells = (
            f'<td data-sort="{list(VERDICTS).index(word)}">{badge(word)}</td>',
            f'<td class="claim"><a href="claims/{key}.html">“{escaped(stated.phrase)}”</a>'
            f"<br><small>{escaped(stated.essay.title)}</small></td>",
            allowed(stated),
            number(record["as_written"], printed(stated, record["as_written"])),
            printed(stated, record["minimum"], record["maximum"]),
            number(inside / of if of else None, f"{inside} of {of}" if of else ""),
        )
        told = f' data-essay="{escaped(stated.essay.id)}" data-verdict="{word}" data-find="{find}"'
        rows.append(row(*cells, attributes=told))
    heads = ("verdict", "claim", "the wording allows", "as written", "specifications", "inside")
    return listing("Scoreboard", heads, rows, ' id="scoreboard"')
