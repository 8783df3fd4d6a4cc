"""What nbval does not see, such as cells never run or figures without alt text; and that it sees the rest."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT, replace

import recount as rc
from recount import collection
from recount.records import FIGURE

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def faults(path: Path) -> list[str]:
    """Return what is wrong with a stored notebook."""
    nb = nbformat.read(path, as_version=4)
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    stated = {claim.value for claim in rc.ledger().values() if claim.essay.notebook == path.stem}
    found = []
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        found.append("cells were not run in order, each once")
    if not any(cell.outputs for cell in code):
        found.append("no output is stored")
    for number, cell in enumerate(code, start=1):
        if cell.source.rstrip().endswith(";"):
            found.append(f"cell {number} ends in a semicolon, which nbval does not honour")
        for output in cell.outputs:
            data = output.get("data", {})
            if output.output_type == "error" or output.get("name") == "stderr":
                found.append(f"cell {number} stores an error or a warning")
            if {"image/png", "image/jpeg"} & set(data):
                found.append(f"cell {number} stores a raster, which nbval does not compare")
            if "image/svg+xml" in data and not data.get(FIGURE, {}).get("alt"):
                found.append(f"cell {number} shows a figure without alt text")
            told = str(output.get("text", "")) + str(data.get("text/plain", ""))
            if " object at 0x" in told or "/tmp/" in told or "/home/" in told:
                found.append(f"cell {number} stores an address or a path of this machine")
    for cell in nb.cells:
        percentages = re.findall(r"(\d+(?:\.\d+)?)\s?(?:%|percent\b)", cell.source)
        if cell.cell_type == "markdown" and (typed := set(percentages) - stated):
            found.append(f"a result is typed in Markdown: {sorted(typed)} percent")
        allowed = [{}]
        if "rc.figure(" in cell.source:
            allowed.append({"jupyter": {"source_hidden": True}, "tags": ["hide-input"]})
        if cell is code[0] and "rc.answer(" in cell.source:
            allowed.append({"tags": ["nbval-ignore-output"]})
        if cell.metadata not in allowed:
            found.append(f"a cell carries metadata: {dict(cell.metadata)}")
    if dict(nb.metadata) != {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }:
        found.append("the notebook's metadata differ from machine to machine; run `make refresh`")
    return found


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_stored_notebook_is_complete(path: Path) -> None:
    assert faults(path) == []


def test_planted_faults_are_found(copy: Path) -> None:
    path = copy / "notebooks" / "05-industry-clusters.ipynb"

    def planted(change) -> list[str]:
        nb = nbformat.read(ROOT / "notebooks" / path.name, as_version=4)
        code = [cell for cell in nb.cells if cell.cell_type == "code"]
        change(nb, code)
        nbformat.write(nb, path)
        return faults(path)

    def strip(nb, code) -> None:
        for cell in code:
            cell.outputs, cell.execution_count = [], None

    def warn(nb, code) -> None:
        code[0].outputs = [nbformat.v4.new_output("stream", name="stderr", text="DeprecationWarning")]

    def blind(nb, code) -> None:
        shown = next(o for c in code for o in c.outputs if "image/svg+xml" in o.get("data", {}))
        del shown["data"][FIGURE]

    assert planted(strip) == ["cells were not run in order, each once", "no output is stored"]
    assert planted(warn) == ["cell 1 stores an error or a warning"]
    assert len(planted(blind)) == 1
    assert planted(lambda nb, code: code[2].update(execution_count=9)) == ["cells were not run in order, each once"]
    assert planted(lambda nb, code: code[2].update(source="1;")) != []
    assert planted(lambda nb, code: nb.cells[0].update(source="It is 58.98 percent.")) != []


def differences(folder: Path) -> str:
    """Run nbval strictly over one notebook of a copy until a cell differs, and return what it says."""
    command = [sys.executable, "-m", "pytest", "--nbval", "-q", "-x", "-c", os.devnull, "--rootdir", str(folder)]
    done = subprocess.run(
        [*command, "notebooks/05-industry-clusters.ipynb"], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1, done.stdout
    assert "Cell outputs differ" in done.stdout, done.stdout
    return done.stdout


def test_a_changed_datum_turns_nbval_red(copy: Path) -> None:
    replace(copy / "data" / "rd_expenditure.csv", "Beijing,2015,1384", "Beijing,2015,1484")
    collection.seal()
    assert "rd-share" in differences(copy)


def test_a_changed_output_turns_nbval_red(copy: Path) -> None:
    replace(copy / "notebooks" / "05-industry-clusters.ipynb", "58.98 percent", "58.99 percent")
    assert "58.99 percent" in differences(copy)


def test_a_moved_bar_turns_nbval_red(copy: Path) -> None:
    path = copy / "notebooks" / "05-industry-clusters.ipynb"
    nb = nbformat.read(path, as_version=4)
    shown = next(o for c in nb.cells for o in c.get("outputs", []) if "image/svg+xml" in o.get("data", {}))
    moved = re.sub(r'd="M (\d+)', lambda m: f'd="M {int(m[1]) + 1}', shown["data"]["image/svg+xml"], count=1)
    assert moved != shown["data"]["image/svg+xml"]
    shown["data"]["image/svg+xml"] = moved
    nbformat.write(nb, path)
    assert "image/svg+xml" in differences(copy)
