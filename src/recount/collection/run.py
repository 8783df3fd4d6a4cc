"""The notebooks executed side by side, each in a kernel of its own."""

from __future__ import annotations

import json
import math
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, as_completed
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recount.collection import fresh, trace
from recount.files import RecountError, build, read_text, write_text
from recount.records import FIGURE, SCOREBOARD, executed, recorded

if TYPE_CHECKING:
    from nbclient import NotebookClient

CELL_TIMEOUT = 300  # seconds
FORCED = "forced"  # the cause where none was looked for
TIMES = "seconds.json"  # in build/: how long each notebook took the last time
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_running: set[NotebookClient] = set()


@dataclass(frozen=True)
class Run:
    """One notebook's execution: where the result lies, how long it took in seconds, what failed if anything did.

    `cause` is what had changed since its last good execution; where nothing had, or prose alone, it was not executed:
    `as_before`. Of its figures so many were made into `pictures`, the others were as before.
    """

    source: Path
    result: Path
    seconds: float = 0.0
    error: str = ""
    cause: str = ""
    as_before: bool = False
    pictures: int = 0


def execute(
    source: Path, result: Path, timeout: int = CELL_TIMEOUT, given: dict[str, str] | None = None, cause: str = ""
) -> Run:
    """Execute one notebook in a kernel of its own, in the notebook's folder, and write it whole to `result`.

    Nothing is raised for a notebook that fails: the run says which cell failed and how, and the notebook as far as
    it came is kept under ``build/failed``. With the states `given` of what all notebooks depend on, a good execution
    leaves the record of what it read and wrote, and PDF and PNG of its figures.
    """
    started = time.monotonic()
    error, client, made = "", None, 0
    now = fresh.Now()
    read = now.states(now.at("source", source), now.at("prose", source), now.at("modules", source.parent))
    if given:
        fresh.forget(_step(result))
    with tempfile.TemporaryDirectory(prefix="recount-") as folder:
        try:
            client = _client(source, Path(folder), timeout)
            _running.add(client)
            client.execute(
                env=dict(os.environ, OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", RECOUNT_EXECUTED=str(result.parent))
            )
            _write(client.nb, result)
            if given and (told := trace.told(Path(folder) / "told", given)):
                fresh.record(_step(result), [*given.items(), *read, *told, *now.states(now.at("file", result))])
            if given:
                made = _pictured(result, force=cause == FORCED)
        except RecountError as failure:
            error = str(failure)
        except Exception as failure:  # a broken file or kernel must not stop the other notebooks
            error = _told(failure, client, timeout)
        finally:
            _running.discard(client)
    failed = build() / "failed" / source.name
    try:
        failed.unlink(missing_ok=True)
        if error and result != source:
            result.unlink(missing_ok=True)
        if error and client is not None:
            _write(client.nb, failed)
    except (RecountError, OSError) as failure:  # a full disk, say, must not hide what the cell said
        error += f"{' … ' if error else ''}{failure}"
    return Run(source, result, time.monotonic() - started, error, cause, pictures=made)


def _pictured(result: Path, *, force: bool) -> int:
    """Make PDF and PNG of a notebook's figures while others run; what fails is tried again, and told, at the end."""
    from recount.collection import pictures

    made = 0
    with suppress(RecountError, OSError):
        for name in pictures.undrawn((it["name"] for kind, it in recorded(result) if kind == FIGURE), force=force):
            pictures.drawing(name)
            made += 1
    return made


def _carried(source: Path, result: Path, cause: str) -> Run:
    """Put a notebook's new prose around what its code gave at its last good execution, when all else is as it was."""
    import nbformat

    started, now = time.monotonic(), fresh.Now()
    states = now.states(now.at("prose", source))
    new, old = (nbformat.read(path, as_version=4) for path in (source, result))  # type: ignore[no-untyped-call]
    pairs = zip(*([cell for cell in each.cells if cell.cell_type == "code"] for each in (new, old)), strict=True)
    for cell, before in pairs:
        cell.outputs, cell.execution_count = before.outputs, before.execution_count
    _write(new, result)
    fresh.renew(_step(result), [*states, *now.states(now.at("file", result))])
    return Run(source, result, time.monotonic() - started, cause=cause, as_before=True)


def _step(result: Path) -> str:
    return f"{result.parent.name}/{result.stem}"


def earlier(ran: Sequence[Path]) -> str:
    """Return what is to be said of the results that are not of this run: which they are, which are stale and why."""
    now = fresh.Now()
    old = {path.stem: now.changed(_step(path)) for path in executed(build() / "notebooks") if path not in ran}
    stale = [f"{stem} ({'no record' if cause == 'record' else cause})" for stem, cause in old.items() if cause]
    told = [f"of an earlier run: {', '.join(old)}"] if old else []
    return "\n".join([*told, *([f"stale: {', '.join(stale)}; `recount reproduce` renews them"] if stale else []), ""])


def _client(source: Path, folder: Path, timeout: int) -> NotebookClient:
    """Return what executes a notebook, freed of its outputs.

    The kernel listens inside `folder` alone, and tells there what the notebook reads and writes.
    """
    import nbformat
    from nbclient import NotebookClient
    from traitlets.config import Config

    async def watched(**_: Any) -> None:
        code = f"__import__('recount.collection.trace', fromlist=['watch']).watch({str(folder / 'told')!r})"
        assert client.kc
        client.kc.execute(code, silent=True, store_history=False)

    config = Config()
    if sys.platform != "win32":  # TCP would be open to others on this machine, and ipykernel warns of it
        config.KernelManager.transport, config.KernelManager.ip = "ipc", str(folder / "kernel")
    notebook = nbformat.read(source, as_version=4)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        on_notebook_start=watched,
        config=config,
        timeout=timeout,
        kernel_name="python3",
        record_timing=False,
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(source.parent)}},
    )
    return client


def _told(failure: Exception, client: NotebookClient | None, timeout: int) -> str:
    """Return what failed, and in which cell."""
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    match failure:
        case CellExecutionError() if client:
            return f"{_where(client.nb)}: {failure.ename}: {failure.evalue}"
        case CellTimeoutError() if client:
            return f"{_where(client.nb)}: no end after {timeout} seconds"
        case DeadKernelError() if client:
            return f"{_where(client.nb)}: the kernel died"
    return f"{type(failure).__name__}: {failure}"


def _write(notebook: Any, path: Path) -> None:
    """Write a notebook without anything that differs from machine to machine."""
    import nbformat

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


def _seconds() -> dict[str, float]:
    try:
        return {str(k): float(v) for k, v in json.loads(read_text(build() / TIMES)).items()}
    except (RecountError, ValueError, AttributeError, TypeError):
        return {}  # none yet, or nothing that can be read


def reproduce(
    paths: Sequence[Path],
    executor: Executor,
    folder: Path | None,
    *,
    timeout: int = CELL_TIMEOUT,
    force: bool = False,
    begin: Callable[[], object] = lambda: None,
) -> Iterator[Run]:
    """Execute notebooks on any executor of the ``concurrent.futures`` kind, the scoreboard after all others.

    The runs are yielded as they end; first those that need not be done again. What took longest the last time is begun
    first, and of those that are new the largest.

    Parameters
    ----------
    paths
        The notebooks.
    executor
        Threads suffice, for each notebook has a kernel process of its own.
    folder
        Where the results go, beside the record of what they rest on if it is one of ``build/``; None replaces the
        committed notebooks.
    timeout
        Seconds a cell may take.
    force
        Whether to execute also what would come out as before.
    begin
        Called before anything is executed, if anything is.
    """
    given = dict(fresh.Now().states(*fresh.GIVEN)) if folder and folder.parent == build() else None
    seconds = _seconds()
    ordered = sorted(paths, key=lambda path: (seconds.get(path.stem, math.inf), path.stat().st_size), reverse=True)
    first, last = [p for p in ordered if p.stem != SCOREBOARD], [p for p in ordered if p.stem == SCOREBOARD]
    futures: list[Future[Run]] = []
    try:
        for group in (first, last):
            now, results = fresh.Now(), {p: folder / p.name if folder else p for p in group}
            causes: dict[Path, str] = {}
            for p in group:
                prose = now.at("prose", p)
                changed = [*now.changes(_step(results[p]))] if given and not force else [FORCED]
                if set(changed) <= {prose}:
                    yield _carried(p, results[p], prose) if changed else Run(p, results[p], as_before=True)
                else:
                    causes[p] = next(what for what in changed if what != prose)
            if causes:
                begin()
            futures = [executor.submit(execute, p, results[p], timeout, given, why) for p, why in causes.items()]
            for future in as_completed(futures):
                yield (run := future.result())
                if not run.error:
                    seconds[run.source.stem] = round(run.seconds, 1)
        with suppress(RecountError):  # a full disk, say: the times are a help, no result
            write_text(build() / TIMES, json.dumps(seconds, indent=1) + "\n")
    except BaseException:  # also an interrupt: let no kernel outlive us
        for future in futures:
            future.cancel()
        _terminate()
        raise


def _terminate() -> None:
    """End every kernel that runs, and what its cells have started: a kernel leads a group."""
    for client in list(_running):
        if pid := getattr(getattr(client.km, "provisioner", None), "pid", None):
            (os.kill if sys.platform == "win32" else os.killpg)(pid, signal.SIGTERM)
