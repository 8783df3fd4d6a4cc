"""The answer of a notebook: shown first, filled in last."""

import re

import pandas as pd
from IPython.display import Markdown, display, update_display

from recount.claims import ledger
from recount.verdict import Verdict, summary


class Answer:
    """A place at the top of a notebook that its last cell fills, so that a reader meets the answer first.

    The cell that makes it carries the tag ``nbval-ignore-output``: what it shows is repeated, and so compared, in the
    cell that fills it.
    """

    def __init__(self, essay: str) -> None:
        self.display_id = f"answer-{essay}".rstrip("-")
        waiting = Markdown("*The answer stands here once all cells have run.*")  # type: ignore[no-untyped-call]
        display(waiting, display_id=self.display_id)  # type: ignore[no-untyped-call]

    def fill(self, text: str, *verdicts: Verdict) -> Markdown:
        """Show text and the table of verdicts at the top, and return them to be shown once more.

        Parameters
        ----------
        text
            Markdown: the sentences, with numbers computed.
        *verdicts
            The verdicts of the notebook, in the order of reading.
        """
        parts = [text.strip(), *([as_markdown(summary(*verdicts))] if verdicts else [])]
        answer = Markdown("\n\n".join(parts))  # type: ignore[no-untyped-call]
        update_display(answer, display_id=self.display_id)  # type: ignore[no-untyped-call]
        return answer


def answer(essay: str = "") -> Answer:
    """Return the place for the answer about an essay, or about all of them, and show it.

    Raises
    ------
    RecountError
        There is no such essay.
    """
    if essay:
        ledger(essay)
    return Answer(essay)


def as_markdown(table: pd.DataFrame) -> str:
    """Return a table as Markdown in which every cell means itself."""
    rows = [[table.index.name or "", *map(str, table.columns)]]
    rows += [[str(key), *map(str, row)] for key, row in zip(table.index, table.to_numpy().tolist(), strict=True)]
    cells = [[re.sub(r"([\\`*_\[\]<>|])", r"\\\1", " ".join(str(cell).split())) for cell in row] for row in rows]
    lines = ["| " + " | ".join(row) + " |" for row in cells]
    return "\n".join([lines[0], "|" + "---|" * len(cells[0]), *lines[1:]])
