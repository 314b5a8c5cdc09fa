"""The health report's page in a real browser: what every page of a report has to hold (``chromium``), and its first screen."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.core.views import chromium
from tests.core.views.test_health_build import ENV, PRICES, ROWS, customer

from lohko.views.health.build import Asked, build
from lohko.views.health.params import Costs
from lohko.views.health.renderers import render
from lohko.views.health.rows import failures
from lohko.views.report.words import LANGUAGES

pytestmark = chromium.BROWSER


def written(path: Path, lang: str) -> Path:
    many = [
        customer(100 + n, source="Kylänraitti-tuonti 4/2025", postcode="100", notes="turvakielto") for n in range(30)
    ]
    good = [customer(200 + n, source="Verkkolomake") for n in range(40)]
    frame = pl.DataFrame([*ROWS, *many, *good], infer_schema_length=None)
    consents = pl.DataFrame({"customer_id": ["0001"], "channel": ["email"], "status": ["granted"]})
    tables = {"customers": frame.lazy(), "consents": consents.lazy()}
    health, examined = build(tables, (), ENV, Asked(look=False, costs=Costs(PRICES)))
    path.write_bytes(render(health, failures(examined), ".html", lang))
    return path


@pytest.mark.parametrize("lang", LANGUAGES)
def test_page_on_screen(page: chromium.Page, tmp_path: Path, lang: str):
    chromium.check_screen(page, written(tmp_path / "health.html", lang), lang)
    # what to do first stands on the first screen of a desk
    page.resize(1280, 1024)
    assert page.evaluate("document.querySelector('header .steps').getBoundingClientRect().top") < 1024


def test_page_on_paper(page: chromium.Page, tmp_path: Path):
    chromium.check_paper(page, written(tmp_path / "health.html", "fi"))
