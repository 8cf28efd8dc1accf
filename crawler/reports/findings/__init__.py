"""The formats of a check, one module each, with a function `write(checked, stream)`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from crawler.model.findings import Checked
    from crawler.reports.stream import Rewrite, Stream

FORMATS: Final = ("text", "json", "github", "markdown")

SUFFIXES: Final = {".txt": "text", ".json": "json", ".md": "markdown"}
"""The format of a file by the suffix of its name."""

PATCH: Final = ".patch"
"""The suffix of a file that gets the mends."""


def write(checked: Checked, form: str, stream: Stream) -> None:
    """Write a check in one of `FORMATS`."""
    writer: Callable[[Checked, Stream], None] = import_module(f"{__name__}.{form}").write
    writer(checked, stream)


def check_outputs(paths: Iterable[str]) -> None:
    """Refuse files to which a check cannot be written.

    Raises: ConfigError.
    """
    from crawler.model.errors import ConfigError
    from crawler.reports.files import check_writable, expanded

    for path in map(Path, paths):
        if path.suffix not in (*SUFFIXES, PATCH):
            known = ", ".join((*SUFFIXES, PATCH))
            raise ConfigError(f"the suffix of {path} must be one of {known}")
        check_writable(expanded(str(path)))


def save_all(
    checked: Checked, paths: Iterable[str], save_patch: Callable[[Rewrite], object]
) -> None:
    """Write a check, or its mends, to files, each completely or not at all.

    Raises: RunError if one cannot be written.
    """
    from crawler.reports.files import expanded, save

    for path in paths:
        form = SUFFIXES.get(Path(path).suffix)
        save(expanded(path), partial(write, checked, form) if form else save_patch)
