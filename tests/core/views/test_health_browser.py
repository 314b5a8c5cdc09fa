"""The health report in a real browser: silent, alone, readable in light and dark, at desk and phone width, and on paper."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from tests.core.views import chromium
from tests.core.views.test_health_build import ENV, PRICES, ROWS, customer
from tests.core.views.test_report_browser import CLASHES, CONTRAST

from lohko.views.health.build import Asked, build
from lohko.views.health.params import Costs
from lohko.views.health.renderers import render
from lohko.views.health.rows import failures
from lohko.views.report.words import LANGUAGES

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        chromium.found() is None and not os.environ.get("LOHKO_SKIP_NOTHING"), reason="Chromium is not installed"
    ),
]


@pytest.fixture(scope="module")
def page() -> Iterator[chromium.Page]:
    with chromium.page() as opened:
        yield opened


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
def test_page_in_chromium(page: chromium.Page, tmp_path: Path, lang: str):
    path = written(tmp_path / "health.html", lang)
    page.events.clear()
    page.open(path)
    for width in (1280, 768, 390, 320):
        for dark in (False, True):
            page.resize(width, dark=dark)
            assert page.evaluate("document.documentElement.scrollWidth") == width
            assert page.evaluate(CLASHES) == []
            count, bad = page.evaluate(CONTRAST)
            assert count > 200
            assert bad == []
    told = {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"}
    assert not [event for event in page.events if event["method"] in told]
    asked = {e["params"]["request"]["url"] for e in page.events if e["method"] == "Network.requestWillBeSent"}
    assert asked <= {path.as_uri(), "data:,"}
    assert page.evaluate("document.documentElement.lang") == lang
    # what to do first stands on the first screen of a desk
    page.resize(1280, 1024)
    assert page.evaluate("document.querySelector('header .steps').getBoundingClientRect().top") < 1024


def test_page_prints_on_a4(page: chromium.Page, tmp_path: Path):
    page.events.clear()
    page.open(written(tmp_path / "health.html", "fi"))
    printed = page.pdf()
    assert printed.startswith(b"%PDF")
    assert 4 <= len(re.findall(rb"/Type /Page\b", printed)) <= 16
