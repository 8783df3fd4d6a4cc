"""What executed notebooks say: the verdicts and figures that stand in their outputs."""

import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from recount.claims import ledger
from recount.files import RecountError, read_text, relative, root
from recount.verdict import VERDICT_MIME, Verdict, from_record

FIGURE_MIME = "application/vnd.recount.figure+json"
SCOREBOARD = "00-scoreboard"  # reads the verdicts of the others

Record = dict[str, Any]


def notebooks() -> list[Path]:
    """Return the notebooks of the collection in order; none at all is a `RecountError`."""
    paths = sorted((root() / "notebooks").glob("[0-9][0-9]-*.ipynb"))
    if not paths:
        raise RecountError(f"{relative(root() / 'notebooks')}: no notebook found")
    return paths


def executed(folder: Path | None = None, *, scoreboard: bool = True) -> list[Path]:
    """Return every notebook of the collection as executed into `folder`.

    Without a folder: those of the run that is under way, which the runner names in RECOUNT_EXECUTED; outside a run,
    the committed ones. The scoreboard itself leaves the scoreboard out.

    Raises
    ------
    RecountError
        One is missing.

    Examples
    --------
    >>> rc.executed()[-1].name
    '06-integration.ipynb'
    """
    home = folder or Path(os.environ.get("RECOUNT_EXECUTED") or root() / "notebooks")
    paths = [home / path.name for path in notebooks() if scoreboard or path.stem != SCOREBOARD]
    if missing := [relative(path) for path in paths if not path.is_file()]:
        raise RecountError(f"{', '.join(missing)}: not there; run `recount reproduce` first")
    return paths


def gathered(paths: Iterable[Path]) -> tuple[list[Verdict], list[Record]]:
    """Return (verdicts, figures) as the executed notebooks carry them, verdicts in the ledger's order.

    A figure is what `figure` recorded of it, with its `notebook`, the `section` under whose heading it stands, and its
    `cell`, as Jupyter numbers it.

    Raises
    ------
    RecountError
        A claim has two verdicts, a claim of an executed notebook has none, or two figures have one name.

    Examples
    --------
    >>> verdicts, figures = rc.gathered(rc.executed())
    >>> verdicts[0].claim.id
    'ne-resisters'
    """
    verdicts, figures, stems = {}, {}, []  # type: dict[str, Verdict], dict[str, Record], list[str]
    for path in paths:
        stems.append(path.stem)
        for place, kind, record in recorded(path):
            where = f"{relative(path)}, cell {place['cell']}"
            key = record["claim" if kind == VERDICT_MIME else "name"]
            if key in (verdicts if kind == VERDICT_MIME else figures):
                fault = "has two verdicts" if kind == VERDICT_MIME else "is drawn twice"
                raise RecountError(f"{where}: {key!r} {fault}")
            if kind == FIGURE_MIME:
                figures[key] = record | {"notebook": path.stem} | place
                continue
            try:
                verdicts[key] = from_record(record, **place)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise RecountError(f"{where}: no verdict: {type(error).__name__}: {error}") from None
    claimed = [claim.id for claim in ledger().values() if claim.essay.notebook in stems]
    if without := [key for key in claimed if key not in verdicts]:
        raise RecountError(f"no verdict in the notebooks for {', '.join(without)} of seeds/claims.csv")
    return [verdicts[key] for key in claimed], list(figures.values())


def recorded(path: Path) -> Iterator[tuple[Record, str, Record]]:
    """Yield every verdict and figure of a notebook as (section and cell, kind, record), in order."""
    section = ""
    for cell in notebook_cells(path):
        if cell["cell_type"] == "markdown":
            section = [section, *re.findall(r"^#+ +(.+)$", "".join(cell["source"]), re.MULTILINE)][-1]
        place = {"section": section, "cell": cell.get("execution_count")}
        for data in (output.get("data", {}) for output in cell.get("outputs", [])):
            for kind, key in ((VERDICT_MIME, "claim"), (FIGURE_MIME, "name")):
                if kind in data:
                    if not (isinstance(data[kind], dict) and isinstance(data[kind].get(key), str)):
                        raise RecountError(f"{relative(path)}, cell {place['cell']}: a record without {key}")
                    yield place, kind, data[kind]


def code_cells(path: Path) -> list[str]:
    """Return the code of a notebook, cell by cell."""
    return ["".join(cell["source"]) for cell in notebook_cells(path) if cell["cell_type"] == "code"]


def notebook_cells(path: Path) -> list[Record]:
    """Return the cells of a notebook; a file that lacks what Jupyter's format asks of them is a `RecountError`."""
    try:
        cells = list(json.loads(read_text(path))["cells"])
        for cell in cells:
            outputs = cell["outputs"] if cell["cell_type"] == "code" else []
            shown = [{"text": output.get("text", "")} | output.get("data", {}) for output in outputs]
            texts = [text for data in shown for kind, text in data.items() if not kind.endswith("json")]
            _ = ["".join(text) for text in (cell["cell_type"], cell["source"], *texts)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RecountError(f"{relative(path)}: no notebook: {type(error).__name__}: {error}") from None
    return cells
