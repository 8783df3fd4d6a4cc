"""First releases: the day of every row is explained, and no rule about days and addresses can be broken unseen."""

from __future__ import annotations

import csv
import re

import pandas as pd
import pytest
from conftest import replace

import recount as rc
from recount import collection, datapackage


def test_a_day_that_no_release_explains_is_found(copy) -> None:
    replace(copy / "data" / "gdp_releases.csv", "2014-01-20,tradingeconomics", "2014-12-31,tradingeconomics")
    replace(copy / "data" / "population.csv", "verified,2011-10-31", "verified,2021-11-30")
    replace(copy / "data" / "releases.csv", "rd_intensity,year=2007,", "rd_intensity,year=2006-2007,")
    replace(copy / "data" / "releases.csv", "rd_intensity,year=2008,", "rd_intensity,year=2007-2008,")
    replace(copy / "data" / "releases.csv", "rd_intensity,year=2009,", "rd_intensity,decade=2009,")
    faults = "\n".join(collection.validate())
    assert re.search(r"data/gdp_releases.csv, row \d+, published: found 2014-12-31, expected 2014-01-20", faults)
    assert re.search(r"data/population.csv, row \d+, published: found 2021-11-30, expected 2011-10-31", faults)
    assert re.search(r"group: found 'year=2007-2008', expected none that shares row \d+ of rd_intensity", faults)
    assert re.search(r"group: found 'decade=2009', expected conditions on fields of rd_intensity", faults)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda row: row.update(released_basis="recalled", released_how=""), "released_how: found ''"),
        (lambda row: row.update(first_released=""), "first_released: found 'NaT', expected a day"),
        (lambda row: row.update(address="", note=""), "note: found '', expected why there is no address"),
    ],
)
def test_a_source_says_when_and_where_or_why_not(copy, change, told: str) -> None:
    path = copy / "data" / "sources.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header, *listed = csv.reader(file)
    row = dict(zip(header, next(each for each in listed if "read" in each), strict=True))
    place = listed.index([*row.values()])
    change(row)
    listed[place] = [*row.values()]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *listed])
    assert any(f"data/sources.csv, row {place + 2}, {told}" in fault for fault in collection.validate())


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("population", "verified,2011-10-31", "verified,2031-10-31", r"published: found.*maximum 20\d\d-\d\d-\d\d"),
        ("releases", "2000-2010,2011-10-31", "2000-2010,2031-10-31", r"first_released: found.*maximum 20\d\d"),
        ("sources", ",2014-07-10,", ",2034-07-10,", r"first_released: found.*maximum 20\d\d"),
        ("sources", ",recalled,", ",guessed,", r"released_basis: found 'guessed'"),
        ("releases", ",inferred,", ",by row,", r"released_basis: found 'by row'"),
        ("sources", "https://github.com", "github:", r"address: found 'github:.*pattern"),
        ("sources", "http://dscloth.com", "http://dscloth com", r"address: found.*pattern"),
        ("sources", "https://www.jstor.org", "www.jstor.org", r"official_address: found.*pattern"),
    ],
)
def test_a_future_day_and_a_malformed_address_are_refused(copy, name: str, old: str, new: str, message: str) -> None:
    assert not any(name in fault for fault in collection.validate(name))
    replace(copy / "data" / f"{name}.csv", old, new)
    assert any(re.search(rf"data/{name}.csv, row \d+, {message}", fault) for fault in collection.validate(name))


def test_no_figure_was_public_before_the_year_it_counts() -> None:
    for name in datapackage.package().keys() - {
        "sources",
        "releases",
        "construction_land",
    }:  # plans and a ceiling for later years
        frame = rc.table(name)
        if "year" not in frame:
            continue
        projected = (frame["vintage"] == "UN 2014") & (frame["year"] == 2015) if "vintage" in frame else False
        early = (frame["published"].dt.year < frame["year"]) & ~pd.Series(projected, index=frame.index)
        assert not early.any(), (name, list(frame.index[early]))


def test_a_revised_figure_differs_from_the_one_it_revises() -> None:
    names = {"total": "employed_10k", "urban": "employed_urban_10k", "rural": "employed_rural_10k"}
    names |= {sector: f"employed_{sector}_10k" for sector in ("primary", "secondary", "tertiary")}
    revised = rc.table("employment_revised").assign(item=lambda d: d["group"].map(names))
    both = revised.merge(rc.table("sector_employment_gdp"), on=["item", "year"], suffixes=("", "_then"))
    assert len(both) == 24 and (both["employed_10k"] != both["value"]).all()
    staff = rc.table("urban_employment").query("registration == 'all urban employed'")
    vintages = staff.pivot(index="year", columns="vintage", values="employed_10k")
    assert not (vintages["as published"] == vintages["revised after 2020"]).any()
