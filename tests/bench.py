"""How fast the collection is executed, by Recount and by others, and whether that grows with the number of essays.

`make bench` runs it and writes BENCHMARK.md. Ways take turns, so that a disturbance
hits all alike; memory is the proportional set size of a command and all its children, sampled.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import NamedTuple

import nbformat
import psutil

from recount.files import write_text

ROOT = Path(__file__).resolve().parents[1]
MODULE = [sys.executable, "-m"]
FIRST = "recount reproduce --force"
REPRODUCE = [*MODULE, "recount", "reproduce"]
PYTEST = [*MODULE, "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "-n", "2", "notebooks"]
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
OTHERS = {"RECOUNT_COLD": "1"} | ONE_THREAD
BLANK = {name: value for name, value in os.environ.items() if not name.startswith(("RECOUNT_", "JUPYTER_"))}


ABOUT = """
Made by `make bench`. All ways execute the same notebooks, two at a time where they can, with one thread each for
arithmetic; papermill and nbconvert execute them one after the other. The ways take turns in each round; shown are
median, least and most. Papermill, nbconvert, nbmake and nbval make no PDF and PNG of the figures, and nbmake compares
nothing. The floor loads the libraries once, forks for each notebook but the scoreboard, keeps no outputs, checks no
table, and makes all formats of the figures. Memory is the most that a command and its children hold together, shared
pages counted once, sampled.

Synthetic essays have a claim, its specifications, a figure and a verdict each; the last column is a second run.
"""


class Way(NamedTuple):
    """Commands that are timed together, what is done before and not timed, and variables set."""

    commands: list[list[str]]
    before: Callable[[Path, int], object] = lambda copy, turn: None
    environment: Mapping[str, str] = MappingProxyType({})


class Measured(NamedTuple):
    seconds: float
    peak: float  # megabytes


def copied(folder: Path) -> Path:
    """Return a copy of the collection in which things are changed and run."""
    for name in ("data", "seeds", "notebooks"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(".*"))
    for name in ("requirements.txt", "CITATION.cff"):
        shutil.copy(ROOT / name, folder)
    return folder


def measured(copy: Path, way: Way) -> Measured:
    """Run the commands of a way, one after the other."""
    started, peak = time.monotonic(), 0.0
    for command in way.commands:
        with (copy / "log").open("w") as log:
            process = psutil.Popen(command, cwd=copy, env=BLANK | way.environment, stdout=log, stderr=log)
        while process.poll() is None:
            peak = max(peak, memory(process))
            with suppress(psutil.TimeoutExpired):
                process.wait(0.2)
        if process.returncode:
            sys.exit(f"{' '.join(command)} ended with code {process.returncode}:\n{(copy / 'log').read_text()[-3000:]}")
    return Measured(time.monotonic() - started, peak)


def memory(process: psutil.Process) -> float:
    total = 0
    with suppress(psutil.Error):
        for each in (process, *process.children(recursive=True)):
            with suppress(psutil.Error, AttributeError):
                total += each.memory_full_info().pss
    return total / 1e6


def datum(copy: Path, turn: int) -> None:
    """Change one figure of one table, by a hundredth more each turn, and seal it."""
    path = copy / "data" / "rd_intensity.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    cells = lines[1].split(",")
    cells[2] = f"{float(cells[2]) + 0.01:.2f}"
    path.write_text("".join([lines[0], ",".join(cells), *lines[2:]]), encoding="utf-8")
    subprocess.run([*MODULE, "recount", "seal"], cwd=copy, env=BLANK, check=True, stdout=subprocess.DEVNULL)


def prose(copy: Path, turn: int) -> None:
    """Change one sentence of one notebook, another each turn."""
    path = copy / "notebooks" / "06-integration.ipynb"
    notebook = nbformat.read(path, 4)
    next(cell for cell in notebook.cells if cell.cell_type == "markdown").source += f"\n\nTurn {turn}."
    nbformat.write(notebook, path)


def ways(tools: Path) -> dict[str, Way]:
    """Return what is compared, in the order in which it is run."""
    sources = sorted(path.name for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
    with_tools = OTHERS | {"PYTHONPATH": os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(tools)]))}
    papermill = [[*MODULE, "papermill", "--cwd", "notebooks", f"notebooks/{n}", f"papermill-{n}"] for n in sources]
    nbconvert = [*MODULE, "nbconvert", "--execute", "--to", "notebook", "--output-dir", "nbconvert"]
    found = {
        "the first, kernels cold": Way([[*REPRODUCE, "--force"]], environment={"RECOUNT_COLD": "1"}),
        "the first, --engine dask": Way([[*REPRODUCE, "--force", "--engine", "dask"]]),
        FIRST: Way([[*REPRODUCE, "--force"]]),  # last of the three: what is unchanged since it is skipped next
        "recount reproduce, unchanged": Way([REPRODUCE]),
        "one datum changed": Way([REPRODUCE], datum),
        "one notebook's prose changed": Way([REPRODUCE], prose),
        "recount report --force": Way([[*MODULE, "recount", "report", "--force"]]),
        "floor, all formats": Way([[sys.executable, __file__, "floor"]], environment=ONE_THREAD),
        "papermill": Way(papermill, environment=with_tools),
        "nbconvert": Way([[*nbconvert, *(f"notebooks/{name}" for name in sources)]], environment=OTHERS),
        "nbmake -n 2": Way([[*PYTEST, "--nbmake", "-p", "no:nbval"]], environment=with_tools),
        "nbval -n 2": Way([[*PYTEST, "--nbval", "--dist", "loadfile"]], environment=OTHERS),
    }
    return {name: way for name, way in found.items() if "dask" not in name or find_spec("distributed")}


def rounds(number: int, tools: Path) -> list[str]:
    """Return the table of ways: medians over rounds in which they take turns."""
    found: dict[str, list[Measured]] = {}
    with TemporaryDirectory(prefix="recount-") as folder:
        changed, kept = copied(Path(folder, "changed")), copied(Path(folder, "kept"))
        for turn in range(number):
            for name, way in ways(tools).items():
                others = way.environment.keys() >= OTHERS.keys()  # they judge stored outputs, which are to be right
                copy = kept if others else changed
                way.before(copy, turn)
                found.setdefault(name, []).append(measured(copy, way))
                print(f"round {turn + 1}: {name}: {found[name][-1].seconds:.1f} s", file=sys.stderr, flush=True)
    first = statistics.median(run.seconds for run in found[FIRST])
    lines = ["| way | seconds | of the first | peak memory, MB |", "|---|---:|---:|---:|"]
    for name, runs in sorted(found.items(), key=lambda item: item[0] != FIRST):
        seconds = sorted(run.seconds for run in runs)
        middle, peak = statistics.median(seconds), max(run.peak for run in runs)
        span = f"{middle:.1f} ({seconds[0]:.1f} to {seconds[-1]:.1f})"
        lines.append(f"| {name} | {span} | {middle / first:.2f} | {peak:.0f} |")
    return lines


def floor() -> None:
    """Execute the notebooks with next to nothing around them: libraries loaded once, a fork each, two at a time."""
    from IPython.core.interactiveshell import InteractiveShell

    import recount.collection
    from recount.collection import warm
    from recount.records import notebooks

    warm._load()
    waiting, running = [p for p in notebooks() if p.stem[:2] != "00"], 0
    os.environ["RECOUNT_BUILD"] = str(Path.cwd() / "floor")
    shutil.rmtree("floor", ignore_errors=True)
    while waiting or running:
        while waiting and running < 2:
            path, running = waiting.pop(), running + 1
            if not os.fork():
                os.chdir(path.parent)
                shell = InteractiveShell.instance()
                good = all(
                    shell.run_cell(cell.source).success
                    for cell in nbformat.read(path, 4).cells
                    if cell.cell_type == "code"
                )
                sys.stdout.flush()
                os._exit(not good)
        running -= 1
        if code := os.wait()[1]:
            sys.exit(f"a notebook ended with {code}")
    names = [path.stem for path in Path("floor", "figures").glob("*.svg")]
    with ThreadPoolExecutor(2) as executor:
        list(recount.collection.drawings(names, executor))


def essays(copy: Path, number: int) -> None:
    """Put synthetic essays in the place of those in a copy."""
    shutil.rmtree(copy / "build", ignore_errors=True)
    for path in (copy / "notebooks").glob("*.ipynb"):
        path.unlink()
    model = nbformat.read(ROOT / "notebooks" / "06-integration.ipynb", 4)
    del model.cells[next(i for i, cell in enumerate(model.cells) if "farm_verdict" in cell.source) + 1 :]
    keys = {"essays": "id", "claims": "id", "paragraphs": "essay", "numbers": "claim"}
    for name, key in keys.items():
        with (ROOT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        row = next(row for row in rows if row[key] in ("integration", "rural-agri-share"))
        every = [row | synthetic(name, n) for n in range(number)]
        with (copy / "seeds" / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, row)
            writer.writeheader()
            writer.writerows([*(each | dict.fromkeys({"notebook"} & each.keys(), "") for each in rows), *every])
    text = nbformat.writes(model)
    for n in range(number):
        new = {"rural-agri-share": f"share-{n}", '\\"06-': f'\\"{stem(n)}-', '\\"integration': f'\\"essay-{n}'}
        path = copy / "notebooks" / f"{stem(n)}.ipynb"
        changed = re.sub("|".join(map(re.escape, new)), lambda old, new=new: new[old[0]], text)
        path.write_text(changed, encoding="utf-8")


def stem(n: int) -> str:
    return f"{10 + n % 90}-essay-{n}"


def synthetic(name: str, n: int) -> dict[str, str]:
    """Return what a synthetic essay's row of the ledger has that its model's has not: names, and a paragraph behind."""
    essay, paragraph = f"essay-{n}", str(98 + n)
    return {
        "essays": {"id": essay, "notebook": stem(n), "first_paragraph": paragraph, "last_paragraph": paragraph},
        "claims": {"id": f"share-{n}", "essay": essay, "paragraph": paragraph},
        "paragraphs": {"essay": essay, "paragraph": paragraph},
        "numbers": {"essay": essay, "paragraph": paragraph, "position": "1", "claim": f"share-{n}"},
    }[name]


def growth(numbers: list[int]) -> list[str]:
    """Return the table of growth."""
    lines = [
        "| essays | seconds | seconds an essay | peak memory, MB | unchanged, seconds |",
        "|---:|---:|---:|---:|---:|",
    ]
    for number in numbers:
        with TemporaryDirectory(prefix="recount-") as folder:
            essays(copy := copied(Path(folder, "grown")), number)
            run, again = (measured(copy, Way([[*REPRODUCE, *more]])) for more in (["--force"], []))
        each = run.seconds / number
        lines.append(f"| {number} | {run.seconds:.0f} | {each:.2f} | {run.peak:.0f} | {again.seconds:.1f} |")
        print(lines[-1], file=sys.stderr, flush=True)
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=("all", "rounds", "growth", "floor"), default="all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--essays", type=int, nargs="*", default=[10, 100, 1000])
    parser.add_argument("--tools", type=Path, default=ROOT / "build" / "tools", help="where papermill and nbmake are")
    options = parser.parse_args()
    if options.what == "floor":
        return floor()
    started = f"{time.strftime('%-d %B %Y')}, {os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB, "
    started += f"{platform.system()} {platform.machine()}, Python {platform.python_version()}; "
    started += f"before it began, {os.getloadavg()[0]:.1f} processes were waiting for a core."
    lines = ["# Benchmark", "", *ABOUT.strip().splitlines(), "", started]
    if options.what in ("all", "rounds"):
        lines += ["", "## Ways of executing the notebooks", "", f"Rounds: {options.rounds}.", ""]
        lines += rounds(options.rounds, options.tools)
    if options.what in ("all", "growth"):
        lines += ["", "## More essays", "", *growth(options.essays)]
    if options.what == "all":
        write_text(ROOT / "BENCHMARK.md", "\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
