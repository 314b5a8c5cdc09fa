"""From the health of a register to a document in one language: the verdict first, then what to do, then the evidence."""

from __future__ import annotations

from lohko.cleaning.origins import Origin
from lohko.views.health.chapters import doubles, fields, fixes, making, money, origins
from lohko.views.health.chapters.cells import listed, points
from lohko.views.health.model import Health
from lohko.views.report.document import Document, Fact, Facts
from lohko.views.report.words import Words

ROOM = "lohko.views.health"
_WEAKEST = 3
_WEAK = 90.0
"""Parts with at least this score are no weakness."""


def words_of(health: Health, lang: str) -> Words:
    """Return the words of the health report in a language, with the currency of its prices."""
    return Words(lang, health.money.currency, ROOM)


def document(health: Health, lang: str) -> Document:
    """Put the report into words.

    Parameters
    ----------
    health : the report value
    lang : ``en``, ``fi`` or ``sv``

    Raises
    ------
    UsageFault
        Another language (code ``report_language``).
    """
    words = words_of(health, lang)
    return Document(
        lang=lang,
        title=words("page.title"),
        subtitle=_subtitle(words, health),
        lead=_verdict(words, health),
        facts=_facts(words, health),
        first=fixes.first(words, health),
        sections=(
            fixes.chapter(words, health),
            money.chapter(words, health),
            *((making.since_chapter(words, health.since),) if health.since else ()),
            fields.chapter(words, health),
            fields.reach_chapter(words, health),
            fields.address_chapter(words, health),
            doubles.chapter(words, health),
            doubles.fresh_chapter(words, health),
            origins.chapter(words, health),
            origins.permissions_chapter(words, health),
            origins.care_chapter(words, health),
            making.chapter(words, health),
        ),
        contents=words("page.contents"),
        table_word=words("page.table"),
        closing=words("page.closing"),
    )


def _subtitle(words: Words, health: Health) -> str:
    names = listed([file.name.rpartition("/")[2] for file in health.register.files])
    day = words("page.as_of", date=words.date(health.as_of))
    return f"{names} · {day}" if names else day


def _verdict(words: Words, health: Health) -> str:
    """Return the verdict in a few sentences: the grade, what is weakest, what it costs, where it comes from."""
    if not health.register.rows:
        return words("verdict.empty")
    if health.score.value is None or health.score.grade is None:
        return words("verdict.none")
    grade = words(f"grade.{health.score.grade}")
    told = [words("verdict.score", grade=grade, score=points(words, health.score.value).text)]
    weak = sorted((value, name) for name, value, _ in health.score.parts if value < _WEAK)[:_WEAKEST]
    if weak:
        names = listed([f"{words.code('field', name)} ({points(words, value).text})" for value, name in weak])
        told.append(words("verdict.weak", names=names))
    told.append(_cost(words, health))
    if (loud := _loud(health)) is not None:
        origin, rest = loud
        told.append(
            words(
                "verdict.source",
                source=str(origin.name),
                share=words.percent(origin.faulty / origin.rows),
                rest=words.percent(rest),
            )
        )
    if health.sensitive:
        told.append(words("verdict.sensitive", sum(find.rows for find in health.sensitive)))
    return " ".join(sentence for sentence in told if sentence)


def _loud(health: Health) -> tuple[Origin, float] | None:
    """Return the source that writes most of the faults beyond chance, with the share of all others, if it writes a fifth."""
    total = sum(origin.faulty for origin in health.origins)
    loud = [origin for origin in health.origins if origin.stands_out and origin.faulty * 5 >= total]
    if not loud:
        return None
    most = max(loud, key=lambda origin: (origin.faulty, str(origin.name)))
    others = sum(origin.rows for origin in health.origins) - most.rows
    return most, (total - most.faulty) / others


def _cost(words: Words, health: Health) -> str:
    worth = health.money
    if worth.total is not None:
        low, high = words.money(worth.total.low), words.money(worth.total.high)
        if worth.total.expected is None:
            return words("verdict.money_open", low=low, high=high)
        return words("verdict.money", expected=words.money(worth.total.expected), low=low, high=high)
    told = []
    if worth.sure:
        letters = words("verdict.letters", worth.sure)
        key = "verdict.letters_suspect" if worth.suspect else "verdict.letters_only"
        told.append(words(key, letters=letters, suspect=words.count(worth.suspect)))
    return " ".join([*told, words("verdict.money_none")])


def _facts(words: Words, health: Health) -> Facts:
    if health.score.value is None:
        return Facts(())
    found = [Fact(words("fact.score"), points(words, health.score.value).text)]
    people = health.reach.customers
    if health.reach.post is not None and people:
        found.append(Fact(words("fact.post"), words.percent(health.reach.post[0] / people)))
    if health.duplicates.looked:
        doubled = round(health.duplicates.expected)
        found.append(Fact(words("fact.doubled", doubled), words.count(doubled)))
    total = health.money.total
    if total is not None and total.expected is not None:
        found.append(Fact(words("fact.cost"), words.money(total.expected)))
    elif total is not None:
        found.append(Fact(words("fact.cost_high"), words.money(total.high)))
    else:
        found.append(Fact(words("fact.unreached", health.reach.none), words.count(health.reach.none)))
    return Facts(tuple(found))
