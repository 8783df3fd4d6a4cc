"""A text against the ledger of its numerals (``seeds/``)."""

from collections.abc import Collection, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

from recount.claims import TODO, ledger
from recount.numerals import normalise
from recount.texts.draft import Proposal, proposals
from recount.texts.extract import fingerprint, numerals
from recount.texts.ledger import Paragraph, paragraphs, read_paragraphs
from recount.texts.units import folded


class Difference(NamedTuple):
    """What differs between a text and the ledger: paragraph (0: none of the ledger's), the words around, and what."""

    paragraph: int
    context: str
    what: str


class TextCheck(NamedTuple):
    """A text against the ledger: counts, every difference, and which essays are present in it or absent."""

    numerals: int
    expected: int
    accounted: int
    claims: int
    claims_present: int
    differences: Sequence[Difference]
    present: Collection[str]
    absent: Collection[str]

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
        differences = [f"paragraph {d.paragraph or 'unknown'}: {d.what}: {d.context}" for d in self.differences]
        if not self.present:
            some, them = ("numeral", "it") if self.numerals == 1 else ("numerals", "them")
            unknown = f"{some} in paragraphs that the ledger does not know; `recount new` drafts {them} so:"
            return [f"{self.numerals} {unknown}", *differences]
        counts = f"{self.numerals} numerals, {self.claims_present} of {self.claims} claims"
        accounted = f"{self.accounted} of {self.expected} expected numerals accounted for: {self.percent:g} percent"
        absent = [f"not in this text: {', '.join(self.absent)}"] if self.absent else []
        return [f"{counts}, {accounted}", *absent, *differences]


def pair(texts: Sequence[str], recorded: Mapping[int, Paragraph]) -> dict[int, int]:
    """Return the index in `texts` of each paragraph of the ledger that is there, unaltered or altered.

    Fingerprints first, in any order; what is left goes together by its numerals and by its place among neighbours.
    """
    numbers = {paragraph.sha256: n for n, paragraph in recorded.items()}
    prints = [*enumerate(map(fingerprint, texts))]
    known = {numbers[sha256]: i for i, sha256 in reversed(prints) if sha256 in numbers}  # of doubles, the first
    scores = []
    for i in set(range(len(texts))) - set(known.values()) if known else ():
        tokens = [folded(numeral.token) for numeral in numerals(texts[i])]
        before, n_before = max(((j, n) for n, j in known.items() if j < i), default=(-1, min(recorded) - 1))
        after, n_after = min(((j, n) for n, j in known.items() if j > i), default=(len(texts), max(recorded) + 1))
        matcher = SequenceMatcher(None, [], tokens, autojunk=False)
        for n in recorded.keys() - known.keys():
            matcher.set_seq1([folded(token) for token in recorded[n].tokens])
            alike = matcher.ratio() if tokens and matcher.real_quick_ratio() > 0.1 else 0.0
            scores.append((alike + ((n - n_before == i - before) + (n_after - n == after - i)) / 2, n, i))
    for score, n, i in sorted(scores, key=lambda scored: (-scored[0], scored[1:])):
        if score > 0 and n not in known and i not in known.values():
            known[n] = i
    return known


def _context(text: str, start: int = 0, end: int = 40, width: int = 40) -> str:
    """Return the words around a place in a text."""
    first, last = max(0, start - width), end + width
    return ("..." if first else "") + text[first:last] + ("..." if last < len(text) else "")


def _compare(n: int, text: str, paragraph: Paragraph) -> tuple[int, list[Difference]]:
    """Return how many numerals of a paragraph are accounted for, and every difference."""
    plain, tokens, expected = normalise(text), numerals(text), paragraph.tokens
    matcher = SequenceMatcher(None, [folded(t) for t in expected], [folded(x.token) for x in tokens], autojunk=False)
    differences = []
    for tag, i, j, k, m in matcher.get_opcodes():
        shown = " | ".join(numeral.token for numeral in tokens[k:m]) or "nothing"
        what = f"numeral found: {shown}; expected: {' | '.join(expected[i:j]) or 'nothing (unaccounted for)'}"
        if tag != "equal":
            place = (tokens[k].start, tokens[m - 1].end) if k < m else ()
            differences.append(Difference(n, _context(plain, *place), what))
    if not differences and fingerprint(text) != paragraph.sha256:
        differences = [Difference(n, _context(plain), "the words differ, no numeral does")]
    return sum(block.size for block in matcher.get_matching_blocks()), differences


def check(path: Path) -> TextCheck:
    """Compare a copy of the text with the ledger.

    Raises
    ------
    RecountError
        The text cannot be read, or the ledger is at fault.
    """
    every = paragraphs()
    texts = read_paragraphs(path, {paragraph.sha256 for paragraph in every.values()})
    prints = {*map(fingerprint, texts)}
    present = {paragraph.essay for paragraph in every.values() if paragraph.sha256 in prints}
    recorded = {n: paragraph for n, paragraph in every.items() if paragraph.essay in present}
    places, claims = pair(texts, recorded), [claim for claim in ledger().values() if claim.essay.id in present]
    accounted, phrases, differences = 0, 0, list[Difference]()
    for n, paragraph in recorded.items():
        if n in places:
            equal, differing = _compare(n, texts[places[n]], paragraph)
            accounted, differences = accounted + equal, differences + differing
        else:
            missing = f"missing from {paragraph.essay}"
            differences.append(Difference(n, f"{len(paragraph.tokens)} numerals", missing))
    for n, phrase, claim in ((claim.paragraph, claim.phrase, claim.id) for claim in claims):
        if n in places and folded(phrase) in folded(texts[places[n]]):
            phrases += 1
        elif n in places:
            differences.append(Difference(n, phrase, f"the phrase of claim {claim} is not there"))
    for i in sorted(set(range(len(texts))) - set(places.values())):
        plain = normalise(texts[i])
        for proposal in proposals(texts[i]):
            numeral = proposal.numeral
            what = f"{numeral.token} is unaccounted for" if places else _proposed(proposal)
            differences.append(Difference(0 if places else i + 1, _context(plain, numeral.start, numeral.end), what))
    total, known = sum(len(numerals(text)) for text in texts), sum(len(p.tokens) for p in recorded.values())
    absent = [*dict.fromkeys(paragraph.essay for paragraph in every.values() if paragraph.essay not in present)]
    return TextCheck(total, known, accounted, len(claims), phrases, differences, present, absent)


def _proposed(proposal: Proposal) -> str:
    """Return a numeral with the role that a draft proposes, and a claim as the draft reads it."""
    parts = [proposal.claim.get(column, "") for column in ("comparator", "approximator", "value", "unit")]
    claim = " ".join(filter(None, parts)).replace(TODO, "(unit?)")
    return f"{proposal.numeral.token} ({proposal.role}{': ' if claim else ''}{claim})"
