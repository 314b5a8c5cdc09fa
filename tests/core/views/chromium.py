"""A headless Chromium driven over two pipes with its own DevTools protocol: no driver, no port, no dependency.

And what every page of a report has to hold in it: :func:`check_screen`, :func:`check_paper`.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)

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


def found() -> str | None:
    """Return where Chromium is, if it is installed."""
    return next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )


BROWSER = [
    pytest.mark.browser,
    # LOHKO_SKIP_NOTHING (set by .ci/run) makes a missing browser a failure
    pytest.mark.skipif(
        found() is None and not os.environ.get("LOHKO_SKIP_NOTHING"), reason="Chromium is not installed"
    ),
]


class Page:
    """One page of a running Chromium, and everything it said since it was opened."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from = to_browser, from_browser
        self._number, self._rest, self._session = 0, b"", None
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; what arrives in between is kept as events."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            piece = os.read(self._from, 1 << 16)
            if not piece:
                raise RuntimeError("Chromium ended")
            self._rest += piece
        message, self._rest = self._rest.split(b"\0", 1)
        answer: dict[str, Any] = json.loads(message)
        return answer

    def open(self, path: Path) -> None:
        """Load a file and wait until it is drawn."""
        self.call("Page.navigate", url=path.as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._next())

    def resize(self, width: int, height: int = 900, *, dark: bool = False, scale: int = 1) -> None:
        """Set the screen, as a phone or a desk has it."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def evaluate(self, script: str) -> Any:
        """Return what a script finds in the page."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return answer["result"].get("value")

    def picture(self) -> bytes:
        """Return the whole page as a PNG."""
        answer = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        return base64.b64decode(answer["data"])

    def pdf(self) -> bytes:
        """Return the page as it prints."""
        return base64.b64decode(self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"])


@contextlib.contextmanager
def page() -> Iterator[Page]:
    """Run Chromium for one page; it is gone afterwards."""
    program = found()
    assert program is not None
    in_read, in_write = os.pipe()
    out_read, out_write = os.pipe()

    def wire() -> None:
        """Put the pipes where Chromium looks for them: commands on 3, answers on 4."""
        high = [os.dup2(end, 10 + place) for place, end in enumerate((in_read, out_write))]
        for place, end in enumerate(high):
            os.dup2(end, 3 + place, inheritable=True)

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={profile}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=wire,  # noqa: PLW1509 - Chromium wants its pipes on 3 and 4; no thread runs here
            close_fds=False,
        )
        os.close(in_read)
        os.close(out_write)
        try:
            yield Page(in_write, out_read)
        finally:
            process.kill()
            process.wait(20)
            os.close(in_write)
            os.close(out_read)


def check_screen(page: Page, path: Path, lang: str) -> None:
    """Open a report's page: silent, alone, readable in light and dark, no wider than the screen of a desk or a phone."""
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


def check_paper(page: Page, path: Path) -> None:
    """Print a report's page: upright A4 sheets, neither few nor many."""
    page.events.clear()
    page.open(path)
    printed = page.pdf()
    assert printed.startswith(b"%PDF")
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
    assert {tuple(round(float(side)) for side in box) for box in boxes} == {(595, 842)}
    assert 4 <= len(re.findall(rb"/Type /Page\b", printed)) <= 16
