"""The chapter on segments: how big, how valuable, how sure, and how each should be treated."""

from __future__ import annotations

from collections.abc import Callable

from lohko.segments.treatment import activation_text, goal_text, hint_text
from lohko.views.report.chapters.beside import agreement, fairness
from lohko.views.report.chapters.values import four, people
from lohko.views.report.chapters.worth import four_columns, shares, shares_legend
from lohko.views.report.document import Bars, Block, Card, Cards, Column, Figure, Prose, Section, Table, Value
from lohko.views.report.model import HIDDEN, Cell, Choice, Segment, Segments
from lohko.views.report.words import Words

_SURE = ((0.85, "high"), (0.75, "good"), (0.6, "weak"), (0.0, "none"))
"""Mean Jaccard similarity over resamples: from .85 highly stable, from .75 valid, below .6 not to be trusted (Hennig 2007)."""
_REMARKABLE = 1.5
"""A segment whose share of value is so many times its share of customers is worth a sentence."""


def chapter(words: Words, segments: Segments | None, step: str) -> Section:
    """Show size and value side by side, then each segment in words, then through what each may be reached."""
    title = words("segments.title")
    if segments is None:
        return Section("segments", title, words("missing.segments", step=step))
    if not segments.count:
        return Section("segments", title, words("value.nobody"))
    if not segments.items:
        return Section("segments", title, words("segments.too_small"))
    if segments.count == len(segments.apart) == 1:
        return Section("segments", title, words(f"segments.only_{segments.apart[0]}", segments.items[0].customers))
    choice = segments.choice
    blocks: list[Block] = [
        _figure(words, segments),
        Cards(tuple(_card(words, segment) for segment in segments.items)),
    ]
    reach = _reach(words, segments)
    if reach is not None:
        blocks.append(reach)
    blocks += agreement(words, segments)
    blocks += fairness(words, segments)
    if segments.without is HIDDEN:
        blocks.append(Prose(words("segments.without_few"), muted=True))
    elif segments.without:
        blocks.append(Prose(words("segments.without", segments.without), muted=True))
    if choice is not None and not choice.passed:
        blocks.insert(0, Prose(words("segments.doubt")))
    return Section("segments", title, _lead(words, segments), tuple(blocks))


def name(words: Words, segment: Segment) -> str:
    """Return the segment's name in the report's language."""
    return words.pick(segment.names, segment.name)


def sure(words: Words, segment: Segment, choice: Choice | None) -> str:
    """Say how sure a segment is; one without any stability is no cluster, if it was profiled at all.

    Where the number of segments failed a test, none of them is called sure: that it is found again when customers are drawn anew does
    not make it a group apart.
    """
    if segment.stability is None:
        return words("sure.rule" if segment.rules else "sure.unknown")
    grade = next(grade for edge, grade in _SURE if segment.stability >= edge)
    return words("sure.again" if grade in {"high", "good"} and choice and not choice.passed else f"sure.{grade}")


def _lead(words: Words, segments: Segments) -> str:
    told = [_number(words, segments)]
    first = segments.items[0]
    if isinstance(first.amount_share, float) and 0 < first.amount_share <= 1:
        key = "segments.lead_first" if first.amount_share >= first.share * _REMARKABLE else "segments.lead_even"
        told.append(
            words(
                key, name=name(words, first), share=words.percent(first.share), value=words.percent(first.amount_share)
            )
        )
    found = [segment.stability for segment in segments.items if segment.stability is not None]
    if found:
        told.append(words("segments.found_again", share=words.percent(min(found))))
    return " ".join(told)


def _number(words: Words, segments: Segments) -> str:
    """Say how many segments there are, and which are set apart by rule: new customers, those who have done nothing yet."""
    found = segments.count - len(segments.apart)
    if not segments.apart or not found:
        return words("segments.lead", segments.count)
    kind = "both" if len(segments.apart) > 1 else segments.apart[0]
    return words(f"segments.lead_{kind}", found, all=words.count(segments.count))


def _figure(words: Words, segments: Segments) -> Figure:
    cells = [
        (
            name(words, s),
            Cell((s.slug,), s.customers, s.share, s.amount, s.amount_share),
            sure(words, s, segments.choice),
        )
        for s in segments.items
    ]
    if segments.rest is not None:
        cells.append((words("value.rest"), segments.rest, ""))
    return Figure(
        words("segments.figure"),
        Bars(tuple(shares(words, title, cell) for title, cell, _ in cells), shares_legend(words)),
        Table(
            "segments",
            words("segments.table"),
            (Column(words("column.segment")), *four_columns(words), Column(words("column.sure"))),
            tuple((Value(title), *four(words, cell), Value(certainty)) for title, cell, certainty in cells),
        ),
        words("segments.figure_note"),
        open=True,
    )


def _card(words: Words, segment: Segment) -> Card:
    four_numbers = four(words, Cell((), segment.customers, segment.share, segment.amount, segment.amount_share))
    lines = [
        (words(f"segments.{label}"), text[0].upper() + text[1:])
        for label, text in (
            ("rule", words.pick(segment.rules)),
            ("hint", _treatment(words, segment)),
            ("next", _next(words, segment)),
        )
        if text
    ]
    return Card(
        name(words, segment),
        words(
            "segments.summary_hidden" if segment.amount is HIDDEN else "segments.summary",
            segment.customers,
            share=four_numbers[1].text,
            amount=four_numbers[2].text,
            value=four_numbers[3].text,
        ),
        tuple(lines),
    )


def _looked_up(text_of: Callable[[str, str], str], key: str | None, lang: str) -> str:
    """Return the segmentation's own words for a key; a key it does not know is a text already."""
    if not key:
        return ""
    try:
        return text_of(key, lang)
    except KeyError:
        return key


def _treatment(words: Words, segment: Segment) -> str:
    goal = _looked_up(goal_text, segment.goal, words.lang)
    hint = _looked_up(hint_text, segment.hint, words.lang)
    return words("segments.treatment", goal=goal, hint=hint) if goal and hint else goal or hint


def _next(words: Words, segment: Segment) -> str:
    """Return the next step without its own heading: it stands under one."""
    text = _looked_up(activation_text, segment.next_dimension, words.lang)
    return text.removeprefix(words("segments.next") + ": ")


def tests(words: Words, choice: Choice) -> str:
    """Tell the tests' figures for the number of segments, for those who want to check."""
    key = "asked" if choice.asked else "why" if choice.passed else "failed"
    return words(
        f"segments.{key}",
        k=words.count(choice.k),
        strength=words.number(choice.prediction_strength),
        jaccard=words.number(choice.jaccard_min),
        smallest=words.percent(choice.smallest_share),
    )


def sureness(words: Words, segments: Segments) -> Table | None:
    """Return the figure behind each segment's sureness."""
    found = [segment for segment in segments.items if segment.stability is not None]
    if not found:
        return None
    return Table(
        "sureness",
        words("making.sureness"),
        (Column(words("column.segment")), Column(words("column.jaccard"), "number")),
        tuple((Value(name(words, s)), Value(words.number(s.stability or 0.0), s.stability)) for s in found),
        note=words("making.levels"),
    )


def _reach(words: Words, segments: Segments) -> Table | None:
    """Show who may be contacted, segment by channel; channels nobody may be reached through are left out."""
    channels = [
        channel
        for channel in dict.fromkeys(channel for segment in segments.items for channel in segment.reach)
        if any(segment.reach.get(channel, 0) != 0 for segment in segments.items)
    ]
    if not channels:
        return None
    order = [key for key in CHANNELS if key in channels] + sorted(set(channels) - set(CHANNELS))
    return Table(
        "reach",
        words("segments.reach"),
        (Column(words("column.segment")), *(Column(words.code("channel", channel), "count") for channel in order)),
        tuple(
            (Value(name(words, segment)), *(people(words, segment.reach.get(channel, 0)) for channel in order))
            for segment in segments.items
        ),
        sparse=True,
    )


CHANNELS = ("email", "sms", "phone", "robocall", "post", "push", "ad_audience")
"""The contract's order of channels."""
