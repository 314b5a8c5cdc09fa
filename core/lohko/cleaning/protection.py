"""Protected addresses: whose they are, and tables without them for whoever looks into a package.

After ``clean`` the customers table holds no protected address any more. The rows as they came, the changes and the lists still do,
so that the register can be restored; what shows or exports them goes through here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import polars as pl

from lohko.cleaning.address_updates import ADDRESS, STATUS
from lohko.cleaning.contact_keys import address_keys

HIDDEN = (*ADDRESS, "new_street", "new_postcode", "new_city")
_ID_COLUMNS = ("customer_id", "source_customer_id")


@dataclass(frozen=True, slots=True)
class Protected:
    """Who has a protected address: customer ids, row ids, and names at an address (``contact_keys.address_keys``)."""

    ids: pl.Series
    rows: pl.Series
    people: pl.Series

    def __bool__(self) -> bool:
        """Whether there is anybody."""
        return bool(self.ids.len() or self.rows.len() or self.people.len())


def protected(tables: Mapping[str, pl.LazyFrame]) -> Protected:
    """Return whose address is protected, by what any table of a package says of it, of whatever day."""
    ids: list[pl.Series] = []
    rows: list[pl.Series] = []
    people: list[pl.Series] = []
    if "address_updates" in tables and "status" in tables["address_updates"].collect_schema():
        told = tables["address_updates"].filter(pl.col("status") == "protected").collect()
        if "customer_id" in told.columns:
            ids.append(told["customer_id"].drop_nulls())
        people.append(_people(told))
    ids += [
        tables[name].filter(pl.col(STATUS) == "protected").select("customer_id").collect()["customer_id"]
        for name in ("customers", "originals")
        if name in tables and STATUS in tables[name].collect_schema()
    ]
    if "changes" in tables:
        by = pl.col("rule") == "address_protected"
        rows.append(tables["changes"].filter(by).select("row_id").collect()["row_id"])
    found = Protected(_one(ids), _one(rows), _one(people))
    if not found:
        return found
    # A name at an address is a customer, and a customer is all the rows merged into it.
    for name in ("customers", "originals"):
        if name in tables and found.people.len():
            frame = tables[name].collect()
            ids.append(frame.filter(_at(frame, found.people))["customer_id"])
    found = Protected(_one(ids), found.rows, found.people)
    if "crosswalk" in tables:
        walk = tables["crosswalk"].collect()
        named = pl.any_horizontal(pl.col(n).is_in(found.ids.implode()) for n in ("customer_id", "source_customer_id"))
        whole = walk.filter(named | pl.col("row_id").is_in(found.rows.implode()))["customer_id"].unique()
        theirs = walk.filter(pl.col("customer_id").is_in(whole.implode()))
        ids += [theirs["customer_id"], theirs["source_customer_id"]]
        rows.append(theirs["row_id"])
    return Protected(_one(ids), _one(rows), found.people)


def masked(name: str, frame: pl.DataFrame, hidden: Protected) -> tuple[pl.DataFrame, int]:
    """Return a table without protected addresses, and in how many of its rows something was taken out.

    Parameters
    ----------
    name : the table
    frame : all or some of its rows
    hidden : what ``protected`` said of the package
    """
    if not hidden:
        return frame, 0
    theirs = pl.lit(_theirs(frame, hidden))
    if name == "address_updates" and "status" in frame.columns:
        theirs = theirs | (pl.col("status") == "protected").fill_null(value=False)
    if name == "changes":
        theirs = theirs & pl.col("column").is_in(HIDDEN)
        columns = ["old", "new"]
    else:
        columns = [column for column in HIDDEN if column in frame.columns]
    if not columns:
        return frame, 0
    marked = frame.with_columns(theirs.alias("__hidden"))
    shown = marked.with_columns(
        pl.when("__hidden").then(None).otherwise(pl.col(column)).alias(column) for column in columns
    )
    some = marked.select((pl.col("__hidden") & pl.any_horizontal(pl.col(c).is_not_null() for c in columns)).sum())
    return shown.drop("__hidden"), int(some.item())


def is_protected(tables: Mapping[str, pl.LazyFrame], ids: Collection[str]) -> bool:
    """Tell whether any of these row or customer ids is a protected customer's."""
    hidden = protected(tables)
    return bool({*hidden.ids, *hidden.rows} & set(ids))


def unprotected(frame: pl.DataFrame, tables: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    """Return the rows of customers whose address is not protected, by what any table says of it."""
    hidden = protected(tables)
    return frame.filter(~pl.lit(_theirs(frame, hidden))) if hidden else frame


def _theirs(frame: pl.DataFrame, hidden: Protected) -> pl.Series:
    """Tell which rows are of customers with a protected address."""
    theirs = pl.lit(value=False)
    for column in _ID_COLUMNS:
        if column in frame.columns:
            theirs = theirs | pl.col(column).is_in(hidden.ids.implode()).fill_null(value=False)
    if "row_id" in frame.columns:
        # Without ingest a row goes by its customer's id.
        own = pl.concat([hidden.rows, hidden.ids]).implode()
        theirs = theirs | pl.col("row_id").is_in(own).fill_null(value=False)
    if hidden.people.len():
        theirs = theirs | pl.lit(_at(frame, hidden.people))
    return frame.select(theirs.alias("theirs"))["theirs"] if frame.width else pl.Series([], dtype=pl.Boolean)


def _one(parts: list[pl.Series]) -> pl.Series:
    return (
        pl.concat([pl.Series([], dtype=pl.String), *(part.cast(pl.String) for part in parts)])
        .drop_nulls()
        .unique()
        .sort()
    )


def _people(frame: pl.DataFrame) -> pl.Series:
    return _keyed(frame).select(address_keys()["person"].alias("person"))["person"].drop_nulls()


def _at(frame: pl.DataFrame, people: pl.Series) -> pl.Series:
    """Return which rows are of these names at these addresses."""
    keys = _keyed(frame).select(address_keys()["person"].alias("person"))["person"]
    return keys.is_in(people.implode()).fill_null(value=False)


def _keyed(frame: pl.DataFrame) -> pl.DataFrame:
    missing = [name for name in ("first_name", "last_name", "street", "postcode") if name not in frame.columns]
    return frame.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)
