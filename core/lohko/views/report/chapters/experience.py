"""The chapter on what customers say: scores with their intervals, who gave them, and the words beside."""

from __future__ import annotations

from lohko.views.report.chapters.axes import axis
from lohko.views.report.chapters.segments import name as name_of
from lohko.views.report.chapters.values import four, people, share
from lohko.views.report.chapters.worth import four_columns
from lohko.views.report.document import Block, Column, Figure, Prose, Range, Ranges, Section, Table, Value
from lohko.views.report.experience import Experience, Measure, Mood, Score, Used, Voice
from lohko.views.report.model import DIMENSIONS, HIDDEN, Segments
from lohko.views.report.words import Words

_DIGITS = {"nps": 0}


def chapter(words: Words, experience: Experience | None, segments: Segments | None, step: str) -> Section:
    """Tell the scores over all, by segment and by class; then the moods beside the money; then the words."""
    title = words("experience.title")
    if experience is None:
        return Section("experience", title, words("missing.experience", step=step))
    names = {segment.slug: name_of(words, segment) for segment in (segments.items if segments else ())}
    blocks: list[Block] = []
    if experience.measures:
        blocks.append(_overall(words, experience))
    for measure in experience.measures:
        blocks += _groups(words, measure, names)
    if experience.moods:
        blocks.append(_moods(words, experience.moods))
    contacts = _contacts(words, experience, names)
    blocks += [contacts] if contacts else []
    blocks += _voices(words, experience, names)
    if blocks:
        blocks.append(Prose(words("experience.how"), muted=True))
    return Section("experience", title, _lead(words, experience), tuple(blocks))


def _lead(words: Words, experience: Experience) -> str:
    days = {"first": words.date(experience.first), "last": words.date(experience.last)}
    if not experience.measures:
        return words("experience.nothing", **days)
    if experience.answered is HIDDEN:
        told = [words("experience.lead_hidden", **days)]
    else:
        told = [words("experience.lead", experience.answered, customers=words.count(experience.customers), **days)]
    first = experience.measures[0].overall
    measure = experience.measures[0].measure
    if isinstance(first.value, float) and isinstance(first.low, float) and isinstance(first.high, float):
        told.append(
            words(
                f"experience.lead_{measure}",
                value=_plain(words, measure, first.value),
                interval=_interval(words, measure, first.low, first.high),
            )
        )
    told.append(words("experience.caution"))
    return " ".join(told)


def _plain(words: Words, measure: str, value: float) -> str:
    return words.number(value, _DIGITS.get(measure, 2))


def _interval(words: Words, measure: str, low: float, high: float) -> str:
    return words("experience.interval", low=_plain(words, measure, low), high=_plain(words, measure, high))


def _cells(words: Words, measure: str, score: Score) -> tuple[Value, Value, Value]:
    """Return the answers, the score and its interval."""
    count = people(words, score.answers)
    if score.value is HIDDEN:
        return count, Value(words("value.hidden")), Value("")
    if score.value is None or not isinstance(score.low, float) or not isinstance(score.high, float):
        return count, Value(words("experience.too_few")), Value("")
    shown = Value(_plain(words, measure, score.value), score.value)
    return count, shown, Value(_interval(words, measure, score.low, score.high))


def _overall(words: Words, experience: Experience) -> Table:
    rows = tuple(
        (
            Value(words.code("measure", measure.measure)),
            Value(words("experience.interval", low=f"{measure.lowest:g}", high=f"{measure.highest:g}")),
            *_cells(words, measure.measure, measure.overall),
        )
        for measure in experience.measures
    )
    return Table(
        "experience",
        words("experience.overall"),
        (
            Column(words("column.measure")),
            Column(words("column.scale")),
            Column(words("column.answered"), "count"),
            Column(words("column.score"), "number"),
            Column(words("column.interval")),
        ),
        rows,
    )


def _groups(words: Words, measure: Measure, names: dict[str, str]) -> list[Block]:
    """Return a measure's scores by segment, then by class; a sentence in place of a table that could tell no score."""
    blocks: list[Block] = []
    title = words.code("measure", measure.measure)
    for part, wholes in (("segment", ("segment",)), ("class", DIMENSIONS)):
        scores = [
            (name, score) for score in measure.groups if score.whole in wholes and (name := _group(words, score, names))
        ]
        if not any(isinstance(score.value, float) for _, score in scores):
            blocks += [Prose(words(f"experience.no_{part}", measure=title), muted=True)] if scores else []
            continue
        rows = tuple(
            (
                Value(name),
                *_cells(words, measure.measure, score),
                Value(words(f"against.{score.against}") if score.against else ""),
            )
            for name, score in scores
        )
        caption = words(f"experience.by_{part}", measure=title)
        table = Table(
            f"{measure.measure}_{part}",
            caption,
            (
                Column(words(f"column.{part}")),
                Column(words("column.answered"), "count"),
                Column(words("column.score"), "number"),
                Column(words("column.interval")),
                Column(words("column.against")),
            ),
            rows,
        )
        if part == "segment":
            chart = _ranges(words, measure, scores)
            blocks.append(Figure(caption, chart, table, note=words("experience.ranges_note"), open=True))
        else:
            blocks.append(table)
    return blocks


def _ranges(words: Words, measure: Measure, scores: list[tuple[str, Score]]) -> Ranges:
    """Lay the scores and their intervals on one axis, with the score of all customers to compare with."""
    told = [score for _, score in scores if isinstance(score.low, float) and isinstance(score.high, float)]
    whole = measure.overall.value if isinstance(measure.overall.value, float) else None
    ends = [end for score in told for end in (score.low, score.high) if isinstance(end, float)]
    ends += [] if whole is None else [whole]
    along = axis(min(ends), max(ends), measure.lowest, measure.highest)
    digits = 0 if all(tick == round(tick) for tick in along.ticks) else 2

    def place(value: object) -> float | None:
        return along.place(value) if isinstance(value, float) else None

    def label(score: Score) -> str:
        _, shown, interval = _cells(words, measure.measure, score)
        return f"{shown.text} ({interval.text})" if interval.text else shown.text

    return Ranges(
        tuple(
            Range(name, place(score.low), place(score.value), place(score.high), label(score)) for name, score in scores
        ),
        tuple((along.place(tick), words.number(tick, digits)) for tick in along.ticks),
        None
        if whole is None
        else (along.place(whole), f"{words('experience.everybody')}: {_plain(words, measure.measure, whole)}"),
        (("money", words("column.score")), ("people", words("column.interval"))),
    )


def _group(words: Words, score: Score, names: dict[str, str]) -> str:
    """Return the name of a group; empty for a segment too small to be named in the report."""
    if score.whole == "segment":
        return names.get(score.group, "")
    return words(
        "experience.in_class", dimension=words(f"dimension.{score.whole}"), level=words(f"level.{score.group}")
    )


def _moods(words: Words, moods: tuple[Mood, ...]) -> Table:
    return Table(
        "moods",
        words("experience.moods"),
        (
            Column(words("column.mood")),
            *four_columns(words),
            Column(words("column.visiting"), "percent"),
            Column(words("column.sharing"), "percent"),
        ),
        tuple(
            (
                Value(words(f"mood.{mood.mood}")),
                *four(words, mood.cell),
                share(words, mood.visits),
                share(words, mood.social),
            )
            for mood in moods
        ),
        note=words("experience.moods_note"),
    )


def _contacts(words: Words, experience: Experience, names: dict[str, str]) -> Table | None:
    """Show who contacted the service; the whole closes the table."""
    rows = {
        contact.group: (
            Value(names.get(contact.group, words("experience.everybody"))),
            people(words, contact.customers),
            share(words, contact.share),
        )
        for contact in experience.contacts
        if not contact.group or contact.group in names
    }
    if not rows:
        return None
    whole = rows.pop("")
    return Table(
        "contacts",
        words("experience.contacts"),
        (
            Column(words("column.segment")),
            Column(words("column.contacted"), "count"),
            Column(words("column.contacted_share"), "percent"),
        ),
        tuple(rows.values()) or (whole,),
        whole if rows else None,
    )


def _voices(words: Words, experience: Experience, names: dict[str, str]) -> list[Block]:
    """Return the words of the moods, then of the segments, then the quotes where they were asked for."""
    blocks: list[Block] = []
    quotes: list[tuple[Value, Value]] = []
    for whole in ("mood", "segment"):
        rows = []
        for voice in experience.voices:
            if voice.whole != whole:
                continue
            name = words(f"mood.{voice.group}") if whole == "mood" else names.get(voice.group, "")
            if not name:  # a segment too small to be named
                continue
            rows.append((Value(name), people(words, voice.writers), *_said(words, voice)))
            quotes += [(Value(name), Value(quote)) for quote in voice.quotes]
        if rows:
            blocks.append(
                Table(
                    f"words_{whole}",
                    words(f"experience.words_{whole}"),
                    (
                        Column(words(f"column.{whole}")),
                        Column(words("column.writers"), "count"),
                        Column(words("column.telling")),
                        Column(words("column.common")),
                    ),
                    tuple(rows),
                )
            )
    if blocks:
        blocks.append(Prose(words("experience.words_note"), muted=True))
    if quotes:
        columns = (Column(words("column.group")), Column(words("column.quote")))
        blocks.append(
            Table("quotes", words("experience.quotes"), columns, tuple(quotes), note=words("experience.quotes_note"))
        )
    return blocks


def _said(words: Words, voice: Voice) -> tuple[Value, Value]:
    if voice.writers is HIDDEN:
        return Value(words("value.hidden")), Value("")

    def listed(used: tuple[Used, ...], empty: str) -> Value:
        told = (words("experience.used", word=term.word, n=words.count(term.customers)) for term in used)
        return Value(", ".join(told) or words(empty))

    return listed(voice.telling, "experience.none_telling"), listed(voice.common, "experience.none_common")
