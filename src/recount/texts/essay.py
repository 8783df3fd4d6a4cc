"""A new essay: its rows in the ledger and its notebook, drafted for a person to complete, and what is left to judge."""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from recount.claims import TODO, essays
from recount.files import RecountError, atomic, read_text, root
from recount.texts.draft import proposals
from recount.texts.extract import fingerprint, numerals
from recount.texts.ledger import COLUMNS, Paragraph, paragraphs, read_paragraphs, words
from recount.texts.rows import FORMULA, read_rows

DRAFTED = ("essays", "paragraphs", "numbers", "claims")
TITLE_WORDS, LONGEST = 25, 500  # words of a first line that is a title; characters of a numeral

Cells = Mapping[str, object]


def new(slug: str, path: Path) -> list[str]:
    """Draft an essay out of its text: rows of the ledger and a notebook, all of them or none; return what is left.

    Raises
    ------
    RecountError
        The slug is taken or none, the text cannot be read, repeats itself or stands in the ledger, or the ledger is
        at fault.
    """
    recorded = paragraphs()
    if not re.fullmatch("[a-z][a-z0-9]*(?:-[a-z0-9]+)*", slug) or len(slug) > 60:
        raise RecountError(f"{slug!r} is no slug; expected small letters, digits and single hyphens: engels-cities")
    if slug in essays():
        raise RecountError(f"essay {slug!r} is in seeds/essays.csv already")
    texts = _unrecorded(path, recorded)
    first, added = len(recorded) + 1, {name: list[Cells]() for name in DRAFTED}
    for n, text in enumerate(texts, first):
        place = {"essay": slug, "paragraph": n}
        added["paragraphs"].append(place | {"sha256": fingerprint(text)})
        for position, (numeral, role, claim) in enumerate(proposals(text), 1):
            key = f"{slug}-{n}-{position}" if claim else ""
            cells = {"position": position, "token": numeral.token, "role": role, "claim": key}
            added["numbers"].append(place | cells | {"reason": "" if claim else TODO})
            if claim:
                added["claims"].append({"id": key, **place, **claim, "stated_on": TODO, "stated_basis": TODO})
    stem, title = _next_stem(slug) if added["claims"] else "", _title(texts[0])
    essay = {"id": slug, "title": title, "published": TODO, "address": TODO, "first_paragraph": first}
    added["essays"].append(essay | {"last_paragraph": first + len(texts) - 1, "notebook": stem})
    seeds = {name: root() / "seeds" / f"{name}.csv" for name in DRAFTED}
    files = {seeds[name]: _appended(seeds[name], cells) for name, cells in added.items()}
    if stem:
        claims = [str(cells["id"]) for cells in added["claims"]]
        files[root() / "notebooks" / f"{stem}.ipynb"] = _notebook(slug, title, claims)
    with ExitStack() as stack:  # what is entered first is renamed last: essays.csv, which names the rest
        for file, text in files.items():
            stack.enter_context(atomic(file)).write_text(text, encoding="utf-8", newline="\n")
    return todo(slug)


def todo(essay: str = "") -> list[str]:
    """Return what is left to judge, in one essay or in all: a line for each file, with its fields and how often."""
    left = []
    for name in DRAFTED:
        fields: dict[str, Counter[str]] = {}
        for row in read_rows(root() / "seeds" / f"{name}.csv", COLUMNS[name]):
            key = row.cells["id" if name == "essays" else "essay"]
            marked = (column for column, cell in row.cells.items() if re.search(rf"\b{TODO}\b", cell))
            fields.setdefault(key, Counter()).update(marked)
        for key, counts in fields.items():
            if counts and essay in ("", key):
                left.append(f"seeds/{name}.csv, {key}: {', '.join(f'{f} ({n})' for f, n in counts.items())}")
    for known in essays().values():
        if known.notebook and essay in ("", known.id):
            cells = json.loads(read_text(root() / "notebooks" / f"{known.notebook}.ipynb"))["cells"]
            if count := sum(len(re.findall(rf"\b{TODO}\b", "".join(cell["source"]))) for cell in cells):
                left.append(f"notebooks/{known.notebook}.ipynb: {TODO} ({count})")
    return left


def _unrecorded(path: Path, recorded: Mapping[int, Paragraph]) -> list[str]:
    """Return the paragraphs of a text of which none is in the ledger; a line without numerals may come twice."""
    known, texts = {paragraph.sha256: n for n, paragraph in recorded.items()}, dict[str, str]()
    for i, text in enumerate(read_paragraphs(path), 1):
        tokens, sha256 = numerals(text), fingerprint(text)
        if sha256 in known:
            raise RecountError(f"{path}: paragraph {i} is in the ledger already, as paragraph {known[sha256]}")
        if sha256 in texts and tokens:
            raise RecountError(f"{path}: paragraph {i} repeats an earlier one; expected each with numerals once")
        if any(len(numeral.token) > LONGEST for numeral in tokens):
            raise RecountError(f"{path}: paragraph {i} holds a numeral of more than {LONGEST} characters")
        texts.setdefault(sha256, text)
    return [*texts.values()]


def _title(line: str) -> str:
    """Return the first line of a text if it looks like a title; else what is left to judge."""
    title = " ".join(line.split())
    short = words(title) <= TITLE_WORDS and len(title) <= LONGEST
    return title if short and not re.match(FORMULA, title) and not title.endswith(".") else TODO


def _next_stem(slug: str) -> str:
    """Return the name of the next notebook."""
    taken = [int(path.stem[:2]) for path in (root() / "notebooks").glob("[0-9][0-9]-*.ipynb")]
    return f"{max(taken, default=0) + 1:02}-{slug}"


def _appended(path: Path, rows: Iterable[Cells]) -> str:
    """Return the text of a CSV file with more rows at its end, in the order of its own columns."""
    text = read_text(path).rstrip("\n") + "\n"
    lines = io.StringIO()
    csv.DictWriter(lines, next(csv.reader(text.splitlines())), lineterminator="\n").writerows(rows)
    return text + lines.getvalue()


def _notebook(slug: str, title: str, claims: Sequence[str]) -> str:
    """Return a notebook that runs and gives every claim its place, as text."""
    shown = re.sub(r"([\\`*_\[\]<>$&])", r"\\\1", title)
    names = {key: "verdict_" + "_".join(key.split("-")[-2:]) for key in claims}
    head = f"# Which of its numbers hold?\n\n*{shown}*; {TODO}: its day, whose the numbers are, counted from what."
    cells = [("markdown", head), ("code", f'import recount as rc\n\nanswer = rc.answer("{slug}")')]
    for key, name in names.items():
        question = f"## {TODO}: what `{key}` asks\n\n{TODO}: what is counted, and which choices are open."
        judged = f'{name} = rc.judge("{key}", settles="{TODO}: the table that would settle it")\n{name}'
        cells += [("markdown", question), ("code", judged)]
    sure = f"## How sure\n\n{TODO}: what decides, what later figures did, what the data cannot show."
    cells += [("markdown", sure), ("markdown", "## Appendix"), ("code", f'rc.claims_table("{slug}")')]
    fill = ["answer.fill(", f'    "{TODO}: the answer",', *(f"    {name}," for name in names.values()), ")"]
    cells.append(("code", "\n".join(fill)))
    nodes: list[dict[str, object]] = []
    for n, (kind, source) in enumerate(cells):
        node = {"cell_type": kind, "id": f"cell-{n:02}", "metadata": {}, "source": source.splitlines(keepends=True)}
        nodes.append(node | ({"execution_count": None, "outputs": []} if kind == "code" else {}))
    nodes[1]["metadata"] = {"tags": ["nbval-ignore-output"]}
    return json.dumps({"cells": nodes, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"
