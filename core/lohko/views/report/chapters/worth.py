"""The chapter on worth: money, and the map of the three dimensions."""

from __future__ import annotations

from decimal import Decimal

from lohko.views.report.chapters.priced import priced_blocks
from lohko.views.report.chapters.values import amount, four, length, people, shown
from lohko.views.report.document import (
    Bars,
    Block,
    Bubbles,
    Column,
    Dot,
    Figure,
    Line,
    Mark,
    Prose,
    Section,
    Table,
    Tone,
    Value,
)
from lohko.views.report.model import DIMENSIONS, HIDDEN, Bubble, Cell, Dimensions, Money, Report
from lohko.views.report.words import Words


def four_columns(words: Words) -> tuple[Column, ...]:
    """Return the titles of a group's four numbers."""
    return (
        Column(words("column.customers"), "count"),
        Column(words("column.customers_share"), "percent"),
        Column(words("column.amount"), "money"),
        Column(words("column.amount_share"), "percent"),
    )


def shares_legend(words: Words) -> tuple[tuple[Tone, str], ...]:
    """Name the two bars of a group."""
    return (("people", words("legend.people")), ("money", words("legend.money")))


def shares(words: Words, name: str, cell: Cell) -> Line:
    """Draw a group's two shares above each other."""
    number = four(words, cell)
    return Line(
        name,
        (
            Mark(length(cell.share), number[1].text, "people", words("legend.people")),
            Mark(length(cell.amount_share), number[3].text, "money", words("legend.money")),
        ),
    )


def chapter(words: Words, report: Report, step: str) -> Section:
    """Tell the money, then the map."""
    title = words("worth.title")
    money, dimensions = report.money, report.dimensions
    if money is None and dimensions is None:
        return Section("worth", title, words("missing.worth", step=step))
    if report.population is not None and not report.population.customers:
        return Section("worth", title, words("value.nobody"))
    blocks: list[Block] = []
    aside = report.register.nameless_sales if report.register else 0
    if money is not None:
        blocks += _money(words, money, aside, words.date(report.as_of))
    if dimensions is not None:
        blocks += _dimensions(words, dimensions)
    if money is None and dimensions is not None and not dimensions.measured:
        return Section("worth", title, words("worth.lead_nothing"))
    blocks += priced_blocks(words, report.priced)
    return Section("worth", title, _lead(words, money), tuple(blocks))


def _lead(words: Words, money: Money | None) -> str:
    if money is None:
        return words("worth.lead_no_money")
    if not isinstance(money.known, Decimal):
        return words("worth.lead_hidden")
    told = [words("worth.lead", amount=words.money(money.known, exact=True))]
    if isinstance(money.paying, int):
        told.append(words("worth.lead_paying", money.paying))
    if isinstance(money.top_share, float) and isinstance(money.top_customers, int) and money.top_share <= 1:
        told.append(words("worth.lead_top", money.top_customers, share=words.percent(money.top_share)))
    return " ".join(told)


def _money(words: Words, money: Money, aside: int, day: str) -> list[Block]:
    """Split the money by whose it is, where that is more than one party, and tell what is not counted."""
    rows = [(words("worth.known"), amount(words, money.known, exact=True))]
    if isinstance(money.known, Decimal) and isinstance(money.contracts, Decimal) and money.contracts:
        rows = [
            (words("worth.known_sales"), amount(words, money.known - money.contracts, exact=True)),
            (words("worth.contracts"), amount(words, money.contracts, exact=True)),
        ]
    notes = []
    if money.unknown is None:
        notes.append(words("worth.unknown_not_told"))
    elif money.unknown or money.unknown_rows:
        rows.append((words("worth.unknown"), amount(words, money.unknown, exact=True)))
        if isinstance(money.unknown_rows, int):
            notes.append(words("worth.unknown_rows", money.unknown_rows))
        else:
            notes.append(words("worth.unknown_few"))
    if aside:
        notes.append(words("worth.aside", aside))
    if money.currency is None:
        notes.append(words("worth.no_currency"))
    if len(rows) == 1:
        return [Prose(note, muted=True) for note in notes]
    table = Table(
        "money",
        words("worth.money_table", date=day),
        (Column(words("column.whose")), Column(words("column.amount"), "money")),
        tuple((Value(name), value) for name, value in rows),
        (Value(words("worth.total")), amount(words, money.total, exact=True)),
        " ".join(notes),
    )
    return [table]


def _dimensions(words: Words, dimensions: Dimensions) -> list[Block]:
    absent = [words(f"dimension.{name}") for name in DIMENSIONS if name not in dimensions.measured]
    blocks: list[Block] = []
    if dimensions.bubbles:
        blocks.append(_map(words, dimensions))
    if len(dimensions.measured) > 1:
        blocks.append(_presence(words, dimensions))
    if dimensions.measured:
        blocks.append(_levels(words, dimensions))
    if absent:
        blocks.append(Prose(words("worth.absent", len(absent), dimensions=", ".join(absent)), muted=True))
    return blocks


def _map(words: Words, dimensions: Dimensions) -> Figure:
    across, up, *inside = dimensions.axes
    largest = max((shown(bubble.customers) for bubble in dimensions.bubbles), default=0)
    levels = tuple(words(f"level.{step}") for step in range(4))

    def inner(bubble: Bubble) -> str:
        """Return the share in the third dimension in words, since slices are hard to tell apart."""
        if not inside or not bubble.customers or bubble.customers is HIDDEN or bubble.third is None:
            return ""
        return words.percent(bubble.third, 0) if isinstance(bubble.third, float) else words("value.hidden")

    def dot(bubble: Bubble) -> Dot:
        filled = bubble.third if isinstance(bubble.third, float) else None
        size = round(shown(bubble.customers) / largest, 6) if largest else 0.0
        return Dot(bubble.x, bubble.y, size, filled, people(words, bubble.customers).text, inner(bubble))

    def cell(bubble: Bubble) -> Value:
        value = people(words, bubble.customers)
        share = inner(bubble)
        return Value(words("map.cell", n=value.text, share=share), value.raw) if share else value

    third = words(f"dimension_some.{inside[0]}") if inside else ""
    legend: list[tuple[Tone, str]] = [("people", words("map.all"))]
    if inside:
        legend.append(("social", words("map.inside", dimension=third)))
    return Figure(
        words("map.title"),
        Bubbles(
            words("map.axis", dimension=words(f"dimension.{across}")),
            words("map.axis", dimension=words(f"dimension.{up}")),
            levels,
            levels,
            tuple(dot(bubble) for bubble in dimensions.bubbles if bubble.customers != 0),
            tuple(legend),
        ),
        Table(
            "map",
            words("map.table", up=words(f"dimension.{up}"), across=words(f"dimension.{across}")),
            (
                Column(words(f"dimension.{up}")),
                *(
                    Column(words("map.column", dimension=words(f"dimension.{across}"), level=name), "count")
                    for name in levels
                ),
            ),
            tuple(
                (Value(levels[y]), *(cell(bubble) for bubble in dimensions.bubbles if bubble.y == y))
                for y in (3, 2, 1, 0)
            ),
            note=words("map.third", dimension=third) if inside else "",
        ),
        words("map.note"),
    )


def _presence(words: Words, dimensions: Dimensions) -> Figure:
    def name(cell: Cell) -> str:
        has = [dimension for dimension, there in zip(dimensions.measured, cell.key, strict=True) if there == "yes"]
        if not has:
            return words("presence.none")
        if len(has) == len(dimensions.measured) > 1:
            return words("presence.all") if len(has) == len(DIMENSIONS) else words("presence.both")
        return words("presence." + "_".join(has))

    named = [(name(cell), cell) for cell in dimensions.cells if cell.customers != 0]
    if dimensions.rest is not None:
        named = [pair for pair in named if pair[1].customers is not HIDDEN]
        named.append((words("value.rest"), dimensions.rest))
    return Figure(
        words("presence.title"),
        Bars(tuple(shares(words, title, cell) for title, cell in named), shares_legend(words)),
        Table(
            "presence",
            words("presence.table"),
            (Column(words("column.combination")), *four_columns(words)),
            tuple((Value(title), *four(words, cell)) for title, cell in named),
        ),
    )


def _levels(words: Words, dimensions: Dimensions) -> Table:
    return Table(
        "classes",
        words("worth.levels"),
        (Column(words("column.dimension")), *(Column(words(f"level.{step}"), "count") for step in range(4))),
        tuple(
            (
                Value(words(f"dimension.{name}")),
                *(people(words, level.customers) for level in dimensions.levels if level.dimension == name),
            )
            for name in dimensions.measured
        ),
        note=words("worth.levels_note"),
    )
