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
from recount import collection, texts
from recount.records import FIGURE

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


NUMBER = r"(?<![\w.-])\d+(?:[.,]\d+)*"
MONTH = "January February March April May June July August September October November December".replace(" ", "|")
DATE = re.compile(rf"\b\d{{1,2}} (?=(?:{MONTH})\b)|\b(?:1[89]|20)\d\ds?\b")
# Code, addresses, a title, a quantile of the normal, and from which size the UN lists a city.
NAMED = re.compile(r"`[^`]*`|\]\([^)]*\)|CIA/RR 102|1\.96 times|(?:cities of|over) 300,000")


def known(stem: str) -> set[str]:
    """Return the numbers that a notebook's essay states."""
    essays = [essay.id for essay in rc.essays().values() if essay.notebook == stem]
    stated = [token for each in texts.paragraphs().values() if each.essay in essays for token in each.tokens]
    return {"1", "100", *re.findall(NUMBER, " ".join(stated))}


def typed(source: str, known: set[str]) -> list[str]:
    """Return numbers in Markdown that the essay does not state and that are no dates; a number in words may stand."""
    return [number for number in re.findall(NUMBER, DATE.sub("", NAMED.sub("", source))) if number not in known]


def faults(path: Path) -> list[str]:
    """Return what is wrong with a stored notebook."""
    nb, stated = nbformat.read(path, as_version=4), known(path.stem)
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
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
        if cell.cell_type == "markdown" and (numbers := typed(cell.source, stated)):
            found.append(f"a number is typed in Markdown: {', '.join(numbers)}")
        if re.search("[\u202a-\u202e\u2066-\u2069]", cell.source):
            found.append("a character shows text in another order than it has")
        if comment := re.search(r"#.*?(nbval|pytest_validate)\w*", cell.source, re.IGNORECASE):
            found.append(f"a comment switches the comparison off: {comment[0]}")
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


def test_planted_faults_are_found(tmp_path: Path) -> None:
    path = tmp_path / "05-industry-clusters.ipynb"

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
    for typed_in in ("58.98 percent", "58.98", "17 of 31 provinces", "1,384 yuan", "3"):
        (told,) = planted(lambda nb, code, typed_in=typed_in: nb.cells[0].update(source=f"It is {typed_in}."))
        assert told.startswith("a number is typed in Markdown: ")
    assert planted(lambda nb, code: nb.cells[0].update(source="# \u202etahw")) != []
    fine = "On 25 April 2017, about 60 percent; the 1950s; `rd-share-7` [there](a7.html); two of six"
    assert planted(lambda nb, code: nb.cells[0].update(source=fine)) == []
    for switch in (
        "# NBVAL_SKIP",
        "#NBVAL_IGNORE_OUTPUT",
        "x = 1  # nbval_ignore_output",
        "# PYTEST_VALIDATE_IGNORE_OUTPUT",
    ):
        (told,) = planted(lambda nb, code, switch=switch: code[2].update(source=f"{switch}\n{code[2].source}"))
        assert told.startswith("a comment switches the comparison off: #")


CELLS = (
    """import recount as rc
from matplotlib import pyplot as plt
rows = rc.table("rd_expenditure").query("year == 2015")
rc.judge(rc.specifications("rd-share", lambda rows: rc.Reading(rows["rd_100m_yuan"].sum(), rows), on=[rows],
                           as_written={}))""",
    "print('58.98 percent')",
    """fig, ax = plt.subplots()
ax.bar([1, 2], [1, 2])
rc.figure("05-bars", fig, title="Bars", data=rows, tables=[],
          alt="Two bars, the second twice as high as the first: 1, 2")""",
)


def test_a_changed_datum_a_changed_output_and_a_moved_bar_turn_nbval_red(few: Path) -> None:
    path = few / "notebooks" / "05-industry-clusters.ipynb"
    same = "print('the same')"
    nbformat.write(nbformat.v4.new_notebook(cells=[*map(nbformat.v4.new_code_cell, [*CELLS, same])]), path)
    assert not collection.execute(path, path).error
    replace(few / "data" / "rd_expenditure.csv", "Beijing,2015,1384", "Beijing,2015,1484")
    collection.seal()
    replace(path, "58.98 percent\\n", "58.99 percent\\n")
    nb = nbformat.read(path, as_version=4)
    (shown,) = (o for o in nb.cells[2].outputs if "image/svg+xml" in o.get("data", {}))
    moved = re.sub(r'd="M (\d+)', lambda m: f'd="M {int(m[1]) + 1}', shown["data"]["image/svg+xml"], count=1)
    assert moved != shown["data"]["image/svg+xml"]
    shown["data"]["image/svg+xml"] = moved
    nbformat.write(nb, path)
    command = [sys.executable, "-m", "pytest", "-p", "recount.collection", "--nbval", "-q", "-rN", "-c", os.devnull]
    done = subprocess.run(
        [*command, "--rootdir", str(few), str(path)], cwd=few, capture_output=True, text=True, timeout=120
    )
    datum, output, bar, *others = done.stdout.split("Cell outputs differ")[1:]
    assert "rd-share" in datum and "58.99 percent" in output and "image/svg+xml" in bar and others == [], done.stdout
    assert "3 failed, 1 passed" in done.stdout, "and what is the same stays green"
