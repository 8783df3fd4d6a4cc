"""Faults of the surroundings: told in a sentence, and nothing lost."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from conftest import ROOT, replace
from test_collection import notebook

import recount as rc
from recount import collection, files
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
    assert main(["validate"]) == 0
    assert f"this is the collection in {files.root()}" in capfd.readouterr().err
    for command in (["seal"], ["refresh"], ["new", "a-slug", "text.txt"]):
        assert main(command) == 1
        assert "stand in what is to be changed" in capfd.readouterr().err


def test_a_run_of_some_notebooks_is_merged_and_what_is_stale_is_told(
    copy: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recount.collection.pictures.drawings", lambda *_: iter(()))
    notebook(copy / "notebooks" / "91-good.ipynb", "1")
    assert main(["reproduce", "91"]) == 0
    told = capfd.readouterr()
    assert "verdicts and exhibits are not exported: build/notebooks/00-" in told.err
    assert not (copy / "build" / "verdicts.csv").exists()
    for path in (copy / "notebooks").glob("*.ipynb"):  # as if all had been executed once
        if path.stem[:2] not in ("05", "91"):
            shutil.copy(path, copy / "build" / "notebooks" / path.name)
    replace(copy / "notebooks" / "05-industry-clusters.ipynb", "year=YEARS, as_written", "year=[2015], as_written")
    assert main(["reproduce", "5"]) == 0
    told = capfd.readouterr()
    stated = next(line for line in told.out.splitlines() if line.startswith("rd-share "))
    with (copy / "build" / "verdicts.csv").open(encoding="utf-8-sig", newline="") as file:
        exported = {row["claim"]: row for row in csv.DictReader(file)}
    assert exported["rd-share"]["specifications"] == "1" and " 1/1 " in stated and len(exported) == len(ledger())
    assert "of an earlier run: 00-scoreboard, 01-" in told.out and ", 91-good\n" in told.out
    assert "stale: 00-scoreboard (no record), 01-" in told.out and "91-good (" not in told.out


def recount(copy: Path, *command: str, **options: object) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "recount", *command]
    return subprocess.run(words, cwd=copy, stderr=subprocess.PIPE, text=True, timeout=120, **options)  # type: ignore


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "gbk"])  # a Windows redirect, C, and a console in China
def test_a_console_that_knows_no_circle_shows_the_verdicts(encoding: str) -> None:
    show = (
        "from recount import report, records as r; report.print_verdicts(r.gathered(r.executed())[0]); print('done ●')"
    )
    patched = f"from recount import cli; cli._seal = lambda options: exec({show!r}) or 0; cli.main(['seal'])"
    done = subprocess.run(
        [sys.executable, "-c", patched],
        env=os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        cwd=ROOT, capture_output=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0 and done.stderr == b"", done.stderr
    mark = "●".encode(encoding, "replace")  # which gbk knows, but neither ◔ nor ◕
    for told in (b"rd-share", mark + b" holds", "◔ holds if".encode(encoding, "replace"), b"done " + mark):
        assert told in done.stdout


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
    paths = [notebook(copy / "notebooks" / f"9{n}-bad.ipynb", f"1 / 0  # {n}") for n in (1, 2)]

    def full(path: Path, text: str) -> None:
        raise rc.RecountError(f"{path.name}: cannot be written: no space left on device")

    monkeypatch.setattr("recount.collection.run.write_text", full)
    for path in paths:
        ended = collection.execute(path, copy / "build" / path.name)
        assert "ZeroDivisionError" in ended.error and "no space left" in ended.error


def test_a_long_folder_for_temporary_files_is_told(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("recount.cli.gettempdir", lambda: f"/tmp/{'x' * 85}")
    assert main(["figures", "--bare", "5"]) == 1
    assert "too long for the sockets of a kernel; set a shorter one" in capfd.readouterr().err


def test_a_cell_has_the_seconds_that_are_given(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    notebook(copy / "notebooks" / "91-slow.ipynb", "import time\ntime.sleep(60)")
    assert main(["reproduce", "--timeout", "1", "91"]) == 1
    assert "no end after 1 seconds" in capfd.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="signals and modes are of POSIX")
def test_a_termination_leaves_no_process_and_no_folder(copy: Path) -> None:
    temporary = Path(tempfile.mkdtemp(prefix="rc-", dir="/tmp"))  # sockets need short paths
    started = "import subprocess, time\nopen('pid', 'w').write(str(subprocess.Popen(['sleep', '300']).pid))\n"
    notebook(copy / "notebooks" / "91-slow.ipynb", f"{started}time.sleep(300)")
    process = subprocess.Popen(
        [sys.executable, "-m", "recount", "reproduce", "91"],
        cwd=copy, env=os.environ | {"TMPDIR": str(temporary)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    marker, deadline = copy / "notebooks" / "pid", time.monotonic() + 60
    while not (marker.exists() and marker.read_text()) and time.monotonic() < deadline:
        time.sleep(0.2)
    process.terminate()
    told = process.communicate(timeout=30)[1]
    assert process.returncode == 130 and b"Traceback" not in told, told
    time.sleep(1)
    assert list(temporary.glob("recount-*")) == []
    shutil.rmtree(temporary)
    assert not Path(f"/proc/{marker.read_text()}/exe").exists()


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


def test_a_terminal_is_not_moved_by_what_a_cell_says(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    notebook(copy / "notebooks" / "91-bad.ipynb", "raise ValueError('\x1b]0;owned\x07 \u202e')")
    assert main(["reproduce", "91"]) == 1
    told = capfd.readouterr().err
    assert r"ValueError: \x1b]0;owned\x07 \u202e" in told and "\x1b" not in told and "\u202e" not in told
