"""The chapter on the management's targets: actual against target, how it stands, and what is missing."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from lohko.views.report.chapters.segments import name as name_of
from lohko.views.report.document import Block, Column, Prose, Section, Table, Tone, Value
from lohko.views.report.model import Hidden, Segments
from lohko.views.report.targets import Target, Targets, Unassigned
from lohko.views.report.words import Words

_STATES: Final[dict[str, Tone]] = {
    "reached": "good",
    "on_course": "screen",
    "behind": "ask",
    "missed": "social",
    "open": "hidden",
}
_DIGITS: Final = {"nps": 0}


def chapter(words: Words, targets: Targets | None, segments: Segments | None, step: str) -> Section:
    """Tell how many targets are reached, then each with what is missing; then what the units' targets leave."""
    title = words("targets.title")
    if targets is None:
        return Section("targets", title, words("missing.targets", step=step))
    if not targets.items:
        return Section("targets", title, words("targets.none"))
    names = {segment.slug: name_of(words, segment) for segment in (segments.items if segments else ())}
    blocks: list[Block] = [_table(words, targets, names)]
    blocks += [Prose(_unassigned(words, rest)) for rest in targets.unassigned if rest.rest]
    blocks.append(Prose(words("targets.how"), muted=True))
    return Section("targets", title, _lead(words, targets), tuple(blocks))


def _lead(words: Words, targets: Targets) -> str:
    counts = {state: sum(target.state == state for target in targets.items) for state in _STATES}
    told = [words(f"targets.lead_{state}", count) for state, count in counts.items() if count]
    return words("targets.lead", len(targets.items), states=", ".join(told))


def _table(words: Words, targets: Targets, names: dict[str, str]) -> Table:
    return Table(
        "targets",
        words("targets.table"),
        (
            Column(words("column.target_of")),
            Column(words("column.whom")),
            Column(words("column.target"), "number"),
            Column(words("column.actual"), "number"),
            Column(words("column.state")),
            Column(words("column.remark")),
        ),
        tuple(
            (
                Value(words("targets.measure", measure=_measure(words, target), period=_period(words, target))),
                Value(_whom(words, target, names)),
                Value(_number(words, target, target.target), target.target),
                _actual(words, target),
                Value(words(f"state.{target.state}"), tone=_STATES[target.state]),
                Value(_remark(words, target)),
            )
            for target in targets.items
        ),
    )


def _measure(words: Words, target: Target) -> str:
    if target.measure is None:
        return target.name
    if target.channel is not None:
        return words("goal.permission_share", channel=words.code("channel", target.channel))
    return words(f"goal.{target.measure}")


def _period(words: Words, target: Target) -> str:
    return target.period or words("targets.year")


def _whom(words: Words, target: Target, names: dict[str, str]) -> str:
    """Return whom a target is for; a segment by its name in the report's language."""
    segment = names.get(target.segment_name or "", target.segment)
    parts = [part for part in (target.business_unit, segment, target.touchpoint) if part]
    return " · ".join(parts) or words("targets.company")


def _number(words: Words, target: Target, value: Decimal | float) -> str:
    """Return a number in the measure's own way."""
    if target.measure == "revenue":
        return words.money(Decimal(value))
    if target.kind == "share":
        return words.percent(float(value), 2)
    if target.kind == "score":
        return words.number(float(value), _DIGITS.get(target.measure or "", 2))
    return words.count(round(value))


def _actual(words: Words, target: Target) -> Value:
    if isinstance(target.actual, Hidden):
        return Value(words("value.hidden"))
    if target.actual is None:
        return Value("–")
    return Value(_number(words, target, target.actual), target.actual)


def _remark(words: Words, target: Target) -> str:
    """Tell the interval, what is missing, or why nothing can be told; of a running sum also where an even pace would stand."""
    told = []
    if target.low is not None and target.high is not None:
        ends = [_number(words, target, end) for end in (target.low, target.high)]
        told.append(words("targets.interval", interval=words("experience.interval", low=ends[0], high=ends[1])))
    if target.why is not None:
        told.append(words(f"target_open.{target.why}"))
    elif target.state == "open":
        told.append(words("target_open.chance"))
    if target.missing is not None:
        told.append(_missing(words, target, target.missing))
    if target.due is not None and target.state in {"on_course", "behind"}:
        told.append(words("targets.due", due=_number(words, target, target.due)))
    return "; ".join(told)


def _missing(words: Words, target: Target, missing: Decimal) -> str:
    key = "too_many" if target.measure in {"churn_rate", "contacts"} else "missing"
    if target.gap == "money":
        return words("targets.missing_money", amount=words.money(missing))
    if target.gap == "points":
        return words("targets.missing_points", points=words.number(float(missing)))
    return words(f"targets.{key}_{target.gap}", int(missing))


def _unassigned(words: Words, rest: Unassigned) -> str:
    money = rest.measure == "revenue"
    values = {
        name: words.money(value) if money else words.count(int(value))
        for name, value in (("company", rest.company), ("units", rest.units), ("rest", abs(rest.rest)))
    }
    key = "targets.unassigned" if rest.rest > 0 else "targets.exceeded"
    return words(key, measure=words(f"goal.{rest.measure}"), period=rest.period or words("targets.year"), **values)
