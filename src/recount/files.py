"""Where the collection lies, and how its files are read and written safely."""

import csv
import io
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any


def lazily(package: str, homes: Mapping[str, str]) -> tuple[list[str], Callable[[str], Any]]:
    """Return a package's names and its ``__getattr__``, which loads the module that is their home when one is used.

    `homes` has the names, parted by blanks, of each module.
    """
    home = {name: module for module, names in homes.items() for name in names.split()}

    def get(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"{package} has no {name!r}; it has {', '.join(sorted(home))}")
        return getattr(import_module(f"{package}.{home[name]}"), name)

    return sorted(home), get


MARKER = Path("data", "datapackage.json")
USES = "recount.uses"  # the audit event that tells which part of a file is used: ``claim rd-share``, ``table gdp``
# Of a character class: what moves a terminal, and what shows text in another order than it has.
CONTROLS = r"\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
# What makes a spreadsheet act: a formula, but not what only begins with a sign, such as -2.5 percent.
FORMULA = r"\s*(?:[=＝]|[+\-@＋－＠].*(?:\w\(|[|!]))"
TEXT = rf"(?!{FORMULA})[^{CONTROLS}]*", "text without control characters, and no formula of a spreadsheet"
LONGEST = 10_000  # characters of a cell
UMASK = os.umask(0o077)  # which can only be read by setting it
os.umask(UMASK)
FONTS = Path(__file__).parent / "fonts"
CHECKOUT = Path(__file__).resolve().parents[2]


class RecountError(Exception):
    """A fault in an input or in the surroundings, told so that a person can mend it."""


def root() -> Path:
    """Return the folder of the collection.

    The nearest folder upward from the working directory that holds ``data/datapackage.json``;
    failing that, the checkout this helper is installed from.

    Raises
    ------
    RecountError
        Neither place holds the data package.
    """
    here = Path.cwd()
    for folder in chain([here], here.parents, [CHECKOUT]):
        if (folder / MARKER).is_file():
            return folder
    raise RecountError(f"no {MARKER} in {here} or above it: run this from inside a checkout of Recount")


def build() -> Path:
    """Return the folder for everything generated: RECOUNT_BUILD, from the collection's folder, or ``build/``."""
    return root() / (os.environ.get("RECOUNT_BUILD") or "build")


def folder() -> Path:
    """Return the folder for figures; one drawn for another width, bare or outlined, has a folder of its own."""
    variant = [os.environ.get("RECOUNT_WIDTH", "full"), *(word for word in ("bare", "outlined") if is_set(word))]
    return build() / "-".join(["figures", *variant]).removesuffix("-full").replace("-full-", "-")


def is_set(word: str) -> bool:
    """Return whether RECOUNT_BARE (no headline, no source line) or RECOUNT_OUTLINED (text as paths) is set."""
    return bool(os.environ.get(f"RECOUNT_{word.upper()}"))


def relative(path: Path) -> str:
    """Return `path` as a reader of a message would type it: from the collection's folder, with slashes."""
    try:
        return path.resolve().relative_to(root().resolve()).as_posix()
    except (ValueError, RecountError):
        return path.as_posix()


def visible(text: str) -> str:
    """Return a text for a terminal: control characters but line ends are shown, as \\x1b, and not sent."""
    return re.sub(rf"(?!\n)[{CONTROLS}]", lambda found: ascii(found[0])[1:-1], text)


def shortened(text: str, most: int = 80) -> str:
    """Return a text that a message can quote: with its middle left out where it is longer than `most`."""
    return text if len(text) <= most else f"{text[: most // 2]}…{text[-(most // 2) :]}"


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


def read_rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (row, record) of a CSV file; the header is row 1.

    Raises
    ------
    RecountError
        The file cannot be read, a column is missing or unknown, a row has too few or too many cells, or a cell is too
        long.
    """
    csv.field_size_limit(1 << 30)  # Frictionless, too, sets it for all: a long cell is told below
    name, reader = relative(path), csv.reader(io.StringIO(read_text(path), newline=""))
    try:
        header, *records = [*reader] or [[]]
    except csv.Error as error:
        raise RecountError(f"{name}, line {reader.line_num}: {error}") from None
    if missing := [c for c in columns if c not in header]:
        raise RecountError(
            f"{name}: column {missing[0]!r} is missing; found {shortened(', '.join(header), 200) or 'nothing'}"
        )
    if unknown := [c for c in header if c not in columns]:
        raise RecountError(f"{name}: column {shortened(unknown[0])!r} is unknown; expected {', '.join(columns)}")
    if doubled := [c for c in columns if header.count(c) > 1]:
        raise RecountError(f"{name}: column {doubled[0]!r} is there twice")
    for row, cells in enumerate(records, start=2):
        if len(cells) != len(header):
            raise RecountError(f"{name}, row {row}: {len(cells)} cells found, {len(header)} expected")
        if (length := max(map(len, cells))) > LONGEST:
            raise RecountError(f"{name}, row {row}: a cell of {length:,} characters, at most {LONGEST:,} expected")
        yield row, dict(zip(header, cells, strict=True))


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` that replaces it when the block ends well, and vanishes when it does not.

    Raises
    ------
    RecountError
        The disk is full, or the folder cannot be written.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        temporary.chmod(0o666 & ~UMASK)
        temporary.replace(path)
    except OSError as error:
        raise RecountError(f"{relative(path)}: cannot be written: {error.strerror or error}") from error
    finally:
        if temporary is not None:
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
