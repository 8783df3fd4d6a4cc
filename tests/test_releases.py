"""First releases: the day of every row is explained, and no rule about days and addresses can be broken unseen."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from conftest import replace

import recount as rc
from recount import collection, tables

BASES = {"read", "at the latest", "usual month", "recalled", "inferred", "unknown"}
FIELD = re.compile(r"(\w+)(!?=)(.*)")
SPAN = re.compile(r"(\d{4})-(\d{4})")


def dated() -> list[str]:
    """Tables whose rows carry a day."""
    return [name for name in tables.package() if name not in ("sources", "releases")]


def group_of(frame: pd.DataFrame, group: str) -> pd.Series:
    """Which rows a group means, as data/README.md explains it."""
    mask = pd.Series(True, index=frame.index)
    for part in group.split("; "):
        field, sign, values = FIELD.fullmatch(part).groups()
        cells = frame[field].astype(str)
        span = SPAN.fullmatch(values) if field == "year" else None
        years = [str(year) for year in range(int(span[1]), int(span[2]) + 1)] if span else []
        hit = cells.isin(years or values.split("|"))
        mask &= hit if sign == "=" else ~hit
    return mask


def unexplained(name: str) -> list[str]:
    """Rows of a table whose day is neither that of their group in releases nor that of their source."""
    frame, releases = rc.table(name), rc.table("releases").query("table == @name")
    source_day = rc.table("sources").set_index("key")["first_released"]
    expected, faults = frame["source"].map(source_day), []
    grouped = pd.Series(False, index=frame.index)
    for row, release in releases.iterrows():
        mask = group_of(frame, release["group"])
        if not mask.any():
            faults.append(f"releases, row {row}: no row of {name} is in the group {release['group']!r}")
        if (mask & grouped).any():
            faults.append(f"{name}, row {frame.index[mask & grouped][0]}: in two groups")
        if mask.any() and (expected[mask] == release["first_released"]).all():
            faults.append(f"releases, row {row}: the source has that day already")
        grouped |= mask
        expected = expected.mask(mask, release["first_released"])
    for row in frame.index[~(frame["published"] == expected)]:
        faults.append(f"{name}, row {row}: published {frame['published'][row]:%Y-%m-%d}, expected {expected[row]}")
    return faults


def test_the_day_of_every_row_is_explained() -> None:
    assert set(rc.table("releases")["table"]) <= set(dated())
    assert [fault for name in dated() for fault in unexplained(name)] == []


def test_a_day_that_no_release_explains_is_found(copy) -> None:
    replace(copy / "data" / "gdp_releases.csv", "2014-01-20,tradingeconomics", "2014-12-31,tradingeconomics")
    replace(copy / "data" / "population.csv", "verified,2011-10-31", "verified,2021-11-30")
    replace(copy / "data" / "releases.csv", "rd_intensity,year=2007,", "rd_intensity,year=2006-2007,")
    replace(copy / "data" / "releases.csv", "rd_intensity,year=2008,", "rd_intensity,year=2007-2008,")
    collection.seal()
    assert re.match(r"gdp_releases, row \d+: published 2014-12-31, expected 2014-01-20", unexplained("gdp_releases")[0])
    assert "expected 2011-10-31" in unexplained("population")[0]
    assert any("in two groups" in fault for fault in unexplained("rd_intensity"))


def test_every_day_has_a_basis_in_words() -> None:
    sources, releases = rc.table("sources"), rc.table("releases")
    assert set(releases["released_basis"]) <= BASES and (releases["released_how"] != "").all()
    assert set(sources["released_basis"]) <= BASES | {"by row"}
    assert (sources["first_released"].isna() == sources["released_basis"].isin(["unknown", "by row"])).all()
    told = sources["released_basis"].isin(["at the latest", "recalled", "inferred", "by row"])
    assert (sources.loc[told, "released_how"] != "").all()


def test_an_address_is_there_or_the_note_says_why() -> None:
    sources = rc.table("sources")
    without = sources[sources["address"] == ""]
    assert without["note"].str.contains("address", case=False).all(), list(without["key"])
    assert (sources["origin"] != "").all()


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
    for name in set(dated()) - {"construction_land"}:  # plans and a ceiling for later years
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
