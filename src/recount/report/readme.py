"""What the README says of the notebooks: the scoreboard and the list of them."""

from collections import Counter
from collections.abc import Iterable

import nbformat

from recount.claims import essays
from recount.files import RecountError, root, write_text
from recount.records import Record, executed, gathered, notebooks
from recount.verdict import MARKS, VERDICTS

CELL = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>|"})  # makes a text mean itself in a Markdown table


def update_readme() -> None:
    """Renew what ``README.md`` says of the notebooks, where there is one."""
    path = root() / "README.md"
    if path.is_file():
        write_text(path, renewed_readme(path.read_text(encoding="utf-8")))


def renewed_readme(text: str) -> str:
    """Return the README with the scoreboard and the list of notebooks as the committed notebooks have them."""
    verdicts, figures = gathered(executed(root() / "notebooks"))
    made = {"scoreboard": readme_scoreboard(verdicts), "notebooks": readme_notebooks(verdicts, figures)}
    for name, block in made.items():
        start, end = f"<!-- {name}: made by `recount refresh` -->", f"<!-- end of {name} -->"
        if not 0 <= text.find(start) < text.find(end):
            raise RecountError(f"README.md: found no lines {start} and {end} in this order, expected both")
        text = f"{text[: text.find(start)]}{start}\n{block}\n{text[text.find(end) :]}"
    return text


def readme_scoreboard(verdicts: Iterable[Record]) -> str:
    """Return the scoreboard of the README as a Markdown table: a row an essay, a column a verdict."""
    counts = Counter((record["essay"], record["verdict"]) for record in verdicts)
    lines = ["| essay | " + " | ".join(f"{MARKS[v]} {v}" for v in VERDICTS) + " |", "|---|" + "---:|" * len(VERDICTS)]
    for essay in essays().values():
        cells = [str(counts[essay.id, verdict] or "") for verdict in VERDICTS]
        if any(cells):
            lines.append(f"| [{essay.title.translate(CELL)}](notebooks/{essay.notebook}.ipynb) | {' | '.join(cells)} |")
    totals = [sum(n for (_, word), n in counts.items() if word == verdict) for verdict in VERDICTS]
    return "\n".join([*lines, f"| {sum(totals)} claims | {' | '.join(map(str, totals))} |"])


def readme_notebooks(verdicts: Iterable[Record], figures: Iterable[Record]) -> str:
    """Return the README's list of notebooks as a Markdown table: the question each asks, its claims and figures."""
    claims = Counter(record["notebook"] for record in verdicts)
    drawn = Counter(figure["name"][:2] for figure in figures)
    lines = ["| notebook | question | claims | figures |", "|---|---|---:|---:|"]
    for path in notebooks():
        question = nbformat.read(path, as_version=4).cells[0].source.splitlines()[0].removeprefix("# ")  # type: ignore[no-untyped-call]
        cells = (f"[{path.stem}](notebooks/{path.name})", question.translate(CELL), str(claims[path.stem] or ""))
        lines.append(f"| {' | '.join(cells)} | {drawn[path.stem[:2]]} |")
    return "\n".join(lines)
