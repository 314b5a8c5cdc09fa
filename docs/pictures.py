"""Make the README's pictures from the sample company: `make pictures`. Needs Chromium for the page."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from lohko.package.reading import Package
from lohko.views.report.build import build
from lohko.views.report.compose import document
from lohko_cli.view.report import picture

IMAGES = Path(__file__).parent / "images"
#: Chapters of which the picture of the terminal shows the beginning; all ten would be a metre long.
ON_SCREEN = {"segments", "permissions"}
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--force-device-scale-factor=1",
)  # fmt: skip


def main() -> None:
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        sys.exit("no Chromium here: the page cannot be pictured")
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        program = [sys.executable, "-m", "lohko_cli"]
        subprocess.run([*program, "init", "register", "--sample", "-q"], cwd=folder, check=True)
        subprocess.run([*program, "run", "register", "-q"], cwd=folder, check=True)
        page = folder / "register" / "work" / "report.html"
        work, dashboard = Path("register") / "work", folder / "dashboard.html"
        subprocess.run(
            [*program, "compare", work / "segment@2025-10-31", work / "segment", "-o", dashboard, "-q"],
            cwd=folder, check=True,
        )  # fmt: skip
        for shown, name, screen in ((page, "report.png", "1100,1900"), (dashboard, "dashboard.png", "1100,1900")):
            subprocess.run(
                [browser, *FLAGS, f"--user-data-dir={folder / 'profile'}", f"--window-size={screen}",
                 f"--screenshot={IMAGES / name}", shown.as_uri()],
                check=True, capture_output=True,
            )  # fmt: skip
        package = Package.open(folder / "register" / "work" / "segment")
        as_of = dt.date.fromisoformat(package.record["as_of"])
        report = build(package.frames(), package.history, package.files(("model/", "value/")), as_of)
        shown = document(report, "en")
        told = [section for section in shown.sections if section.anchor in ON_SCREEN]
        excerpt = replace(shown, sections=tuple(replace(section, blocks=section.blocks[:1]) for section in told))
        (IMAGES / "terminal.svg").write_text(picture(excerpt, width=100), encoding="utf-8")
    print(*sorted(str(path) for path in IMAGES.iterdir()), sep="\n")


if __name__ == "__main__":
    main()
