"""Who was forgotten is not read again: their rows are left out of every table, and counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from lohko.reading.distinct import distinct_ids
from lohko.reading.forgotten import Memory
from lohko.reading.traces import LISTS, Traces, address_forms, among, mentioned_id, mentions_in
from lohko.tables import tables as known_tables
from lohko.tables.contact_forms import contacts_in, email_key, phone_key
from lohko.tables.personal_codes import DIGITS, code_alone, code_key

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
    by_id = memory.known("id", pl.concat(ids)) | _mailbox_ids(pl.concat(ids), memory) if ids else frozenset()
    by_contact = _by_contact(tables["customers"], memory) - by_id if "customers" in tables else frozenset()
    gone = by_id | by_contact
    referred = [
        _known(frame, "id", mentioned_id(name, columns), memory)
        for frame in tables.values()
        for columns in [frame.collect_schema().names()]
        for name in mentions_in(columns)
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


def _mailbox_ids(ids: pl.Series, memory: Memory) -> frozenset[str]:
    """Return the ids that are e-mail addresses which are remembered: some systems know their customers by these."""
    mailboxes = ids.filter(ids.str.contains("@", literal=True)).unique().to_frame("id")
    if mailboxes.is_empty() or not memory.hashes.get("email"):
        return frozenset()
    keyed = mailboxes.with_columns(key=email_key(pl.col("id").str.replace(r"^[^:@]*:", "")))
    return frozenset(keyed.filter(among(pl.col("key"), memory.known("email", keyed["key"])))["id"])


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
    found = [
        _holding(customers, kind, key, memory)
        for kind, key in (("email", email_key), ("phone", phone_key))
        if kind in columns and memory.hashes.get(kind)
    ]
    tests = []
    if memory.hashes.get("code"):
        ours = {column.name for column in known_tables()["customers"].columns}
        texts = [name for name, kind in columns.items() if kind == pl.String and name not in ours]
        tests += [among(pl.col(name), _with_code(customers, name, memory)) for name in texts]
    if tests:
        found.append(
            frozenset(customers.filter(pl.any_horizontal(tests)).select("customer_id").collect()["customer_id"])
        )
    return frozenset().union(*found)


def _holding(customers: pl.LazyFrame, kind: str, key: Callable[[pl.Expr], pl.Expr], memory: Memory) -> frozenset[str]:
    """Return the ids of customers of whose e-mail addresses or phone numbers one is remembered, also where a cell holds several."""
    cells = customers.select("customer_id", contacts_in(pl.col(kind), kind).alias("point")).explode(
        "point", empty_as_null=True, keep_nulls=True
    )
    # An address is also sought as it is written: so it may have been remembered, before a mailbox had one form for all writings.
    forms = [key(pl.col("point")), *([pl.col("point").str.to_lowercase()] if kind == "email" else [])]
    keyed = cells.select("customer_id", pl.concat_list(forms).alias("key")).explode(
        "key", empty_as_null=True, keep_nulls=True
    )
    known = _known(keyed, kind, pl.col("key"), memory)
    return frozenset(keyed.filter(among(pl.col("key"), known)).select("customer_id").collect()["customer_id"])


def _with_code(customers: pl.LazyFrame, column: str, memory: Memory) -> frozenset[str]:
    """Return the cells of a column that are a remembered personal code; one within a text may be of somebody else."""
    cells = customers.select(column).filter(pl.col(column).str.contains(DIGITS)).unique().collect()[column]
    codes = {cell: code_key(code) for cell in cells if (code := code_alone(cell)) is not None}
    known = memory.known("code", pl.Series(list(codes.values()), dtype=pl.String))
    return frozenset(cell for cell, code in codes.items() if code in known)


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
