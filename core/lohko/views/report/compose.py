"""From the report value to a document in one language."""

from __future__ import annotations

from decimal import Decimal

from lohko.views.report.chapters import closing, experience, outlook, permissions, register, segments, targets, worth
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
            register.chapter(words, report, missing("register", "")),
            worth.chapter(words, report, missing("money", "")),
            segments.chapter(words, report.segments, missing("segments", "")),
            permissions.chapter(words, report.permissions, report.as_of, missing("permissions", "")),
            outlook.risk_chapter(words, report.outlook, missing("outlook", "")),
            outlook.growth_chapter(words, report.outlook, missing("outlook", "")),
            experience.chapter(words, report.experience, report.segments, missing("experience", "")),
            targets.chapter(words, report.targets, report.segments, missing("targets", "")),
            closing.actions_chapter(words, report),
            closing.making_chapter(words, report),
        ),
        contents=words("page.contents"),
        table_word=words("page.table"),
        closing=words("page.closing_quotes" if report.experience and report.experience.quoted else "page.closing"),
    )


def _lead(words: Words, report: Report) -> str:
    told = []
    people = report.population
    if people is not None and not people.customers:
        return words("page.lead_nobody")
    if people is not None:
        told.append(register.size(words, report, people))
    if report.money is not None and isinstance(report.money.known, Decimal):
        told.append(words("page.lead_money", amount=words.money(report.money.known)))
    allowed = report.permissions
    if allowed is not None and isinstance(allowed.reachable, int):
        if (other := permissions.another_day(allowed, report.as_of)) is not None:
            told.append(words("page.lead_reach_day", allowed.reachable, date=words.date(other)))
        else:
            told.append(words("page.lead_reach", allowed.reachable))
    if people is not None and (left := register.others(words, report, people)):
        told.append(left)
    return " ".join(told) or words("page.lead_nothing")


def _facts(words: Words, report: Report) -> Facts:
    """Return the four numbers of the first screen, as far as they are known and may be shown."""
    found = []
    people = report.population
    if people is None or not people.customers:
        return Facts(())
    numbers = register.unmerged(report)
    found.append(
        Fact(words("fact.numbers" if numbers else "fact.customers", people.customers), words.count(people.customers))
    )
    if report.money is not None and isinstance(report.money.known, Decimal):
        found.append(Fact(words("fact.amount"), words.money(report.money.known)))
        if isinstance(report.money.top_share, float):
            found.append(Fact(words("fact.top"), words.percent(report.money.top_share)))
    if report.permissions is not None and isinstance(report.permissions.reachable, int):
        found.append(Fact(words("fact.reachable"), words.count(report.permissions.reachable)))
    return Facts(tuple(found))
