"""The house: rooms whose imports run one way, files and functions that a person reads at a sitting, and how large."""

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

SOURCE = ROOT / "src" / "recount"
ROOMS = ("helper", "texts", "pipeline", "report", "cli")  # each may import from those before it, and from itself
FILE_LINES, FUNCTION_LINES = 350, 40  # a function without its docstring
# At most so many lines of code: all modules, those that a notebook imports, tests; and all lines of the templates.
SRC, HELPER, TESTS, LOOKS = 4410, 2020, 3590, 1680
TEMPLATES = (".html", ".css", ".js", ".typ")
LAYOUT = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def module_of(path: Path, source: Path) -> str:
    return ".".join(("recount", *path.relative_to(source).with_suffix("").parts)).removesuffix(".__init__")


def room(module: str) -> str:
    """Return the room of a module: recount.report.pages lies in report, recount.figures.style in the helper."""
    name = [*module.split("."), ""][1]
    return "cli" if name == "__main__" else name if name in ROOMS else "helper"


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield every module of the project that a file imports, at the top or inside a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)


def docstring(node: ast.AST) -> range:
    """Return the lines of the docstring of a module, class or function, none where it has none."""
    match getattr(node, "body", None):
        case [ast.Expr(value=ast.Constant(value=str()), lineno=first, end_lineno=int(last)), *_]:
            return range(first, last + 1)
    return range(0)


def code_lines(path: Path) -> int:
    """Return how many lines of a file hold code: neither docstrings, comments nor blanks."""
    text = path.read_text(encoding="utf-8")
    docs = {n for node in ast.walk(ast.parse(text)) for n in docstring(node)}
    tokens = (token for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type not in LAYOUT)
    return len({n for token in tokens for n in range(token.start[0], token.end[0] + 1)} - docs)


def faults(source: Path) -> list[str]:
    """Return what is wrong with the house under `source`."""
    problems = []
    for path in sorted(source.rglob("*.py")):
        module, text = module_of(path, source), path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        for name in imported(tree):
            if name.startswith("."):
                problems.append(f"{module} imports {name}, which hides from where")
            elif name.startswith("recount.") and ROOMS.index(room(name)) > ROOMS.index(room(module)):
                problems.append(f"{module} imports {name}, of a later room")
        if len(text.splitlines()) > FILE_LINES:
            problems.append(f"{module} has {len(text.splitlines())} lines")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1 - len(docstring(node))
                if length > FUNCTION_LINES:
                    problems.append(f"{module}.{node.name} has {length} lines")
    return problems


def test_imports_run_one_way_and_nothing_is_too_long() -> None:
    assert faults(SOURCE) == []


def test_sizes_stay_within_their_bounds() -> None:
    modules = {module_of(path, SOURCE): code_lines(path) for path in SOURCE.rglob("*.py")}
    looks = [path for path in SOURCE.rglob("*") if path.suffix in TEMPLATES and "vendor" not in path.parts]
    assert sum(modules.values()) <= SRC
    assert sum(size for module, size in modules.items() if room(module) == "helper") <= HELPER
    assert sum(map(code_lines, (ROOT / "tests").rglob("*.py"))) <= TESTS
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in looks) <= LOOKS


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("claims.py", "def f():\n    from recount import texts\n", "recount.claims imports recount.texts, of a later"),
        ("texts/check.py", "import recount.pipeline.run\n", "recount.texts.check imports recount.pipeline.run, of a"),
        ("pipeline/run.py", "from recount.texts.check import check\n", ""),
        ("report/pages.py", "from recount.cli import main\n", "recount.report.pages imports recount.cli.main, of a"),
        ("figures/style.py", "from ..report import pages\n", "recount.figures.style imports ..report.pages, which"),
        ("files.py", "x = 1\n" * 351, "recount.files has 351 lines"),
        ("files.py", "def f():\n    '''One.\n\n    Two.\n    '''\n" + "    x = 1\n" * 39, ""),
        ("files.py", "async def f():\n" + "    x = 1\n" * 40, "recount.files.f has 41 lines"),
    ],
)
def test_faults_names_what_is_planted(tmp_path: Path, name: str, text: str, fault: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert [problem[: len(fault)] for problem in faults(tmp_path)] == ([fault] if fault else [])


def test_code_lines_leaves_docstrings_comments_and_blanks_out(tmp_path: Path) -> None:
    documented = '"""One.\n\nTwo.\n"""\n\n# three\nx = """four\n\nfive"""\n'
    (tmp_path / "a.py").write_text(documented + '\n\ndef f():\n    "six"\n    return [\n    ]  # eight\n')
    assert code_lines(tmp_path / "a.py") == 6
