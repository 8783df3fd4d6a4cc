"""The rows of a CSV file, each able to say where it is at fault."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

from recount.files import CONTROLS, RecountError, read_text, relative

T = TypeVar("T")

LONGEST_CELL = 10_000  # characters
# What makes a spreadsheet act: a formula, but not what only begins with a sign, such as -2.5 percent.
FORMULA = r"\s*(?:[=＝]|[+\-@＋－＠].*(?:\w\(|[|!]))"
TEXT = rf"(?!{FORMULA})[^{CONTROLS}]*", "text without control characters, and no formula of a spreadsheet"


class Row(NamedTuple):
    """A row of a file: its number, the header being row 1, and its cells by column."""

    path: Path
    number: int
    cells: Mapping[str, str]

    def require(self, holds: bool, column: str, expected: str) -> None:
        """Raise a `RecountError` with what the row holds in `column` and what was expected, unless that holds."""
        if not holds:
            where, cell = f"{relative(self.path)}, row {self.number}, {column}", shortened(repr(self.cells[column]))
            raise RecountError(f"{where}: found {cell}, expected {expected}")

    def parsed(self, column: str, parse: Callable[[str], T], expected: str) -> T:
        """Return what `parse` makes of the cell."""
        try:
            return parse(self.cells[column])
        except (ValueError, ArithmeticError, RecountError):
            self.require(False, column, expected)
            raise


def shortened(text: str, most: int = 80) -> str:
    """Return a text that a message can quote: with its middle left out where it is longer than `most`."""
    return text if len(text) <= most else f"{text[: most // 2]}…{text[-(most // 2) :]}"


def read_rows(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    """Yield the rows of a CSV file.

    Raises
    ------
    RecountError
        The file cannot be read, its columns are not those expected, a row has too few or too many cells, or a cell is
        too long.
    """
    csv.field_size_limit(1 << 30)  # Frictionless, too, sets it for all: a long cell is reported below
    name, reader = relative(path), csv.reader(io.StringIO(read_text(path), newline=""))
    try:
        header, *records = [*reader] or [[]]
    except csv.Error as error:
        raise RecountError(f"{name}, line {reader.line_num}: {error}") from None
    if missing := [c for c in columns if c not in header]:
        columns_there = shortened(", ".join(header), 200) or "nothing"
        raise RecountError(f"{name}: column {missing[0]!r} is missing; found {columns_there}")
    if unknown := [c for c in header if c not in columns]:
        raise RecountError(f"{name}: column {shortened(unknown[0])!r} is unknown; expected {', '.join(columns)}")
    if doubled := [c for c in columns if header.count(c) > 1]:
        raise RecountError(f"{name}: column {doubled[0]!r} is there twice")
    for row, cells in enumerate(records, start=2):
        if len(cells) != len(header):
            raise RecountError(f"{name}, row {row}: {len(cells)} cells found, {len(header)} expected")
        if (length := max(map(len, cells))) > LONGEST_CELL:
            raise RecountError(f"{name}, row {row}: a cell of {length:,} characters, at most {LONGEST_CELL:,} expected")
        yield Row(path, row, dict(zip(header, cells, strict=True)))
