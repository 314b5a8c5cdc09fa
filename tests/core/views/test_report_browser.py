"""The value report's page in a real browser: what every page of a report has to hold (``chromium``), in each language."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.core.views import chromium, fixtures

from lohko.views.report.build import build
from lohko.views.report.renderers import to_html
from lohko.views.report.words import LANGUAGES

pytestmark = chromium.BROWSER


def written(path: Path, lang: str) -> Path:
    report = build(fixtures.tables(), fixtures.history(), fixtures.files(), fixtures.AS_OF)
    path.write_text(to_html(report, lang), encoding="utf-8")
    return path


@pytest.mark.parametrize("lang", LANGUAGES)
def test_page_on_screen(page: chromium.Page, tmp_path: Path, lang: str):
    chromium.check_screen(page, written(tmp_path / "report.html", lang), lang)


def test_page_on_paper(page: chromium.Page, tmp_path: Path):
    chromium.check_paper(page, written(tmp_path / "report.html", "fi"))
