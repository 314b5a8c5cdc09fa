"""The page in a real browser: silent, alone, readable in light and dark, at desk and phone width, and on paper."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.core.views import chromium, fixtures

from lohko.views.report.build import build
from lohko.views.report.renderers import to_html
from lohko.views.report.words import LANGUAGES

pytestmark = [
    pytest.mark.browser,
    # LOHKO_SKIP_NOTHING (set by .ci/run) makes a missing browser a failure
    pytest.mark.skipif(
        chromium.found() is None and not os.environ.get("LOHKO_SKIP_NOTHING"), reason="Chromium is not installed"
    ),
]

# Contrast by WCAG 2.1, of every text that can be seen, against what lies behind it. Text in a chart is judged against
# the part drawn under its middle.
CONTRAST = """
(() => {
  const lum = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                     return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const rgb = s => s.match(/[\\d.]+/g).map(Number);
  const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
                        if (c.length < 4 || c[3] > 0) return c.slice(0, 3); } return [255, 255, 255]; };
  const bad = [];
  let count = 0;
  document.querySelectorAll('details').forEach(d => d.open = true);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; node = walker.nextNode();) {
    const e = node.parentElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
    if (!node.data.trim() || !box.width || e.closest('thead') && innerWidth < 600 || e.tagName === 'title') continue;
    let front = rgb(style.color).slice(0, 3), back = behind(e);
    if (e.tagName === 'text') {
      front = rgb(style.fill).slice(0, 3);
      const x = box.x + box.width / 2, y = box.y + box.height / 2;
      for (const shape of e.ownerSVGElement.querySelectorAll('rect, circle, path')) {
        const s = shape.getBoundingClientRect();
        if (s.left <= x && x <= s.right && s.top <= y && y <= s.bottom) back = rgb(getComputedStyle(shape).fill).slice(0, 3);
      }
    }
    const [a, b] = [lum(front), lum(back)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    count++;
    if (ratio < 4.5) bad.push([node.data.trim().slice(0, 30), ratio.toFixed(2)]);
  }
  return [count, bad];
})()
"""
# Labels of a chart that leave its drawing, or lie on one another.
CLASHES = """
[...document.querySelectorAll('svg')].flatMap(svg => {
  const frame = svg.getBoundingClientRect();
  if (!frame.width) return [];
  const boxes = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
  const out = boxes.filter(([, b]) => b.left < frame.left - 1 || b.right > frame.right + 1).map(([t]) => 'outside: ' + t);
  const on = boxes.flatMap(([t, a], i) => boxes.slice(i + 1).filter(([, b]) =>
    a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 4 && b.top < a.bottom - 4).map(([u]) => t + ' on ' + u));
  return [...out, ...on];
})
"""


@pytest.fixture(scope="module")
def page() -> Iterator[chromium.Page]:
    with chromium.page() as opened:
        yield opened


@pytest.mark.parametrize("lang", LANGUAGES)
def test_page_in_chromium(page: chromium.Page, tmp_path: Path, lang: str):
    report = build(fixtures.tables(), fixtures.history(), fixtures.files(), fixtures.AS_OF)
    path = tmp_path / "report.html"
    path.write_text(to_html(report, lang), encoding="utf-8")
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
    told = [
        event
        for event in page.events
        if event["method"] in {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"}
    ]
    asked = {
        event["params"]["request"]["url"] for event in page.events if event["method"] == "Network.requestWillBeSent"
    }
    assert told == []
    assert asked <= {path.as_uri(), "data:,"}
    assert page.evaluate("document.documentElement.lang") == lang


def test_page_prints_on_a4(page: chromium.Page, tmp_path: Path):
    report = build(fixtures.tables(), fixtures.history(), fixtures.files(), fixtures.AS_OF)
    path = tmp_path / "report.html"
    path.write_text(to_html(report, "fi"), encoding="utf-8")
    page.events.clear()
    page.open(path)
    printed = page.pdf()
    assert printed.startswith(b"%PDF")
    sizes = {
        tuple(round(float(number)) for number in box)
        for box in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
    }
    assert sizes == {(595, 842)}
    assert 4 <= len(re.findall(rb"/Type /Page\b", printed)) <= 16
