"""From the report value to a document in one language."""

from __future__ import annotations

from lohko.views.report.chapters import closing, outlook, permissions, register, segments, worth
from lohko.views.report.chapters.values import people, share
from lohko.views.report.document import Document, Fact, Facts
from lohko.views.report.model import Report
from lohko.views.report.words import Words


def document(report: Report, lang: str) -> Document:
    """Put the report into words.

    Parameters
    ----------
    report : the report value
    lang : ``en``, ``fi`` or ``sv``

    Raises
    ------
    UsageFault
        Another language (code ``report_language``).
    """
    words = Words(lang, report.money.currency if report.money else None)
    missing = report.missing.get
    return Document(
        lang=lang,
        title=words("page.title"),
        subtitle=words("page.as_of", date=words.date(report.as_of)),
        lead=_lead(words, report),
        facts=_facts(words, report),
        sections=(
            register.chapter(words, report.register, missing("register", "")),
            worth.chapter(words, report.money, report.dimensions, _aside(report), missing("money", "")),
            segments.chapter(words, report.segments, missing("segments", "")),
            permissions.chapter(words, report.permissions, missing("permissions", "")),
            outlook.risk_chapter(words, report.outlook, missing("outlook", "")),
            outlook.growth_chapter(words, report.outlook, missing("outlook", "")),
            closing.actions_chapter(words, report),
            closing.making_chapter(words, report),
        ),
        contents=words("page.contents"),
        table_word=words("page.table"),
        closing=words("page.closing"),
    )


def _aside(report: Report) -> int:
    """Count the sales rows that were kept aside because they name no customer."""
    rejects = report.register.rejects if report.register else ()
    return sum(item.count for item in rejects if (item.table, item.code) == ("transactions", "no_customer"))


def _lead(words: Words, report: Report) -> str:
    told = []
    if report.register is not None:
        told.append(words("page.lead_customers", report.register.customers))
    if report.money is not None:
        told.append(words("page.lead_money", amount=words.money(report.money.known)))
    if report.permissions is not None and isinstance(report.permissions.reachable, int):
        told.append(words("page.lead_reach", report.permissions.reachable))
    return " ".join(told) or words("page.lead_nothing")


def _facts(words: Words, report: Report) -> Facts:
    """Return the four numbers of the first screen, as far as they are known."""
    found = []
    if report.register is not None:
        found.append(Fact(words("fact.customers"), words.count(report.register.customers)))
    if report.money is not None:
        found.append(Fact(words("fact.amount"), words.money(report.money.known)))
        found.append(Fact(words("fact.top"), share(words, report.money.top_share).text))
    if report.permissions is not None:
        found.append(Fact(words("fact.reachable"), people(words, report.permissions.reachable).text))
    return Facts(tuple(found))
