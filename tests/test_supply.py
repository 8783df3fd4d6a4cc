"""What comes from elsewhere: locked with hashes, under licences that allow it; and the workflows that others copy."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, cut, git, replace

LICENCES = ROOT / "tests" / "licences.csv"  # written by `make licences`
ALLOWED = set(
    "0BSD Apache-2.0 Artistic-1.0 BSD BSD-2-Clause BSD-3-Clause CC0-1.0 HPND ISC MIT MIT-0 MIT-CMU MPL-2.0 PSF-2.0 "
    "Unlicense Zlib".split()
)
# What packages write that name no licence of the SPDX list, by the list's names.
SPDX = {
    "Apache Software License": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Artistic License": "Artistic-1.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}


def locked() -> dict[str, str]:
    """Return the locked packages by name, each with its entry in the lock."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"(?m)^([a-z0-9][a-z0-9._-]*)(==(?:.*\\\n)*.*)", text))


def licence(name: str) -> str:
    """Return the licence of an installed package: its SPDX expression, or what its classifiers or words come to."""
    told = metadata(name)
    if expression := told.get("License-Expression"):
        return expression
    classified = [each.split(" :: ")[-1] for each in told.get_all("Classifier", []) if each.startswith("License ::")]
    words = [each for each in classified if each != "OSI Approved"] or [(told.get("License") or "").split("\n")[0]]
    return " OR ".join(SPDX.get(word, word) for word in words)


def allowed(expression: str) -> bool:
    """Return whether one side of every choice is allowed."""
    sides = [set(re.split(r"\s+AND\s+|[()]+", side.strip(" ()"))) - {""} for side in expression.split(" OR ")]
    return any(side and side <= ALLOWED for side in sides)


def listed() -> dict[str, str]:
    with LICENCES.open(encoding="utf-8", newline="") as file:
        return {row["package"]: row["licence"] for row in csv.DictReader(file)}


def found(before: dict[str, str]) -> dict[str, str]:
    """Return the licence of every locked package; of one that is for other systems or says none, what was listed."""
    told = {}
    for name in locked():
        try:
            told[name] = licence(name) or before.get(name, "")
        except PackageNotFoundError:
            told[name] = before.get(name, "")
    return told


def test_every_locked_package_has_hashes() -> None:
    entries = locked()
    assert len(entries) > 100
    assert [name for name, entry in entries.items() if "--hash=sha256:" not in entry] == []
    installs = re.findall(r"\$\(PIP\) install .*|pip sync .*", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert len(installs) == 4 and any("pip sync" in line for line in installs)
    assert all("--require-hashes" in line or "--no-deps" in line for line in installs)


def test_every_licence_is_listed_and_allowed() -> None:
    told = listed()
    assert told == found(told), "run `make licences`"
    assert {name: each for name, each in told.items() if not allowed(each)} == {}


def test_a_licence_that_binds_is_not_allowed() -> None:
    assert allowed("MIT AND (Apache-2.0 AND ISC)") and allowed("GPL-3.0-only OR MIT")
    assert not allowed("GPL-3.0-only") and not allowed("MIT AND AGPL-3.0-only") and not allowed("")


MOVED = ("Guangdong,2015,1798.1678", "Guangdong,2015,1799")  # a datum
WORKFLOWS = {
    path.name: yaml.safe_load(path.read_text("utf-8")) for path in sorted((ROOT / ".github" / "workflows").iterdir())
}
STEPS = [
    (name, job, step) for name, flow in WORKFLOWS.items() for job in flow["jobs"].values() for step in job["steps"]
]
SHELLS = {f"{name}: {step['name']}": step for name, _, step in STEPS if "run" in step}


def test_workflows_may_read_alone_and_run_what_they_name() -> None:
    assert set(WORKFLOWS) == {"recount.yml", "monthly.yml"}
    for flow in WORKFLOWS.values():
        assert flow["permissions"] == {"contents": "read"}
        assert all(job["timeout-minutes"] and "permissions" not in job for job in flow["jobs"].values())
        assert flow["defaults"] == {"run": {"shell": "bash"}}, "which fails where any command of a pipe fails"
    for name in WORKFLOWS:
        for line in re.findall(r"uses: .*", (ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8")):
            assert re.fullmatch(r"uses: actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)
    assert all(step["with"]["persist-credentials"] is False for *_, step in STEPS if "checkout" in step.get("uses", ""))
    matrix = WORKFLOWS["monthly.yml"]["jobs"]["recount"]["strategy"]["matrix"]
    assert len(matrix["system"]) == 2 and matrix["python"] == ["3.11", "3.12", "3.13"]
    assert not any("${{" in step["run"] for step in SHELLS.values()), "text from outside would be run"


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is committed or will be, with few tables, in two states; and the environment that make would set up."""
    folder = tmp_path_factory.mktemp("supply") / "origin"
    kept = shutil.ignore_patterns(
        ".git", ".venv", "build", "*cache*", "*.egg-info", ".hypothesis", ".ipynb_checkpoints"
    )
    shutil.copytree(ROOT, folder, ignore=kept)
    cut(folder)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "then")
    replace(folder / "data" / "rd_expenditure.csv", *MOVED)
    git(folder, "commit", "-q", "-a", "-m", "now")
    (folder / ".venv" / "bin").mkdir(parents=True)
    for name in ("python", "recount", "ruff"):
        tool = folder / ".venv" / "bin" / name
        tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" {"" if name == "python" else f"-m {name}"} "$@"\n')
        tool.chmod(0o755)
    return folder


@pytest.fixture
def clone(origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh clone of it, with that environment."""
    git(tmp_path, "clone", "-q", str(origin), "clone")
    shutil.copytree(origin / ".venv", tmp_path / "clone" / ".venv")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "clone" / "src"))
    monkeypatch.delenv("RECOUNT_BUILD", raising=False)
    return tmp_path / "clone"


@pytest.mark.skipif(not (shutil.which("git") and shutil.which("make")), reason="git and make are what CI has")
def test_every_step_of_every_workflow_runs(clone: Path) -> None:
    """The steps as CI runs them, in order; of make the recipe is printed, which the suite itself runs."""
    (clone / "build").mkdir()
    summary = clone / "summary.md"
    told = {}
    for base in (git(clone, "rev-parse", "HEAD~1").strip(), "0" * 40):
        given = {"GITHUB_STEP_SUMMARY": str(summary), "BASE": base, "MAKEFLAGS": "-n"}
        for name, step in SHELLS.items():
            command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
            done = subprocess.run(command, cwd=clone, env=os.environ | given, capture_output=True, text=True)
            assert done.returncode == 0, (name, done.stdout, done.stderr)
            told[name] = done.stdout
    assert "pytest -q" in told["recount.yml: Prove"] and "recount reproduce" in told["recount.yml: Reproduce"]
    assert "pip-audit" in told["monthly.yml: Look for known holes"]
    changes = (clone / "build" / "changes.md").read_text(encoding="utf-8")
    assert "- `rd_expenditure`: 1 cell changed: `Guangdong, 2015" in changes
    assert summary.read_text(encoding="utf-8") == f"{changes}There is no earlier state to compare with.\n"
    assert "<h2>" in (clone / "build" / "changes.html").read_text(encoding="utf-8")


HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]


@pytest.mark.parametrize("hook", HOOKS, ids=[hook["id"] for hook in HOOKS])
def test_a_hook_lets_good_work_pass_and_stops_or_mends_bad(clone: Path, hook: dict) -> None:
    files = [] if hook.get("pass_filenames") is False else ["src/recount/files.py"]

    def run() -> subprocess.CompletedProcess[str]:
        command = ["sh", "-c", f'{hook["entry"]} "$@"', "sh", *files]
        return subprocess.run(command, cwd=clone, capture_output=True, text=True)

    def dirty() -> str:
        return git(clone, "status", "--short")

    git(clone, "checkout", "-q", "HEAD~1")
    done = run()
    assert done.returncode == 0 and dirty() == "", done.stdout + done.stderr
    source, notebook = clone / "src" / "recount" / "files.py", clone / "notebooks" / "05-industry-clusters.ipynb"
    match hook["id"]:
        case "ruff":
            replace(source, "import csv\n", "import csv\nimport antigravity\n")
        case "ruff-format":
            replace(source, "import csv\n", "import  csv\n")
        case "guards":
            replace(notebook, '"execution_count": 2', '"execution_count": 3')
        case "seal":
            replace(clone / "data" / "rd_expenditure.csv", *MOVED)
    before = dirty()
    done = run()
    assert done.returncode != 0 or dirty() != before, "pre-commit stops a commit when a hook fails or changes a file"


def test_nbdime_is_asked_for_sources_and_not_needed(clone: Path) -> None:
    replace(clone / "notebooks" / "05-industry-clusters.ipynb", "rc.answer", "rc.answers")
    shown = git(clone, "diff")
    assert "+" in shown and "rc.answers" in shown
    asked = git(clone, "check-attr", "diff", "--", "notebooks/05-industry-clusters.ipynb")
    assert asked.endswith(": jupyternotebook\n")


if __name__ == "__main__":
    rows = found(listed() if LICENCES.exists() else {})
    with LICENCES.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("package", "licence"), *rows.items()])
