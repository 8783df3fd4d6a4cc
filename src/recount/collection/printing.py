"""PDF and PNG made by typst, the same bytes every time."""

import json
from pathlib import Path
from typing import Any

import typst

from recount.files import FONTS
from recount.records import Record

RESOLUTION = 300  # pixels an inch


def compiled(template: bytes, it: Record, home: Path, kind: str) -> bytes:
    """Return a typst template given `it`, with drawings of the folder `home`, as ``pdf``, tagged, or ``png``.

    No typeface is used but the bundled one.
    """
    options: Any = {"format": kind} | ({"pdf_standards": ["ua-1"]} if kind == "pdf" else {"ppi": RESOLUTION})
    fonts: Any = {"font_paths": [str(FONTS)], "ignore_system_fonts": True}
    return bytes(
        typst.compile(template, root=str(home), timestamp=0, sys_inputs={"it": json.dumps(it)}, **fonts, **options)
    )
