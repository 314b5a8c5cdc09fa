"""Who is to be forgotten: every id they have in the packages, the values that name them, and which of these others hold, too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from lohko.cleaning.emails import read_emails
from lohko.cleaning.phones import read_phones
from lohko.reading.forgotten import Memory
from lohko.reading.traces import OWN_IDS, Traces, address_forms, among
from lohko.tables.contact_forms import contacts_in, email_key, phone_key
from lohko.tables.personal_codes import code_alone, code_key, personal_codes
from lohko.tables.text import folded

Tables = Mapping[str, pl.LazyFrame]
_REGISTER = ("customers", "originals")
_MAILBOX = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_FEWEST_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Person:
    """One or more people who are to be forgotten.

    Attributes
    ----------
    traces : what shows that a row is theirs
    emails, phones, codes : the comparing forms that are nobody else's, each with the writings found
    names : first name, last name and street, each folded, that stand together in one of their rows
    shared : customers who stay, by what they have in common with them: ``email``, ``phone``, ``code`` or ``address``
    """

    traces: Traces
    emails: Mapping[str, frozenset[str]] = field(default_factory=dict)
    phones: Mapping[str, frozenset[str]] = field(default_factory=dict)
    codes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    names: frozenset[tuple[str, str, str]] = frozenset()
    shared: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def keys(self) -> dict[str, frozenset[str]]:
        """What is remembered of them, by kind (``lohko.reading.forgotten.KINDS``)."""
        return {
            "id": self.traces.ids,
            "visitor": self.traces.visitors,
            "email": self.traces.emails,
            "phone": self.traces.phones,
            "code": frozenset(self.codes),
            "address": self.traces.addresses,
        }

    def known(self, kind: str, keys: pl.Series) -> frozenset[str]:
        """Return those of the keys that are theirs."""
        return self.keys[kind].intersection(keys.drop_nulls())


def present(packages: Iterable[Tables], wanted: Iterable[str], memory: Memory) -> tuple[frozenset[str], frozenset[str]]:
    """Return the wanted ids that stand in any of the packages, and the ids that stand there although they were forgotten."""
    found: set[str] = set()
    for tables in packages:
        for frame in tables.values():
            for name in OWN_IDS:
                if name in frame.collect_schema():
                    found.update(frame.select(name).drop_nulls().unique().collect().to_series())
    return frozenset(wanted) & found, memory.known("id", pl.Series(sorted(found), dtype=pl.String))


def who(packages: Sequence[Tables], ids: frozenset[str]) -> Person:
    """Return all that the packages know of the customers with these ids, and of the rows that were merged with theirs."""
    ids, rows = _everyone(packages, ids)
    mine = Traces(ids=ids, rows=rows)
    values = _Values()
    others = []
    for tables in packages:
        for name, frame in tables.items():
            own = mine.belongs(name, frame.collect_schema().names())
            values.take(frame.filter(own).collect(), register=name in _REGISTER)
            if name in _REGISTER:
                others.append(frame.filter(~own))
    held = {
        "email": _held_emails(others, values.emails),
        "phone": _held_phones(others, values.phones),
        "code": _held_codes(others, values.codes),
        "address": _held_addresses(others, values.addresses),
    }
    alone = {
        kind: {key: frozenset(written) for key, written in getattr(values, f"{kind}s").items() if key not in held[kind]}
        for kind in ("email", "phone", "code")
    }
    traces = Traces(
        ids,
        rows,
        _visitors(packages, ids),
        frozenset(alone["email"]),
        frozenset(alone["phone"]),
        frozenset(values.addresses - held["address"].keys()),
    )
    shared = {kind: frozenset().union(*owners.values()) for kind, owners in held.items() if owners}
    names = frozenset(values.names - _held_names(others, values.names))
    return Person(traces, alone["email"], alone["phone"], alone["code"], names, shared)


@dataclass(slots=True)
class _Values:
    """What stands in their rows: the comparing form of each value, and the writings it has there."""

    emails: dict[str, set[str]] = field(default_factory=dict)
    phones: dict[str, set[str]] = field(default_factory=dict)
    codes: dict[str, set[str]] = field(default_factory=dict)
    addresses: set[str] = field(default_factory=set)
    names: set[tuple[str, str, str]] = field(default_factory=set)

    def take(self, rows: pl.DataFrame, *, register: bool) -> None:
        """Take the values of rows of theirs.

        In the register any cell may hold an address or a code of theirs; in other tables a text may speak of somebody else.
        """
        for email in _each(_cells(rows, "email"), "email"):
            _note(self.emails, _email(email), email)
        for phone in _each(_cells(rows, "phone"), "phone"):
            _note(self.phones, _phone(phone), phone)
        for form in address_forms(rows.columns):
            self.addresses.update(rows.select(form.alias("key")).to_series().drop_nulls())
        self.names.update(_triples(rows))
        for column in (name for name, kind in rows.schema.items() if register and kind == pl.String):
            for cell in rows[column].drop_nulls().unique():
                for code in personal_codes(cell):
                    _note(self.codes, code_key(code), code)
                if _MAILBOX.fullmatch(cell.strip()):
                    _note(self.emails, _email(cell), cell)


def _everyone(packages: Iterable[Tables], ids: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the ids and row ids of all customer rows that were merged with theirs, in whichever package."""
    names = ("row_id", "source_customer_id", "customer_id")
    walks = [tables["crosswalk"].select(names).collect() for tables in packages if "crosswalk" in tables]
    rows: frozenset[str] = frozenset()
    before = None
    while before != ids:
        before = ids
        for walk in walks:
            touched = walk.filter(among(pl.col("source_customer_id"), ids) | among(pl.col("customer_id"), ids))
            group = walk.filter(among(pl.col("customer_id"), frozenset(touched["customer_id"])))
            ids = ids.union(group["source_customer_id"], group["customer_id"])
            rows = rows.union(group["row_id"])
    for tables in packages:
        for name in _REGISTER:
            if name in tables and "row_id" in tables[name].collect_schema():
                own = tables[name].filter(among(pl.col("customer_id"), ids)).select("row_id").drop_nulls()
                rows = rows.union(own.collect()["row_id"])
    return ids, rows


def _cells(frame: pl.DataFrame, column: str) -> Iterator[str]:
    """Yield what stands in a column, and what stood there before a step changed it."""
    if column in frame.columns:
        yield from frame[column].drop_nulls().unique()
    if {"column", "old", "new"} <= set(frame.columns):
        changed = frame.filter(pl.col("column") == column)
        yield from pl.concat([changed["old"], changed["new"]]).drop_nulls().unique()


def _each(cells: Iterable[str], kind: str) -> list[str]:
    """Return the addresses or numbers of cells, each of several in one cell by itself."""
    found = pl.Series("cell", list(cells), dtype=pl.String).to_frame().select(contacts_in(pl.col("cell"), kind))
    return found.to_series().explode().drop_nulls().unique().sort().to_list()


def _triples(rows: pl.DataFrame) -> set[tuple[str, str, str]]:
    """Return first name, last name and street, folded, of the rows that have all three; a street they moved to as well."""
    found: set[tuple[str, str, str]] = set()
    for street in ("street", "new_street"):
        if {"first_name", "last_name", street} <= set(rows.columns):
            first = folded(pl.col("first_name")).str.extract(r"^(\S+)", 1)
            whole = rows.select(first, folded(pl.col("last_name")), folded(pl.col(street)).alias("street"))
            found.update(whole.drop_nulls().unique().iter_rows())
    return found


def _note(found: dict[str, set[str]], key: str | None, written: str) -> None:
    if key is not None:
        found.setdefault(key, set()).add(written.strip())


def _email(text: str) -> str | None:
    """Return the comparing form of an address that is one; a filler names nobody."""
    key: str | None = pl.select(email_key(pl.lit(text))).item()
    if key is None or not _MAILBOX.fullmatch(key):
        return None
    return None if read_emails(pl.Series([key]))["status"].item() == "placeholder" else key


def _phone(text: str) -> str | None:
    key: str | None = pl.select(phone_key(pl.lit(text))).item()
    if key is None or len(key) < _FEWEST_DIGITS:
        return None
    read = read_phones(pl.Series([text.strip()]), pl.Series([None], dtype=pl.String))
    return None if read["status"].item() == "placeholder" else key


def _held(others: Iterable[pl.LazyFrame], column: str, key: pl.Expr, wanted: Iterable[str]) -> dict[str, set[str]]:
    """Return which of the wanted keys others hold, and who."""
    found: dict[str, set[str]] = {}
    for frame in others:
        if column in frame.collect_schema():
            pairs = frame.select("customer_id", key.alias("key")).filter(among(pl.col("key"), frozenset(wanted)))
            for owner, value in pairs.collect().iter_rows():
                found.setdefault(value, set()).add(owner)
    return found


def _held_addresses(others: Iterable[pl.LazyFrame], wanted: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for frame in others:
        for form in address_forms(frame.collect_schema().names()):
            for key, owners in _held([frame], "customer_id", form, wanted).items():
                found.setdefault(key, set()).update(owners)
    return found


def _held_phones(others: Iterable[pl.LazyFrame], wanted: Iterable[str]) -> dict[str, set[str]]:
    """Return which of the numbers stand with others, also where a cell of theirs holds several."""
    each = [
        frame.select("customer_id", phone=contacts_in(pl.col("phone"), "phone")).explode(
            "phone", empty_as_null=True, keep_nulls=True
        )
        for frame in others
        if "phone" in frame.collect_schema()
    ]
    return _held(each, "phone", phone_key(pl.col("phone")), wanted)


def _held_emails(others: Iterable[pl.LazyFrame], wanted: Iterable[str]) -> dict[str, set[str]]:
    """Return which of the addresses stand with others, in whichever column: an account manager's stands with many."""
    found: dict[str, set[str]] = {}
    for frame in others:
        for column in (name for name, kind in frame.collect_schema().items() if kind == pl.String):
            some = frame.filter(pl.col(column).str.contains("@", literal=True))
            # The column of addresses may hold several in a cell; elsewhere those are within a text, which may quote somebody else's.
            point = contacts_in(pl.col(column), "email") if column == "email" else pl.concat_list(column)
            each = some.select("customer_id", point=point).explode("point", empty_as_null=True, keep_nulls=True)
            for key, owners in _held([each], "point", email_key(pl.col("point")), wanted).items():
                found.setdefault(key, set()).update(owners)
    return found


def _held_names(others: Iterable[pl.LazyFrame], wanted: set[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    lasts = frozenset(last for _, last, _ in wanted)
    found: set[tuple[str, str, str]] = set()
    for frame in others:
        if "last_name" in frame.collect_schema():
            found |= _triples(frame.filter(among(folded(pl.col("last_name")), lasts)).collect())
    return found & wanted


def _held_codes(others: Iterable[pl.LazyFrame], codes: Mapping[str, set[str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    written = sorted(frozenset().union(*codes.values()))
    for frame in others if written else ():
        texts = [name for name, kind in frame.collect_schema().items() if kind == pl.String]
        hits = frame.filter(pl.any_horizontal(pl.col(name).str.contains_any(written) for name in texts)).collect()
        for row in hits.iter_rows(named=True):
            for name in texts:
                code = code_alone(row[name] or "")  # within a text it may be quoted: then it is not theirs
                if code is not None and code_key(code) in codes:
                    found.setdefault(code_key(code), set()).add(row["customer_id"])
    return found


def _visitors(packages: Iterable[Tables], ids: frozenset[str]) -> frozenset[str]:
    """Return the ids of visitors who became these customers, and nobody else."""
    mine: set[str] = set()
    others: set[str] = set()
    for tables in packages:
        if "visitors" in tables:
            pairs = tables["visitors"].select("visitor_id", theirs=among(pl.col("customer_id"), ids)).unique().collect()
            mine.update(pairs.filter("theirs")["visitor_id"])
            others.update(pairs.filter(~pl.col("theirs"))["visitor_id"])
    return frozenset(mine - others)
