"""First releases: the day of every row is explained, and no rule about days and addresses can be broken unseen."""

from __future__ import annotations

import csv
import re

import pandas as pd
from conftest import replace

import recount as rc
from recount import collection, datapackage
from recount.collection.checks import between


def test_what_the_tables_leave_unexplained_is_told(copy) -> None:
    path = copy / "data" / "sources.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header, *listed = csv.reader(file)
    expected = []
    for place, (changed, told) in zip(
        (place for place, cells in enumerate(listed) if "read" in cells),
        [
            ({"released_basis": "recalled", "released_how": ""}, "released_how: found ''"),
            ({"first_released": ""}, "first_released: found 'NaT', expected a day"),
            ({"address": "", "note": ""}, "note: found '', expected why there is no address"),
        ],
        strict=False,
    ):
        listed[place] = [*(dict(zip(header, listed[place], strict=True)) | changed).values()]
        expected.append(f"data/sources.csv, row {place + 2}, {told}")
    expected.append(f"data/sources.csv, row {len(listed) + 2}, key: found 'unused', expected the source of some figure")
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *listed, ["unused", *listed[0][1:]]])
    quotes = next(";".join(claim.quotes) for claim in rc.ledger().values() if claim.quotes)
    replace(copy / "seeds" / "claims.csv", f",{quotes}\n", ",no-source;beijing-2018-haoxuewang\n")
    replace(copy / "data" / "gdp_releases.csv", "2014-01-20,tradingeconomics", "2014-12-31,tradingeconomics")
    replace(copy / "data" / "population.csv", "verified,2011-10-31", "verified,2021-11-30")
    replace(copy / "data" / "releases.csv", "rd_intensity,year=2007,", "rd_intensity,year=2006-2007,")
    replace(copy / "data" / "releases.csv", "rd_intensity,year=2008,", "rd_intensity,year=2007-2008,")
    replace(copy / "data" / "releases.csv", "rd_intensity,year=2009,", "rd_intensity,decade=2009,")
    faults = "\n".join(between())
    assert [each for each in expected if each not in faults] == [] and len(expected) == 4
    assert re.search(r"seeds/claims.csv, row \d+, quotes: found 'no-source', expected keys", faults)
    assert "quotes: found 'beijing-2018-haoxuewang', released 2019-03-20, expected what the essay of 2017" in faults
    assert re.search(r"data/gdp_releases.csv, row \d+, published: found 2014-12-31, expected 2014-01-20", faults)
    assert re.search(r"data/population.csv, row \d+, published: found 2021-11-30, expected 2011-10-31", faults)
    assert re.search(r"group: found 'year=2007-2008', expected none that shares row \d+ of rd_intensity", faults)
    assert re.search(r"group: found 'decade=2009', expected conditions on fields of rd_intensity", faults)


def test_a_future_day_and_a_malformed_address_are_refused(copy) -> None:
    expected = []
    for name, old, new, message in [
        ("population", "verified,2011-10-31", "verified,2031-10-31", r"published: found.*maximum 20\d\d-\d\d-\d\d"),
        ("releases", "2000-2010,2011-10-31", "2000-2010,2031-10-31", r"first_released: found.*maximum 20\d\d"),
        ("sources", ",2014-07-10,", ",2034-07-10,", r"first_released: found.*maximum 20\d\d"),
        ("sources", ",recalled,", ",guessed,", r"released_basis: found 'guessed'"),
        ("releases", ",inferred,", ",by row,", r"released_basis: found 'by row'"),
        ("sources", "https://github.com", "github:", r"address: found 'github:.*pattern"),
        ("sources", "http://dscloth.com", "http://dscloth com", r"address: found.*dscloth com.*pattern"),
        ("sources", "https://www.jstor.org", "www.jstor.org", r"official_address: found 'www.jstor.*pattern"),
    ]:
        replace(copy / "data" / f"{name}.csv", old, new)
        expected.append(rf"data/{name}.csv, row \d+, {message}")
    faults = collection.validate("population", "releases", "sources")
    assert [each for each in expected if not any(re.search(each, fault) for fault in faults)] == []
    assert len(faults) == len(expected)


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
