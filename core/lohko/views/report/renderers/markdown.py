"""The report as Markdown: headings, paragraphs, pipe tables. Charts appear as the tables of their numbers."""

from __future__ import annotations

import re

from lohko.views.report.document import Block, Cards, Document, Facts, Figure, Prose, Steps, Table
from lohko.views.report.renderers.plain import plain

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")


def text(document: Document) -> str:
    """Draw the document."""
    parts = [f"# {_plain(document.title)}", _plain(document.subtitle), _prose(document.lead)]
    if document.facts.items:
        parts.append(_facts(document.facts))
    for block in document.first:
        parts += _block(block)
    for section in document.sections:
        parts += [f"## {_plain(section.title)}", _prose(section.lead)]
        for block in section.blocks:
            parts += _block(block)
    parts.append(_plain(document.closing))
    return plain("\n\n".join(part for part in parts if part) + "\n")


def _block(block: Block) -> list[str]:
    if isinstance(block, Prose):
        return [_prose(block.text)]
    if isinstance(block, Facts):
        return [_facts(block)]
    if isinstance(block, Table):
        return [f"**{_plain(block.caption)}**", _table(block), _plain(block.note)]
    if isinstance(block, Figure):
        return [f"### {_plain(block.title)}", _plain(block.note), _table(block.table), _plain(block.table.note)]
    if isinstance(block, Cards):
        return [part for card in block.items for part in _card(card.title, card.summary, card.lines)]
    if isinstance(block, Steps):
        return [
            "\n".join(
                f"{place}. **{_plain(step.title)}**  \n   {_prose(step.text)}"
                for place, step in enumerate(block.items, start=1)
            )
        ]
    return []


def _card(title: str, summary: str, lines: tuple[tuple[str, str], ...]) -> list[str]:
    listed = "\n".join(f"- {_plain(label)}: {_plain(content)}" for label, content in lines)
    return [f"### {_plain(title)}", _plain(summary), listed]


def _facts(facts: Facts) -> str:
    return "\n".join(
        f"- **{_plain(fact.value)}** {_plain(fact.label)}" + (f" ({_plain(fact.note)})" if fact.note else "")
        for fact in facts.items
    )


def _table(table: Table) -> str:
    rows = [*table.rows, *((table.total,) if table.total else ())]
    lines = [
        [_plain(column.title) for column in table.columns],
        ["---" if column.kind == "text" else "---:" for column in table.columns],
        *([_plain(value.text) for value in row] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(content: str) -> str:
    """Return a text that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", " ".join(content.split("\n")))


def _prose(content: str) -> str:
    """Return a sentence with the commands in it set as code."""
    parts = content.split("`")
    if len(parts) % 2 == 0:
        return _plain(content)
    return "".join(f"`{part}`" if place % 2 else _plain(part) for place, part in enumerate(parts))
