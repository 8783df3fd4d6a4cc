"""What the ledger holds of the texts, checked: essays, paragraphs by fingerprint, their numerals, and the claims."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from recount.claims import BASES, CLAIM_COLUMNS, COUNTS, ESSAY_COLUMNS, TODO, UNITS, Claim, Essay, essays, ledger
from recount.files import CONTROLS, RecountError, read_text, root
from recount.numerals import normalise, number
from recount.texts.extract import fingerprint
from recount.texts.rows import TEXT, Row, read_rows
from recount.texts.units import folded, hedges, printed, value_of
from recount.wording import APPROXIMATORS, COMPARATORS, range_ends

PHRASE_WORDS = 8
KINDS = ("level", "share", "change", "ratio", "rank", "count", "duration", "direction", TODO)
UNITS_OF = {"share": ["percent"], "ratio": ["percent", "times"], "rank": ["rank"], "count": COUNTS}
UNITS_OF |= {"duration": ["months", "years"]}
ROLES = ("claim", "date", "duration", "name", "ordinal", "idiom", "count", "list")
COLUMNS = {
    "essays": ESSAY_COLUMNS,
    "paragraphs": ("essay", "paragraph", "sha256"),
    "numbers": ("essay", "paragraph", "position", "token", "role", "claim", "reason"),
    "claims": CLAIM_COLUMNS,
    "synonyms": ("words", "about"),
    "authors": ("cited", "name", "kind"),
    "corrections": ("day", "claim", "was", "now"),
}
_SPACES = re.compile(r"\s+|(?<!\d)[\u2012-\u2015]+|[\u2012-\u2015]+(?!\d)|--+")
_WORD = re.compile(r"\d[\d.,:/–-]*\w*|[^\W\d]+(?:['’][^\W\d]+)*")


class Paragraph(NamedTuple):
    """What the ledger holds of a paragraph: the essay's id, the fingerprint, and the numerals as printed."""

    essay: str
    sha256: str
    tokens: list[str]


def rows(name: str) -> Iterator[Row]:
    """Yield each row of a file of the ledger, whose cells are text that no program executes."""
    for row in read_rows(root() / "seeds" / f"{name}.csv", COLUMNS[name]):
        for column, cell in row.cells.items():
            row.require(re.fullmatch(TEXT[0], cell) is not None, column, TEXT[1])
        yield row


def paragraphs() -> dict[int, Paragraph]:
    """Return the paragraphs of ``seeds/paragraphs.csv`` by number, with their numerals of ``seeds/numbers.csv``.

    Raises
    ------
    RecountError
        A row of essays, claims, paragraphs or numbers breaks a rule of the ledger: the message names file, row, column,
        what was found and expected.
    """
    _check_essays()
    known = essays()
    recorded: dict[int, Paragraph] = {}
    for row in rows("paragraphs"):
        (essay, n), sha256 = _place(row, known), row.cells["sha256"]
        row.require(n == len(recorded) + 1, "paragraph", f"{len(recorded) + 1}: every paragraph once, in order")
        row.require(re.fullmatch("[0-9a-f]{64}", sha256) is not None, "sha256", "64 hexadecimal digits")
        recorded[n] = Paragraph(essay.id, sha256, [])
    if (last := max((essay.last_paragraph for essay in known.values()), default=1)) != len(recorded):
        raise RecountError(f"seeds/paragraphs.csv: found {len(recorded)} paragraphs, expected the {last} of essays.csv")
    claimed: dict[str, list[str]] = {claim: [] for claim in ledger()}
    for row in rows("numbers"):
        cells, tokens = row.cells, recorded[_place(row, known)[1]].tokens
        position, is_claim, ids = str(len(tokens) + 1), cells["role"] == "claim", cells["claim"].split(";")
        row.require(cells["position"] == position, "position", f"{position}: each numeral once, in text order")
        row.require(cells["token"].strip() != "", "token", "the numeral as printed")
        row.require(cells["role"] in ROLES, "role", f"one of {', '.join(ROLES)}")
        row.require(set(ids) <= (claimed.keys() if is_claim else {""}), "claim", "ids of claims.csv for a claim alone")
        row.require(is_claim or cells["reason"].strip() != "", "reason", "why this numeral is no claim")
        tokens.append(cells["token"])
        for key in filter(None, ids):
            claimed[key].append(folded(cells["token"]))
    for row in rows("claims"):
        _check_claim(row, known, claimed[row.cells["id"]])
    return recorded


def _check_essays() -> None:
    last = 0
    for row in rows("essays"):
        cells, essay = row.cells, essays()[row.cells["id"]]
        row.require(cells["id"] != "", "id", "an id")
        row.require(essay.first_paragraph == last + 1, "first_paragraph", f"{last + 1}, next to the essay before")
        last = essay.last_paragraph
        row.require(essay.first_paragraph <= last, "last_paragraph", "no less than first_paragraph")
        web = re.fullmatch(rf"(?:https?://[^\s\"<>\\]+|{TODO})?", essay.address)
        row.require(web is not None, "address", "http:// or https://, or nothing")
        stored = re.fullmatch(r"[\w-]+", essay.notebook) and (root() / f"notebooks/{essay.notebook}.ipynb").is_file()
        row.require(essay.notebook == "" or bool(stored), "notebook", "a notebook of notebooks/, or nothing")


def _place(row: Row, known: dict[str, Essay]) -> tuple[Essay, int]:
    """Return the row's essay and paragraph: an essay of those `known`, a paragraph of its own."""
    row.require(row.cells["essay"] in known, "essay", "an id of seeds/essays.csv")
    essay = known[row.cells["essay"]]
    paragraph = row.parsed("paragraph", int, "a whole number")
    own = f"{essay.first_paragraph} to {essay.last_paragraph}, the essay's own"
    row.require(paragraph in essay.paragraphs, "paragraph", own)
    return essay, paragraph


def _check_claim(row: Row, known: dict[str, Essay], tokens: list[str]) -> None:
    """Raise what is wrong with a row of claims.csv, whose numerals in numbers.csv are `tokens`."""
    cells, claim = row.cells, ledger()[row.cells["id"]]
    _place(row, known)
    row.require(0 < words(claim.phrase) <= PHRASE_WORDS, "phrase", f"1 to {PHRASE_WORDS} words")
    for column, allowed in {"approximator": APPROXIMATORS, "comparator": COMPARATORS, "kind": KINDS}.items():
        row.require(cells[column] in allowed, column, "one of " + ", ".join(filter(None, allowed)))
    row.require(claim.kind != "direction" or claim.value == "", "value", "nothing, for a claim of direction")
    _check_as_printed(row)
    fits = claim.unit in (*UNITS_OF.get(claim.kind, BASES), TODO)
    row.require(fits, "kind", f"a kind that goes with {claim.printed_unit}")
    for column in ("id", "quantity", "stated_basis"):
        row.require(cells[column] != "", column, "how the day is known" if column == "stated_basis" else "some text")
    last = claim.essay.published or claim.stated_on
    row.require(claim.stated_on <= last, "stated_on", f"no day after the essay's own, {last}")
    _check_bounds(row, claim)
    stated = claim.kind == "direction" or any(_states(token, claim) for token in tokens)
    expected = f"one of its numerals in numbers.csv, which are: {' | '.join(tokens) or 'none'}"
    row.require(stated, "value", expected)


def _check_as_printed(row: Row) -> None:
    """Refuse a value that is no whole number of the phrase; unless there is a reason, also other wording or units."""
    cells = row.cells
    phrase, places = normalise(cells["phrase"]), printed(cells["value"], normalise(cells["phrase"]))
    if not cells["value"]:
        return
    row.require(bool(places), "value", "a whole numeral of the phrase, as printed")
    if cells["reason"]:
        return
    worded = [hedges(phrase[: place.start]) for place in places]
    if (cells["approximator"], cells["comparator"]) not in worded:
        for column, word in zip(("approximator", "comparator"), worded[0], strict=True):
            row.require(cells[column] == word, column, f"{word!r}, as the phrase has it, or a reason")
    base = UNITS[cells["unit"]][0]
    bare = base if base != "percent" or re.search("%|per ?cent", phrase) else "another unit"
    fits = [f"{place.magnitude} {place.unit or bare}".strip() for place in places]
    row.require(cells["unit"] in fits or base == TODO, "unit", f"{fits[0]!r}, as the phrase has it, or a reason")


def _check_bounds(row: Row, claim: Claim) -> None:
    """Refuse bounds that replace the wording's rule without a reason, allow all, or exclude the number printed."""
    cells, allowed = row.cells, claim.interval
    replaced = cells["low"] != "" or cells["high"] != ""
    row.require(replaced or claim.value != "", "value", "a number, or low or high with a reason")
    reasoned = claim.reason != "" or not (replaced or cells["significant_digits"])
    row.require(reasoned, "reason", "why the wording's rule does not serve")
    row.require(allowed.low <= allowed.high, "high", "no less than low")
    row.require(not replaced or str(allowed) != "any value", "low", "a bound that refuses some value")
    ends = [float(number(end)) * claim.factor for end in range_ends(claim.value)] if claim.value and replaced else []
    row.require(all(allowed.low <= end <= allowed.high for end in ends), "low", "bounds that allow the number printed")


def _states(token: str, claim: Claim) -> bool:
    """Return whether a numeral is the claim's number, magnitude and all; of a range, whether it holds it as printed."""
    try:
        return not claim.value or value_of(token) == number(claim.value) * claim.factor
    except (RecountError, ArithmeticError):
        return folded(claim.value) in token


def words(text: str) -> int:
    """Return how many words a phrase has; up to three that hyphens join are one: state-owned, not of-all-that-was."""
    parts = [len(_WORD.findall(word)) for word in _SPACES.split(text) if word]
    return sum(count if count > 3 else 1 for count in parts)


def read_paragraphs(path: Path, known: Collection[str] = ()) -> list[str]:
    """Return the paragraphs of a text file: its non-blank lines, or its blocks if more of those are `known` prints.

    Raises
    ------
    RecountError
        The file cannot be read, is not UTF-8, is blank, or holds control characters.
    """
    text = read_text(path)
    if match := re.search(rf"(?![\t-\r\x1c-\x1f\x85])[{CONTROLS}]", text):
        line, code = text.count("\n", 0, match.start()) + 1, ord(match[0])
        raise RecountError(f"{path}: line {line} holds a control character, U+{code:04X}; expected a UTF-8 text")
    lines = [line for line in text.splitlines() if normalise(line)]
    if not lines:
        raise RecountError(f"{path}: holds no words; expected a UTF-8 text, one paragraph a line")
    blocks = [" ".join(block.splitlines()) for block in re.split(r"\n\s*\n|\n(?=\s*[•*] )", text) if normalise(block)]
    return max(lines, blocks, key=lambda texts: sum(fingerprint(text) in known for text in texts))
