"""Faults of the surroundings: told in a sentence, and nothing lost."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from conftest import replace
from test_collection import notebook

from recount import files
from recount.claims import ledger
from recount.cli import main


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
