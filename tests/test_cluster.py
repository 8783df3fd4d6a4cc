"""Many machines: workers that share no folder with the starter, and results byte for byte those of one machine."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from conftest import replace
from small_collection import write_collection, write_notebook

from recount.cli import main


def start(stack: ExitStack, folder: Path, program: str, *options: str) -> Path:
    """Start a part of a cluster in a checkout, which is ended with the stack; return its log."""
    log = folder / "log"
    command = [sys.executable, "-m", f"distributed.cli.dask_{program}", "--no-dashboard", *options]
    with log.open("w") as file:
        process = subprocess.Popen(command, cwd=folder, stdout=file, stderr=file)
    stack.callback(process.wait)
    stack.callback(process.kill)
    return log


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a scheduler with two workers, each in a checkout of its own; we stand in a third."""
    pytest.importorskip("distributed")
    starter, *others = (write_collection(tmp_path / name) for name in ("starter", "one", "two"))
    monkeypatch.chdir(starter)
    with ExitStack() as stack:
        log = start(stack, starter, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-show")
        while not (match := re.search(r"Scheduler at: +(\S+)", log.read_text())):
            time.sleep(0.1)
        for folder in others:
            start(stack, folder, "worker", match[1], "--no-nanny", "--nthreads", "1", "--local-directory", str(folder))
        yield match[1]


@pytest.mark.prove
def test_cluster_gives_the_bytes_of_one_machine(address: str, tmp_path: Path, monkeypatch) -> None:
    made = []
    for build, options in (("here", ()), ("there", ("--cluster", address))):
        monkeypatch.setenv("RECOUNT_BUILD", build)
        assert main(["reproduce", *options]) == 0
        files = [path for kind in ("executed", "figures") for path in Path(build, kind).iterdir()]
        made.append({path.relative_to(build): path.read_bytes() for path in [*files, Path(build, "verdicts.csv")]})
    assert made[0] == made[1] and len(made[0]) > 5
    assert not (tmp_path / "one" / "build" / "executed").exists(), "results are written by the starter alone"


@pytest.mark.prove
def test_cluster_names_the_cell_that_failed_and_another_checkout(address: str, tmp_path: Path, capsys) -> None:
    for name in ("starter", "one", "two"):
        write_notebook(tmp_path / name / "notebooks" / "01-alpha.ipynb", "x = 1", "1 / 0")
    for name in ("one", "two"):
        replace(tmp_path / name / "data" / "beta.csv", "2015,1,", "2015,4,")
    assert main(["reproduce", "--cluster", address, "1", "2"]) == 1
    error = capsys.readouterr().err
    assert "01-alpha.ipynb: code cell 2 ('1 / 0'): ZeroDivisionError: division by zero" in error
    assert "data/beta.csv: changed since the run began, or another in this worker's checkout" in error


@pytest.mark.parametrize("address", [pytest.param("tcp://127.0.0.1:9", marks=pytest.mark.prove), "nonsense"])
def test_cluster_that_is_not_there_is_said(tmp_path: Path, monkeypatch, capsys, address: str) -> None:
    pytest.importorskip("distributed")
    monkeypatch.chdir(write_collection(tmp_path))
    assert main(["reproduce", "--cluster", address]) == 1
    error = capsys.readouterr().err
    assert f"{address}: no scheduler with workers can be reached there" in error and "Traceback" not in error


def test_cluster_without_dask_names_what_is_to_be_installed(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(write_collection(tmp_path))
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main(["reproduce", "--cluster", "local"]) == 1
    assert "`uv pip install --group cluster` adds it" in capsys.readouterr().err
