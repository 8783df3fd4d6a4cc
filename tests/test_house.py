"""The house: rooms whose imports run one way, files and functions that a person reads at a sitting."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from conftest import ROOT

ROOMS = ("helper", "texts", "collection", "report", "cli")  # each may import from those before it
SOURCE = ROOT / "src" / "recount"
FILE_LINES, FUNCTION_LINES = 350, 40  # a function without its docstring


def room(module: str) -> str:
    """Return the room of a module: recount.report.pages lies in report, recount.claims in the helper."""
    parts = [*module.split("."), ""]
    if parts[1] in ("cli", "__main__"):
        return "cli"
    return parts[1] if parts[1] in ROOMS else "helper"


def imported(path: Path, module: str) -> Iterator[str]:
    """Yield every module of the project that a file imports, at the top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "recount")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "recount":
            names = [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "recount" else []
            yield from names or [str(node.module)]
        elif isinstance(node, ast.ImportFrom) and node.level:
            raise AssertionError(f"{module}: a relative import hides where it leads")


def faults(source: Path) -> list[str]:
    """Return what is wrong with the house under `source`."""
    found = []
    for path in sorted(source.rglob("*.py")):
        module = ".".join(("recount", *path.relative_to(source).with_suffix("").parts)).removesuffix(".__init__")
        text = path.read_text(encoding="utf-8")
        for name in imported(path, module):
            if ROOMS.index(room(name)) > ROOMS.index(room(module)):
                found.append(f"{module} imports {name}, of a later room")
        if len(text.splitlines()) > FILE_LINES:
            found.append(f"{module} has {len(text.splitlines())} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno:
                first = node.body[0]
                told = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
                length = node.end_lineno - node.lineno + 1
                length -= (first.end_lineno or 0) - first.lineno + 1 if told else 0
                if length > FUNCTION_LINES:
                    found.append(f"{module}.{node.name} has {length} lines")
    return found


def test_imports_run_one_way_and_nothing_is_too_long() -> None:
    assert faults(SOURCE) == []


def test_planted_faults_are_found(tmp_path: Path) -> None:
    def planted(name: str, text: str) -> list[str]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        told = faults(tmp_path)
        path.unlink()
        return told

    assert planted("claims.py", "def f():\n    from recount import collection\n") == [
        "recount.claims imports recount.collection, of a later room"
    ]
    assert planted("texts/check.py", "import recount.report.pages\n") != []
    assert planted("collection/run.py", "from recount.texts.check import check\n") == []
    assert planted("report/pages.py", "from recount.cli import main\n") != []
    assert planted("files.py", "x = 1\n" * 351) == ["recount.files has 351 lines"]
    assert planted("files.py", "def f():\n    '''Told.\n\n    At length.\n    '''\n" + "    x = 1\n" * 39) == []
    assert planted("files.py", "def f():\n" + "    x = 1\n" * 40) == ["recount.files.f has 41 lines"]
