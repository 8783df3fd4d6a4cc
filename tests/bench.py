"""How fast the collection is executed, by Recount and by others, and whether that grows with the number of essays.

`make bench` runs it and writes BENCHMARK.md. Ways take turns, so that a disturbance hits all alike; memory is the
proportional set size of a command and all its children, sampled.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from shutil import copy, copytree, ignore_patterns
from tempfile import TemporaryDirectory

import psutil
from conftest import ROOT, replace
from small_collection import CODE, DRAW, JUDGE, write_collection

from recount.files import write_text

TOOLS = str(ROOT / "build" / "tools")  # where `make bench` installs papermill and nbmake
ROUNDS, ESSAYS = 3, (10, 100, 1000)
MODULE = [sys.executable, "-m"]
FIRST, DATUM = "recount reproduce --force", "recount reproduce, one datum changed"
PROSE = "recount reproduce, one notebook's prose changed"
REPRODUCE, FORCED = [*MODULE, "recount", "reproduce"], [*MODULE, "recount", "reproduce", "--force"]
PYTEST = [*MODULE, "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "-n", "2", "notebooks"]
ABOUT = """
Made by `make bench`. All ways execute the same notebooks, two at a time where they can, with one thread each for
arithmetic; papermill and nbconvert execute them one after the other. The ways take turns in each round; shown are
median, least and most. Papermill, nbconvert, nbmake and nbval make no PDF and PNG of the figures and no report, and
nbmake compares nothing. Memory is the most that a command and its children hold together, shared pages counted once,
sampled.

Synthetic essays have a claim, one specification, a figure and a verdict each; the last column is a second run.
"""


def measured(folder: Path, commands: Sequence[Sequence[str]]) -> tuple[float, float]:
    """Run commands one after the other in a folder; return the seconds, and the most memory in megabytes."""
    started, peak = time.monotonic(), 0.0
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("RECOUNT_", "JUPYTER_"))}
    environment |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [environment.get("PYTHONPATH"), TOOLS]))
    for command in commands:
        with (folder / "log").open("w") as log:
            process = psutil.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        while process.poll() is None:
            peak = max(peak, memory(process))
            with suppress(psutil.TimeoutExpired):
                process.wait(0.2)
        if process.returncode:
            text = (folder / "log").read_text()[-3000:]
            sys.exit(f"{' '.join(command)} ended with code {process.returncode}:\n{text}")
    return time.monotonic() - started, peak


def memory(process: psutil.Process) -> float:
    """Return how many megabytes a process and its children hold."""
    total = 0
    with suppress(psutil.Error):
        for part in (process, *process.children(recursive=True)):
            with suppress(psutil.Error, AttributeError):
                total += part.memory_full_info().pss
    return total / 1e6


def change_datum(home: Path, turn: int) -> None:
    """Change one figure of one table, another way each turn, and seal it."""
    path = home / "data" / "rd_intensity.csv"
    line = path.read_text(encoding="utf-8").splitlines()[1]
    cells = line.split(",")
    replace(path, line, ",".join([*cells[:2], f"{float(cells[2]) + 0.01:.2f}", *cells[3:]]))
    subprocess.run([*MODULE, "recount", "seal"], cwd=home, check=True, stdout=subprocess.DEVNULL)


def change_prose(home: Path, turn: int) -> None:
    """Change one sentence of one notebook, another way each turn."""
    replace(home / "notebooks" / "06-integration.ipynb", "# Do 38", f"# {turn} Do 38")


def ways() -> dict[str, list[list[str]]]:
    """Return the commands that are compared, in the order in which they run."""
    names = sorted(path.name for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
    nbconvert = [*MODULE, "nbconvert", "--execute", "--to", "notebook", "--output-dir", "nbconvert"]
    return {
        "recount reproduce --force --cluster local": [[*FORCED, "--cluster", "local"]],
        FIRST: [FORCED],
        "recount reproduce, unchanged": [REPRODUCE],
        DATUM: [REPRODUCE],
        PROSE: [REPRODUCE],
        "papermill": [[*MODULE, "papermill", "--cwd", "notebooks", f"notebooks/{n}", f"made-{n}"] for n in names],
        "nbconvert": [[*nbconvert, *(f"notebooks/{name}" for name in names)]],
        "nbmake -n 2": [[*PYTEST, "--nbmake", "-p", "no:nbval"]],
        "nbval -n 2": [[*PYTEST, "--nbval", "--dist", "loadfile"]],
    }


def rounds() -> list[str]:
    """Return the table of ways: medians over rounds in which they take turns."""
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in ways()}
    with TemporaryDirectory(prefix="recount-") as folder:
        for kind in ("changed", "kept"):
            for name in ("data", "seeds", "notebooks"):
                copytree(ROOT / name, Path(folder, kind, name), ignore=ignore_patterns(".*"))
            copy(ROOT / "CITATION.cff", Path(folder, kind))
        for turn in range(ROUNDS):
            for name, commands in ways().items():
                home = Path(folder, "changed" if name.startswith("recount") else "kept")  # others compare the outputs
                if change := {DATUM: change_datum, PROSE: change_prose}.get(name):
                    change(home, turn)
                runs[name].append(measured(home, commands))
                print(f"round {turn + 1}: {name}: {runs[name][-1][0]:.1f} s", file=sys.stderr, flush=True)
    first = statistics.median(seconds for seconds, _ in runs[FIRST])
    lines = ["| way | seconds | of the first | peak memory, MB |", "|---|---:|---:|---:|"]
    for name in sorted(runs, key=lambda name: name != FIRST):
        seconds, peaks = zip(*runs[name], strict=True)
        middle = statistics.median(seconds)
        span = f"{middle:.1f} ({min(seconds):.1f} to {max(seconds):.1f})"
        lines.append(f"| {name} | {span} | {middle / first:.2f} | {max(peaks):.0f} |")
    return lines


def growth() -> list[str]:
    """Return the table of growth."""
    columns = ("essays", "seconds", "seconds an essay", "peak memory, MB", "unchanged, seconds")
    lines = [f"| {' | '.join(columns)} |", "|---:" * len(columns) + "|"]
    for number in ESSAYS:
        code = {"00-scoreboard": CODE["00-scoreboard"]}
        for n in range(number):
            stem = f"{10 + n % 90}-essay-{n}"
            judge = JUDGE.format(stem[3:]).replace(f'rc.table("{stem[3:]}")', 'rc.table("alpha")')
            code[stem] = (judge, DRAW.replace("01-line", stem))
        with TemporaryDirectory(prefix="recount-") as folder:
            home = write_collection(Path(folder), code)
            (seconds, peak), (again, _) = measured(home, [FORCED]), measured(home, [REPRODUCE])
        lines.append(f"| {number} | {seconds:.0f} | {seconds / number:.2f} | {peak:.0f} | {again:.1f} |")
    return lines


def main() -> None:
    machine = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    day = f"{time.strftime('%-d %B %Y')}, {machine}, load {os.getloadavg()[0]:.1f}; rounds: {ROUNDS}."
    lines = ["# Benchmark", "", ABOUT.strip(), "", day, "", "## Ways of executing the notebooks", "", *rounds()]
    lines += ["", "## More essays", "", *growth()]
    write_text(ROOT / "BENCHMARK.md", "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
