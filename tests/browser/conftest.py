"""A running Chromium, and pages in it that are watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from browser.chromium import BROWSER, launched
from playwright.sync_api import Browser, Page

from crawler.model.filters import Filters
from crawler.model.results import Ranking
from crawler.reports.render import render

_WATCH = """
addEventListener("securitypolicyviolation", (event) => console.error(
  `violated ${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass(slots=True)
class Watched:
    """A page, and what it did that a report must not do."""

    page: Page
    requests: list[str] = field(default_factory=list)
    """Addresses, without that of the report itself."""
    problems: list[str] = field(default_factory=list)
    """Errors, warnings, violations of the policy and dialogs."""


Opener = Callable[..., Watched]


# One module's tests share a browser: its loop must not outlive them, since tests elsewhere run
# their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's Chromium."""
    if BROWSER is None:
        pytest.skip("there is no chromium on this machine (Debian's package of that name)")
    with launched() as browser:
        yield browser


@pytest.fixture
def open_report(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    """Opens a ranking's report from a file: `open_report(ranking, viewport={...})`, or with
    `filters` what these take of it.

    Other options are those of playwright's `Browser.new_context`. In the end no page has a problem
    or has asked anybody for anything.
    """
    opened: list[Watched] = []

    def opener(ranking: Ranking, filters: Filters | None = None, **options: Any) -> Watched:
        path = tmp_path / f"report{len(opened)}.html"
        path.write_bytes(render(ranking, "html", filters).encode())
        watched = watch(browser, path.as_uri(), **options)
        opened.append(watched)
        return watched

    yield opener
    for watched in opened:
        watched.page.context.close()
        assert watched.problems == []
        assert watched.requests == []


def watch(browser: Browser, address: str, **options: Any) -> Watched:
    """A new page at `address`; its icon is a part of the page and no request."""
    context = browser.new_context(**({"viewport": {"width": 1440, "height": 900}} | options))
    page = context.new_page()
    watched = Watched(page)
    page.add_init_script(_WATCH)
    page.on(
        "request",
        lambda request: (
            None
            if request.url == address or request.url.startswith("data:image/svg+xml,")
            else watched.requests.append(request.url)
        ),
    )
    page.on(
        "console",
        lambda message: (
            watched.problems.append(message.text) if message.type in ("error", "warning") else None
        ),
    )
    page.on("pageerror", lambda error: watched.problems.append(str(error)))

    def refuse(dialog: Any) -> None:
        watched.problems.append(f"dialog {dialog.message}")
        dialog.dismiss()

    page.on("dialog", refuse)
    page.goto(address)
    return watched
