"""Commands and faults of the surroundings: said in a sentence without a traceback, and nothing lost."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from conftest import ROOT
from small_collection import CODE, write_collection, write_notebook
from test_kernels import ended, soon

from recount.cli import main
from recount.pipeline import kernels
from recount.pipeline.build import alone
from recount.pipeline.kernels import LONGEST_FOLDER
from recount.pipeline.tasks import chosen

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals, locks and modes are of POSIX")
SLOW = """import os, pathlib, subprocess
process = subprocess.Popen(["sleep", "300"])
pathlib.Path("pids").write_text(f"{os.getpid()} {process.pid} ")
process.wait()"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small collection without a build, in which we stand."""
    monkeypatch.chdir(write_collection(tmp_path / "home"))
    monkeypatch.delenv("RECOUNT_BUILD", raising=False)
    return tmp_path / "home"


def recount(home: Path, *command: str, **options: object) -> subprocess.Popen:
    words = [sys.executable, "-m", "recount", *command]
    return subprocess.Popen(words, cwd=home, stderr=subprocess.PIPE, text=True, **options)  # type: ignore


@posix
@pytest.mark.parametrize(
    ("number", "is_plain"), [(signal.SIGINT, True), pytest.param(signal.SIGTERM, False, marks=pytest.mark.prove)]
)
def test_interrupt_leaves_no_process_and_no_half_file_and_the_next_run_is_right(
    home: Path, monkeypatch, number: signal.Signals, is_plain: bool
) -> None:
    write_notebook(home / "notebooks" / "02-beta.ipynb", SLOW)
    temporary = Path(tempfile.mkdtemp(dir="/tmp", prefix="x" * (LONGEST_FOLDER - 10) * is_plain))
    monkeypatch.setenv("TMPDIR", str(temporary))
    process = recount(home, "reproduce", "02", stdout=subprocess.PIPE)
    try:
        pids = soon(lambda: (path := home / "notebooks" / "pids").is_file() and path.read_text().split())
        process.send_signal(number)
        error = process.communicate(timeout=60)[1]
    finally:
        process.kill()
    assert process.returncode == 130
    assert error == "recount: interrupted; finished files are whole, the rest is as before\n"
    assert not [path for path in (home / "build").rglob(".*") if ".pytask" not in path.parts]
    assert not (home / "build" / "executed" / "02-beta.ipynb").exists()
    assert ended(*pids)
    assert soon(lambda: not list(temporary.glob("recount-*")))
    write_notebook(home / "notebooks" / "02-beta.ipynb", *CODE["02-beta"])
    monkeypatch.setattr(kernels, "can_preload", lambda: False)
    assert main(["reproduce", "02"]) == 0
    shutil.rmtree(temporary)
    assert "beta-sum: holds" in (home / "build" / "executed" / "02-beta.ipynb").read_text(encoding="utf-8")


@posix
def test_two_runs_at_once_wait_for_each_other(home: Path) -> None:
    with alone():
        other = recount(home, "reproduce", "none")
        assert other.stderr.readline() == "waiting for another run to end\n"
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(0.5)
    assert "notebook 'none' not found" in other.communicate(timeout=30)[1]


@pytest.mark.parametrize("folder", [".", "..", "data", "data/build", "notebooks", "src", ".git/x"])
def test_build_that_holds_the_collection_or_is_a_part_of_it_is_refused(home: Path, monkeypatch, capsys, folder) -> None:
    monkeypatch.setenv("RECOUNT_BUILD", folder)
    before = {path: path.read_bytes() for path in home.parent.rglob("*") if path.is_file()}
    assert main(["reproduce"]) == 1
    assert capsys.readouterr().err.startswith(f"recount: RECOUNT_BUILD is {(home / folder).resolve()}: ")
    assert {path: path.read_bytes() for path in home.parent.rglob("*") if path.is_file()} == before


def test_another_collection_is_named_and_never_changed(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["diff", "no-such-revision"]) == 1
    assert f"this is the collection in {ROOT}" in capsys.readouterr().err
    for command in (["seal"], ["refresh"], ["new", "a-slug", "text.txt"]):
        assert main(command) == 1
        assert "stand in what is to be changed" in capsys.readouterr().err


def test_arguments_that_are_wrong_are_named(home: Path, capsys) -> None:
    for wrong in ([], ["reproduced"], ["reproduce", "--jobs", "0"], ["report", "--timeout", "-1"]):
        with pytest.raises(SystemExit) as ended:
            main(wrong)
        assert ended.value.code == 2
    assert "expected a whole number from 1, found '0'" in capsys.readouterr().err
    assert main(["reproduce", "55"]) == 1
    assert "notebook '55' not found; notebooks/ has 00-scoreboard, 01-alpha" in capsys.readouterr().err
    assert [notebook.stem for notebook in chosen(["1", "notebooks/02-beta.ipynb"])] == ["01-alpha", "02-beta"]


FAULTS = {  # file, what it comes to hold, and what is said of it
    "table": ("data/alpha.csv", "year\n1\n", "data/alpha.csv: column 'n' is missing"),
    "package": ("data/datapackage.json", "{", "data/datapackage.json: no data package"),
    "notebook": ("notebooks/01-alpha.ipynb", "{", "notebooks/01-alpha.ipynb: no notebook: JSONDecodeError"),
    "bytes": ("notebooks/01-alpha.ipynb", "\udcff", "notebooks/01-alpha.ipynb: not UTF-8"),
    "ledger": ("seeds/claims.csv", "id\na\n", "seeds/claims.csv, row 2, essay: found None"),
    "build": ("build", "mine", "build/lock: cannot be written: File exists"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_broken_file_is_named_in_a_sentence(home: Path, monkeypatch, capsys, fault: str) -> None:
    name, text, message = FAULTS[fault]
    (home / name).write_text(text, encoding="utf-8", errors="surrogateescape")
    monkeypatch.setattr("recount.pipeline.tasks.execute_notebook", lambda **_: {})  # no kernel is started
    assert main(["reproduce", "--jobs", "1"]) == 1
    error = capsys.readouterr().err
    assert message in error and "Traceback" not in error
    assert (home / name).read_text(encoding="utf-8", errors="surrogateescape") == text


def test_long_folder_for_temporary_files_is_named(home: Path, monkeypatch, capsys) -> None:
    (folder := home / ("x" * 90)).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    assert main(["reproduce", "01"]) == 1
    assert "too long for the sockets of a kernel; set a shorter one" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "gbk"])  # a Windows redirect, C, and a console in China
def test_console_that_knows_no_circle_gets_a_question_mark(encoding: str, monkeypatch) -> None:
    monkeypatch.setattr("recount.cli._validate", lambda options: print("● holds") or 0)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert main(["validate"]) == 0
    assert sys.stdout.buffer.getvalue() == "● holds\n".encode(encoding, "replace")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_full_output_device_and_closed_pipe_are_no_traceback(home: Path) -> None:
    with open("/dev/full", "w") as full, recount(home, "check-text", "extra.txt", stdout=full) as process:
        assert process.communicate()[1] == "recount: the output: no space left on device\n"
    reading, writing = os.pipe()
    os.close(reading)
    with recount(home, "check-text", "extra.txt", stdout=writing) as other:
        assert other.communicate()[1] == ""
    os.close(writing)
    assert (process.returncode, other.returncode) == (1, 1)


def test_importing_the_helper_loads_nothing_heavy() -> None:
    heavy = {"pandas", "matplotlib", "scipy", "frictionless", "nbclient", "jinja2"}
    code = f"import sys, recount, recount.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "[]\n", done
