"""The examples in the docstrings of what a notebook imports: every name has one that gives the output shown."""

import doctest

import pandas as pd
import pytest

import recount as rc

WITHOUT = {"Listing", "RecountError", "answer", "figure"}  # what they do is seen in a notebook, not in a value


@pytest.mark.parametrize("name", sorted({*rc.__all__} - WITHOUT))
def test_every_name_has_an_example_that_runs(name: str) -> None:
    examples = doctest.DocTestFinder(recurse=False).find(getattr(rc, name), name, globs={"rc": rc, "pd": pd})
    assert sum(len(test.examples) for test in examples), f"{name} shows no example"
    failures: list[str] = []
    for test in examples:
        doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=failures.append)
    assert not failures, "".join(failures)


def test_only_names_of_the_helper_are_without_an_example() -> None:
    assert {*rc.__all__} >= WITHOUT
