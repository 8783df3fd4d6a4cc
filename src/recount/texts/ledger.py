"""What the ledger holds of the texts: paragraphs by fingerprint, and their numerals; and the paragraphs of a file."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from recount.claims import ESSAY_COLUMNS, UNITS, Claim, Fault, essays, ledger, rows
from recount.files import CONTROLS, RecountError, read_text, root
from recount.numerals import folded, normalise, number
from recount.texts.extract import fingerprint

ROLES = ("claim", "date", "duration", "name", "ordinal", "idiom", "count", "list")
PARAGRAPH_COLUMNS = ("essay", "paragraph", "sha256")
NUMBER_COLUMNS = ("essay", "paragraph", "position", "token", "role", "claim", "reason")


class Paragraph(NamedTuple):
    """What the ledger holds of a paragraph: the essay's id, the fingerprint, and the numerals as printed."""

    essay: str
    sha256: str
    tokens: list[str]


def paragraphs() -> dict[int, Paragraph]:
    """Return the paragraphs of ``seeds/paragraphs.csv`` by number, with their numerals of ``seeds/numbers.csv``.

    Raises
    ------
    RecountError
        A row breaks a rule of the ledger: unknown essay, notebook, paragraph, role or claim; a numeral without claim or
        reason, a claim without its numeral; doubled, unordered or missing rows.
    """
    seeds, known = root() / "seeds", essays()
    for fault in rows(seeds / "essays.csv", ESSAY_COLUMNS):
        stem = fault.cells["notebook"]
        stored = not stem or (root() / "notebooks" / f"{stem}.ipynb").is_file()
        fault.unless(stored, "notebook", "a notebook of notebooks/, or nothing")
    found: dict[int, Paragraph] = {}
    for fault in rows(seeds / "paragraphs.csv", PARAGRAPH_COLUMNS):
        (essay, n), sha256 = fault.place(known), fault.cells["sha256"]
        fault.unless(n == len(found) + 1, "paragraph", f"{len(found) + 1}: every paragraph once, in order")
        fault.unless(re.fullmatch("[0-9a-f]{64}", sha256) is not None, "sha256", "64 hexadecimal digits")
        found[n] = Paragraph(essay.id, sha256, [])
    if (last := max((essay.last_paragraph for essay in known.values()), default=1)) != len(found):
        raise RecountError(f"seeds/paragraphs.csv: found {len(found)} paragraphs, expected the {last} of essays.csv")
    claimed: dict[str, list[str]] = {claim: [] for claim in ledger()}
    for fault in rows(seeds / "numbers.csv", NUMBER_COLUMNS):
        cells, tokens = fault.cells, found[fault.place(known)[1]].tokens
        position, is_claim, ids = str(len(tokens) + 1), cells["role"] == "claim", cells["claim"].split(";")
        fault.unless(cells["position"] == position, "position", f"{position}: each numeral once, in text order")
        fault.unless(cells["token"].strip() != "", "token", "the numeral as printed")
        fault.unless(cells["role"] in ROLES, "role", f"one of {', '.join(ROLES)}")
        fault.unless(set(ids) <= (claimed.keys() if is_claim else {""}), "claim", "ids of claims.csv for a claim alone")
        fault.unless(is_claim or cells["reason"].strip() != "", "reason", "why this numeral is no claim")
        tokens.append(cells["token"])
        for key in filter(None, ids):
            claimed[key].append(folded(cells["token"]))
    for row, claim in enumerate(ledger().values(), start=2):
        held = claim.kind == "direction" or any(_states(token, claim) for token in claimed[claim.id])
        expected = f"one of its numerals in numbers.csv, which are: {' | '.join(claimed[claim.id]) or 'none'}"
        Fault(seeds / "claims.csv", row, {"value": claim.value}).unless(held, "value", expected)
    return found


def _states(token: str, claim: Claim) -> bool:
    """Return whether a numeral is the claim's number, magnitude and all; of a range, whether it holds it as printed."""
    try:
        return not claim.value or number(token) == number(claim.value) * UNITS[claim.printed_unit][1]
    except (RecountError, ArithmeticError):
        return folded(claim.value) in token


def read_paragraphs(path: Path, known: Collection[str] = ()) -> list[str]:
    """Return the paragraphs of a text file: its non-blank lines, or its blocks if more of those are `known` prints.

    Raises
    ------
    RecountError
        The file cannot be read, is not UTF-8, is blank, or holds control characters.
    """
    text = read_text(path)
    if found := re.search(rf"(?![\t-\r\x1c-\x1f\x85])[{CONTROLS}]", text):
        line = text.count("\n", 0, found.start()) + 1
        raise RecountError(
            f"{path}: line {line} holds a control character, U+{ord(found[0]):04X}; expected a UTF-8 text"
        )
    lines = [line for line in text.splitlines() if normalise(line)]
    if not lines:
        raise RecountError(f"{path}: holds no words; expected a UTF-8 text, one paragraph a line")
    blocks = [" ".join(block.splitlines()) for block in re.split(r"\n\s*\n|\n(?=\s*[•*] )", text) if normalise(block)]
    return max(lines, blocks, key=lambda texts: sum(fingerprint(text) in known for text in texts))
