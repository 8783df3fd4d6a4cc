"""The results of a run put where git keeps them: into the notebooks, and one row a verdict beside them."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from recount.files import RecountError, atomic, root
from recount.pipeline.results import write_verdicts
from recount.pipeline.tasks import chosen
from recount.records import executed, gathered, notebook_cells


def refresh(only: Sequence[str] = ()) -> list[str]:
    """Replace the notebooks of the collection, or those named, by their results; return the names of those changed.

    Raises
    ------
    RecountError
        A notebook was changed while the run was under way: none is replaced.
    """
    notebooks = chosen(only)
    for notebook in notebooks:
        if _written(notebook.source) != _written(notebook.merged.file):
            raise RecountError(f"notebooks/{notebook.source.name}: changed during the run; run `recount refresh` again")
    changed = [each for each in notebooks if each.source.read_bytes() != each.merged.file.read_bytes()]
    for notebook in changed:
        with atomic(notebook.source) as path:
            shutil.copyfile(notebook.merged.file, path)
    write_verdicts(root() / "notebooks" / "verdicts.csv", gathered(executed(root() / "notebooks"))[0])
    return [notebook.stem for notebook in changed]


def _written(path: Path) -> list[tuple[str, str]]:
    """Return what a person writes of a notebook: the kind and the text of its cells."""
    return [(cell["cell_type"], "".join(cell["source"])) for cell in notebook_cells(path)]
