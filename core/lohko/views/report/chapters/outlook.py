"""The chapters on what lies ahead: where value is at risk, and where it could grow."""

from __future__ import annotations

from decimal import Decimal

from lohko.views.report.chapters.backtest import backtest_blocks
from lohko.views.report.chapters.values import amount, four, length, people, share, shown
from lohko.views.report.chapters.worth import four_columns
from lohko.views.report.document import Bars, Block, Column, Figure, Line, Mark, Section, Table, Value
from lohko.views.report.outlook import Band, Outlook, Prospects
from lohko.views.report.words import Words


def risk_chapter(words: Words, outlook: Outlook | None, step: str) -> Section:
    """Tell the risk as far as it is modelled, and show how long money has been quiet."""
    title = words("risk.title")
    if outlook is None:
        return Section("risk", title, words("missing.risk", step=step))
    if not outlook.customers:
        return Section("risk", title, words("value.nobody"))
    told = []
    if outlook.risk_known == 0:
        told.append(words("risk.cannot_tell" if outlook.bands else "risk.cannot_tell_all"))
    elif isinstance(outlook.risk_customers, int):
        told.append(words("risk.lead", outlook.risk_customers))
        if isinstance(outlook.risk_amount, Decimal) and outlook.risk_customers:
            told.append(words("risk.lead_amount", outlook.risk_customers, amount=words.money(outlook.risk_amount)))
    else:
        told.append(words("risk.lead_hidden"))
    if outlook.best is not None:
        best = outlook.best
        filled = {"of": words.count(best.of), "days": words.count(best.days or 0)}
        told.append(words(f"risk.{best.code}", best.customers, **filled))
    if outlook.expected is not None:
        told.append(_expected(words, outlook, outlook.expected))
    if outlook.prospects is not None:
        told.append(_prospects(words, outlook.prospects))
    blocks: list[Block] = [_bands(words, outlook.bands)] if outlook.bands else []
    blocks += backtest_blocks(words, outlook.backtest)
    return Section("risk", title, " ".join(told), tuple(blocks))


def _expected(words: Words, outlook: Outlook, expected: Decimal) -> str:
    filled = {"amount": words.money(expected), "days": words.count(outlook.horizon_days or 0)}
    key = "risk.expected" if outlook.horizon_days else "risk.expected_open"
    told = words(key, shown(outlook.expected_customers), **filled)
    if outlook.expected_low is None or outlook.expected_high is None:
        return told
    low, high = words.money(outlook.expected_low), words.money(outlook.expected_high)
    return f"{told} {words('risk.expected_between', low=low, high=high)}"


def _prospects(words: Words, prospects: Prospects) -> str:
    if prospects.total is None:
        why = ", ".join(words(f"risk.lack.{code}") for code in prospects.missing)
        return words("risk.prospects_missing", why=why)
    return words("risk.prospects", prospects.customers, amount=words.money(prospects.total))


def _bands(words: Words, bands: tuple[Band, ...]) -> Figure:
    def name(band: Band) -> str:
        if band.high is None:
            return words("risk.band_open", low=words.count(band.low))
        return words("risk.band", low=words.count(band.low), high=words.count(band.high))

    return Figure(
        words("risk.figure"),
        Bars(
            tuple(
                Line(name(band), (Mark(length(band.amount_share), share(words, band.amount_share).text, "money"),))
                for band in bands
            )
        ),
        Table(
            "recency",
            words("risk.table"),
            (
                Column(words("column.last_purchase")),
                Column(words("column.customers"), "count"),
                Column(words("column.amount"), "money"),
                Column(words("column.amount_share"), "percent"),
            ),
            tuple(
                (
                    Value(name(band)),
                    people(words, band.customers),
                    amount(words, band.amount),
                    share(words, band.amount_share),
                )
                for band in bands
            ),
        ),
        words("risk.note"),
    )


def growth_chapter(words: Words, outlook: Outlook | None, step: str) -> Section:
    """Show in which dimension customers could be activated next."""
    title = words("growth.title")
    if outlook is None:
        return Section("growth", title, words("missing.growth", step=step))
    if not outlook.customers:
        return Section("growth", title, words("value.nobody"))
    if not outlook.growth:
        return Section("growth", title, words("growth.cannot_tell"))
    named = [(words.code("growth.into", cell.key[0]), cell) for cell in outlook.growth]
    figure = Figure(
        words("growth.figure"),
        Bars(
            tuple(
                Line(name, (Mark(length(cell.share), people(words, cell.customers).text, "people"),))
                for name, cell in named
            )
        ),
        Table(
            "growth",
            words("growth.table"),
            (Column(words("column.next")), *four_columns(words)),
            tuple((Value(name), *four(words, cell)) for name, cell in named),
        ),
        words("growth.note"),
    )
    return Section("growth", title, words(f"growth.lead_{outlook.growth_by}"), (figure,))
