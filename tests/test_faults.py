"""Faults of the surroundings: told in a sentence, and nothing lost."""

from __future__ import annotations

import csv
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from test_collection import notebook

import recount as rc
from recount import collection, files, records, report
from recount.claims import ledger
from recount.cli import main
from recount.report.build import clear


def test_a_relative_build_is_one_folder_wherever_one_stands(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOUNT_BUILD", "made")
    seen = {files.build()}
    monkeypatch.chdir(copy / "notebooks")  # as a kernel does
    assert seen == {files.build()} == {copy / "made"}


def test_another_collection_is_named_and_never_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["verify", str(files.root() / "LICENSE")]) == 1
    assert f"this is the collection in {files.root()}" in capfd.readouterr().err
    for command in (["seal"], ["refresh"], ["new", "a-slug", "text.txt"]):
        assert main(command) == 1
        assert "stand in what is to be changed" in capfd.readouterr().err


TESTED = """import recount as rc
for key in rc.ledger("industry-clusters"):
    if key != "rd-share":
        display(rc.judge(key, settles="x"))
rows = rc.table("rd_expenditure").query("year == 2015")
rc.judge(rc.specifications("rd-share", lambda rows: rc.Reading(59, rows), on=[rows], as_written={}))"""


def test_a_run_of_some_notebooks_is_merged_and_what_is_stale_is_told(
    copy: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOUNT_COLD", "1")
    monkeypatch.setattr("recount.collection.validate_changed", lambda force: ([], 0))
    notebook(copy / "notebooks" / "91-good.ipynb", "1")
    assert main(["reproduce", "91"]) == 0
    told = capfd.readouterr()
    assert "verdicts and exhibits are not exported: build/notebooks/00-" in told.err
    assert not (copy / "build" / "verdicts.csv").exists()
    for path in (copy / "notebooks").glob("*.ipynb"):  # as if all had been executed once
        if path.stem[:2] not in ("05", "91"):
            shutil.copy(path, copy / "build" / "notebooks" / path.name)
    notebook(copy / "notebooks" / "05-industry-clusters.ipynb", TESTED)
    assert main(["reproduce", "5"]) == 0
    told = capfd.readouterr()
    stated = next(line for line in told.out.splitlines() if line.startswith("rd-share "))
    with (copy / "build" / "verdicts.csv").open(encoding="utf-8-sig", newline="") as file:
        exported = {row["claim"]: row for row in csv.DictReader(file)}
    assert exported["rd-share"]["specifications"] == "1" and " 1 of 1 " in stated and len(exported) == len(ledger())
    assert "of an earlier run: 00-scoreboard, 01-" in told.out and ", 91-good\n" in told.out
    assert ", 05-" not in told.out, "which is of this run"
    assert "stale: 00-scoreboard (no record), 01-" in told.out and "91-good (" not in told.out


def recount(copy: Path, *command: str, **options: object) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "recount", *command]
    return subprocess.run(words, cwd=copy, stderr=subprocess.PIPE, text=True, timeout=120, **options)  # type: ignore


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "gbk"])  # a Windows redirect, C, and a console in China
def test_a_console_that_knows_no_circle_shows_the_verdicts(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def show(options: object) -> int:
        report.print_verdicts(records.gathered(records.executed())[0])
        print("done ●")
        return 0

    monkeypatch.setattr("recount.cli._seal", show)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert main(["seal"]) == 0
    shown = sys.stdout.buffer.getvalue()  # type: ignore[attr-defined]
    mark = "●".encode(encoding, "replace")  # which gbk knows, but neither ◔ nor ◕
    for told in (b"rd-share", mark + b" holds", "◔ holds if".encode(encoding, "replace"), b"done " + mark):
        assert told in shown


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_a_full_output_device_and_a_closed_pipe_are_no_traceback(copy: Path) -> None:
    with open("/dev/full", "w") as full:
        done = recount(copy, "check-text", "seeds/README.md", stdout=full)
    assert done.returncode == 1 and done.stderr == "recount: the output: no space left on device\n"
    reading, writing = os.pipe()
    os.close(reading)
    done = recount(copy, "check-text", "seeds/README.md", stdout=writing)
    os.close(writing)
    assert done.returncode == 1 and done.stderr == ""


def test_a_build_that_is_a_file_is_told(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (copy / "build").write_text("mine", encoding="utf-8")
    notebook(copy / "notebooks" / "91-good.ipynb", "1")
    assert main(["reproduce", "91"]) == 1
    assert "recount: build/lock: cannot be written: File exists" in capfd.readouterr().err
    assert main(["report"]) == 1
    assert "Traceback" not in capfd.readouterr().err
    assert (copy / "build").read_text(encoding="utf-8") == "mine"


def test_a_full_disk_does_not_hide_what_the_cell_said(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = notebook(copy / "notebooks" / "91-bad.ipynb", "1 / 0")

    def full(path: Path, text: str) -> None:
        raise rc.RecountError(f"{path.name}: cannot be written: no space left on device")

    monkeypatch.setattr("recount.collection.run.write_text", full)
    ended = collection.execute(path, copy / "build" / path.name)
    assert "ZeroDivisionError" in ended.error and "no space left" in ended.error


def test_a_long_folder_for_temporary_files_is_told(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("recount.cli.gettempdir", lambda: f"/tmp/{'x' * 85}")
    assert main(["figures", "--bare", "5"]) == 1
    assert "too long for the sockets of a kernel; set a shorter one" in capfd.readouterr().err


def soon(condition: Callable[[], object], seconds: float = 60) -> object:
    """Wait until a condition holds, and return what it came to."""
    deadline = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="signals and modes are of POSIX")
def test_what_is_stopped_leaves_no_process_no_folder_and_no_half_file(few: Path) -> None:
    """An interrupt from the keyboard, with plain kernels, and a termination, with forks of a server."""
    started = "import os, subprocess\nprocess = subprocess.Popen(['sleep', '300'])\n"
    told = "open(f'{os.getpid()}.pid', 'w').write(str(process.pid))"
    running = []
    for number, cold in (signal.SIGINT, "1"), (signal.SIGTERM, ""):
        folder = few / number.name
        shutil.copytree(few, folder, ignore=shutil.ignore_patterns("SIG*", "*.ipynb"))
        notebook(folder / "notebooks" / "91-slow.ipynb", f"{started}{told}\nprocess.wait()")
        temporary = Path(tempfile.mkdtemp(prefix="rc-", dir="/tmp"))  # sockets need short paths
        surroundings = {"TMPDIR": str(temporary), "RECOUNT_COLD": cold, "RECOUNT_BUILD": ""}
        process = subprocess.Popen(
            [sys.executable, "-m", "recount", "reproduce", "91"],
            cwd=folder, env=os.environ | surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        running.append((number, folder, temporary, process))
    for number, folder, temporary, process in running:
        (kernel,) = soon(lambda folder=folder: [p for p in folder.glob("notebooks/*.pid") if p.read_text()]) or [None]
        assert kernel, process.poll()
        process.send_signal(number)
        error = process.communicate(timeout=30)[1]
        assert process.returncode == 130 and "interrupted" in error and "Traceback" not in error, error
        assert not list((folder / "build").rglob(".*")) and not list((folder / "build" / "notebooks").glob("*"))
        processes = [Path(f"/proc/{pid}/exe") for pid in (kernel.stem, kernel.read_text())]
        assert soon(lambda processes=processes: not any(each.exists() for each in processes), 5), processes
        assert soon(lambda temporary=temporary: not list(temporary.glob("recount-*")), 5)
        shutil.rmtree(temporary)


@pytest.mark.skipif(sys.platform == "win32", reason="signals and modes are of POSIX")
def test_a_file_has_the_mode_that_its_owner_wants(copy: Path) -> None:
    write = "from pathlib import Path; from recount.files import write_text; write_text(Path('a.txt'), 'a')"
    for umask in (0o077, 0o022):
        subprocess.run([sys.executable, "-c", write], cwd=copy, umask=umask, check=True)
        assert (copy / "a.txt").stat().st_mode & 0o777 == 0o666 & ~umask


def test_what_a_killed_build_of_the_report_left_is_cleared(copy: Path) -> None:
    old, young = copy / "build" / ".report-old", copy / "build" / ".report-young"
    for folder in (old, young):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    clear(copy / "build")
    assert young.exists() and not old.exists()
