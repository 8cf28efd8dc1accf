"""`python -m tests.browser.screens FOLDER`: pictures of the HTML report, to be looked at."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from browser.chromium import BROWSER, launched
from browser.rankings import made_up

from crawler.reports.render import render

VIEWS = {
    "light": ("light", 1440, 1000),
    "dark": ("dark", 1440, 1000),
    "laptop": ("light", 1280, 800),
    "tablet": ("light", 900, 1100),
    "phone": ("light", 390, 844),
    "phone-dark": ("dark", 390, 844),
    "narrow": ("light", 360, 740),
}


def main(folder: Path) -> int:
    """Write the page, a picture of each view and its foot, and the print as PDF."""
    if BROWSER is None:
        print("there is no chromium on this machine", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    report = folder / "report.html"
    report.write_text(render(made_up(500), "html"), "utf-8")
    with launched() as browser:
        for name, (scheme, width, height) in VIEWS.items():
            page = browser.new_page(
                viewport={"width": width, "height": height},
                color_scheme="dark" if scheme == "dark" else "light",
            )
            page.goto(report.as_uri())
            page.screenshot(path=folder / f"{name}.png")
            page.evaluate("document.querySelector('.filters').scrollIntoView()")
            page.wait_for_timeout(300)
            page.screenshot(path=folder / f"{name}-table.png")
            page.evaluate("scrollTo(0, document.body.scrollHeight)")
            page.wait_for_timeout(300)
            page.evaluate("scrollTo(0, document.body.scrollHeight)")
            page.screenshot(path=folder / f"{name}-foot.png")
            page.close()
        page = browser.new_page()
        page.goto(report.as_uri())
        page.pdf(path=folder / "print.pdf", format="A4", landscape=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
