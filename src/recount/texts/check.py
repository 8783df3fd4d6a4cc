"""A text against the ledger of its numerals (``seeds/``), and the draft of a ledger for a text never seen."""

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

from recount.claims import CLAIM_COLUMNS, PHRASE_WORDS, Fault, essays, ledger, rows
from recount.files import RecountError, read_text, root
from recount.numerals import folded, normalise
from recount.texts.extract import fingerprint, numerals

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
        A row breaks a rule of the ledger: unknown essay, paragraph, role or claim; a numeral without claim or
        reason, a claim without its numeral; doubled, unordered or missing rows.
    """
    seeds, known = root() / "seeds", essays()
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
        held = claim.kind == "direction" or any(folded(claim.value) in token for token in claimed[claim.id])
        expected = f"a part of its numerals in numbers.csv, which are: {' | '.join(claimed[claim.id]) or 'none'}"
        Fault(seeds / "claims.csv", row, {"value": claim.value}).unless(held, "value", expected)
    return found


class Difference(NamedTuple):
    """What differs between a text and the ledger: paragraph (0: none of the ledger's), the words around, and what."""

    paragraph: int
    context: str
    what: str


class TextCheck(NamedTuple):
    """A text against the ledger: counts, every difference and, for a text never seen, the draft of a ledger."""

    numerals: int
    expected: int
    accounted: int
    claims: int
    claims_found: int
    differences: Sequence[Difference]
    drafts: Sequence[str]

    @property
    def percent(self) -> float:
        """Numerals that text and ledger agree on, in percent of those that either holds; never rounded up."""
        return 1000 * self.accounted // max(self.numerals + self.expected - self.accounted, 1) / 10

    @property
    def ok(self) -> bool:
        """Whether every numeral is accounted for and nothing differs."""
        return not self.differences and 0 < self.numerals == self.expected == self.accounted

    def lines(self) -> list[str]:
        """Return the report, for printing."""
        return [
            f"{self.numerals} numerals, {self.claims_found} of {self.claims} claims, "
            f"{self.accounted} of {self.expected} expected numerals accounted for: {self.percent:g} percent",
            *(f"paragraph {d.paragraph or 'unknown'}: {d.what}: {d.context}" for d in self.differences),
            *(line for text in self.drafts for line in ("", *text.splitlines())),
        ]


def read_paragraphs(path: Path, known: Collection[str] = ()) -> list[str]:
    """Return the paragraphs of a text file: its non-blank lines, or its blocks if more of those are `known` prints.

    Raises
    ------
    RecountError
        The file cannot be read, is not UTF-8, or is blank.
    """
    text = read_text(path)
    lines = [line for line in text.splitlines() if normalise(line)]
    if not lines:
        raise RecountError(f"{path}: holds no words; expected a UTF-8 text, one paragraph a line")
    blocks = [" ".join(block.splitlines()) for block in re.split(r"\n\s*\n|\n(?=\s*[•*] )", text) if normalise(block)]
    return max(lines, blocks, key=lambda texts: sum(fingerprint(text) in known for text in texts))


def draft(texts: Iterable[str], essay: str = "ESSAY") -> tuple[str, str]:
    """Return numbers.csv and claims.csv, as text, for an unseen text: a beginning, for a person to judge.

    Years and decades are proposed as dates, other digits as claims; the role of number words is left open.
    """
    files = io.StringIO(), io.StringIO()
    numbers, claims = csv.DictWriter(files[0], NUMBER_COLUMNS), csv.DictWriter(files[1], CLAIM_COLUMNS)
    numbers.writeheader()
    claims.writeheader()
    for n, text in enumerate(map(normalise, texts), 1):
        for position, (start, _, token) in enumerate(numerals(text), 1):
            place = {"essay": essay, "paragraph": n}
            year = re.fullmatch(r"(1\d|20)\d\d(s|-\d+)?", token)
            digits = None if year else re.search(r"\d[\d.,:/-]*\d|\d", token)
            claim, role = (f"{essay}-{n}-{position}", "claim") if digits else ("", "date" if year else "")
            numbers.writerow(place | {"position": position, "token": token, "role": role, "claim": claim})
            if digits:
                phrase = " ".join(text.split(" ")[max(0, text[:start].count(" ") - 2) :][:PHRASE_WORDS])
                unit = "percent" if re.search("%|per ?cent|pct", token) else ""
                claims.writerow(place | {"id": claim, "phrase": phrase, "value": digits[0], "unit": unit})
    return files[0].getvalue(), files[1].getvalue()


def pair(texts: Sequence[str], recorded: Mapping[int, Paragraph]) -> dict[int, int]:
    """Return the index in `texts` of each paragraph of the ledger that is there, unaltered or altered.

    Fingerprints first, in any order; what is left goes together by its numerals and by its place among neighbours.
    """
    numbers = {paragraph.sha256: n for n, paragraph in recorded.items()}
    prints = [*enumerate(map(fingerprint, texts))]
    known = {numbers[sha256]: i for i, sha256 in reversed(prints) if sha256 in numbers}  # of doubles, the first
    scores = []
    for i in set(range(len(texts))) - set(known.values()) if known else ():
        found = [folded(numeral.token) for numeral in numerals(texts[i])]
        before, n_before = max(((j, n) for n, j in known.items() if j < i), default=(-1, 0))
        after, n_after = min(((j, n) for n, j in known.items() if j > i), default=(len(texts), len(recorded) + 1))
        for n in recorded.keys() - known.keys():
            expected = [folded(token) for token in recorded[n].tokens]
            alike = SequenceMatcher(None, expected, found, autojunk=False).ratio() if expected and found else 0.0
            scores.append((alike + ((n - n_before == i - before) + (n_after - n == after - i)) / 2, n, i))
    for score, n, i in sorted(scores, key=lambda scored: (-scored[0], scored[1:])):
        if score > 0 and n not in known and i not in known.values():
            known[n] = i
    return known


def _context(text: str, start: int = 0, end: int = 40, width: int = 40) -> str:
    return "..." * (start > width) + text[max(0, start - width) : end + width] + "..." * (end + width < len(text))


def _compare(n: int, text: str, paragraph: Paragraph) -> tuple[int, list[Difference]]:
    """Return how many numerals of a paragraph are accounted for, and every difference."""
    plain, found, expected = normalise(text), numerals(text), paragraph.tokens
    matcher = SequenceMatcher(None, [folded(t) for t in expected], [folded(x.token) for x in found], autojunk=False)
    told = []
    for tag, i, j, k, m in matcher.get_opcodes():
        there = " | ".join(numeral.token for numeral in found[k:m]) or "nothing"
        what = f"numeral found: {there}; expected: {' | '.join(expected[i:j]) or 'nothing (unaccounted for)'}"
        if tag != "equal":
            place = (found[k].start, found[m - 1].end) if k < m else ()
            told.append(Difference(n, _context(plain, *place), what))
    if not told and fingerprint(text) != paragraph.sha256:
        told = [Difference(n, _context(plain), "the words differ, no numeral does")]
    return sum(block.size for block in matcher.get_matching_blocks()), told


def check(path: Path) -> TextCheck:
    """Compare a copy of the text with the ledger.

    Raises
    ------
    RecountError
        The text cannot be read, or the ledger is at fault.
    """
    recorded = paragraphs()
    texts = read_paragraphs(path, {paragraph.sha256 for paragraph in recorded.values()})
    places = pair(texts, recorded)
    accounted, present, told = 0, 0, list[Difference]()
    for n, paragraph in recorded.items():
        if n in places:
            equal, differences = _compare(n, texts[places[n]], paragraph)
            accounted, told = accounted + equal, told + differences
        elif places:
            told.append(Difference(n, f"{len(paragraph.tokens)} numerals", f"missing from {paragraph.essay}"))
    for n, phrase, claim in ((claim.paragraph, claim.phrase, claim.id) for claim in ledger().values()):
        if n in places and folded(phrase) in folded(texts[places[n]]):
            present += 1
        elif n in places:
            told.append(Difference(n, phrase, f"the phrase of claim {claim} is not there"))
    for i in sorted(set(range(len(texts))) - set(places.values())):
        for start, end, token in numerals(texts[i]):
            told.append(Difference(0, _context(normalise(texts[i]), start, end), f"{token} is unaccounted for"))
    total, known = (sum(map(len, found)) for found in (map(numerals, texts), (p.tokens for p in recorded.values())))
    return TextCheck(total, known, accounted, len(ledger()), present, told, () if places else draft(texts))
