"""The table of verdicts, for a terminal."""

import sys
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from recount.files import visible
from recount.report.findings import between, printed
from recount.verdict import VERDICTS, Verdict


def print_verdicts(verdicts: Iterable[Verdict]) -> None:
    """Print the table of verdicts, as wide as the terminal, or for 140 columns where there is none."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("claim", "stated", "as written", "ways of counting", "agree", "verdict"):
        shown.add_column(column, overflow="fold", no_wrap=column in ("claim", "agree", "verdict"))
    for verdict in verdicts:
        stated, word = verdict.claim, verdict.verdict
        span = between(stated, verdict.telling) if verdict.used else ""
        cells = (printed(stated, verdict.as_written), span, verdict.agreement, f"{VERDICTS[word].mark} {word}")
        shown.add_row(stated.id, visible(stated.stated), *cells)
    console = Console(width=None if sys.stdout.isatty() else 140, emoji=False)
    console.print(shown, highlight=False, markup=False)
