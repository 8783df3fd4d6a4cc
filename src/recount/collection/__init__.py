"""The notebooks as a whole: run, gathered and exported; the tables checked and sealed.

What one part needs is loaded when it is used: the report neither runs notebooks nor draws.
"""

import sys

from recount.files import lazily

# jsonschema, which nbformat and frictionless load, would build its grammar for a second; no schema here asks for IRIs.
if "ipykernel" not in sys.modules:  # a notebook is left everything it may want
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

__all__, __getattr__ = lazily(
    "recount.collection",
    {
        "checks": "refuse seal validate validate_changed",
        "machines": "cluster",
        "pictures": "drawings keep undrawn",
        "database": "write_database",
        "diff": "State markdown state",
        "exports": "COLUMNS export",
        "fresh": "Now alone forget record",
        "run": "Run earlier execute reproduce",
        "stamps": "verify",
        "trust": "SAMPLE challenge",
        "warm": "become kernels",
    },
)
