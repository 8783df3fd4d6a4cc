"""The notebooks as a whole: executed side by side, their verdicts and figures gathered out of their outputs."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from traitlets.config import Config

from recount.claims import ledger
from recount.figures import MIME as FIGURE
from recount.files import RecountError, build, relative, root, write_text
from recount.verdict import MIME as VERDICT

CELL_TIMEOUT = 300  # seconds
SCOREBOARD = "00-scoreboard"  # reads what the others found: runs last
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
COLUMNS = (
    *("claim", "essay", "notebook", "stated", "unit", "low", "high", "as_written", "minimum", "maximum"),
    *("specifications", "inside", "verdict", "sentence", "rounding", "settles"),
)
_running: set[NotebookClient] = set()


@dataclass(frozen=True)
class Run:
    """One notebook's execution: where the result lies, how long it took in seconds, and what failed, if anything."""

    source: Path
    result: Path
    seconds: float
    error: str = ""


def notebooks(names: Iterable[str] = ()) -> list[Path]:
    """Return the notebooks of the collection in order, all or those named (05, or 05-industry-clusters).

    Raises
    ------
    RecountError
        A name fits no notebook, or there is none at all.
    """
    every = sorted((root() / "notebooks").glob("[0-9][0-9]-*.ipynb"))
    wanted = [Path(name).name.removesuffix(".ipynb") for name in names]
    for name in wanted:
        if not any(path.stem == name or path.stem.startswith(f"{name}-") for path in every):
            raise RecountError(f"notebook {name!r} not found; notebooks/ has {', '.join(path.stem for path in every)}")
    chosen = [p for p in every if not wanted or any(p.stem == n or p.stem.startswith(f"{n}-") for n in wanted)]
    if not chosen:
        raise RecountError(f"{relative(root() / 'notebooks')}: no notebook found")
    return chosen


def executed(folder: Path | None = None, *, scoreboard: bool = True) -> list[Path]:
    """Return every notebook of the collection as executed into `folder`.

    Without a folder: those of the run that is under way, which `execute` makes known; outside a run, the committed
    ones. The scoreboard itself leaves the scoreboard out.

    Raises
    ------
    RecountError
        One is missing.
    """
    home = folder or Path(os.environ.get("RECOUNT_EXECUTED") or root() / "notebooks")
    found = [home / path.name for path in notebooks() if scoreboard or path.stem != SCOREBOARD]
    if missing := [relative(path) for path in found if not path.is_file()]:
        raise RecountError(f"{', '.join(missing)}: not there; run `recount reproduce` first")
    return found


def execute(source: Path, result: Path, timeout: int = CELL_TIMEOUT) -> Run:
    """Execute one notebook in a kernel of its own, in the notebook's folder, and write it whole to `result`.

    Nothing is raised for a notebook that fails: the run says which cell failed and how, and the notebook as far as
    it came is kept under ``build/failed``.
    """
    started = time.monotonic()
    folder = tempfile.TemporaryDirectory(prefix="recount-")
    config = Config()
    if sys.platform != "win32":  # TCP would be open to others on this machine, and ipykernel warns of it
        config.KernelManager.transport, config.KernelManager.ip = "ipc", str(Path(folder.name) / "kernel")
    error, client = "", None
    try:
        notebook = nbformat.read(source, as_version=4)  # type: ignore[no-untyped-call]
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        client = NotebookClient(
            notebook,
            config=config,
            timeout=timeout,
            kernel_name="python3",
            record_timing=False,
            shutdown_kernel="immediate",
            resources={"metadata": {"path": str(source.parent)}},
        )
        _running.add(client)
        client.execute(
            env=dict(os.environ, OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", RECOUNT_EXECUTED=str(result.parent))
        )
        _write(notebook, result)
    except CellExecutionError as failure:
        error = f"{_where(notebook)}: {failure.ename}: {failure.evalue}"
    except CellTimeoutError:
        error = f"{_where(notebook)}: no end after {timeout} seconds"
    except DeadKernelError:
        error = f"{_where(notebook)}: the kernel died"
    except RecountError as failure:
        error = str(failure)
    except Exception as failure:  # a broken file or kernel must not stop the other notebooks
        error = f"{type(failure).__name__}: {failure}"
    finally:
        _running.discard(client)
        folder.cleanup()
    failed = build() / "failed" / source.name
    failed.unlink(missing_ok=True)
    if error:
        if result != source:
            result.unlink(missing_ok=True)
        if client is not None:
            _write(client.nb, failed)
    return Run(source, result, time.monotonic() - started, error)


def _write(notebook: Any, path: Path) -> None:
    """Write a notebook without anything that differs from machine to machine."""
    notebook.metadata = nbformat.from_dict(METADATA)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    write_text(path, nbformat.writes(notebook) + "\n")  # type: ignore[no-untyped-call]


def _where(notebook: Any) -> str:
    """Name the code cell that ran last, as Jupyter counts them, by its first line."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    counts = [cell.execution_count or 0 for cell in code]
    last = max(range(len(code)), key=lambda i: (code[i].outputs != [] and counts[i] >= max(counts), counts[i]))
    return f"code cell {last + 1} ({code[last].source.strip().splitlines()[0]!r})"


def reproduce(
    paths: Sequence[Path], executor: Executor, *, in_place: bool = False, timeout: int = CELL_TIMEOUT
) -> Iterator[Run]:
    """Execute notebooks on any executor of the ``concurrent.futures`` kind, the scoreboard after all others.

    The runs are yielded as they end.

    Parameters
    ----------
    paths
        The notebooks.
    executor
        Threads suffice, for each notebook has a kernel process of its own.
    in_place
        Replace the committed notebooks rather than write to ``build/notebooks``.
    timeout
        Seconds a cell may take.
    """
    folder = build() / "notebooks"
    first, last = [p for p in paths if p.stem != SCOREBOARD], [p for p in paths if p.stem == SCOREBOARD]
    futures: list[Future[Run]] = []
    try:
        for group in (first, last):
            futures = [executor.submit(execute, p, p if in_place else folder / p.name, timeout) for p in group]
            for future in as_completed(futures):
                yield future.result()
    except BaseException:  # also an interrupt: let no kernel outlive us
        for future in futures:
            future.cancel()
        for client in list(_running):
            pid = getattr(getattr(client.km, "provisioner", None), "pid", None)
            if pid:
                os.kill(pid, signal.SIGTERM)
        raise


def gathered(paths: Iterable[Path]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return (verdicts, figures) as the executed notebooks carry them, verdicts in the ledger's order.

    A verdict gains its `section`: the heading under which it stands.

    Raises
    ------
    RecountError
        A claim has two verdicts, a claim of an executed notebook has none, or two figures have one name.
    """
    verdicts: dict[str, dict[str, Any]] = {}
    figures: dict[str, dict[str, Any]] = {}
    stems = []
    for path in paths:
        stems.append(path.stem)
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        section = ""
        for cell in notebook.cells:
            if cell.cell_type == "markdown" and (headings := re.findall(r"^#+ +(.+)$", cell.source, re.MULTILINE)):
                section = headings[-1]
            for data in (output.get("data", {}) for output in cell.get("outputs", [])):
                for kind, key, store, fault in (
                    (VERDICT, "claim", verdicts, "has two verdicts"),
                    (FIGURE, "name", figures, "is drawn twice"),
                ):
                    if found := data.get(kind):
                        if found[key] in store:
                            raise RecountError(f"{relative(path)}: {found[key]!r} {fault}")
                        store[found[key]] = found | ({"section": section} if kind == VERDICT else {})
    claimed = [claim for claim in ledger().values() if claim.essay.notebook in stems]
    if without := [claim.id for claim in claimed if claim.id not in verdicts]:
        raise RecountError(f"no verdict in the notebooks for {', '.join(without)} of seeds/claims.csv")
    return [verdicts[claim.id] for claim in claimed], list(figures.values())


def export(verdicts: list[dict[str, Any]], figures: list[dict[str, Any]]) -> None:
    """Write ``build/verdicts.csv`` and ``.json``, and drop files of figures that no notebook draws any more."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({k: _inert(v) for k, v in record.items()} for record in verdicts)
    write_text(build() / "verdicts.csv", buffer.getvalue())
    write_text(build() / "verdicts.json", json.dumps(verdicts, ensure_ascii=False, indent=1) + "\n")
    drawn = {figure["name"] for figure in figures}
    for path in (build() / "figures").glob("*"):
        if path.stem not in drawn:
            path.unlink()


def _inert(value: Any) -> Any:
    """Keep a spreadsheet from taking text for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
