"""The formats of reports, one record each.

A new format is a module in this folder, which writes it, and a record here.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Final

from crawler.model.errors import ConfigError
from crawler.model.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from crawler.model.results import Ranking
    from crawler.ranking.filters import Groups
    from crawler.reports.rot import Rot


@frozen(kw_only=True)
class View:
    """How a report is shown. Each format uses the parts that it needs."""

    groups: Groups | None = None
    """Sections with their rows, if rows are grouped by section."""
    width: int | None = None
    """Columns of the terminal; None: nothing is cut."""
    color: bool = False
    """Whether the terminal shows colours."""
    links: bool = False
    """Whether the terminal supports links."""
    ages: bool = False
    """Whether the table shows the age of each figure; the data formats always include it."""
    csv_bom: bool = False
    """Whether CSV begins with a byte order mark, so that spreadsheets recognise UTF-8."""
    rot: tuple[Rot, ...] = ()
    """Gone, moved and archived entries, for the table."""
    with_host: bool = False
    """Whether hosts are shown before names of repositories. Data formats have a separate key."""
    name: str | None = None
    """The path of the file, for a feed's own address; None if there is none."""


Writer = Callable[["Ranking", View], "Iterator[str]"]
"""Makes a report of all rows of a ranking, in parts, with a line feed at the end; a digest without
news has no parts.

Parts that differ in every run are marked as `crawler.reports.stream` says, by the writer or by
`Format.mark`.
"""


@frozen
class Format:
    """A format for reports."""

    name: str
    """Its name for users, and for the module in this folder that has its `write`."""
    suffix: str | None = None
    """The suffix of files in this format; None if there is none."""
    short: bool = False
    """Whether it has `TABLE_TOP` rows unless another number is given."""
    has_sections: bool = True
    """Whether rows can be grouped by section: a picture has room for only one group, and a digest
    has no rows."""

    is_for_people: bool = False
    """Whether people read it. It then shows the host before each name if a report has several
    hosts; data formats have a key for the host instead."""
    reference: str | None = None
    """How it writes a character by its number, for the `%` operator; None: not supported."""

    @property
    def write(self) -> Writer:
        """Its writer, imported on demand, so that knowing the formats costs nothing."""
        writer: Writer = self._module.write
        return writer

    @property
    def mark(self) -> Callable[[str], str] | None:
        """Marks the volatile parts of a report; None if its writer marks them."""
        mark: Callable[[str], str] | None = getattr(self._module, "mark", None)
        return mark

    @property
    def _module(self) -> ModuleType:
        return import_module(f"crawler.reports.{self.name}")


_IN_JSON: Final = r"\u%04x"
_IN_XML: Final = "&#%d;"

FORMATS: Final = {
    each.name: each
    for each in (
        Format("table", short=True, is_for_people=True),
        Format("json", ".json", reference=_IN_JSON),
        Format("jsonl", ".jsonl", reference=_IN_JSON),
        Format("csv", ".csv"),
        Format("markdown", ".md", is_for_people=True, reference=_IN_XML),
        Format("digest", ".digest.md", has_sections=False, is_for_people=True, reference=_IN_XML),
        Format("html", ".html", is_for_people=True, reference=_IN_XML),
        Format("atom", ".atom", reference=_IN_XML),
        Format(
            "svg",
            ".svg",
            short=True,
            has_sections=False,
            is_for_people=True,
            reference=_IN_XML,
        ),
    )
}
"""Every format by its name."""


def find_format(name: str) -> Format:
    """The format of this name.

    Raises: ConfigError if there is none.
    """
    if name not in FORMATS:
        raise ConfigError(f"there is no format {name!r}: a report is one of {', '.join(FORMATS)}")
    return FORMATS[name]


def format_of(path: str | os.PathLike[str]) -> Format:
    """The format that the suffix of `path` names, whatever its case.

    Raises: ConfigError if it is not the suffix of a format.
    """
    name = os.fspath(path)
    found = {each.suffix: each for each in FORMATS.values() if each.suffix is not None}
    for suffix, form in sorted(found.items(), key=lambda pair: -len(pair[0])):
        if name.lower().endswith(suffix):
            return form
    *others, last = found
    raise ConfigError(f"the name of a report ends in {', '.join(others)} or {last}: {name}")
