"""Texts: their numerals, held against the ledger, and drafted for an essay never seen."""
