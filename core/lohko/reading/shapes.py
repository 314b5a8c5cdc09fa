"""Files of other systems whose columns mean something only together (``shapes.toml``): do-not-contact rows, bounces, complaints."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import polars as pl

from lohko.reading.naming import Columns, meant, plain

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
    """

    title: str
    table: str
    columns: Mapping[str, tuple[str, ...]]
    needs: tuple[str, ...]
    channel: str | None
    kinds: Mapping[str, str]
    free: tuple[str, ...] = ()

    def mapping(self, header: Sequence[str]) -> dict[str, str]:
        """Return our columns and theirs, as a mapping file would say it."""
        theirs = {plain(name): name for name in reversed(header) if name}
        hits = {ours: [theirs[n] for n in names if n in theirs] for ours, names in self.columns.items()}
        return {ours: found[0] for ours, found in hits.items() if found}

    def fits(self, header: Sequence[str]) -> bool:
        """Return whether a file with these columns is one; a file that tells names and addresses is of customers."""
        return set(self.needs) <= set(self.mapping(header)) and not _PEOPLE & meant(header, "customers")

    def read(self, columns: Columns, header: Sequence[str]) -> bool:
        """Return whether the file was read as such a one: a mapping may have said otherwise."""
        return self.mapping(header).items() <= columns.recognised.items()

    def entries(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Return the entries with the system and the kind as their register, and the channel that the file is about.

        A code that is not known binds all the same, without a kind; one of ``free`` leaves its row out.
        """
        code = pl.col("register").str.to_lowercase()
        rows = rows.filter(~code.is_in(self.free).fill_null(value=False))
        kind = code.replace_strict(list(self.kinds), list(self.kinds.values()), default=None, return_dtype=pl.String)
        named = pl.lit(self.title) + pl.when(kind.is_not_null()).then(pl.lit(": ") + kind).otherwise(pl.lit(""))
        rows = rows.with_columns(register=named)
        return rows if self.channel is None else rows.with_columns(channel=pl.lit(self.channel))


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
            kinds=said["kinds"],
            free=tuple(said.get("free", ())),
        )
        for said in tomllib.loads(text).values()
    )


def shape_of(header: Sequence[str], table: str | None) -> Shape | None:
    """Return the file that these columns are, where it is one of them and the table, if one is named, is its own."""
    found = [shape for shape in shapes() if table in {None, shape.table} and shape.fits(header)]
    return found[0] if found else None
