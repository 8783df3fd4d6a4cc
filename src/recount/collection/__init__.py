"""The notebooks as a whole: run, gathered and exported; the tables checked and sealed."""

from recount.collection.checks import seal, validate
from recount.collection.exports import COLUMNS, drawings, export, keep
from recount.collection.run import Run, execute, reproduce

__all__ = ["COLUMNS", "Run", "drawings", "execute", "export", "keep", "reproduce", "seal", "validate"]
