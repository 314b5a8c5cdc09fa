"""The renderings of the health report, drawn by the renderers that all reports share."""

from __future__ import annotations

import polars as pl

from lohko.views.health.compose import document, words_of
from lohko.views.health.model import Health
from lohko.views.report.document import Column, Table, Value
from lohko.views.report.renderers import draw, to_text

LISTED = 50_000
"""Rows of failures in the workbook at most; a file of rows holds them all."""


def render(health: Health, rows: pl.DataFrame, ending: str, lang: str) -> bytes:
    """Return the report as the bytes of a file of this kind: ``.html``, ``.md``, ``.json`` or ``.xlsx``.

    Parameters
    ----------
    rows : the list of failures (see :func:`lohko.views.health.rows.failures`), a sheet of the workbook
    """
    if ending == ".json":
        return to_text(health.as_dict())
    lists = (_list(health, rows, lang),) if ending == ".xlsx" else ()
    return draw(document(health, lang), ending, health.as_of, words_of(health, lang), lists)


def _list(health: Health, rows: pl.DataFrame, lang: str) -> Table:
    words = words_of(health, lang)
    cut = rows.height > LISTED
    titles = ("id", "row", "source", "line", "field", "fault", "code")
    return Table(
        "rows",
        words("sheet.rows_caption"),
        tuple(Column(words(f"column.{name}"), "count" if name == "line" else "text") for name in titles),
        tuple(
            (
                Value(customer),
                Value(row or ""),
                Value(source or ""),
                Value("" if line is None else str(line), line),
                Value(words.code("field", field)),
                Value(words.code("fault", code)),
                Value(code),
            )
            for customer, row, source, line, field, code in rows.head(LISTED).iter_rows()
        ),
        note=words("sheet.rows_cut", n=words.count(LISTED), all=words.count(rows.height)) if cut else "",
    )
