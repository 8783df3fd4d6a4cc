"""Texts: their numerals found, held against the ledger, and drafted for an essay never seen."""

from recount.texts.check import check
from recount.texts.draft import proposals
from recount.texts.essay import new, todo
from recount.texts.extract import fingerprint, numerals
from recount.texts.ledger import paragraphs, read_paragraphs

__all__ = ["check", "fingerprint", "new", "numerals", "paragraphs", "proposals", "read_paragraphs", "todo"]
