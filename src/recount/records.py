"""What executed notebooks say: the verdicts and figures that stand in their outputs."""

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from recount.claims import ledger
from recount.files import USES, RecountError, read_text, relative, root

FIGURE = "application/vnd.recount.figure+json"
VERDICT = "application/vnd.recount.verdict+json"
SCOREBOARD = "00-scoreboard"  # reads what the others found

Record = dict[str, Any]


def notebooks(names: Iterable[str] = ()) -> list[Path]:
    """Return the notebooks of the collection in order, all or those named (5, 05, or 05-industry-clusters).

    Raises
    ------
    RecountError
        A name fits no notebook, or there is none at all.
    """
    every = sorted((root() / "notebooks").glob("[0-9][0-9]-*.ipynb"))
    wanted = [Path(name).name.removesuffix(".ipynb") for name in names]
    wanted = [name.zfill(2) if name.isdecimal() else name for name in wanted]
    for name in wanted:
        if not any(path.stem == name or path.stem.startswith(f"{name}-") for path in every):
            raise RecountError(f"notebook {name!r} not found; notebooks/ has {', '.join(path.stem for path in every)}")
    chosen = [p for p in every if not wanted or any(p.stem == n or p.stem.startswith(f"{n}-") for n in wanted)]
    if not chosen:
        raise RecountError(f"{relative(root() / 'notebooks')}: no notebook found")
    return chosen


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
    found = [home / path.name for path in notebooks() if scoreboard or path.stem != SCOREBOARD]
    if not folder:  # what was not drawn for another width has the same verdicts as for the usual one
        found = [path if path.is_file() else home.with_name("notebooks") / path.name for path in found]
    if missing := [relative(path) for path in found if not path.is_file()]:
        raise RecountError(f"{', '.join(missing)}: not there; run `recount reproduce` first")
    return found


def gathered(paths: Iterable[Path]) -> tuple[list[Record], list[Record]]:
    """Return (verdicts, figures) as the executed notebooks carry them, verdicts in the ledger's order.

    Each gains its `notebook`, the `section` under whose heading it stands, and its `cell`, as Jupyter numbers it.

    Raises
    ------
    RecountError
        A claim has two verdicts, a claim of an executed notebook has none, or two figures have one name.

    Examples
    --------
    >>> verdicts, figures = rc.gathered(rc.executed())
    >>> verdicts[0]["claim"]
    'ne-resisters'
    """
    found: dict[str, dict[str, Record]] = {VERDICT: {}, FIGURE: {}}
    stems = []
    for path in paths:
        stems.append(path.stem)
        for kind, record in recorded(path):
            key = record["claim" if kind == VERDICT else "name"]
            if key in found[kind]:
                raise RecountError(
                    f"{relative(path)}: {key!r} {'has two verdicts' if kind == VERDICT else 'is drawn twice'}"
                )
            found[kind][key] = record
    verdicts = found[VERDICT]
    claimed = [claim.id for claim in ledger().values() if claim.essay.notebook in stems]
    if without := [key for key in claimed if key not in verdicts]:
        raise RecountError(f"no verdict in the notebooks for {', '.join(without)} of seeds/claims.csv")
    return [verdicts[key] for key in claimed], list(found[FIGURE].values())


def recorded(path: Path) -> Iterator[tuple[str, Record]]:
    """Yield every verdict and figure of one notebook, with its kind, in order."""
    sys.audit(USES, f"verdicts {path}")
    for section, cell in sectioned(path):
        here = {"notebook": path.stem, "section": section, "cell": cell.get("execution_count")}
        for data in (output.get("data", {}) for output in cell.get("outputs", [])):
            for kind, key in ((VERDICT, "claim"), (FIGURE, "name")):
                if kind not in data:
                    continue
                if not (isinstance(data[kind], dict) and isinstance(data[kind].get(key), str)):
                    raise RecountError(f"{relative(path)}, cell {here['cell']}: a record without {key}")
                yield kind, data[kind] | here


def sectioned(path: Path) -> Iterator[tuple[str, Record]]:
    """Yield the cells of a notebook, each with the heading under which it stands."""
    section = ""
    for cell in notebook_cells(path):
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and (headings := re.findall(r"^#+ +(.+)$", source, re.MULTILINE)):
            section = headings[-1]
        yield section, cell


def notebook_cells(path: Path) -> list[Record]:
    """Return the cells of a notebook; a file that lacks what Jupyter's format asks of them is a `RecountError`."""
    try:
        found = list(json.loads(read_text(path))["cells"])
        for cell in found:
            outputs = cell["outputs"] if cell["cell_type"] == "code" else []
            shown = [{"text": output.get("text", "")} | output.get("data", {}) for output in outputs]
            texts = [each for data in shown for kind, each in data.items() if not kind.endswith("json")]
            _ = ["".join(text) for text in (cell["cell_type"], cell["source"], *texts)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RecountError(f"{relative(path)}: no notebook: {type(error).__name__}: {error}") from None
    return found
