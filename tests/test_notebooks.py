"""What nbval does not see, such as cells never run or figures without alt text; and that it sees the rest."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import ROOT, replace
from small_collection import write_collection, write_notebook

from recount.claims import essays
from recount.pipeline.execute import METADATA
from recount.pipeline.results import write_verdicts
from recount.records import FIGURE_MIME, gathered
from recount.texts.ledger import paragraphs

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NUMBER = r"(?<![\w.-])\d+(?:[.,]\d+)*"
MONTH = "January February March April May June July August September October November December".replace(" ", "|")
DATE = re.compile(rf"\b\d{{1,2}} (?=(?:{MONTH})\b)|\b(?:1[89]|20)\d\ds?\b")
# Code, addresses, a title, a quantile of the normal, and from which size the UN lists a city.
NAMED = re.compile(r"`[^`]*`|\]\([^)]*\)|CIA/RR 102|1\.96 times|(?:cities of|over) 300,000")


def stated(stem: str) -> set[str]:
    """Return the numbers that a notebook's essay states."""
    own = {essay.id for essay in essays().values() if essay.notebook == stem}
    tokens = [token for paragraph in paragraphs().values() if paragraph.essay in own for token in paragraph.tokens]
    return {"1", "100", *re.findall(NUMBER, " ".join(tokens))}


def typed(source: str, known: set[str]) -> list[str]:
    """Return numbers in Markdown that the essay does not state and that are no dates; a number in words may stand."""
    return [number for number in re.findall(NUMBER, DATE.sub("", NAMED.sub("", source))) if number not in known]


def output_faults(number: int, output: Any) -> list[str]:
    """Return what is wrong with an output of the code cell `number`."""
    data = output.get("data", {})
    text = str(output.get("text", "")) + str(data.get("text/plain", ""))
    rules = {
        "an error or a warning": output.output_type == "error" or output.get("name") == "stderr",
        "a raster, which nbval does not compare": bool({"image/png", "image/jpeg"} & set(data)),
        "a figure without alt text": "image/svg+xml" in data and not data.get(FIGURE_MIME, {}).get("alt"),
        "an address or a path of this machine": bool(re.search(" object at 0x|/tmp/|/home/", text)),
    }
    return [f"cell {number} stores {fault}" for fault, holds in rules.items() if holds]


def cell_faults(cell: Any, known: set[str], first: bool) -> list[str]:
    """Return what is wrong with the source and the metadata of a cell, the `first` of code or another."""
    numbers = typed(cell.source, known) if cell.cell_type == "markdown" else []
    comment = re.search(r"#.*?(nbval|pytest_validate)\w*", cell.source, re.IGNORECASE)
    allowed = [{}]
    allowed += [{"jupyter": {"source_hidden": True}, "tags": ["hide-input"]}] if "rc.figure(" in cell.source else []
    allowed += [{"tags": ["nbval-ignore-output"]}] if first and "rc.answer(" in cell.source else []
    rules = {
        f"a number is typed in Markdown: {', '.join(numbers)}": numbers,
        f"a comment switches the comparison off: {comment and comment[0]}": comment,
        "a character shows text in another order than it has": re.search("[\u202a-\u202e\u2066-\u2069]", cell.source),
        "a cell ends in a semicolon, which nbval does not honour": cell.source.rstrip().endswith(";"),
        f"a cell carries metadata: {dict(cell.metadata)}": cell.metadata not in allowed,
    }
    return [fault for fault, holds in rules.items() if holds]


def faults(path: Path) -> list[str]:
    """Return what is wrong with a stored notebook."""
    notebook, known = nbformat.read(path, as_version=4), stated(path.stem)
    if invalid := [error.message for error in nbformat.validator.iter_validate(notebook)]:
        return invalid
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    shown = [(number, output) for number, cell in enumerate(code, 1) for output in cell.outputs]
    problems = [fault for number, output in shown for fault in output_faults(number, output)]
    problems += [fault for cell in notebook.cells for fault in cell_faults(cell, known, cell is code[0])]
    rules = {
        "cells were not run in order, once": [cell.execution_count for cell in code] != [*range(1, len(code) + 1)],
        "no output is stored": not shown,
        "the notebook's metadata differ from machine to machine; run `make refresh`": notebook.metadata != METADATA,
    }
    return problems + [fault for fault, holds in rules.items() if holds]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_stored_notebook_is_complete(path: Path) -> None:
    assert faults(path) == []


def test_the_stored_verdicts_are_those_of_the_notebooks(tmp_path: Path) -> None:
    write_verdicts(tmp_path / "verdicts.csv", gathered(NOTEBOOKS)[0])
    assert (tmp_path / "verdicts.csv").read_bytes() == (ROOT / "notebooks" / "verdicts.csv").read_bytes()


EMPTY, CALL = '"outputs": []', '"it_specs(year=2016)'


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"execution_count": 3,\n   "id"', '"execution_count": null,\n   "id"', "cells were not run in order, once"),
        ('"alt": "', '"was": "', "cell 6 stores a figure without alt text"),
        (EMPTY, '"outputs": [{"output_type": "stream", "name": "stderr", "text": "W"}]', "cell 2 stores an error or a"),
        (EMPTY, '"outputs": [{"output_type": "stream", "name": "a", "text": "/home/a"}]', "cell 2 stores an address"),
        ('"image/svg+xml": [', '"image/png": [', "cell 6 stores a raster, which nbval does not compare"),
        (f'{CALL}"', f'{CALL};"', "a cell ends in a semicolon"),
        (f'{CALL}"', f'{CALL}  # NBVAL_SKIP"', "a comment switches the comparison off: # NBVAL_SKIP"),
        (f'{CALL}"', f'{CALL}  # \u202e"', "a character shows text in another order"),
        ('"metadata": {}', '"metadata": {"tags": ["nbval-ignore-output"]}', "a cell carries metadata"),
        ("The text names no year", "The text names 58.98", "a number is typed in Markdown: 58.98"),
        ('"language": "python"', '"language": "R"', "the notebook's metadata differ"),
    ],
)
def test_faults_names_what_is_planted(tmp_path: Path, old: str, new: str, fault: str) -> None:
    path = Path(shutil.copy(ROOT / "notebooks" / "05-industry-clusters.ipynb", tmp_path))
    replace(path, old, new)
    (problem, *_) = faults(path)
    assert problem.startswith(fault)


DRAWING = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M 1 0"/></svg>'


def test_nbval_compares_data_outputs_and_drawings(tmp_path: Path) -> None:
    moved = nbformat.v4.new_output("display_data", data={"image/svg+xml": DRAWING.replace("M 1", "M 2")})
    stored = {
        "import recount as rc\nprint(rc.table('alpha')['n'].sum())": nbformat.v4.new_output("stream", text="7.0\n"),
        "print('58.98 percent')": nbformat.v4.new_output("stream", text="58.99 percent\n"),
        f"display({{'image/svg+xml': '{DRAWING}'}}, raw=True)": moved,
        "print('the same')": nbformat.v4.new_output("stream", text="the same\n"),
    }
    path = write_notebook(write_collection(tmp_path) / "notebooks" / "01-alpha.ipynb", *stored)
    notebook = nbformat.read(path, as_version=4)
    for cell, output in zip(notebook.cells[1:], stored.values(), strict=True):
        cell.update(execution_count=1, outputs=[output])
    nbformat.write(notebook, path)
    plain = os.environ | {"JUPYTER_DEFAULT_PROVISIONER_NAME": "local-provisioner"}  # which loads what is imported alone
    command = [sys.executable, "-m", "pytest", "--nbval", "-q", "-rN", "-c", os.devnull, "--rootdir", str(tmp_path)]
    done = subprocess.run([*command, str(path)], cwd=tmp_path, env=plain, capture_output=True, text=True)
    datum, output, drawing = done.stdout.split("Cell outputs differ")[1:]
    assert "'7.0\\n' == '6.0\\n'" in datum and "58.99 percent" in output and "image/svg+xml" in drawing, done.stdout
    assert "3 failed, 1 passed" in done.stdout, "and what is the same stays green"
