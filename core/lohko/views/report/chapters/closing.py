"""The closing chapters: what to do first, and how the report was made."""

from __future__ import annotations

from decimal import Decimal

from lohko.views.report.chapters.segments import name as segment_name
from lohko.views.report.chapters.segments import sureness, tests
from lohko.views.report.document import Block, Column, Prose, Section, Step, Steps, Table, Value
from lohko.views.report.model import Action, Report
from lohko.views.report.words import Words


def actions_chapter(words: Words, report: Report) -> Section:
    """List what to do, most money first."""
    title = words("actions.title")
    if not report.actions:
        return Section("actions", title, words("actions.none"))
    return Section(
        "actions",
        title,
        words("actions.lead"),
        (Steps(tuple(_step(words, report, action) for action in report.actions)),),
    )


def _step(words: Words, report: Report, action: Action) -> Step:
    filled = {
        "channel": words.code("by_channel", str(action.data["channel"])) if "channel" in action.data else "",
        "way": _lower(words.code("channel", str(action.data["channel"]))) if "channel" in action.data else "",
        "days": words.count(action.data.get("days", 0)),
        "share": words.percent(share) if isinstance(share := action.data.get("share"), float) else "",
        "reach": words.count(action.data.get("reach", 0)),
        "segment": next(
            (
                segment_name(words, segment)
                for segment in (report.segments.items if report.segments else ())
                if segment.slug == action.data.get("segment")
            ),
            "",
        ),
    }
    code = action.code + (f"_{action.data['dimension']}" if "dimension" in action.data else "")
    told = [words(f"actions.{code}.text", action.customers, **filled)]
    if filled["share"]:
        told.append(words("actions.serve_best_share", **filled))
    if action.code == "serve_best" and "channel" in action.data:
        told.append(words("actions.serve_best_reach", action.data["reach"], **filled))
    if isinstance(action.amount, Decimal) and action.amount:
        told.append(words("actions.amount", amount=words.money(action.amount)))
    return Step(words(f"actions.{code}.title", **filled), " ".join(told))


def _lower(name: str) -> str:
    """Return a name as it stands within a sentence."""
    return name[:1].lower() + name[1:]


def making_chapter(words: Words, report: Report) -> Section:
    """Tell the steps, the inputs and what the words mean, so that the figures can be checked."""
    blocks: list[Block] = []
    if report.steps:
        blocks.append(
            Table(
                "steps",
                words("making.steps"),
                (Column(words("column.step")), Column(words("column.version")), Column(words("column.as_of"))),
                tuple((Value(run.step), Value(run.version), Value(run.as_of or "")) for run in report.steps),
            )
        )
    inputs = [entry for run in report.steps[:1] for entry in run.inputs]
    if inputs:
        blocks.append(
            Table(
                "inputs",
                words("making.inputs"),
                (Column(words("column.file")), Column(words("column.bytes"), "count"), Column(words("column.sha256"))),
                tuple(
                    (
                        Value(str(entry.get("name", ""))),
                        Value(words.count(int(entry.get("bytes") or 0)), int(entry.get("bytes") or 0)),
                        Value(str(entry.get("sha256", ""))[:16]),
                    )
                    for entry in inputs
                ),
            )
        )
    if report.segments is not None:
        if report.segments.choice is not None:
            blocks.append(Prose(tests(words, report.segments.choice), muted=True))
        blocks += [table for table in (sureness(words, report.segments),) if table is not None]
    if report.money is not None:
        blocks += [Prose(words(f"making.{key}"), muted=True) for key in ("net", "overlap")]
    blocks += [Prose(line, muted=True) for line in report.attributions]
    if report.group_minimum > 1:
        blocks.append(Prose(words("making.hidden", k=words.count(report.group_minimum)), muted=True))
    return Section("making", words("making.title"), words("making.lead"), tuple(blocks))
