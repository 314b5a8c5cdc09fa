"""The renderers: HTML, Markdown, JSON and a workbook. Each draws the same report value, and loads only what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from typing import Any

    from lohko.views.report.document import Document, Table
    from lohko.views.report.model import Report
    from lohko.views.report.words import Words


def to_html(report: Report, lang: str) -> str:
    """Return the report as one self-contained HTML page: no script, nothing fetched, the same bytes for the same report.

    Raises
    ------
    UsageFault
        The language is not one that reports speak (code ``report_language``).
    """
    from lohko.views.report.compose import document
    from lohko.views.report.renderers.html import page

    return page(document(report, lang))


def to_markdown(report: Report, lang: str) -> str:
    """Return the report as Markdown with pipe tables; charts appear as the tables of their numbers.

    Raises
    ------
    UsageFault
        The language is not one that reports speak (code ``report_language``).
    """
    from lohko.views.report.compose import document
    from lohko.views.report.renderers.markdown import text

    return text(document(report, lang))


def to_json(report: Report) -> str:
    """Return the report as JSON: codes and numbers, money as exact decimal text, ``schema`` naming the form."""
    return to_text(report.as_dict()).decode()


def to_xlsx(report: Report, lang: str) -> bytes:
    """Return the report as an Excel workbook: one sheet a chapter, numbers as numbers, nothing that executes.

    Raises
    ------
    UsageFault
        The language is not one that reports speak (code ``report_language``).
    """
    from lohko.views.report.compose import document
    from lohko.views.report.renderers.workbook import workbook

    return workbook(document(report, lang), report.as_of)


def to_text(content: Mapping[str, Any]) -> bytes:
    """Return a report's plain values as the bytes of a JSON file."""
    import json

    from lohko.views.report.renderers.plain import escaped

    return (escaped(json.dumps(content, ensure_ascii=False, indent=2)) + "\n").encode()


def draw(
    document: Document, ending: str, as_of: dt.date, words: Words | None = None, lists: tuple[Table, ...] = ()
) -> bytes:
    """Return a document of any report as the bytes of a file of this kind: ``.html``, ``.md`` or ``.xlsx``.

    Parameters
    ----------
    as_of : the day that stands as the time of the workbook's making
    words : where the names of the workbook's sheets stand
    lists : further sheets of the workbook
    """
    if ending == ".xlsx":
        from lohko.views.report.renderers.workbook import workbook

        return workbook(document, as_of, words, lists)
    if ending == ".md":
        from lohko.views.report.renderers.markdown import text

        return text(document).encode()
    from lohko.views.report.renderers.html import page

    return page(document).encode()
