"""Where the collection lies, and how its files are read and written safely."""

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from uuid import uuid4

MARKER = Path("data", "datapackage.json")
CHECKOUT = Path(__file__).resolve().parents[2]
FONTS = Path(__file__).parent / "figures" / "fonts"
# Of a character class: what moves a terminal, and what shows text in another order than it has.
CONTROLS = r"\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"


class RecountError(Exception):
    """A fault in an input or in the surroundings, worded so that a person can mend it."""


def root() -> Path:
    """Return the folder of the collection.

    The nearest folder upward from the working directory that holds ``data/datapackage.json``;
    failing that, the checkout this helper is installed from.

    Raises
    ------
    RecountError
        Neither place holds the data package.
    """
    start = Path.cwd()
    for folder in chain([start], start.parents, [CHECKOUT]):
        if (folder / MARKER).is_file():
            return folder
    raise RecountError(f"no {MARKER} in {start} or above it: run this from inside a checkout of Recount")


def build() -> Path:
    """Return the folder for everything generated: RECOUNT_BUILD, from the collection's folder, or ``build/``."""
    return root() / (os.environ.get("RECOUNT_BUILD") or "build")


def relative(path: Path) -> str:
    """Return `path` as a reader of a message would type it: from the collection's folder, with slashes."""
    try:
        return path.resolve().relative_to(root().resolve()).as_posix()
    except (ValueError, RecountError):
        return path.as_posix()


def visible(text: str) -> str:
    """Return a text for a terminal: control characters but line ends are shown, as \\x1b, and not sent."""
    return re.sub(rf"(?!\n)[{CONTROLS}]", lambda match: ascii(match[0])[1:-1], text)


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, with plain line ends and without a byte order mark.

    Raises
    ------
    RecountError
        The file is missing, cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecountError(f"{relative(path)}: not UTF-8 ({error.reason} at byte {error.start})") from None
    except OSError as error:
        raise RecountError(f"{relative(path)}: {(error.strerror or str(error)).lower()}") from None


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` that replaces it when the block ends well, and vanishes when it does not.

    Raises
    ------
    RecountError
        The disk is full, or the folder cannot be written.
    """
    temporary = path.with_name(f".{path.stem}-{uuid4().hex[:8]}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise RecountError(f"{relative(path)}: cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with plain line ends, whole or not at all."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_csv(path: Path, rows: Iterable[Iterable[object]], mark: str = "") -> None:
    """Write rows as CSV, behind a byte order `mark` if there is one; every text in them is `inert`."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([*map(inert, row)] for row in rows)
    write_text(path, mark + buffer.getvalue())


def inert(cell: object) -> object:
    """Return a text that a spreadsheet would take for a formula behind an apostrophe, anything else as it is.

    So, too, what would begin a cell where semicolons part them, or a line of a quoted text does.
    """
    with suppress(TypeError, ValueError):
        float(cell)  # type: ignore[arg-type]
        return cell
    return re.sub(r"(^|[;\n])(?=[\t\r\n]|\s*[=+\-@＝＋－＠])", r"\1'", cell) if isinstance(cell, str) else cell
