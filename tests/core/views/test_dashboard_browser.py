"""The dashboard's page in a real browser: what every page of a report has to hold (``chromium``), as two years and as a time line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.core.views import chromium
from tests.core.views.dashboard_fixtures import company

from lohko.views.dashboard.build import build
from lohko.views.dashboard.renderers import render

pytestmark = chromium.BROWSER


def written(path: Path, packages: int, lang: str) -> Path:
    path.write_bytes(render(build(company()[-packages:]).dashboard, ".html", lang))
    return path


@pytest.mark.parametrize(("packages", "lang"), [(2, "fi"), (3, "sv")])
def test_page_on_screen(page: chromium.Page, tmp_path: Path, packages: int, lang: str):
    chromium.check_screen(page, written(tmp_path / "dashboard.html", packages, lang), lang)


def test_page_on_paper(page: chromium.Page, tmp_path: Path):
    chromium.check_paper(page, written(tmp_path / "dashboard.html", 3, "en"))
