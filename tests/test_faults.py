"""Faults of the surroundings: told in a sentence, and nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from recount import files
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
        assert "stand in the collection that is to be changed" in capfd.readouterr().err
