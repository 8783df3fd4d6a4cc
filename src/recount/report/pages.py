"""The templates of the pages, and of what the README says of the notebooks."""

from operator import methodcaller
from pathlib import Path

import yaml  # type: ignore[import-untyped]
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from recount.claims import claim, essays
from recount.datapackage import GRADES, citation, package
from recount.files import RecountError, root, visible, write_text
from recount.records import Record, executed, gathered, notebooks
from recount.report import findings
from recount.report.cells import Notebook
from recount.sentences import in_printed_unit
from recount.verdict import VERDICTS
from recount.wording import plain, stated_interval

# Worst 1, best 5. What was not tested against statistics has its word alone: to be quoted rightly is not to be right.
RATINGS = {"holds": 5, "holds as written": 4, "holds if": 3, "fails": 1}
EXPORTS = {
    "verdicts.csv": "one row a claim, for a spreadsheet",
    "verdicts.json": "with every specification",
    "verdicts.schema.json": "the JSON schema of that file",
    "claimreview.json": "the verdicts as schema.org ClaimReview",
    "exhibits.csv": "each number and figure, and the notebook, cell, tables and rows it is made of",
}
# How the signs of a text are written elsewhere, so that it means itself there.
SPELLINGS = {
    "in_markdown": {sign: f"\\{sign}" for sign in "\\`*_[]<>|"},
    "in_latex": {sign: f"\\{sign}" for sign in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"},
    "in_typst": {sign: f"\\{sign}" for sign in '"\\'},
}


def templates(**values: object) -> Environment:
    """Return the templates, which see some values; every text they print is escaped, and an unknown name fails."""
    home = FileSystemLoader(Path(__file__).parent / "templates")
    made = Environment(loader=home, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    made.globals |= {name: value for name, value in vars(findings).items() if not name.startswith("_")} | values
    functions = (claim, essays, citation, package, plain, in_printed_unit, stated_interval)
    made.globals |= {function.__name__: function for function in functions}
    made.globals |= {
        "formats": findings.FORMATS,
        "forms": findings.FORMS,
        "exports": EXPORTS,
        "verdicts": VERDICTS,
        "ratings": RATINGS,
        "grading": GRADES,
    }
    made.filters |= {"count_in_words": count_in_words} | {
        name: methodcaller("translate", str.maketrans(signs)) for name, signs in SPELLINGS.items()
    }
    return made


def count_in_words(count: int) -> str:
    """Return a small count as prose has it: six, but 13."""
    words = "no one two three four five six seven eight nine ten eleven twelve".split()
    return words[count] if count < len(words) else str(count)


def publisher() -> Record:
    """Return who publishes the collection, when and where, how to `cite` it, and whose essays it counts again.

    All as ``CITATION.cff`` says; a `repository` that it does not name is empty, and so are the `essays`.
    """
    try:
        cff: Record = yaml.safe_load((root() / "CITATION.cff").read_text(encoding="utf-8"))
        author, day = _named(cff["authors"]), str(cff["date-released"])
        return {
            "title": cff["title"],
            "author": author,
            "day": day,
            "version": cff["version"],
            "licence": cff["license"],
            "repository": str(cff.get("repository-code", "")).rstrip("/"),
            "essays": [essay | {"author": _named(essay["authors"])} for essay in cff.get("references", [])],
            "cite": f"{author} ({day[:4]}). {cff['title']}. Version {cff['version']}.",
        }
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        wanted = "authors, title, version, license and date-released"
        raise RecountError(f"CITATION.cff: expected {wanted} ({error!r})") from None


def _named(authors: list[Record]) -> str:
    return ", ".join(author.get("name") or f"{author['given-names']} {author['family-names']}" for author in authors)


def update_readme() -> None:
    """Renew what ``README.md`` says of the notebooks and its picture, where there is one."""
    path = root() / "README.md"
    if path.is_file():
        text, picture = renewed_readme(path.read_text(encoding="utf-8"))
        write_text(path, text)
        write_text(root() / ".github" / "scoreboard.svg", picture)


def renewed_readme(text: str) -> tuple[str, str]:
    """Return the README with what it says of verdicts and notebooks as the committed ones have it, and its picture."""
    records, figures = gathered(executed(root() / "notebooks"))
    made = templates(records=records, figures=figures, notebooks=[Notebook(path, {}) for path in notebooks()])
    for name in ("findings", "notebooks"):
        part = visible(made.get_template(f"readme-{name}.md").render().strip())
        start, end = f"<!-- {name}: made by `recount refresh` -->", f"<!-- end of {name} -->"
        if not 0 <= text.find(start) < text.find(end):
            raise RecountError(f"README.md: found no lines {start} and {end} in this order, expected both")
        text = f"{text[: text.find(start)]}{start}\n{part}\n{text[text.find(end) :]}"
    drawn = visible(made.get_template("readme-scoreboard.svg").render()).split("\n")
    return text, "".join(f"{line}\n" for line in drawn if line.strip())
