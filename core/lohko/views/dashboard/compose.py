"""From the dashboard to a document in one language."""

from __future__ import annotations

import datetime as dt

from lohko.views.dashboard.chapters import growth, making, moves, segments
from lohko.views.dashboard.chapters.cells import number, rate
from lohko.views.dashboard.model import Dashboard
from lohko.views.report.document import Block, Document, Fact, Facts, Prose
from lohko.views.report.words import Words

ROOM = "lohko.views.dashboard"


def words_of(lang: str) -> Words:
    """Return the dashboard's words in a language."""
    return Words(lang, None, ROOM)


def document(dashboard: Dashboard, lang: str) -> Document:
    """Put the dashboard into words.

    Parameters
    ----------
    dashboard : the report value
    lang : ``en``, ``fi`` or ``sv``

    Raises
    ------
    UsageFault
        Another language (code ``report_language``).
    """
    words = words_of(lang)
    first = dashboard.cuts[0].as_of + dt.timedelta(days=1)
    return Document(
        lang=lang,
        title=words("page.title"),
        subtitle=words(
            "page.period",
            (dashboard.as_of - dashboard.cuts[0].as_of).days,
            start=words.date(first),
            end=words.date(dashboard.as_of),
        ),
        lead=_lead(words, dashboard),
        facts=_facts(words, dashboard),
        sections=(
            growth.chapter(words, dashboard),
            segments.chapter(words, dashboard),
            moves.chapter(words, dashboard),
            making.chapter(words, dashboard),
        ),
        contents=words("page.contents"),
        table_word=words("page.table"),
        closing=words("page.closing"),
        first=_warnings(words, dashboard),
    )


def _lead(words: Words, dashboard: Dashboard) -> str:
    period = dashboard.last
    told = [
        words(
            "page.lead_customers",
            period.customers,
            date=words.date(period.end),
            earlier=words.date(period.start),
            before=words.count(period.customers_before),
        )
    ]
    if period.growth is not None:
        if isinstance(period.growth.churn, float):
            told.append(words("page.lead_churn", churn=words.percent(period.growth.churn)))
        if isinstance(period.growth.new_share, float):
            told.append(words("page.lead_new", share=words.percent(period.growth.new_share)))
    if isinstance(period.moved, int):
        told.append(words("page.lead_moved", period.moved))
    return " ".join(told)


def _facts(words: Words, dashboard: Dashboard) -> Facts:
    period = dashboard.last
    found = [Fact(words("fact.customers", period.customers), words.count(period.customers))]
    if period.growth is not None:
        if isinstance(period.growth.active, int):
            found.append(Fact(words("fact.active"), number(words, period.growth.active).text))
        for key, value in (("new_share", period.growth.new_share), ("churn", period.growth.churn)):
            if isinstance(value, float):
                found.append(Fact(words(f"fact.{key}"), rate(words, value).text))
    return Facts(tuple(found))


def _warnings(words: Words, dashboard: Dashboard) -> tuple[Block, ...]:
    """Say first what would make the rest misleading: packages that hardly share a customer."""
    return tuple(
        Prose(words("making.strangers", cut.found, of=words.count(cut.customers), package=cut.name))
        for cut in dashboard.cuts
        if cut.found is not None
    )
