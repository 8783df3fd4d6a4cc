"""Where each number of an answer comes from, as the notebook's own code says it: read, not run."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from symtable import SymbolTable, symtable
from typing import NamedTuple

from recount.claims import ledger
from recount.datapackage import package
from recount.records import Record, notebook_cells, sectioned


class Step(NamedTuple):
    """A statement of a notebook: where it stands, the global names that it makes, changes and uses, what it is told."""

    cell: int
    section: str
    node: ast.stmt
    makes: set[str]
    changes: set[str]
    uses: set[str]
    told: list[str]


def answers(paths: Iterable[Path]) -> Iterator[Record]:
    """Yield every number of the answers of executed notebooks, as printed, in its sentence.

    An answer is the text that a call of ``fill`` shows; its numbers are what the f-string of that text computes. With
    each go the cell and section of the statement that makes what it is computed from, and all tables and claims that
    this statement, and those that it uses in turn, name.
    """
    for path in paths:
        steps = [*_steps(path)]
        shown = {cell.get("execution_count"): cell.get("outputs", []) for cell in notebook_cells(path)}
        for at in (at for at, step in enumerate(steps) if _fills(step.node)):
            found = (output.get("data", {}).get("text/markdown") for output in shown[steps[at].cell])
            text = "".join(next(filter(None, found), "")).split("\n\n|")[0]  # before the table
            near = [step for step in steps[: at + 1] if step.cell == steps[at].cell]
            for number, (printed, sentence, code) in enumerate(_numbers(text, near), 1):
                makers = _makers(steps, _used(ast.unparse(code)), at)
                first = next((maker for maker in makers if maker.cell != steps[at].cell), steps[at])
                told = dict.fromkeys(name for maker in makers for name in maker.told)
                yield {
                    "name": f"{path.stem[:2]}-answer-{number}",
                    "notebook": path.stem,
                    "title": sentence,
                    "value": printed,
                    "cell": first.cell,
                    "section": first.section,
                    "tables": [name for name in told if name in package()],
                    "claims": [name for name in told if name in ledger()],
                }


def _fills(node: ast.stmt) -> bool:
    return any(isinstance(each, ast.Attribute) and each.attr == "fill" for each in ast.walk(node))


def _steps(path: Path) -> Iterator[Step]:
    """Yield the statements of a notebook in order; a cell that is not Python alone says nothing."""
    for section, cell in sectioned(path):
        if cell["cell_type"] == "code" and (count := cell.get("execution_count")):
            try:
                nodes = ast.parse("".join(cell["source"])).body
            except SyntaxError:
                continue
            for node in (part for each in nodes for part in _parts(each)):
                top = symtable(ast.unparse(node), "", "exec")
                makes = {name.get_name() for name in top.get_symbols() if name.is_assigned() or name.is_imported()}
                yield Step(count, section, node, makes, _changed(node), _referred(top), [*_told(node)])


def _parts(node: ast.stmt) -> Iterator[ast.stmt]:
    """Yield a statement; where it makes several names of as many values, one a name.

    The values are in a tuple, or a comprehension goes over one: ``a, b = (rc.table(t) for t in ("gdp", "wage"))``.
    """
    match node:
        case ast.Assign([ast.Tuple(names)], ast.Tuple(values)) if len(names) == len(values):
            made = values
        case ast.Assign([ast.Tuple(names)], ast.GeneratorExp(element, [ast.comprehension(each, ast.Tuple(values))])):
            made = [ast.GeneratorExp(element, [ast.comprehension(each, value, [], 0)]) for value in values]
        case _:
            names, made = [], []
    if len(names) != len(made) or not names:
        yield node
        return
    for name, value in zip(names, made, strict=True):
        yield ast.fix_missing_locations(ast.Assign([name], value, lineno=0))


def _told(node: ast.stmt) -> Iterator[str]:
    """Yield the texts with which calls begin, and those over which a comprehension goes."""
    for each in ast.walk(node):
        match each:
            case ast.Call(args=[ast.Constant(str(text)), *_]) | ast.comprehension(iter=ast.Constant(str(text))):
                yield text
            case ast.comprehension(iter=ast.Tuple(values) | ast.List(values)):
                yield from (str(value.value) for value in values if isinstance(value, ast.Constant))


def _changed(node: ast.stmt) -> set[str]:
    """Return the names of which a statement makes a part anew, as ``frame["column"] = 1`` does."""
    parts = [n for n in ast.walk(node) if isinstance(n, ast.Subscript | ast.Attribute) and isinstance(n.ctx, ast.Store)]
    return {name.id for part in parts for name in ast.walk(part.value) if isinstance(name, ast.Name)}


def _used(code: str) -> set[str]:
    return _referred(symtable(code, "", "exec"))


def _referred(scope: SymbolTable) -> set[str]:
    """Return the global names that code refers to, also in the functions that it defines."""
    own = {
        n.get_name()
        for n in scope.get_symbols()
        if n.is_referenced() and (n.is_global() or scope.get_type() == "module")
    }
    return own.union(*map(_referred, scope.get_children()))


def _makers(steps: list[Step], names: set[str], at: int) -> list[Step]:
    """Return the statements that make what is used at a place, and what they use in turn; the nearest come first."""
    found, wanted = dict[int, Step](), [(name, at) for name in sorted(names)]
    for name, place in wanted:  # which grows
        before = [i for i in range(place) if name in steps[i].makes | steps[i].changes]
        last = max((i for i in before if name in steps[i].makes), default=0)
        for i in (i for i in reversed(before) if i >= last and i not in found):
            found[i] = steps[i]
            late = isinstance(steps[i].node, ast.FunctionDef)  # its names are looked up when it is called
            wanted += [(used, place if late else i) for used in sorted(steps[i].uses)]
    return [*found.values()]


def _numbers(text: str, steps: list[Step]) -> Iterator[tuple[str, str, ast.expr]]:
    """Yield each number that a text's f-string computes: as printed, its sentence, and the code between the braces."""
    strings = [node for step in steps for node in ast.walk(step.node) if isinstance(node, ast.JoinedStr)]
    for string in strings:
        parts = [str(part.value) if isinstance(part, ast.Constant) else None for part in string.values]
        form = "".join("(.*?)" if part is None else re.escape(part) for part in ["\n", *parts, "\n"])
        if not (found := re.fullmatch(form.replace("\\\n", r"\s*"), text, re.DOTALL)):
            continue
        codes = [part.value for part in string.values if isinstance(part, ast.FormattedValue)]
        for number, code in enumerate(codes, 1):
            if re.search(r"\d", found[number]):
                start, end = found.span(number)
                first = max(each.end() for each in re.finditer(r"^|[.:;]\W*\s", text[:start]))
                last = re.search(r"\.\W*\s|$", text[end:])
                yield found[number], " ".join(text[first : end + (last.end() if last else 0)].split()), code
        return
