"""The renderers: HTML, Markdown, JSON and a workbook. Each draws the same report value, and loads only what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lohko.views.report.model import Report


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
    import json

    return json.dumps(report.as_dict(), ensure_ascii=False, indent=2) + "\n"


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
