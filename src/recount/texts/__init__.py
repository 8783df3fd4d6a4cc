"""Texts: their numerals found, held against the ledger, and drafted for a text never seen."""

from recount.texts.check import check, draft, paragraphs, read_paragraphs
from recount.texts.extract import fingerprint, numerals

__all__ = ["check", "draft", "fingerprint", "numerals", "paragraphs", "read_paragraphs"]
