"""What the tests share: kernels without TCP, and a copy of the collection to plant defects in."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from jupyter_client.connect import ConnectionFileMixin

ROOT = Path(__file__).resolve().parents[1]

if (
    sys.platform != "win32"
):  # nbval has no option for it; over TCP ipykernel warns, and others on the machine could listen
    ConnectionFileMixin.transport.default_value = "ipc"
    ConnectionFileMixin.ip.default_args = ()
    ConnectionFileMixin._ip_default = lambda self: str(Path(tempfile.mkdtemp(prefix="recount-")) / "kernel")


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of seeds, data and notebooks to plant a defect in, and the working directory inside it."""
    for name in ("seeds", "data", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECOUNT_BUILD", str(tmp_path / "build"))
    return tmp_path


def replace(path: Path, old: str, new: str) -> None:
    """Plant a defect; one that changes nothing is itself a failure."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def describe(folder: Path, name: str) -> tuple[dict, dict]:
    """Return (package, resource) of the copied data package, to be changed and written back."""
    package = json.loads((folder / "data" / "datapackage.json").read_text(encoding="utf-8"))
    return package, next(r for r in package["resources"] if r["name"] == name)
