"""The renderings of the dashboard, drawn by the renderers that all reports share."""

from __future__ import annotations

from lohko.views.dashboard.compose import document, words_of
from lohko.views.dashboard.model import Dashboard
from lohko.views.report.renderers import draw, to_text


def render(dashboard: Dashboard, ending: str, lang: str) -> bytes:
    """Return the dashboard as the bytes of a file of this kind: ``.html``, ``.md``, ``.json`` or ``.xlsx``.

    Raises
    ------
    UsageFault
        The language is not one that reports speak (code ``report_language``).
    """
    if ending == ".json":
        return to_text(dashboard.as_dict())
    return draw(document(dashboard, lang), ending, dashboard.as_of, words_of(lang))
