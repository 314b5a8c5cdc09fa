"""Files of other systems whose columns mean something only together (``shapes.toml``): do-not-contact rows, bounces, complaints; leads, orders in lines."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import polars as pl

from lohko.errors import InputRefused, Place
from lohko.reading.naming import Columns, meant, plain
from lohko.reading.wide import said_of_ban
from lohko.reading.words import booleans
from lohko.tables import tables

_FEWEST_FLAGS = 2
_CONTACT_POINT_CONSENT = {"contactpointid", "privacyconsentstatus"}
_LIST = "suppressions"
_PEOPLE = {"first_name", "last_name", "company_name", "street"}


@dataclass(frozen=True, slots=True)
class Shape:
    """A file that is known by its columns.

    Attributes
    ----------
    title : the system, as the evidence names it
    columns : ours → the names it may have there, in plain form
    needs : those of ours without which the file is another
    channel : the channel that all of its rows are about; None: they say so
    kinds : a code of ``register``, in lower case → what it means
    free : codes of rows that stop nothing
    kind : what every row means whose code says nothing else; None: only what its code says
    flags : columns of which any that holds makes a row an entry, in plain form → what it means, the gravest first; such a file has two of them
        at least, and a yes in any other column that is not ours means the same as the last
    people : whether the file may tell names and addresses, and still is no file of customers
    marks : columns it has besides, in plain form, of whatever meaning
    lines : where an order has a line for each of its items and its sum in the first alone: a column that each line fills, then one that the first
        alone fills, in plain form
    """

    title: str
    table: str
    columns: Mapping[str, tuple[str, ...]]
    needs: tuple[str, ...]
    channel: str | None
    kinds: Mapping[str, str]
    free: tuple[str, ...] = ()
    kind: str | None = None
    flags: Mapping[str, str] = field(default_factory=dict)
    people: bool = False
    marks: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()

    def mapping(self, header: Sequence[str]) -> dict[str, str]:
        """Return our columns and theirs, as a mapping file would say it."""
        theirs = {plain(name): name for name in reversed(header) if name}
        hits = {ours: [theirs[n] for n in names if n in theirs] for ours, names in self.columns.items()}
        return {ours: found[0] for ours, found in hits.items() if found}

    def fits(self, header: Sequence[str]) -> bool:
        """Return whether a file with these columns is one; a file that tells names and addresses is of customers."""
        if self.flags and sum(plain(name) in self.flags for name in header if name) < _FEWEST_FLAGS:
            return False
        if not {plain(name) for name in header if name}.issuperset(self.marks):
            return False
        named = not self.people and _PEOPLE & meant(header, "customers")
        return set(self.needs) <= set(self.mapping(header)) and not named

    def read(self, columns: Columns, header: Sequence[str]) -> bool:
        """Return whether the file was read as such a one: a mapping may have said otherwise."""
        return self.mapping(header).items() <= columns.recognised.items()

    def said(self, header: Sequence[str], given: Mapping[str, str]) -> Mapping[str, str]:
        """Return which columns are ours, where a mapping says some of it: of a list, all there is; else it goes before what the file is known by."""
        if self.table == _LIST:
            return given or self.mapping(header)
        taken = {plain(theirs) for theirs in given.values()}
        return {ours: theirs for ours, theirs in self.mapping(header).items() if plain(theirs) not in taken} | dict(
            given
        )

    def further_line(self, header: Sequence[str], names: Sequence[str]) -> pl.Expr | None:
        """Tell the lines of an order after its first, which have no sum; None: such a file has none.

        Parameters
        ----------
        names : of the columns, as the frame has them
        """
        held = {plain(theirs): pl.col(name) for name, theirs in zip(names, header, strict=False) if theirs}
        if "amount" not in names or not self.lines or not held.keys() >= set(self.lines):
            return None
        every, first = (held[name] for name in self.lines)
        return every.is_not_null() & first.is_null() & pl.col("amount").is_null()

    def entries(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Return the entries with the system and the kind as their register, and the channel that the file is about.

        A code that is not known binds all the same, without a kind; one of ``free``, or no flag, leaves its row out.
        """
        names = rows.collect_schema().names()
        code = (pl.col("register") if "register" in names else pl.lit(None, pl.String)).str.to_lowercase()
        rows = rows.filter(~code.is_in(self.free).fill_null(value=False))
        kind = code.replace_strict(list(self.kinds), list(self.kinds.values()), default=None, return_dtype=pl.String)
        kind = kind.fill_null(pl.lit(self.kind, pl.String))
        if self.flags:
            kind = self._flagged(names)
            rows = rows.filter(kind.is_not_null())
        named = pl.lit(self.title) + pl.when(kind.is_not_null()).then(pl.lit(": ") + kind).otherwise(pl.lit(""))
        rows = rows.with_columns(register=named)
        return rows if self.channel is None else rows.with_columns(channel=pl.lit(self.channel))

    def _flagged(self, names: Sequence[str]) -> pl.Expr:
        """Return what the first flag of a row means that holds (null: none does)."""
        found = [
            pl.when(said_of_ban(_lower(name)) == "objected").then(pl.lit(kind))
            for flag, kind in self.flags.items()
            for name in names
            if plain(name) == flag
        ]
        ours = {column.name for column in tables()[self.table].columns}
        yes = [word for word, truth in booleans().items() if truth]
        others = [name for name in names if name not in ours and plain(name) not in self.flags]
        least = pl.lit(list(self.flags.values())[-1])
        return pl.coalesce(*found, *(pl.when(_lower(name).is_in(yes)).then(least) for name in others))


def _lower(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).str.to_lowercase().str.strip_chars(" .!\t")


def refuse_unjoined(header: Sequence[str], table: str | None, said: Collection[str], place: Place) -> None:
    """Refuse Salesforce's ContactPointConsent: it names a contact point, and neither whose that is nor which channel.

    Parameters
    ----------
    said : those of our columns that a mapping names, whatever the file calls them

    Raises
    ------
    InputRefused
        ``contact_point_consent``
    """
    keys = {plain(name) for name in header if name}
    if table in {None, "consents"} and keys >= _CONTACT_POINT_CONSENT and "partyid" not in keys:
        if {"customer_id", "channel"} <= set(said):
            return
        raise InputRefused(
            "contact_point_consent",
            f"{place.file} names contact points (ContactPointId), not customers and channels",
            hint="join it to ContactPointEmail, ContactPointPhone and ContactPointAddress on Id, with two columns more: PartyId (their ParentId) "
            "and ContactPointType (Email, Phone, MailingAddress)",
            places=(place,),
        )


@cache
def shapes() -> tuple[Shape, ...]:
    """Return the files that are known."""
    text = resources.files(__package__).joinpath("shapes.toml").read_text(encoding="utf-8")
    return tuple(
        Shape(
            title=said["title"],
            table=said["table"],
            columns={ours: tuple(names) for ours, names in said["columns"].items()},
            needs=tuple(said["needs"]),
            channel=said.get("channel"),
            kinds=said.get("kinds", {}),
            free=tuple(said.get("free", ())),
            kind=said.get("kind"),
            flags=said.get("flags", {}),
            people=said.get("people", False),
            marks=tuple(said.get("marks", ())),
            lines=tuple(said.get("lines", ())),
        )
        for said in tomllib.loads(text).values()
    )


def shape_of(header: Sequence[str], table: str | None) -> Shape | None:
    """Return the file that these columns are, where it is one of them and the table, if one is named, is its own."""
    found = [shape for shape in shapes() if table in {None, shape.table} and shape.fits(header)]
    return found[0] if found else None
