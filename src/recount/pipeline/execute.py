"""One notebook executed in a kernel of its own, and its results around the prose that the notebook has now."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from traitlets.config import Config

from recount.files import RecountError, build, relative, write_text
from recount.pipeline import interrupts
from recount.pipeline.kernels import LONGEST_FOLDER

CELL_TIMEOUT = 300  # seconds
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def execute(source: Path, folder: Path, executed: Path, *, width: str = "full", timeout: int = CELL_TIMEOUT) -> Path:
    """Execute a notebook in a kernel of its own, in the notebook's folder, and return the path of the result.

    Parameters
    ----------
    source
        The notebook; its own outputs are left aside.
    folder
        Where the result and, in ``figures``, what the notebook draws are written.
    executed
        Where the notebook finds those executed before it.
    width
        For which its figures are drawn.
    timeout
        Seconds a cell may take.

    Raises
    ------
    RecountError
        A cell failed, took too long, or its kernel died; the message names the cell as Jupyter counts it, its first
        line, and the cause. The notebook as far as it came is kept under ``build/failed``.
    """
    notebook = _read(source)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    with tempfile.TemporaryDirectory(prefix="recount-") as sockets:
        client = _client(notebook, Path(sockets), timeout, source.parent)
        failed = build() / "failed" / source.name
        try:
            interrupts.executing.add(client)
            client.execute(env=_environment(folder, executed, width))
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            where = _where(notebook)
            write(notebook, failed)
            raise RecountError(f"{source.name}: {where}: {_cause(error, timeout)}") from None
        except Exception as error:  # whatever a broken kernel raises must not stop the other notebooks
            raise RecountError(f"{source.name}: {type(error).__name__}: {error}") from error
        finally:
            interrupts.executing.discard(client)
    failed.unlink(missing_ok=True)
    write(notebook, folder / source.name)
    return folder / source.name


def _environment(folder: Path, executed: Path, width: str) -> dict[str, str]:
    own = {"RECOUNT_BUILD": str(folder), "RECOUNT_EXECUTED": str(executed), "RECOUNT_WIDTH": width}
    return os.environ | own | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def _client(notebook: Any, sockets: Path, timeout: int, folder: Path) -> NotebookClient:
    """Return what executes a notebook, with a kernel that listens in the folder `sockets` alone."""
    config = Config()
    if sys.platform != "win32":  # TCP would be open to others on this machine, and ipykernel warns of it
        if len(str(sockets)) > LONGEST_FOLDER + 20:
            raise RecountError(f"TMPDIR is {sockets.parent}: too long for the sockets of a kernel; set a shorter one")
        config.KernelManager.transport, config.KernelManager.ip = "ipc", str(sockets / "kernel")
    return NotebookClient(
        notebook,
        on_cell_execute=lambda cell, cell_index: _begin(notebook, cell_index),
        config=config,
        timeout=timeout,
        kernel_name="python3",
        record_timing=False,
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(folder)}},
    )


def _begin(notebook: Any, index: int) -> None:
    """Note which cell is sent next, or raise where the run is being ended."""
    if interrupts.stopped.is_set():
        raise RecountError("interrupted")
    notebook.metadata.update(running=index)


def _where(notebook: Any) -> str:
    """Return the code cell that was sent last, as Jupyter counts them, and its first line."""
    cells = notebook.cells[: notebook.metadata.get("running", 0) + 1]
    count = sum(cell.cell_type == "code" and cell.source.strip() != "" for cell in cells)
    return f"code cell {count} ({cells[-1].source.strip().splitlines()[0]!r})"


def _cause(error: Exception, timeout: int) -> str:
    if isinstance(error, CellExecutionError):
        return f"{error.ename}: {error.evalue}"
    return "the kernel died" if isinstance(error, DeadKernelError) else f"no end after {timeout} seconds"


def merge(source: Path, executed: Path, target: Path) -> None:
    """Write the notebook `source` with the outputs that its code cells have in `executed`, to `target`."""
    notebook = _read(source)
    outputs = (cell for cell in _read(executed).cells if cell.cell_type == "code")
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        result = next(outputs)
        cell.outputs, cell.execution_count = result.outputs, result.execution_count
    write(notebook, target)


def _read(path: Path) -> Any:
    try:
        return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except Exception as error:  # nbformat's own, and those of JSON and files
        raise RecountError(f"{relative(path)}: no notebook: {type(error).__name__}: {error}") from None


def write(notebook: Any, path: Path) -> None:
    """Write a notebook without anything that differs from machine to machine."""
    notebook.metadata = nbformat.from_dict(METADATA)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    write_text(path, nbformat.writes(notebook) + "\n")  # type: ignore[no-untyped-call]
