"""The formats of a check, one module each; each has a `write` that takes a check to a stream."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from crawler.model.findings import Checked
    from crawler.reports.stream import Stream

FORMATS: Final = ("text", "json", "github", "markdown")


def write(checked: Checked, form: str, stream: Stream) -> None:
    """Write a check in one of `FORMATS`."""
    writer: Callable[[Checked, Stream], None] = import_module(f"{__name__}.{form}").write
    writer(checked, stream)
