"""The machine's own Chromium, driven by playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import Browser, sync_playwright

BROWSER: Final = shutil.which("chromium") or shutil.which("chromium-browser")
"""As Debian's package `chromium` installs it; None if there is none."""

_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""It runs as root in a container, and speaks to nobody on its own."""


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless browser with an empty profile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=[*_ARGUMENTS])
        try:
            yield browser
        finally:
            browser.close()
