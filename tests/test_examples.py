"""The examples in the docstrings of what a notebook imports: each name has one, and each gives what it says."""

import doctest

import pandas as pd
import pytest

import recount as rc

WITHOUT = {"GREY", "PALETTE", "RecountError", "Listing", "Multiverse", "Verdict", "answer", "figure"}  # shown, not told


@pytest.mark.parametrize("name", sorted({*rc.__all__} - WITHOUT))
def test_every_name_has_an_example_that_runs(name: str) -> None:
    found = doctest.DocTestFinder(recurse=False).find(getattr(rc, name), name, globs={"rc": rc, "pd": pd})
    assert sum(len(test.examples) for test in found), f"{name} shows no example"
    told: list[str] = []
    for test in found:
        doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=told.append)
    assert not told, "".join(told)
