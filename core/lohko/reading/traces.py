"""By what a table's rows show whose they are: which rows of each table belong to the erased, and which cells name them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from lohko.reading.naming import refers
from lohko.tables.contact_forms import address_keys, email_key, phone_key, several_contacts

#: Columns that say whose a row is: by the customer, and by the customer's row.
OWN_IDS = ("customer_id", "source_customer_id", "left_id", "right_id")
OWN_ROWS = ("row_id", "left_row_id", "right_row_id")
#: Columns in which somebody else's row names a customer.
MENTIONS = ("referred_customer_id", "source_referred_customer_id")
#: Tables from outside that may know a person by address alone.
LISTS = ("suppressions", "address_updates")
_ADDRESS = ("first_name", "last_name", "street", "postcode")


@dataclass(frozen=True, slots=True)
class Traces:
    """What shows that a row is theirs.

    Attributes
    ----------
    ids, rows, visitors : customer ids, row ids, and ids of visitors that are nobody else's
    emails, phones, addresses : comparing forms that are nobody else's
    """

    ids: frozenset[str] = frozenset()
    rows: frozenset[str] = frozenset()
    visitors: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()

    def belongs(self, table: str, columns: Collection[str]) -> pl.Expr:
        """Return whether a row of a table is theirs (never null)."""
        tests = [among(pl.col(name), self.ids) for name in OWN_IDS if name in columns]
        tests += [among(pl.col(name), self.rows | self.ids) for name in OWN_ROWS if name in columns]
        if "visitor_id" in columns:  # of a visit that names its customer the customer decides
            nobody = pl.col("customer_id").is_null() if "customer_id" in columns else pl.lit(value=True)
            tests.append(nobody & among(pl.col("visitor_id"), self.visitors))
        if table in LISTS:
            if "email" in columns:
                tests.append(among(email_key(pl.col("email")), self.emails))
            if "phone" in columns:
                # An entry of several numbers is not theirs alone.
                alone = pl.when(~several_contacts(pl.col("phone"), "phone")).then(pl.col("phone"))
                tests.append(among(phone_key(alone), self.phones))
            tests += [among(key, self.addresses) for key in address_forms(columns)]
        return pl.any_horizontal(tests) if tests else pl.lit(value=False)

    def mentioned(self, columns: Collection[str]) -> pl.Expr:
        """Return whether a row names them, whoever's it is (never null)."""
        tests = [among(mentioned_id(name, columns), self.ids) for name in mentions_in(columns)]
        return pl.any_horizontal(tests) if tests else pl.lit(value=False)

    def unnamed(self, columns: Collection[str]) -> list[pl.Expr]:
        """Return the columns in which other people's rows name them, with those cells empty."""
        return [
            pl.when(~among(mentioned_id(name, columns), self.ids)).then(pl.col(name)).alias(name)
            for name in mentions_in(columns)
        ]


def mentions_in(columns: Collection[str]) -> list[str]:
    """Return the columns in which somebody else's row names a customer: ours, and of customers those of their file that are named for it."""
    return [name for name in columns if name in MENTIONS or ("row_id" in columns and refers(name))]


def mentioned_id(name: str, columns: Collection[str]) -> pl.Expr:
    """Return the id that such a column names; one of the file's own leaves out the source that stands before its row's id."""
    cell = pl.col(name)
    if name in MENTIONS or "customer_id" not in columns:
        return cell
    prefix = pl.col("customer_id").str.extract(r"^([^:]+:)", 1).fill_null("")
    return pl.when(cell.str.contains(":", literal=True)).then(cell).otherwise(prefix + cell)


def among(value: pl.Expr, wanted: frozenset[str]) -> pl.Expr:
    """Return whether a value is one of those (false where it is null)."""
    if not wanted:
        return pl.lit(value=False)
    return value.is_in(sorted(wanted)).fill_null(value=False)


def address_forms(columns: Collection[str]) -> list[pl.Expr]:
    """Return the forms of a name at an address that a table's rows have: at the old one, and at the one they moved to."""
    if not set(_ADDRESS) <= set(columns):
        return []
    forms = [address_keys()["person"]]
    if {"new_street", "new_postcode"} <= set(columns):
        forms.append(address_keys("new_street", "new_postcode")["person"])
    return forms
