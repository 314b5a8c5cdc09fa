"""What the sections read: the package's tables and the history of the steps that made it, each perhaps missing a part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, cast

import polars as pl

from lohko.views.report.model import DIMENSIONS
from lohko.views.report.sections.numbered import Numbered


@dataclass(frozen=True)
class Sources:
    """A package as the report sees it.

    Attributes
    ----------
    tables : the package's tables, lazy
    history : its steps, oldest first
    files : its small files by relative name
    k : the smallest group of people that may be shown
    timezone : the zone in which days are counted
    """

    tables: Mapping[str, pl.LazyFrame]
    history: Sequence[Mapping[str, Any]]
    files: Mapping[str, bytes]
    k: int
    timezone: str = "UTC"

    def columns(self, table: str) -> frozenset[str]:
        """Return the columns of a table; none where the table is missing."""
        frame = self.tables.get(table)
        return frozenset(frame.collect_schema().names()) if frame is not None else frozenset()

    def figures(self, step: str) -> Mapping[str, Any]:
        """Return the newest figures of a step, also where it ran as a part of ``clean``; empty where it never ran."""
        for run in reversed(self.history):
            figures = run.get("figures") or {}
            if run.get("step") == step:
                return cast("Mapping[str, Any]", figures)
            if run.get("step") == "clean" and step in figures:
                return cast("Mapping[str, Any]", figures[step])
        return {}

    def ran(self, step: str) -> bool:
        """Tell whether a step made this package, alone or as a part of ``clean``."""
        return any(
            run.get("step") == step or (run.get("step") == "clean" and step in (run.get("figures") or {}))
            for run in self.history
        )

    @property
    def valued(self) -> pl.LazyFrame | None:
        """The value table with ``worth``: what a customer brought in, contract money included; None where no file told of money."""
        columns = self.columns("value")
        measured = (self.figures("value").get("dimensions") or {}).get("financial") or {}
        if measured.get("measured") is False:
            return None
        money = next((name for name in ("money_total", "monetary") if name in columns), None)
        return self.tables["value"].with_columns(worth=pl.col(money)) if money else None

    @cached_property
    def numbered(self) -> Numbered:
        """Every customer that the value table, the register or the segments know, each with a number."""
        named = ["value", "customers", "segments"]
        named += ["permissions"] if self.population is None else []
        return Numbered.of([self.tables[name] for name in named if name in self.tables])

    @cached_property
    def speaks_of(self) -> pl.Series:
        """One flag a number: whether the report speaks of that customer (:attr:`population`)."""
        people = self.population
        return self.numbered.flags(None if people is None else people.select("customer_id").collect()["customer_id"])

    @cached_property
    def registered(self) -> pl.Series:
        """One flag a number: whether the register knows that customer."""
        return self.numbered.flags(self.tables["customers"].select("customer_id").collect()["customer_id"])

    @cached_property
    def worth(self) -> pl.Series | None:
        """What each customer brought in, by number, nothing for those not valued; None where nobody was."""
        value = self.valued
        return (
            None
            if value is None
            else self.numbered.aligned(value.select("customer_id", amount("worth")))["worth"].fill_null(0)
        )

    @cached_property
    def risk(self) -> pl.Series | None:
        """How likely each customer's contract is lost, by number; null for those of whom it is not known; None where of nobody."""
        if "churn_risk" not in self.columns("value"):
            return None
        return self.numbered.aligned(self.tables["value"].select("customer_id", risk="churn_risk"))["risk"]

    @cached_property
    def segment(self) -> pl.Series:
        """Each customer's segment as an enumeration of the slugs in their order, by number; null for those without."""
        assigned = self.tables.get("segments")
        if assigned is None:
            return pl.Series("segment", [None] * len(self.numbered), pl.Enum([]))
        column = self.numbered.aligned(assigned.select("customer_id", pl.col("segment").cast(pl.String)))["segment"]
        return column.cast(pl.Enum(column.drop_nulls().unique().sort()))

    @cached_property
    def levels(self) -> pl.DataFrame:
        """Each customer's class in each dimension, by number; null for those not valued."""
        columns = self.columns("value")
        if not columns:
            return pl.DataFrame(
                {name: [None] * len(self.numbered) for name in DIMENSIONS}, dict.fromkeys(DIMENSIONS, pl.Int8)
            )
        classes = [level(name, columns).alias(f"level:{name}") for name in DIMENSIONS]
        value = self.tables["value"]
        if "value_class" not in columns:
            return self.numbered.aligned(value.select("customer_id", *classes)).rename(lambda name: name[6:])
        rows = self.numbered.aligned(value.select("customer_id", pl.col("value_class").fill_null("")))
        # there are few classes: each is taken apart once
        kinds = rows.unique().drop_nulls().with_columns(classes)
        found = rows.join(kinds, on="value_class", how="left", maintain_order="left")
        return found.drop("value_class").rename(lambda name: name[6:])

    @cached_property
    def decisions(self) -> pl.DataFrame | None:
        """Permissions by ``channel``, ``decision`` and ``reason``, sorted: ``who`` lists the numbers of the customers; None without."""
        frame = self.tables.get("permissions")
        if frame is None:
            return None
        key = ("channel", "decision", "reason")
        rows = frame.select("customer_id", *(pl.col(name).cast(pl.String) for name in key)).collect()
        rows = rows.with_columns(who=self.numbered.of_ids(rows["customer_id"])).drop("customer_id")
        # there are some dozens of combinations: a hash of 64 bits tells them apart, at a third of the time that text takes
        kind = pl.sum_horizontal(pl.col(name).hash(seed) for seed, name in enumerate(key))
        return rows.group_by(kind.alias("kind")).agg("who", pl.col(key).first()).drop("kind").sort(key)

    @property
    def population(self) -> pl.LazyFrame | None:
        """The table of the customers the report speaks of: those valued, else those of the register; None without either."""
        return self.tables.get("value", self.tables.get("customers"))


def payers(column: str) -> pl.Expr:
    """Count the customers who brought any money, or took any back: those an amount tells of."""
    return (amount(column) != 0).sum()


def amount(column: str) -> pl.Expr:
    """Return a money column as one that can be added up exactly; nothing is 0."""
    return pl.col(column).cast(pl.Decimal(38, 4)).fill_null(0)


def money(column: str) -> pl.Expr:
    """Sum a money column exactly; nothing adds up to 0."""
    return amount(column).sum()


def decimal(value: Any) -> Decimal | None:
    """Return a figure that stands for money as a decimal; None where there is none."""
    return None if value is None else Decimal(str(value))


def level(dimension: str, columns: frozenset[str]) -> pl.Expr:
    """Return a customer's class (0 to 3) in a dimension, from ``value_class``; from the score (0 or 1) where that is missing."""
    if "value_class" in columns:
        return pl.col("value_class").str.extract(dimension[0].upper() + r"(\d)").cast(pl.Int8).fill_null(0)
    if dimension in columns:
        return (pl.col(dimension).fill_null(0) > 0).cast(pl.Int8)
    return pl.lit(0, pl.Int8)
