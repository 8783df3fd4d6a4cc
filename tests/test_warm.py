"""Warm kernels: as plain ones in all that can be seen, and gone when they should be."""

from __future__ import annotations

import ast
import importlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from test_collection import notebook, run

from recount import collection, records
from recount.cli import main
from recount.files import build

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux alone")
WARM = "'statsmodels' in __import__('sys').modules"
PID = "__import__('os').getpid()"
CHILD = "__import__('subprocess').Popen(['sleep', '60']).pid"
IN_SERVERS = "import sys\nif any(word.endswith('warm.py') for word in sys.orig_argv):\n    "
THREAD = "import threading, time; threading.Thread(target=time.sleep, args=(9,), daemon=True).start()\n"


@pytest.fixture(scope="module")
def server() -> Iterator[None]:
    """A server of these tests' own, also where the whole run has one."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("RECOUNT_COLD", "JUPYTER_PATH"):
            patch.delenv(name, raising=False)
        with collection.kernels():
            yield


@pytest.fixture
def light(tmp_path: Path, monkeypatch) -> Path:
    """The sitecustomize.py that keeps the libraries from a server of a test's own, which would take seconds to load."""
    absent = dict.fromkeys(("pandas", "matplotlib", "seaborn", "scipy", "statsmodels"))
    (path := tmp_path / "sitecustomize.py").write_text(f"{IN_SERVERS}import numpy; sys.modules |= {absent}\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.delenv("JUPYTER_PATH", raising=False)
    return path


@contextmanager
def kernel(folder: Path, **options: object) -> Iterator[tuple]:
    """Give a kernel's manager, its client and a function that evaluates an expression in it."""
    manager = KernelManager(kernel_name="python3", transport="ipc", ip=str(folder / "kernel"))
    manager.start_kernel(cwd=str(folder), **options)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)

    def told(expression: str) -> object:
        found = client.execute_interactive("", user_expressions={"it": expression}, timeout=60)
        return eval(found["content"]["user_expressions"]["it"]["data"]["text/plain"])

    try:
        yield manager, client, told
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def ended(*pids: int) -> bool:
    """Tell whether all these processes end, within two seconds and a half."""
    left = set(pids)
    for _ in range(50):
        for pid in sorted(left):
            with suppress(OSError):
                state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
                if state != "Z":
                    continue
            left.discard(pid)
        if not left:
            return True
        time.sleep(0.05)
    return False


def test_outputs_are_those_of_a_plain_kernel(copy: Path, server, monkeypatch) -> None:
    folder = copy / "notebooks"
    cells = (
        "import gc, os, sys\nimport pandas as pd\nimport matplotlib.pyplot as plt\nimport recount",
        "print(sys.path, os.getcwd(), sorted(os.environ), recount.__file__)",
        "pd.DataFrame({f'column {n}': ['word ' * 4] for n in range(9)})",
        "_ = plt.plot([1, 2, 4])",
        "print(dict(plt.rcParams))",
        "gc.isenabled(), __name__, sys.modules['__main__'].__dict__ is globals()",
        "!echo shell; echo fault >&2",
        "os.getpgid(0) == os.getpid(), os.isatty(1)",
    )
    path = folder / "06-integration.ipynb"
    real = nbformat.read(path, 4)  # its first eleven cells have an answer, a figure, a verdict
    real.cells[11:] = nbformat.read(notebook(folder / "91-all.ipynb", *cells), 4).cells
    nbformat.write(real, path)
    found = []
    for cold in ("", "1"):
        monkeypatch.setenv("RECOUNT_COLD", cold)
        made = run(path)[path.stem]
        assert not made.error
        found.append(nbformat.read(made.result, 4).cells)
    for warm, plain in zip(*found, strict=True):
        assert warm == plain


def test_each_is_a_fork_with_a_helper_and_randomness_of_its_own(tmp_path: Path, server) -> None:
    seen = []
    for _ in range(2):
        with kernel(tmp_path) as (_, _, told):
            assert told(WARM)
            assert not told("[name for name in __import__('sys').modules if name.startswith('recount')]")
            threads = os.listdir(f"/proc/{told(PID.replace('pid', 'ppid'))}/task")
            assert len(threads) == 1, "no fork would take them along"
            seen.append(told("(__import__('random').random(), __import__('numpy').random.random())"))
    assert not set(seen[0]) & set(seen[1])


def test_where_a_fork_would_differ_or_none_is_wanted_the_kernel_is_a_plain_one(tmp_path: Path, server) -> None:
    for name, value in {"RECOUNT_COLD": "1", "PYTHONHASHSEED": "7", "MPLBACKEND": "svg"}.items():
        with kernel(tmp_path, env=os.environ | {name: value}) as (_, _, told):
            assert told(f"__import__('os').environ['{name}']") == value
            assert not told(WARM)


def test_a_server_with_threads_forks_nothing(tmp_path: Path, light: Path, capfd) -> None:
    light.write_text(f"{light.read_text()}    {THREAD}")
    with collection.kernels(), kernel(tmp_path) as (_, _, told):
        assert not told(WARM)
        assert not Path(os.environ["JUPYTER_PATH"]).exists()
    assert "a library runs threads" in capfd.readouterr().err


def test_failures_are_told_as_of_a_plain_kernel(copy: Path, server) -> None:
    folder = copy / "notebooks"
    runs = run(
        notebook(folder / "92-error.ipynb", WARM, "1 / 0"),
        notebook(folder / "93-dies.ipynb", WARM, "import os", "os._exit(1)"),
        notebook(folder / "94-hangs.ipynb", WARM, "import time", "time.sleep(60)"),
        timeout=3,
    )
    assert "code cell 2 ('1 / 0'): ZeroDivisionError: division by zero" in runs["92-error"].error
    assert "the kernel died" in runs["93-dies"].error
    assert "no end after 3 seconds" in runs["94-hangs"].error
    for name in ("92-error", "93-dies", "94-hangs"):
        assert nbformat.read(build() / "failed" / f"{name}.ipynb", 4).cells[0].outputs[0].data["text/plain"] == "True"


def test_an_interrupt_reaches_the_cell_and_what_it_started(tmp_path: Path, server) -> None:
    with kernel(tmp_path) as (manager, client, told):
        started = time.monotonic()
        client.execute("import subprocess\nsubprocess.run(['sleep', '60'])", stop_on_error=False)
        while client.get_iopub_msg(timeout=10)["msg_type"] != "execute_input":
            pass
        time.sleep(0.3)
        manager.interrupt_kernel()
        assert client.get_shell_msg(timeout=20)["content"]["ename"] == "KeyboardInterrupt"
        assert time.monotonic() - started < 20
        assert told("1 + 1") == 2


@pytest.mark.parametrize("how", ["now", "asked", "exits"])
def test_nothing_outlives_a_kernel(tmp_path: Path, server, how: str) -> None:
    with kernel(tmp_path) as (manager, client, told):
        pids = [told(expression) for expression in (PID, CHILD)]
        if how == "exits":
            client.execute("import os; os._exit(3)")
            assert ended(*pids, manager.provisioner.pid)
            assert manager.provisioner.process.wait() == 3
        else:
            manager.shutdown_kernel(now=how == "now")
            assert ended(*pids)


@pytest.mark.parametrize("killed", ["server", "starter"])
def test_nothing_outlives_server_or_starter_even_when_it_is_killed(
    tmp_path: Path, light: Path, monkeypatch, killed: str
) -> None:
    code = (
        "import os, pathlib, sys, time; from recount.collection import warm; server = warm.start()\n"
        "print(server.pid, os.environ['JUPYTER_PATH'], flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    server, home = starter.stdout.readline().split()
    monkeypatch.setenv("JUPYTER_PATH", home)
    with kernel(tmp_path) as (_, _, told):
        assert told(WARM)
        pids = [told(expression) for expression in (PID, CHILD)]
        os.kill(int(server) if killed == "server" else starter.pid, signal.SIGKILL)
        assert ended(int(server), *pids[: 1 if killed == "server" else 2])
        with suppress(ProcessLookupError):
            os.kill(pids[1], signal.SIGKILL)
    with kernel(tmp_path) as (_, _, told):
        assert not told(WARM), "a plain kernel where the server has gone"
    starter.kill()
    starter.wait()
    starter.stdout.close()
    shutil.rmtree(home, ignore_errors=True)


def test_a_command_with_warm_kernels(tmp_path: Path, light: Path, capfd) -> None:
    code = (
        "from jupyter_client.manager import run_kernel\nwith run_kernel(kernel_name='python3') as client:\n"
        f"    client.execute_interactive({f'print({WARM})'!r}, timeout=60)"
    )
    words = [sys.executable, "-m", "recount", "warm", "--", sys.executable, "-c", code]
    assert subprocess.run(words, cwd=tmp_path).returncode == 0
    assert capfd.readouterr().out == "True\n"
    assert main(["warm", "no-such-command"]) == 1
    assert "no-such-command: cannot be run: no such file" in capfd.readouterr().err


def reached(source: str) -> set[str]:
    """Return the submodules that code reaches through a package without importing them by name."""
    tree = ast.parse("\n".join(line for line in source.splitlines() if not line.startswith(("!", "%"))))
    aliases = [alias for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names = {alias.asname or alias.name.split(".")[0]: alias for alias in aliases}
    found = set()
    for node in ast.walk(tree):
        chain = []
        while isinstance(node, ast.Attribute):
            chain, node = [node.attr, *chain], node.value
        if isinstance(node, ast.Name) and node.id in names:
            whole = names[node.id].name if names[node.id].asname else node.id
            it = importlib.import_module(whole)
            for word in chain:
                it, whole = getattr(it, word, None), f"{whole}.{word}"
                if not isinstance(it, ModuleType) or it.__name__ != whole:
                    break
                found.add(whole)
    return found - {alias.name for alias in aliases}


@pytest.mark.parametrize("path", records.notebooks(), ids=lambda path: path.stem)
def test_no_notebook_relies_on_what_the_server_has_loaded(path: Path) -> None:
    cells = nbformat.read(path, 4).cells
    assert reached("\n".join(cell.source for cell in cells if cell.cell_type == "code")) == set()


def test_a_submodule_that_is_not_imported_is_found() -> None:
    assert reached("import scipy\nscipy.optimize.brentq(f, 0, 1)") == {"scipy.optimize"}
    assert reached("import scipy as sp\nsp.stats.norm.cdf(0)") == {"scipy.stats"}
    assert reached("import scipy\nimport scipy.optimize\nscipy.optimize.brentq(f, 0, 1)") == set()
    assert reached("import pandas as pd\npd.DataFrame().sum()") == set()
