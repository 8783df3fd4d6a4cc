"""Many machines: separate processes that share nothing but a socket, and the results of one machine, byte for byte."""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import ROOT
from test_collection import notebook
from test_warm import ended

from recount import collection, records
from recount.cli import main
from recount.collection import checks
from recount.files import RecountError, build, write_text

installed = pytest.mark.skipif(
    not find_spec("distributed"), reason="dask is not installed: the extra `cluster` adds it"
)
WHERE = "import os, pathlib, time\nhere = pathlib.Path({marks!r}, str(os.getpid()))\nhere.write_text(os.getcwd())"
WAITS = "while not pathlib.Path({marks!r}, 'go').exists():\n    time.sleep(0.05)"
DRAWS = """import pandas as pd, recount as rc
two = pd.DataFrame({"two": [1.0, 2.0]}, index=[2000, 2001])
rc.figure("93-two", rc.lines(two, unit="units"), tables=["gdp"], title="From one to two.")"""


class Grid:
    """A scheduler and its workers: `processes` by their folders, the scheduler's own is the first."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.processes = folder, dict[Path, subprocess.Popen]()
        self.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-show")
        for _ in range(600):
            log = (folder / "scheduler" / "log").read_text()
            if "Scheduler at:" in log:
                break
            time.sleep(0.05)
        self.address = log.split("Scheduler at:")[1].split()[0]

    def start(self, name: str, *options: str) -> None:
        folder = self.folder / name
        folder.mkdir()
        command = [sys.executable, "-m", "distributed.cli.dask_" + name.split("-")[0], "--no-dashboard", *options]
        hidden = ("RECOUNT_", "JUPYTER_PATH")
        env = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
        with (folder / "log").open("w") as log:
            self.processes[folder] = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)

    def worker(self) -> None:
        name = f"worker-{len(self.processes)}"
        place = str(self.folder / name)
        self.start(name, self.address, "--no-nanny", "--nthreads", "1", "--local-directory", place)

    def kill(self, folder: Path) -> None:
        self.processes[folder].kill()
        self.processes[folder].wait()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grid]:
    """A grid of two workers; a test below kills one, and the last to use it the scheduler."""
    made = Grid(tmp_path_factory.mktemp("grid"))
    try:
        made.worker()
        made.worker()
        yield made
    finally:
        for folder in made.processes:
            made.kill(folder)


@pytest.fixture
def locked(copy: Path, monkeypatch) -> Path:
    """The copied collection, with its lock; kernels start cold, since a server of warm ones takes longer to load."""
    monkeypatch.setenv("RECOUNT_COLD", "1")
    (copy / "requirements.txt").write_bytes((ROOT / "requirements.txt").read_bytes())
    return copy


def left(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.glob("*/*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def appeared(folder: Path, number: int, among: set[Path] | None = None) -> list[Path]:
    """Wait for marks of notebooks that have begun, other than those known."""
    for _ in range(1200):
        if len(found := [p for p in sorted(set(folder.iterdir()) - (among or set())) if p.read_text()]) >= number:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{number} notebooks did not begin within a minute")


@installed
def test_results_are_those_of_this_machine(locked: Path, pair: Grid, monkeypatch) -> None:
    folder = locked / "notebooks"
    paths = [
        notebook(folder / "92-error.ipynb", "x = 1", "# divide\n1 / 0"),
        notebook(folder / "93-draws.ipynb", DRAWS, "open('../data/new', 'w').write('here')"),
        notebook(
            folder / f"{records.SCOREBOARD}.ipynb",
            "import os, pathlib\nos.environ['RECOUNT_TOY']",
            "sorted(p.name for p in pathlib.Path(os.environ['RECOUNT_EXECUTED']).iterdir())",
        ),
    ]
    monkeypatch.setenv("RECOUNT_TOY", "a setting")
    told, files = {}, {}
    for engine in ("here", "there"):
        monkeypatch.setenv("RECOUNT_BUILD", str(locked / engine))
        write_text(build() / "notebooks" / "92-error.ipynb", "of an earlier run")
        with ThreadPoolExecutor(1) if engine == "here" else collection.cluster(pair.address, 1) as executor:
            runs = list(collection.reproduce(paths, executor, build() / "notebooks"))
        told[engine] = {run.source: (run.error, run.result.relative_to(build())) for run in runs}
        files[engine] = left(build())
        if engine == "here":
            (locked / "data" / "new").unlink()
    assert not [*pair.folder.glob("worker-*/**/*recount-*")], "nothing stays on the workers"
    assert told["there"] == told["here"]
    assert files["there"] == files["here"]
    board = files["there"][f"notebooks/{records.SCOREBOARD}.ipynb"].decode()
    assert "'a setting'" in board and "'93-draws.ipynb'" in board
    assert "failed/92-error.ipynb" in files["there"] and "notebooks/92-error.ipynb" not in files["there"]
    assert "figures/93-two.svg" in files["there"]
    assert not (locked / "data" / "new").exists(), "a worker has a copy of its own"


@installed
def test_what_a_worker_needs_is_checked_before_anything_runs(locked: Path, pair: Grid, monkeypatch) -> None:
    from recount.collection import machines

    def refused(scheduler: str, **versions: str) -> str:
        monkeypatch.setattr(machines, "_locked", lambda: versions)
        with pytest.raises(RecountError) as told, collection.cluster(scheduler, 1):
            raise AssertionError("it was let in")
        return str(told.value)

    told = refused(pair.address, numpy="1.0", nosuch="2.0", pandas=machines._locked()["pandas"])
    assert "numpy 2." in told and "instead of 1.0" in told and "no nosuch" in told and "pandas" not in told
    assert "requirements.txt" in told
    monkeypatch.setattr(machines, "WAIT", 1)
    assert "no scheduler can be reached" in refused("tcp://127.0.0.1:9")
    assert "no scheduler can be reached" in refused("nonsense://x")


@installed
def test_what_a_killed_worker_executed_is_executed_by_another(locked: Path, pair: Grid, tmp_path_factory) -> None:
    marks = tmp_path_factory.mktemp("marks")
    words = {"marks": str(marks)}
    names = ("91-one", "92-two")
    paths = [notebook(locked / "notebooks" / f"{n}.ipynb", WHERE.format(**words), WAITS.format(**words)) for n in names]
    with collection.cluster(pair.address, 1) as executor, ThreadPoolExecutor(1) as beside:
        runs = beside.submit(lambda: list(collection.reproduce(paths, executor, build() / "notebooks")))
        first = appeared(marks, 2)
        victim = next(f for f in pair.processes if Path(first[0].read_text()).is_relative_to(f))
        pair.kill(victim)
        assert ended(int(first[0].name)), "its kernel goes with it"
        (marks / "go").write_text("on")
        appeared(marks, 1, {*first, marks / "go"})
        assert [(run.source.stem, run.error) for run in sorted(runs.result(), key=lambda r: r.source)] == [
            (name, "") for name in names
        ]


@installed
def test_a_scheduler_that_goes_leaves_everything_whole(locked: Path, pair: Grid, tmp_path_factory) -> None:
    marks = tmp_path_factory.mktemp("marks")
    words = {"marks": str(marks)}
    quick = notebook(locked / "notebooks" / "91-quick.ipynb", f"1  # {'the larger is begun first' * 50}")
    slow = notebook(locked / "notebooks" / "92-slow.ipynb", WHERE.format(**words), WAITS.format(**words))
    before = build() / "notebooks" / slow.name
    before.parent.mkdir(parents=True)
    before.write_text("as before")
    with collection.cluster(pair.address, 1) as executor:
        runs = collection.reproduce([quick, slow], executor, before.parent)
        run = next(runs)
        appeared(marks, 1)
        pair.kill(pair.folder / "scheduler")
        with pytest.raises(RecountError, match=r"the scheduler has gone"):
            next(runs)
    assert run.source == quick and not run.error
    assert sorted(path.name for path in before.parent.iterdir()) == [quick.name, slow.name]
    assert before.read_text() == "as before"


@installed
def test_what_kills_every_worker_fails_alone() -> None:
    from distributed import KilledWorker

    from recount.collection.machines import Cluster

    ended, run = Future(), Future()
    run.set_exception(KilledWorker("93-deadly", None, 3))
    Cluster._end(None, ended, run, Path("93-deadly.ipynb"), Path("build", "93-deadly.ipynb"))
    assert ended.result().error == "every worker that executed it died"


@installed
@pytest.mark.parametrize("name", ["data/gdp.csv", "figures/../../gdp.csv"])
def test_what_is_no_result_is_not_written(copy: Path, name: str) -> None:
    from recount.collection import machines

    run = copy / "run"
    run.write_bytes(pickle.dumps(collection.Run(Path("93-x.ipynb"), Path("93-x.ipynb"))))
    archive = machines.packed({"run": run, name: copy / "data" / "gdp.csv"})
    with pytest.raises(RecountError, match=f"a worker sent {re.escape(name)}, which is no result"):
        machines.brought(archive, copy / "93-x.ipynb", build() / "93-x.ipynb")
    assert not build().is_dir() or not [*build().rglob("gdp.csv")]


@installed
def test_a_cluster_of_this_machine(locked: Path, monkeypatch, capsys) -> None:
    monkeypatch.delenv("RECOUNT_COLD")
    monkeypatch.setattr(checks, "validate", lambda *names: [])
    monkeypatch.delenv("JUPYTER_PATH", raising=False)  # of a server whose kernels would not suit
    warm = notebook(
        locked / "notebooks" / "91-warm.ipynb",
        "import sys",
        "'statsmodels' in sys.modules",
        "import recount as rc",
        "rc.table('gdp')",
    )
    assert main(["reproduce", warm.stem, "--engine", "dask", "--jobs", "1"]) == 0
    assert "91-warm: done" in capsys.readouterr().out
    assert '"True"' in (build() / "notebooks" / warm.name).read_text()
    assert main(["reproduce", warm.stem]) == 0
    assert "as before: " in (told := capsys.readouterr().out) and "1 notebook" in told


def test_without_dask_the_extra_is_named(monkeypatch, capsys) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "recount.collection.machines", raising=False)
    assert main(["reproduce", "6", "--engine", "dask"]) == 1
    assert "pip install 'recount[cluster]'" in capsys.readouterr().err
