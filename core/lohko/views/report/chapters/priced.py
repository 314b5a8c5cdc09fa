"""The table of what customers were worth so far in money, or which prices are missing for it."""

from __future__ import annotations

from decimal import Decimal

from lohko.views.report.chapters.values import amount, people
from lohko.views.report.document import Block, Column, Prose, Table, Value
from lohko.views.report.model import Priced
from lohko.views.report.words import Words


def priced_blocks(words: Words, priced: Priced | None) -> list[Block]:
    """Return the table of the parts and its total, and what is passed on between customers."""
    if priced is None:
        return []
    blocks: list[Block] = []
    if priced.parts and len(priced.parts) > 1:
        total = None
        if priced.total is not None:
            total = (Value(words("priced.total")), Value(""), amount(words, priced.total, exact=True))
        blocks.append(
            Table(
                "priced",
                words("priced.table"),
                (
                    Column(words("priced.part")),
                    Column(words("column.customers"), "count"),
                    Column(words("priced.worth"), "money"),
                ),
                tuple(
                    (
                        Value(_name(words, part.code, priced.margin)),
                        people(words, part.customers),
                        amount(words, part.amount, exact=True),
                    )
                    for part in priced.parts
                ),
                total,
                words("priced.note"),
            )
        )
    if priced.missing:
        what = ", ".join(words(f"priced.price.{key}") for key in priced.missing)
        blocks.append(Prose(words("priced.missing", what=what), muted=True))
    if isinstance(priced.passed_on, Decimal) and isinstance(priced.passed_on_by, int):
        blocks.append(
            Prose(words("priced.ties", priced.passed_on_by, amount=words.money(priced.passed_on)), muted=True)
        )
    return blocks


def _name(words: Words, code: str, margin: float | None) -> str:
    if code == "money" and margin is not None:
        return words("priced.money_margin", margin=words.percent(margin))
    return words(f"priced.{code}")
