"""The report as one HTML page."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from lohko.views.report.document import Block, Document
from lohko.views.report.renderers.charts import chart
from lohko.views.report.renderers.plain import plain

CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page(document: Document) -> str:
    """Draw the document as a page that stands alone: no script, no link outward, nothing fetched."""
    environment = _environment()
    style, _, _ = environment.loader.get_source(environment, "report.css") if environment.loader else ("", None, None)
    drawn = environment.get_template("report.html.j2").render(
        document=document,
        policy=CONTENT_SECURITY_POLICY,
        style=Markup(style),  # noqa: S704 - our own file
    )
    return plain(drawn)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("lohko.views.report.renderers"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["kind"] = _kind
    environment.filters["chart"] = chart
    environment.filters["prose"] = _prose
    return environment


def _kind(block: Block) -> str:
    """Name the macro that draws a block."""
    return type(block).__name__.lower()


def _prose(text: str) -> Markup:
    """Return a sentence with the commands in it, ```between backticks```, set as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(parts)
    )
