"""What the tests share: kernels without TCP, and a copy of the collection to plant defects in."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import settings

from recount.records import executed, gathered
from recount.verdict import Verdict

ROOT = Path(__file__).resolve().parents[1]
TABLES = sorted((ROOT / "data").glob("*.csv"))
FEW = ("population", "population_components", "provinces", "rd_expenditure", "sources")
_sockets = tempfile.TemporaryDirectory(prefix="recount-")
_numbers = itertools.count()
# The same examples every time: a test that is red is red for everyone. `make prove` sets how many, and draws new ones.
EXAMPLES = int(os.environ.get("RECOUNT_EXAMPLES") or 0)
settings.register_profile("same", derandomize=not EXAMPLES, database=None, deadline=None)
settings.load_profile("same")


def _private_kernel(**options: object) -> object:
    """nbval has no option for the transport: over TCP ipykernel warns, and others on the machine could listen."""
    from jupyter_client.manager import KernelManager

    return KernelManager(transport="ipc", ip=f"{_sockets.name}/{os.getpid()}-{next(_numbers)}", **options)


if sys.platform != "win32" and "nbval.kernel" in sys.modules:
    sys.modules["nbval.kernel"].KernelManager = _private_kernel  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def built() -> Path:
    """The build of the checkout as it stands, made once: other processes of the tests wait for it."""
    subprocess.run([sys.executable, "-m", "recount", "reproduce"], cwd=ROOT, check=True, capture_output=True)
    return ROOT / "build"


@pytest.fixture(scope="session")
def verdicts(built: Path) -> list[Verdict]:
    """The verdicts of the build of the checkout."""
    return gathered(executed(built / "notebooks"))[0]


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """What a command sets for itself and its kernels is undone after each test."""
    with patch.dict(os.environ):
        yield


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of seeds, data and notebooks to plant a defect in, and the working directory inside it."""
    monkeypatch.chdir(copied(tmp_path))
    monkeypatch.setenv("RECOUNT_BUILD", str(tmp_path / "build"))
    return tmp_path


@pytest.fixture
def few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Such a copy with five tables, which are checked in a tenth of the time."""
    monkeypatch.chdir(cut(copied(tmp_path, *(path.name for path in TABLES if path.stem not in FEW))))
    monkeypatch.setenv("RECOUNT_BUILD", str(tmp_path / "build"))
    return tmp_path


def copied(folder: Path, *without: str) -> Path:
    for name in ("seeds", "data", "notebooks"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(".ipynb_checkpoints", *without))
    return folder


def cut(folder: Path, *more: str) -> Path:
    """Leave few tables of a copied collection, and those named."""
    path = folder / "data" / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    package["resources"] = [each for each in package["resources"] if each["name"] in (*FEW, *more)]
    path.write_text(json.dumps(package), encoding="utf-8")
    for path in (folder / "data").glob("*.csv"):
        if path.stem not in (*FEW, *more):
            path.unlink()
    return folder


def replace(path: Path, old: str, new: str) -> None:
    """Plant a defect; one that changes nothing is itself a failure."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def describe(folder: Path, name: str) -> tuple[dict, dict]:
    """Return (package, resource) of the copied data package, to be changed and written back."""
    package = json.loads((folder / "data" / "datapackage.json").read_text(encoding="utf-8"))
    return package, next(r for r in package["resources"] if r["name"] == name)
