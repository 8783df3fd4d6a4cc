"""Preloaded kernels: as plain ones in all that can be seen, and gone when they should be."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from jupyter_client.manager import KernelManager
from small_collection import write_collection, write_notebook

from recount.files import RecountError
from recount.pipeline import interrupts, kernels
from recount.pipeline.execute import execute

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux alone")
PRELOADED = "'statsmodels' in __import__('sys').modules"
PID = "__import__('os').getpid()"
CHILD = "__import__('subprocess').Popen(['sleep', '60']).pid"


@pytest.fixture(autouse=True)
def preloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_DEFAULT_PROVISIONER_NAME", "preloaded")


@contextmanager
def kernel(folder: Path) -> Iterator[tuple[KernelManager, Any, Callable[[str], object]]]:
    """Give a kernel's manager, its client, and a function that evaluates an expression in the kernel."""
    manager = KernelManager(kernel_name="python3", transport="ipc", ip=str(folder / "kernel"))
    manager.start_kernel(cwd=str(folder))
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)

    def evaluate(expression: str) -> object:
        reply = client.execute_interactive("", user_expressions={"it": expression}, timeout=60)
        return eval(reply["content"]["user_expressions"]["it"]["data"]["text/plain"])

    try:
        yield manager, client, evaluate
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def soon(condition: Callable[[], object]) -> object:
    """Wait until a condition holds, a minute at most, and return its value."""
    deadline = time.monotonic() + 60
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return value


def ended(*pids: object) -> object:
    """Return whether all these processes end soon; one that nobody has waited for has ended, too."""
    return soon(lambda: not any(Path(f"/proc/{pid}/exe").exists() for pid in pids))


CELLS = (
    "import gc, os, sys\nimport pandas as pd\nimport matplotlib.pyplot as plt\nimport recount as rc",
    "print(os.getcwd(), sorted(os.environ.keys() - {'JPY_PARENT_PID'}), rc.__file__)",
    "pd.DataFrame({f'column {n}': ['word ' * 4] for n in range(9)})",
    "_ = plt.plot([1, 2, 4])",
    "print(dict(plt.rcParams))",
    "gc.isenabled(), __name__, sys.modules['__main__'].__dict__ is globals(), os.getpgid(0) == os.getpid()",
    "!echo shell; echo fault >&2",
)


def test_outputs_are_the_bytes_of_a_plain_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = write_collection(tmp_path / "home")
    monkeypatch.chdir(home)
    source = write_notebook(home / "notebooks" / "03-kernel.ipynb", *CELLS)
    forked = execute(source, tmp_path / "out", tmp_path).read_bytes()
    monkeypatch.setattr(kernels, "can_preload", lambda: False)
    assert execute(source, tmp_path / "out", tmp_path).read_bytes() == forked
    assert b"text/html" in forked and b"image/png" in forked


def test_kernel_is_a_fork_with_helper_and_randomness_of_its_own(tmp_path: Path) -> None:
    drawn = []
    for _ in range(2):
        with kernel(tmp_path) as (_, _, evaluate):
            assert evaluate(PRELOADED)
            drawn += evaluate("__import__('random').random(), __import__('numpy').random.random()")
    assert len({*drawn}) == 4


def test_kernel_sees_a_changed_helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = tmp_path / "changed" / "recount"
    for version in (1, 2):
        changed.mkdir(parents=True, exist_ok=True)
        (changed / "__init__.py").write_text(f"version = {version}", encoding="utf-8")
        monkeypatch.setattr(sys, "path", [str(changed.parent), *sys.path])
        with kernel(tmp_path) as (_, _, evaluate):
            assert evaluate("__import__('recount').version") == version


@pytest.mark.parametrize("without", ["daemon", "short folder", "linux"])
def test_kernel_is_plain_where_it_cannot_be_forked(monkeypatch: pytest.MonkeyPatch, without: str) -> None:
    assert kernels.can_preload()
    if without == "daemon":
        monkeypatch.setitem(multiprocessing.current_process()._config, "daemon", True)
    elif without == "short folder":
        monkeypatch.setattr(kernels, "gettempdir", lambda: "/tmp/" + "x" * 70)
    else:
        monkeypatch.setattr(sys, "platform", "darwin")
    assert not kernels.can_preload()


def test_interrupt_reaches_the_cell_and_nothing_outlives_the_kernel(tmp_path: Path) -> None:
    with kernel(tmp_path) as (manager, client, evaluate):
        client.execute("import subprocess\nsubprocess.run(['sleep', '60'])", stop_on_error=False)
        while client.get_iopub_msg(timeout=10)["msg_type"] != "execute_input":
            pass
        time.sleep(0.3)
        manager.interrupt_kernel()
        assert client.get_shell_msg(timeout=20)["content"]["ename"] == "KeyboardInterrupt"
        pids = [evaluate(PID), evaluate(CHILD)]
        manager.shutdown_kernel(now=True)
        assert ended(*pids)


def test_no_cell_is_executed_once_the_run_is_being_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_notebook(tmp_path / "notebooks" / "01-a.ipynb", "open('executed', 'w')")
    monkeypatch.setattr(interrupts.stopped, "is_set", lambda: True)
    with pytest.raises(RecountError, match="interrupted"):
        execute(source, tmp_path, tmp_path)
    assert not (source.parent / "executed").exists()


STARTER = """import time, pathlib, test_kernels
with test_kernels.kernel(pathlib.Path.cwd()) as (_, _, evaluate):
    print(evaluate(test_kernels.PID), evaluate(test_kernels.CHILD), flush=True)
    time.sleep(60)"""


@pytest.mark.prove
def test_kernel_and_what_it_started_end_when_its_starter_is_killed(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "tests"), *sys.path]))
    with subprocess.Popen([sys.executable, "-c", STARTER], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as starter:
        pids = [*map(int, starter.stdout.readline().split())]
        starter.kill()
        assert ended(*pids) and len(pids) == 2


@pytest.mark.prove
def test_collection_executed_by_plain_kernels_is_the_same(built: Path, tmp_path: Path, monkeypatch) -> None:
    """A notebook that uses what only the server has imported would fail here."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(kernels, "can_preload", lambda: False)
    for path in sorted((built / "executed").glob("*.ipynb")):
        executed = execute(ROOT / "notebooks" / path.name, tmp_path, built / "executed")
        assert executed.read_bytes() == path.read_bytes(), path.name
