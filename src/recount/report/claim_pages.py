"""The pages of claims: the list of them by essay, and one page a claim."""

import math

from matplotlib.ticker import MaxNLocator

from recount.claims import Claim, claim, essays
from recount.readings import compact
from recount.records import Record
from recount.report.findings import Findings, allowed, badge, code_link, grades, plot, printed, rests_on, source_list
from recount.report.markup import copyable, escaped, facts, listing, number, page, row, script, section, toctree
from recount.report.review import citation_file, claim_review
from recount.tables import package
from recount.verdict import MARKS
from recount.wording import plain


def claims_page(found: Findings) -> str:
    parts = []
    for essay in essays().values():
        own = [(claim(key), record["verdict"]) for key, record in found.verdicts.items() if record["essay"] == essay.id]
        rows = [
            row(badge(word), f'<a href="{stated.id}.html">“{escaped(stated.phrase)}”</a>', escaped(stated.quantity))
            for stated, word in own
        ]
        day = f", {essay.published.day} {essay.published:%B %Y}" if essay.published else ""
        links = f'<a href="{escaped(essay.address)}">the essay</a>{day}; <a href="../notebooks/{essay.notebook}.html">'
        listed = listing(essay.title, ("verdict", "claim", "quantity"), rows)
        parts.append(section(essay.title, f"<p>{links}the notebook</a></p>{listed}" if own else ""))
    return page("Claims", "", *parts, toctree("", (f"{key} <{key}>" for key in found.verdicts)))


def claim_page(found: Findings, key: str) -> str:
    """Return the page of a claim: its verdict, every specification, what they rest on, and how to cite it."""
    record, stated = found.verdicts[key], claim(key)
    essay, unit = stated.essay, stated.printed_unit
    lead = f'<p class="first">{badge(record["verdict"])} {escaped(record["sentence"])}</p>'
    about = {
        "the wording allows": escaped("; ".join(filter(None, (allowed(stated), stated.reason)))),
        "of": escaped(stated.quantity),
        "where and when": escaped("; ".join(filter(None, (stated.place, stated.date)))),
        "who is cited": escaped(stated.cited),
        "essay": f'<a href="{escaped(essay.address)}">{escaped(essay.title)}</a>, paragraph {stated.paragraph}',
        "counted in": f'<a href="../notebooks/{essay.notebook}.html#verdict-{key}">{escaped(record["section"])}</a>',
        "true if rounded to": f"{printed(stated, record['rounding'])} {unit}" if record["rounding"] else "",
        "would be settled by": escaped(record["settles"]),
    }
    drawn = [f for f in found.figures.values() if key in f["claims"] and not f["name"].startswith("00-")]
    citation = copyable("Citation", f"{citation_file()['cite']} Claim {key}: {record['sentence']}")
    return page(
        f"“{stated.phrase}”",
        lead + facts(about),
        *(_specifications(stated, record) if record["multiverse"] else ()),
        section("What it rests on", _evidence(found, key)),
        section("Figures", "".join(map(plot, drawn))),
        section("Cite this verdict", citation + script(claim_review(found, key, "../"), "ld+json")),
    )


def _evidence(found: Findings, key: str) -> str:
    """Return the tables that a claim rests on with the rows it uses, and the sources of these rows."""
    frames = found.rows_behind(key)
    rows = []
    for name, used in frames.items():
        what, where = escaped(package()[name]["title"]), rests_on(name, compact(used.index))
        rows.append(row(code_link("tables", name), what, grades(used), where))
    listed = listing("Tables", ("table", "what", "grades", "rows"), rows)
    named = source_list(found.tables["sources"], *frames.values())
    return f"{listed}<p>Sources of these rows:</p>{named}" if frames else ""


def _specifications(stated: Claim, record: Record) -> list[str]:
    """Return two sections: to choose a specification in, and to see all; in their order of value."""
    ordered = sorted(record["multiverse"], key=lambda each: each["value"])
    rows = []
    for each in ordered:
        chosen = (escaped(each[choice]) for choice in record["choices"])
        value = number(each["value"], printed(stated, each["value"]))
        inside, public = "inside" if each["inside"] else "outside", "then" if each["known"] else "later"
        rests = "; ".join(rests_on(name, ranges) for name, ranges in each["evidence"].items())
        written = ' class="written"' if each["as_written"] else ""
        rows.append(row(*chosen, value, inside, _note(each), public, escaped(each["grade"]), rests, attributes=written))
    heads = [*(choice.replace("_", " ") for choice in record["choices"]), stated.printed_unit]
    heads += ["stated interval", "note", "data public", "grade", "rests on"]
    widget = f'<div class="what-if">{_curve(stated, ordered)}</div>'
    return [
        section("What if", widget + script(_what_if(stated, record, ordered), "json", ' id="specifications"')),
        section("Every specification", listing(f"Specifications of {stated.id}", heads, rows), indexed=False),
    ]


def _note(specification: Record) -> str:
    if specification["as_written"]:
        return "as written"
    return "" if specification["decides"] else "after the text" if specification["after"] else "recalled"


def _what_if(stated: Claim, record: Record, ordered: list[Record]) -> Record:
    """Return what the page's script needs to show a choice of specifications, in their order of value."""
    levels = {c: list(dict.fromkeys(str(each[c]) for each in record["multiverse"])) for c in record["choices"]}
    varied = {choice: found for choice, found in levels.items() if len(found) > 1}
    textual = record["verdict"] in ("coherent", "incoherent")
    return {
        "unit": stated.printed_unit,
        "allowed": allowed(stated),
        "words": ["coherent", "coherent", "incoherent"] if textual else ["holds", "depends", "fails"],
        "marks": MARKS,
        "choices": [[choice.replace("_", " "), found] for choice, found in varied.items()],
        "specifications": [
            {"of": [str(each[c]) for c in varied], "value": printed(stated, each["value"]), "note": _note(each)}
            | {name: each[name] for name in ("inside", "decides", "as_written")}
            for each in ordered
        ],
    }


def _curve(stated: Claim, ordered: list[Record]) -> str:
    """Draw specifications in their order against the stated interval, as an SVG that takes the page's colours."""
    values = [each["value"] / stated.factor for each in ordered]
    ends = [end / stated.factor for end in (stated.interval.low, stated.interval.high)]
    reach = [*values, *filter(math.isfinite, ends)]
    ticks = [float(tick) for tick in MaxNLocator(5).tick_values(min(reach), max(reach))]

    def down(value: float) -> float:
        return round(182 - 172 * min(max((value - ticks[0]) / (ticks[-1] - ticks[0]), 0), 1), 2)

    step, radius = 336 / len(values), round(max(1.5, min(5, 150 / len(values))), 2)
    height = max(1, round(down(ends[0]) - down(ends[1]), 2))
    lines = "".join(
        f'<line x1="54" x2="394" y1="{down(tick)}" y2="{down(tick)}"/>'
        f'<text x="48" y="{round(down(tick) + 4, 2)}" text-anchor="end">{plain(tick)}</text>'
        for tick in ticks
    )
    dots = "".join(
        f'<circle cx="{round(56 + (i + 0.5) * step, 2)}" cy="{down(values[i])}" r="{radius}" '
        f'class="{"inside" if each["inside"] else "outside"} {_note(each).replace(" ", "-")}"/>'
        for i, each in enumerate(ordered)
    )
    told = (
        f"{len(values)} values from {plain(values[0])} to {plain(values[-1])} {stated.printed_unit}; "
        f"{sum(each['inside'] for each in ordered)} lie inside the stated interval, {allowed(stated)}."
    )
    return (
        f'<figure class="curve"><svg viewBox="0 0 400 190" role="img" aria-label="{escaped(told)}">'
        f'<rect class="band" x="54" width="340" y="{down(ends[1])}" height="{height}"/>{lines}{dots}</svg>'
        f"<figcaption>Every specification in order of value, in {escaped(stated.printed_unit)}. Band: what the wording "
        "allows. Ringed: as written. Hollow: after the text, or recalled.</figcaption></figure>"
    )
