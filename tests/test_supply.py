"""What comes from elsewhere: locked with hashes, under licences that allow it; workflows and hooks that others copy."""

import csv
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
ALLOWED = set(  # as packages write them: names of the SPDX list, of PyPI's classifiers, and a few others
    "0BSD; Apache-2.0; Apache 2.0; Apache License, Version 2.0; Apache Software License; Artistic License; BSD; "
    "BSD License; BSD-2-Clause; BSD-3-Clause; CC0-1.0; HPND; ISC; ISC License; ISCL; MIT; MIT License; MIT-0; MIT-CMU; "
    "Mozilla Public License 2.0; MPL 2.0; MPL-2.0; PSF-2.0; Public Domain; Python Software Foundation License; "
    "Unlicense; Zlib".split("; ")
)


def locked() -> list[tuple[str, str]]:
    """Return the names of the locked packages, each with its entry in the lock."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    return re.findall(r"(?m)^([a-z0-9][a-z0-9._-]*)(==(?:.*\\\n)*.*)", text)


def licence(name: str) -> str:
    """Return the licence of a package: its SPDX expression, or what its classifiers or words come to; or nothing."""
    try:
        described = metadata(name)
    except PackageNotFoundError:  # it is for other systems
        return ""
    classifiers = [line.split(" :: ")[-1] for line in described.get_all("Classifier", []) if line.startswith("License")]
    words = [word for word in classifiers if word != "OSI Approved"] or (described.get("License") or "").split("\n")[:1]
    return described.get("License-Expression") or " OR ".join(words)


def allowed(expression: str) -> bool:
    """Return whether one side of every choice is allowed."""
    sides = [set(re.split(r"\s+AND\s+|\s*[()]+\s*", side)) - {""} for side in expression.split(" OR ")]
    return any(side and side <= ALLOWED for side in sides)


def listed() -> dict[str, str]:
    with LICENCES.open(encoding="utf-8", newline="") as file:
        return {row["package"]: row["licence"] for row in csv.DictReader(file)}


def renewed() -> dict[str, str]:
    """Return the licence of every locked package; of one that is not here or names none, what was listed."""
    before = listed()
    return {name: licence(name) or before.get(name, "") for name, _ in locked()}


def test_every_locked_package_has_hashes() -> None:
    assert len(locked()) > 100
    assert [name for name, entry in locked() if "--hash=sha256:" not in entry] == []
    installs = re.findall(r"\$\(PIP\) install .*|pip sync .*", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert len(installs) == 4
    assert all("--require-hashes" in line or "--no-deps" in line for line in installs)


def test_every_licence_is_listed_and_allowed() -> None:
    assert listed() == renewed(), "run `make licences`"
    assert {name: expression for name, expression in listed().items() if not allowed(expression)} == {}


def test_a_licence_that_binds_is_not_allowed() -> None:
    assert allowed("MIT AND (Apache-2.0 AND ISC)") and allowed("GPL-3.0-only OR MIT")
    assert not allowed("GPL-3.0-only") and not allowed("MIT AND AGPL-3.0-only") and not allowed("")


FLOWS = [path.read_text(encoding="utf-8") for path in sorted((ROOT / ".github" / "workflows").iterdir())]
WORKFLOWS = [yaml.safe_load(text) for text in FLOWS]
JOBS = [job for flow in WORKFLOWS for job in flow["jobs"].values()]
STEPS = [step for job in JOBS for step in job["steps"]]


def test_workflows_may_only_read_and_run_what_they_pin() -> None:
    assert len(WORKFLOWS) == 2 and len(STEPS) > 10
    for flow in WORKFLOWS:
        assert flow["permissions"] == {"contents": "read"}
        assert flow["defaults"] == {"run": {"shell": "bash"}}, "which fails where any command of a pipe fails"
    assert all(job["timeout-minutes"] and "permissions" not in job for job in JOBS)
    assert all(step["with"]["persist-credentials"] is False for step in STEPS if "checkout" in step.get("uses", ""))
    assert not any("${{" in step.get("run", "") for step in STEPS), "text from outside would be run"
    for line in re.findall(r"uses: .*", "".join(FLOWS)):
        assert re.fullmatch(r"uses: actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)


PLANTED = {  # for each hook, the file and what changes in it
    "ruff": ("src/recount/files.py", "import csv\n", "import csv\nimport antigravity\n"),
    "ruff-format": ("src/recount/files.py", "import csv\n", "import  csv\n"),
    "guards": ("notebooks/05-industry-clusters.ipynb", '"execution_count": 2', '"execution_count": 3'),
    "seal": ("data/rd_expenditure.csv", "Guangdong,2015,1798.1678", "Guangdong,2015,1799"),
}
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with few tables, two commits, and the tools that make would set up."""
    folder = tmp_path / "checkout"
    kept = shutil.ignore_patterns(".git", ".venv", "build", "mutants", "*cache*", "*.egg-info", ".hypothesis")
    cut(shutil.copytree(ROOT, folder, ignore=kept))
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "before")
    name, *change = PLANTED["seal"]
    replace(folder / name, *change)
    git(folder, "commit", "-q", "-a", "-m", "after")
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / ".git" / "info" / "exclude").write_text(".venv\n")
    monkeypatch.setenv("PYTHONPATH", str(folder / "src"))
    monkeypatch.delenv("RECOUNT_BUILD", raising=False)
    return folder


@pytest.mark.prove
def test_every_step_of_every_workflow_runs(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The steps as CI runs them, in order; the recipes of make are printed, which the tests themselves run."""
    monkeypatch.setenv("MAKEFLAGS", "-n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(checkout / "summary.md"))
    printed = ""
    for base in (git(checkout, "rev-parse", "HEAD~1").strip(), "0" * 40):
        monkeypatch.setenv("BASE", base)
        for step in (step for step in STEPS if "run" in step):
            command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
            done = subprocess.run(command, cwd=checkout, capture_output=True, text=True)
            assert done.returncode == 0, (step["name"], done.stdout, done.stderr)
            printed += done.stdout
    assert all(recipe in printed for recipe in ("pytest -q", "-m prove", "recount reproduce", "pip-audit"))
    changes, nothing = (checkout / "summary.md").read_text(encoding="utf-8").split("There is no earlier state")
    assert "  Guangdong, 2015\n- rd_100m_yuan: 1798.1678\n" in changes and nothing == " to compare with.\n"


@pytest.mark.prove
@pytest.mark.parametrize("hook", HOOKS, ids=[hook["id"] for hook in HOOKS])
def test_a_hook_passes_good_work_and_stops_or_mends_bad(checkout: Path, hook: dict) -> None:
    name, old, new = PLANTED[hook["id"]]
    command = f"{hook['entry']} {name if hook.get('pass_filenames', True) else ''}"

    def run() -> tuple[int, str]:
        return subprocess.run(["sh", "-c", command], cwd=checkout).returncode, git(checkout, "status", "--short")

    git(checkout, "checkout", "-q", "HEAD~1")
    assert run() == (0, "")
    replace(checkout / name, old, new)
    assert run() != (0, f" M {name}\n"), "a hook that fails or changes a file stops a commit"


if __name__ == "__main__":
    rows = [("package", "licence"), *renewed().items()]
    with LICENCES.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
