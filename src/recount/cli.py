"""The command line: ``recount`` or ``python -m recount``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recount.files import RecountError, build, relative

if TYPE_CHECKING:
    from rich.console import Console


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 well, 1 a fault told in one message, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="recount", description=sys.modules["recount"].__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, action, told in (
        ("reproduce", _reproduce, "execute the notebooks into build/, export figures and verdicts, print the verdicts"),
        ("refresh", _refresh, "execute the notebooks in place and renew the README's scoreboard, to commit both"),
        ("validate", _validate, "check every table against the data package"),
        ("seal", _seal, "check every table and write its hash into the data package"),
        ("check-text", _check_text, "compare a copy of the essays with the ledger; draft a ledger for an unseen text"),
        ("report", _report, "build the HTML report out of what reproduce left in build/"),
    ):
        command = commands.add_parser(name, help=told, description=told)
        command.set_defaults(action=action)
        if name in ("reproduce", "refresh"):
            command.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="such as 05; all when none is named")
            command.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time")
        if name == "check-text":
            command.add_argument("path", type=Path, metavar="PATH", help="a UTF-8 text, one paragraph a line")
    options = parser.parse_args(arguments)
    try:
        return int(options.action(options))
    except RecountError as error:
        print(f"recount: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("recount: interrupted; finished files are whole, the rest is as before", file=sys.stderr)
        return 130


def _reproduce(options: argparse.Namespace) -> int:
    from rich.console import Console

    from recount import collection

    _validate(options)
    runs = _run(options, in_place=False)
    verdicts, figures = collection.gathered(sorted(run.result for run in runs if not run.error))
    if not options.notebooks and not any(run.error for run in runs):
        collection.export(verdicts, figures)
    console = Console() if sys.stdout.isatty() else Console(width=140)
    _print_verdicts(console, verdicts)
    console.print(f"{len(verdicts)} claims, {len(figures)} figures in {relative(build() / 'figures')}", highlight=False)
    return _failures(runs)


def _refresh(options: argparse.Namespace) -> int:
    from recount import report

    _validate(options)
    if not (failed := _failures(_run(options, in_place=True))):
        report.update_readme()
    return failed


def _run(options: argparse.Namespace, *, in_place: bool) -> list[Any]:
    """Run the notebooks under a progress bar on a terminal, with a line for each elsewhere."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from recount import collection

    paths, runs, console = collection.notebooks(options.notebooks), [], Console()
    bar = Progress("{task.description}", MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.fields[last]}"),
                   console=console, disable=not console.is_terminal)  # fmt: skip
    with ThreadPoolExecutor(max(1, options.jobs)) as executor, bar:
        task = bar.add_task("notebooks", total=len(paths), last="")
        for run in collection.reproduce(paths, executor, in_place=in_place):
            runs.append(run)
            told = f"{run.source.stem}: {'failed' if run.error else 'done'} in {run.seconds:.1f} s"
            bar.update(task, advance=1, last=told)
            if not console.is_terminal:
                print(told, flush=True)
    return runs


def _failures(runs: list[Any]) -> int:
    for run in runs:
        if run.error:
            print(f"recount: {run.source.name}: {run.error}", file=sys.stderr)
    return 1 if any(run.error for run in runs) else 0


def _print_verdicts(console: Console, verdicts: list[dict[str, Any]]) -> None:
    from rich.table import Table

    from recount.claims import claim, plain
    from recount.verdict import MARKS

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("claim", "stated", "as written", "specifications", "inside", "verdict"):
        shown.add_column(column, overflow="fold", no_wrap=column in ("claim", "inside", "verdict"))
    for record in verdicts:
        factor = claim(record["claim"]).factor
        value, low, high = (
            "" if record[key] is None else plain(record[key] / factor) for key in ("as_written", "minimum", "maximum")
        )
        span = low if low == high else f"{low} to {high}"
        inside = f"{record['inside']}/{record['specifications']}" if record["specifications"] else ""
        shown.add_row(
            record["claim"], record["stated"], value, span, inside, f"{MARKS[record['verdict']]} {record['verdict']}"
        )
    console.print(shown, highlight=False, markup=False)


def _validate(options: argparse.Namespace) -> int:
    from recount import claims, tables

    claims.ledger()
    if faults := tables.validate():
        raise RecountError("\n".join(faults[:20]))
    print(f"data package: {len(tables.package())} tables valid", flush=True)
    return 0


def _seal(options: argparse.Namespace) -> int:
    from recount import tables

    changed = tables.seal()
    print(f"sealed: {', '.join(changed) if changed else 'nothing had changed'}")
    return 0


def _check_text(options: argparse.Namespace) -> int:
    from recount import texts

    report = texts.check(options.path)
    print("\n".join(report.lines()))
    return 0 if report.ok else 1


def _report(options: argparse.Namespace) -> int:
    from recount import report

    print(f"report: {relative(report.build_report())}")
    return 0
