"""A run: the tasks handed to pytask, on all cores or on a Dask cluster; what ended how, in words."""

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, cast

import pytask
from pytask import ExecutionReport, PTask, TaskOutcome
from pytask.tree_util import tree_leaves
from pytask_parallel import ParallelBackend, registry

from recount.files import RecountError, build, relative, root, write_text
from recount.pipeline import interrupts
from recount.pipeline.nodes import Products

STATE = ("pytask.toml", "pytask.lock", ".pytask")  # of pytask, in the folder of generated files
FORBIDDEN = ("data", "seeds", "notebooks", "src", "tests", ".git")


def run(tasks: Sequence[PTask], *, jobs: int, force: bool = False, cluster: str | None = None) -> list[ExecutionReport]:
    """Run what of the tasks is not as it was, and return a report on each.

    Parameters
    ----------
    jobs
        How many tasks run at a time.
    force
        Whether tasks run that would come out as before.
    cluster
        The address of a Dask scheduler whose workers run them, or "local" for a cluster of this machine.

    Raises
    ------
    RecountError
        A task failed; the message has a line for each. Tasks that do not depend on it have run.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the server of kernels takes no threads along
    os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"] = "preloaded"
    write_text(build() / STATE[0], "[tool.pytask.ini_options]\n")
    with _quiet(), _ended_by_signals() as interrupted, _backend(cluster) as backend:
        session = pytask.build(
            tasks=tasks, config=build() / STATE[0], n_workers=jobs, parallel_backend=backend, force=force,
            database_url="sqlite://", capture="no", verbose=0, show_traceback=False, disable_warnings=True,
            sort_table=False,
        )  # fmt: skip
    if interrupted:
        raise KeyboardInterrupt
    if not session.execution_reports:
        causes = [report.exc_info[1] for report in getattr(session, "collection_reports", ()) if report.exc_info]
        state = ", ".join(relative(build() / name) for name in STATE[1:])
        raise RecountError(f"pytask cannot run: {causes[0] if causes else f'delete {state}, and run again'}")
    failed = [report for report in session.execution_reports if report.outcome == TaskOutcome.FAIL]
    if failed:
        raise RecountError("\n".join(_failure(report) for report in failed))
    return list(session.execution_reports)


def unchanged(reports: Sequence[ExecutionReport]) -> str:
    """Return of how many notebooks and what else the run was spared, in words; nothing where something ran."""
    spared = [report.task.name for report in reports if report.outcome == TaskOutcome.SKIP_UNCHANGED]
    notebooks = sum(name.startswith("execute ") for name in spared)
    return f"{notebooks} notebooks, tables, figures, results and report" if len(spared) == len(reports) else ""


def _failure(report: ExecutionReport) -> str:
    """Return what failed, in one sentence; of what a person cannot mend, also where."""
    assert report.exc_info
    error = report.exc_info[1]
    return str(error) if isinstance(error, RecountError) else f"{report.task.name}: {type(error).__name__}: {error}"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep pytask from the terminal: what it has to say is in its reports."""
    pytask.console.quiet = True
    try:
        yield
    finally:
        pytask.console.quiet = False


@contextmanager
def _ended_by_signals() -> Iterator[list[int]]:
    """Give a list that holds the signal by which the run was ended, with every kernel that ran."""
    received: list[int] = []

    def end(number: int, _: FrameType | None) -> None:
        received.append(number)
        interrupts.stop()
        raise KeyboardInterrupt

    interrupts.stopped.clear()
    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    except KeyboardInterrupt:
        received.append(signal.SIGINT)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _backend(cluster: str | None) -> Iterator[str]:
    """Give the name of the backend: threads, for each notebook has a process of its own, or a client of a cluster."""
    if cluster is None:
        yield "threads"
        return
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise RecountError(f"{error.name} is not installed; `uv pip install --group cluster` adds it") from None
    try:
        with Client(LocalCluster(threads_per_worker=1) if cluster == "local" else cluster, timeout=10) as client:
            client.wait_for_workers(1, timeout=10)
            registry.register_parallel_backend(
                ParallelBackend.CUSTOM, lambda n_workers: client.get_executor(), worker_type="processes", remote=True
            )
            yield "custom"
    except (OSError, ValueError, TimeoutError) as error:
        raise RecountError(f"{cluster}: no scheduler with workers can be reached there: {error}") from None


@contextmanager
def alone() -> Iterator[None]:
    """Keep other runs out of the folder of generated files until the block ends; wait for one that is under way."""
    folder = build().resolve()
    if any((root() / name).resolve().is_relative_to(folder) for name in FORBIDDEN):
        raise RecountError(f"RECOUNT_BUILD is {folder}: it holds the collection; name a folder that is empty or new")
    if any(folder.is_relative_to((root() / name).resolve()) for name in FORBIDDEN):
        raise RecountError(f"RECOUNT_BUILD is {folder}: a folder of the collection; name one that is empty or new")
    try:
        import fcntl
    except ImportError:  # Windows: what two runs at once leave behind is made anew by the next
        yield
        return
    lock = folder / "lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = lock.open("w")
    except OSError as error:
        raise RecountError(f"{relative(lock)}: cannot be written: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another run to end", file=sys.stderr, flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def forget_what_left(tasks: Sequence[PTask]) -> None:
    """Delete the products of an earlier run that none of all the tasks makes any more; other files stay."""
    path = build() / "products.txt"
    names = set()
    for node in (node for task in tasks for node in tree_leaves(cast(Any, task.produces))):
        files = [*node.files().values()] if isinstance(node, Products) else [node.path]
        names |= {file.relative_to(build()).as_posix() for file in files}
    earlier = {*path.read_text(encoding="utf-8").splitlines()} if path.is_file() else set()
    for name in earlier - names:
        if (build() / name).is_file() and ".." not in name:
            (build() / name).unlink()
    write_text(path, "\n".join(sorted(names)) + "\n")
