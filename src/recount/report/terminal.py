"""What a terminal shows while a run goes on, and at its end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from recount.files import visible
from recount.records import Record


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[..., None]]:
    """Give a function that tells of one step done: a bar on a terminal, elsewhere a line unless it is `quiet`."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console()
    last_step = TextColumn("{task.fields[last]}", markup=False)
    bar = Progress("{task.description}", MofNCompleteColumn(), TimeElapsedColumn(), last_step,
                   console=console, disable=not console.is_terminal)  # fmt: skip
    with bar:
        task = bar.add_task(what, total=total, last="")

        def told(last: str, quiet: bool = False) -> None:
            last = visible(last)
            bar.update(task, advance=1, last=last)
            if not (console.is_terminal or quiet):
                print(last, flush=True)

        yield told


def print_verdicts(verdicts: list[Record]) -> None:
    """Print the table of verdicts, as wide as the terminal, or for 140 columns where there is none."""
    from rich.console import Console
    from rich.table import Table

    from recount.claims import claim
    from recount.report.findings import between, printed
    from recount.verdict import MARKS
    from recount.wording import agreement

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("claim", "stated", "as written", "ways of counting", "agree", "verdict"):
        shown.add_column(column, overflow="fold", no_wrap=column in ("claim", "agree", "verdict"))
    for record in verdicts:
        stated = claim(record["claim"])
        agree = agreement(*(record[key] for key in ("specifications", "inside", "cannot_tell")))
        shown.add_row(
            stated.id,
            visible(record["stated"]),
            printed(stated, record["as_written"]),
            between(stated, record["minimum"], record["maximum"]),
            agree,
            f"{MARKS[record['verdict']]} {record['verdict']}",
        )
    console = Console(width=None if sys.stdout.isatty() else 140, emoji=False)
    console.print(shown, highlight=False, markup=False)
