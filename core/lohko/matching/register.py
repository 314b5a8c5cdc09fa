"""The register made ready for comparing: rows in an order of content, columns coded, comparisons chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import polars as pl

from lohko.matching import text
from lohko.matching.coding import Coded, Codes, derive, distinct, encode, encode_as
from lohko.matching.columns import Chosen, LeftOut, choose
from lohko.matching.compare import columns as by_column
from lohko.matching.compare.address import AddressComparison, AddressConfig
from lohko.matching.compare.base import Comparison, FieldModel, View
from lohko.matching.compare.mail import MailComparison, named_after_owner
from lohko.matching.compare.names import NamesComparison
from lohko.matching.letters import Letters
from lohko.matching.settings import kinds, limits
from lohko.matching.wholenames import part


@dataclass(frozen=True, slots=True)
class Crowd:
    """A value left out because too many differently named people hold it: its column, how many values, rows at most."""

    column: str
    values: int
    rows: int


@dataclass(frozen=True, slots=True)
class Register:
    """A customers table ready for comparing.

    Attributes
    ----------
    size : rows
    comparisons : what is compared
    chosen, left_out : columns that take part, and that don't
    crowds : switchboards and shared mailboxes that were taken as missing
    """

    size: int
    comparisons: tuple[Comparison, ...]
    chosen: tuple[Chosen, ...]
    left_out: tuple[LeftOut, ...]
    crowds: tuple[Crowd, ...]

    @property
    def fields(self) -> tuple[FieldModel, ...]:
        """All fields of the pair model, in order."""
        return tuple(field for comparison in self.comparisons for field in comparison.fields)

    def views(self) -> list[View]:
        """Return all ways in which rows may be brought together."""
        return [view for comparison in self.comparisons for view in comparison.views()]


def prepare(customers: pl.DataFrame, compare: tuple[str, ...]) -> Register:
    """Return the register ready for comparing; the order of its rows is that of ``customers``."""
    chosen, left_out = choose(customers, compare)
    whole = next((entry.column for entry in chosen if entry.kind == "fullname"), None)
    if whole is not None and (parted := part(customers, whole)) is not None:
        made = set(parted.columns) - set(customers.columns)
        customers = parted
        others = tuple(entry for entry in compare if entry.partition(":")[0].strip() != whole)
        chosen, left_out = choose(customers.drop(whole), others)
        chosen = tuple(replace(entry, made_of=whole) if entry.column in made else entry for entry in chosen)
    companies = _companies(customers)
    coded = {c.name: _code(customers, c, companies) for c in chosen}
    surnames = next((coded[c.name] for c in chosen if c.kind in {"surname", "fullname"}), None)
    crowds = []
    for entry in chosen:
        if entry.kind in {"email", "phone"} and surnames is not None:
            coded[entry.name], crowd = _without_crowds(entry.column, coded[entry.name], surnames)
            crowds += crowd
    comparisons = _comparisons(customers, chosen, coded)
    return Register(customers.height, comparisons, chosen, left_out, tuple(crowds))


# By steps: what a step uses several times is made by the step before it, since an expression makes it anew each time.
_NORMALISE: dict[str, tuple[Callable[[pl.Expr], pl.Expr], ...]] = {
    "organisation": (text.organisation,),
    "employer": (text.organisation,),
    "email": (text.plain_email, text.real_email),
    "phone": (text.national_phone, text.real_phone),
    "date": (text.day, text.real_day),
    "id": (text.identifier,),
    "postcode": (text.identifier,),
    "street": (text.street,),
    "number": (lambda value: value.str.strip_chars(),),
}


def _code(customers: pl.DataFrame, entry: Chosen, companies: pl.Series) -> Coded:
    series = customers[entry.column].cast(pl.String)
    if entry.column in {"first_name", "last_name"}:
        # The contact person of a company is not the customer.
        series = pl.select(pl.when(~companies).then(series)).to_series()
    if entry.kind == "organisation":
        series = pl.select(pl.when(companies).then(series)).to_series()
    if entry.kind == "employer":
        series = pl.select(pl.when(~companies).then(series)).to_series()
    return encode_as(series, *_NORMALISE.get(entry.kind, (text.known,)))


def _companies(customers: pl.DataFrame) -> pl.Series:
    """Return which rows are companies: by their type, or a company's name and no person's."""
    if "company_name" not in customers.columns:
        return pl.Series([False] * customers.height, dtype=pl.Boolean)
    named = pl.col("company_name").is_not_null()
    person = [pl.col(name).is_not_null() for name in ("first_name", "last_name") if name in customers.columns]
    alone = named & ~pl.any_horizontal(person) if person else named
    if "customer_type" in customers.columns:
        alone = named & (pl.col("customer_type").eq_missing("company") | (alone & pl.col("customer_type").is_null()))
    return customers.select(alone.alias("company"))["company"]


def _without_crowds(column: str, coded: Coded, surnames: Coded) -> tuple[Coded, list[Crowd]]:
    """Take a mailbox or number held by many surnames as missing: it belongs to a switchboard, not to a person."""
    both = (coded.codes >= 0) & (surnames.codes >= 0)
    pairs = distinct(coded.codes[both].astype(np.int64) << 32 | surnames.codes[both])
    held = np.bincount(pairs >> 32, minlength=len(coded.values))
    crowded = held > limits().crowd_surnames
    if not crowded.any():
        return coded, []
    rows = int(coded.counts[crowded].max())
    return coded.only(~crowded), [Crowd(column, int(crowded.sum()), rows)]


def _comparisons(
    customers: pl.DataFrame, chosen: tuple[Chosen, ...], coded: dict[str, Coded]
) -> tuple[Comparison, ...]:
    first = {kind: next((c.column for c in chosen if c.kind == kind), None) for kind in ("given", "surname")}
    parts = {
        kind: next((c.column for c in chosen if c.kind == kind), None)
        for kind in ("street", "house", "postcode", "city")
    }
    nothing = encode(pl.Series([None] * customers.height, dtype=pl.String))
    found: list[Comparison] = []
    if first["given"] or first["surname"]:
        given = coded[first["given"]] if first["given"] else nothing
        surname = coded[first["surname"]] if first["surname"] else nothing
        found.append(
            NamesComparison(
                (first["given"] or "first_name", kinds()["given"], given),
                (first["surname"] or "last_name", kinds()["surname"], surname),
            )
        )
    if any(parts.values()):
        config = _address({kind: coded[column] if column else nothing for kind, column in parts.items()})
        found.append(AddressComparison("address", kinds()["address"], config))
    used = {*first.values(), *parts.values()}
    for entry in chosen:
        if entry.kind == "email":
            owner = named_after_owner(
                customers[entry.column].cast(pl.String),
                _owners(customers, chosen),
            )
            found.append(MailComparison(entry.column, kinds()["email"], coded[entry.name], owner))
        elif entry.column not in used:
            found.append(_column(entry.name, entry.kind, coded[entry.name]))
    return tuple(found)


def _owners(customers: pl.DataFrame, chosen: tuple[Chosen, ...]) -> list[pl.Series]:
    """Return the names that a mailbox may be made of: first and last ones, and the first and last word of whole ones."""
    names = [customers[name].cast(pl.String) for name in ("first_name", "last_name") if name in customers.columns]
    for entry in chosen:
        if entry.kind == "fullname":
            words = customers[entry.column].cast(pl.String).str.split(" ")
            names += [words.list.first(), words.list.last()]
    return names


def _address(parts: dict[str, Coded]) -> AddressConfig:
    street = parts["street"]
    name = pl.col("value").str.extract(r"^(?:\d+\s*[a-z]?\s+)?(\D*\D{2})").str.strip_chars()
    frame = pl.DataFrame({"value": street.values}, schema={"value": pl.String}).select(
        name=pl.coalesce(name, pl.col("value")),
        number=pl.col("value").str.extract(r"(?:^|\s)(\d+)"),
        entrance=pl.col("value").str.extract(r"^\D+\d+\s*(.+)$").str.replace_all(" ", ""),
    )
    names = encode(frame["name"])
    lookup = np.append(names.codes, -1).astype(np.int32)[street.codes]
    counts = np.bincount(lookup[lookup >= 0], minlength=len(names.values)).astype(np.int64)
    number = _rows(frame["number"], street)
    house = parts["house"]
    if house.filled:
        number = house.codes
    return AddressConfig(
        Coded(lookup, names.values, counts), number, _rows(frame["entrance"], street), parts["postcode"], parts["city"]
    )


def _rows(series: pl.Series, street: Coded) -> Codes:
    return np.append(encode(series).codes, -1).astype(np.int32)[street.codes]


def _column(name: str, kind: str, coded: Coded) -> Comparison:
    if kind == "date":
        parts = {
            "month": derive(coded, lambda v: v.str.slice(0, 6)),
            "day": derive(coded, lambda v: v.str.slice(4, 4)),
            "ends": derive(coded, lambda v: v.str.slice(0, 4) + v.str.slice(6, 2)),
        }
        return by_column.DateComparison(name, kinds()[kind], coded, parts)
    levels: by_column.Unequal
    maybe: by_column.Maybe | None = None
    parts = {}
    if kind == "phone":
        levels, maybe = by_column.phone_levels, partial(Letters(coded.values).within, edits=1)
        parts = {"tail": derive(coded, lambda v: v.str.slice(-6)), "head": derive(coded, lambda v: v.str.slice(0, 7))}
    elif kind == "id":
        levels, maybe = by_column.identifier_levels, partial(Letters(coded.values).within, edits=2)
        parts = {"head": derive(coded, lambda v: v.str.slice(0, 5)), "tail": derive(coded, lambda v: v.str.slice(-5))}
    elif kind == "postcode":
        levels, maybe = by_column.postcode_levels, partial(Letters(coded.values).within, edits=1)
    elif kind == "number":
        levels = by_column.number_levels
    elif kind == "category":
        levels = by_column.category_levels
    else:
        levels = by_column.text_levels
        parts = by_column.text_parts(coded)
    table = {"street": "text", "house": "category", "city": "text", "given": "fullname", "surname": "fullname"}
    return by_column.ColumnComparison(name, kinds()[table.get(kind, kind)], coded, levels, parts, maybe=maybe)
