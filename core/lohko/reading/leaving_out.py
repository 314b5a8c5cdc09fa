"""Who was forgotten is not read again: their rows are left out of every table, and counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from lohko.reading.distinct import distinct_ids
from lohko.reading.forgotten import Memory
from lohko.reading.traces import LISTS, MENTIONS, Traces, address_forms, among
from lohko.tables import tables as known_tables
from lohko.tables.contact_forms import email_key, phone_key
from lohko.tables.personal_codes import DIGITS, code_key, personal_codes

_VISITS = ("visits", "touchpoints", "visitors")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was left out.

    Attributes
    ----------
    tables : the tables that lost rows or cells: Parquet files of what is left
    rows : by table, how many rows are left out
    customers : how many customers
    by_contact : of these, how many under an id that is not remembered, by e-mail address, phone number or personal code
    alike : customers who stay, with the name and address of somebody who was forgotten
    """

    tables: Mapping[str, Path]
    rows: Mapping[str, int]
    customers: int = 0
    by_contact: int = 0
    alike: int = 0

    def figures(self) -> dict[str, object]:
        """Return the counts as plain JSON values."""
        rows = {name: count for name, count in sorted(self.rows.items()) if count}
        return {"customers": self.customers, "by_contact": self.by_contact, "alike": self.alike, "rows": rows}


def leave_out(tables: Mapping[str, pl.LazyFrame], memory: Memory, scratch: Path) -> LeftOut:
    """Leave the forgotten out of tables as they were read.

    A customer is known by the id; else by the e-mail address, the phone number or a personal code, in any writing. Name and address
    alone leave nobody out of the customers, since a son may have both; but out of lists from outside, which know people by these.
    """
    ids = [distinct_ids(frame) for frame in tables.values() if _has(frame, "customer_id")]
    by_id = memory.known("id", pl.concat(ids)) if ids else frozenset()
    by_contact = _by_contact(tables["customers"], memory) - by_id if "customers" in tables else frozenset()
    gone = by_id | by_contact
    referred = [
        _known(frame, "id", pl.col(name), memory) for frame in tables.values() for name in MENTIONS if _has(frame, name)
    ]
    traces = Traces(
        ids=gone.union(*referred),
        visitors=_visitors(tables, gone, memory),
        emails=_listed(tables, "email", memory),
        phones=_listed(tables, "phone", memory),
        addresses=_listed(tables, "address", memory),
    )
    kept: dict[str, Path] = {}
    rows: dict[str, int] = {}
    for name, frame in tables.items():
        columns = frame.collect_schema().names()
        theirs = traces.belongs(name, columns)
        rows[name], mentions = (
            frame.select(theirs.sum(), traces.mentioned(columns).sum().alias("mentions")).collect().row(0)
        )
        if rows[name] or mentions:
            kept[name] = scratch / f"kept-{name}.parquet"
            frame.filter(~theirs).with_columns(traces.unnamed(columns)).sink_parquet(kept[name], maintain_order=True)
    alike = _alike(tables["customers"], gone, memory) if "customers" in tables else 0
    return LeftOut(kept, rows, len(gone), len(by_contact), alike)


def _has(frame: pl.LazyFrame, column: str) -> bool:
    return column in frame.collect_schema()


def _known(frame: pl.LazyFrame, kind: str, key: pl.Expr, memory: Memory) -> frozenset[str]:
    """Return the remembered ones of a table's keys."""
    if not memory.hashes.get(kind):
        return frozenset()
    return memory.known(kind, frame.select(key.alias("key")).drop_nulls().unique().collect().to_series())


def _by_contact(customers: pl.LazyFrame, memory: Memory) -> frozenset[str]:
    """Return the ids of customers whose contact points or personal codes are remembered."""
    columns = customers.collect_schema()
    tests = [
        among(key(pl.col(kind)), _known(customers, kind, key(pl.col(kind)), memory))
        for kind, key in (("email", email_key), ("phone", phone_key))
        if kind in columns
    ]
    if memory.hashes.get("code"):
        ours = {column.name for column in known_tables()["customers"].columns}
        texts = [name for name, kind in columns.items() if kind == pl.String and name not in ours]
        tests += [among(pl.col(name), _with_code(customers, name, memory)) for name in texts]
    found = customers.filter(pl.any_horizontal(tests)) if tests else customers.clear()
    return frozenset(found.select("customer_id").collect()["customer_id"])


def _with_code(customers: pl.LazyFrame, column: str, memory: Memory) -> frozenset[str]:
    """Return the cells of a column that hold a remembered personal code."""
    cells = customers.select(column).filter(pl.col(column).str.contains(DIGITS)).unique().collect()[column]
    codes = {cell: [code_key(code) for code in personal_codes(cell)] for cell in cells}
    known = memory.known("code", pl.Series([code for found in codes.values() for code in found], dtype=pl.String))
    return frozenset(cell for cell, found in codes.items() if known.intersection(found))


def _listed(tables: Mapping[str, pl.LazyFrame], kind: str, memory: Memory) -> frozenset[str]:
    """Return the remembered keys that stand on lists from outside."""
    found: frozenset[str] = frozenset()
    for name in LISTS:
        if name in tables:
            columns = tables[name].collect_schema().names()
            forms = {
                "email": [email_key(pl.col("email"))] if "email" in columns else [],
                "phone": [phone_key(pl.col("phone"))] if "phone" in columns else [],
                "address": address_forms(columns),
            }
            found = found.union(*(_known(tables[name], kind, form, memory) for form in forms[kind]))
    return found


def _visitors(tables: Mapping[str, pl.LazyFrame], gone: frozenset[str], memory: Memory) -> frozenset[str]:
    """Return the visitors who are the forgotten, and nobody else as far as is known."""
    found: frozenset[str] = frozenset()
    for name in _VISITS:
        if name in tables and _has(tables[name], "visitor_id"):
            found |= _known(tables[name], "visitor", pl.col("visitor_id"), memory)
    if "visitors" not in tables:
        return found
    both = tables["visitors"].select("visitor_id", theirs=among(pl.col("customer_id"), gone)).unique().collect()
    mine = frozenset(both.filter("theirs")["visitor_id"])
    return (found | mine) - frozenset(both.filter(~pl.col("theirs"))["visitor_id"])


def _alike(customers: pl.LazyFrame, gone: frozenset[str], memory: Memory) -> int:
    """Count the customers who stay and have a forgotten one's name and address."""
    stay = customers.filter(~among(pl.col("customer_id"), gone))
    found: set[str] = set()
    for form in address_forms(customers.collect_schema().names()):
        known = _known(stay, "address", form, memory)
        found.update(stay.filter(among(form, known)).select("customer_id").collect()["customer_id"])
    return len(found)
