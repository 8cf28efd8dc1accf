"""The settings of what a report shows; `crawler.ranking.filters` applies them."""

from __future__ import annotations

from typing import Final, Literal

from crawler.model.definitions import check_fields, setting
from crawler.model.durations import Duration
from crawler.model.frozen import frozen

Section = tuple[str, ...]
"""The headings above an entry, outermost first, including the list's title; may be empty."""

Sort = Literal["stars", "gained", "rate", "pushed", "name"]

TABLE_TOP: Final = 10
"""Default number of rows in the table; the data formats hold every repository."""

LONGEST_GLOB: Final = 500
"""Characters of a glob; matching takes time quadratic in its open brackets (500: 8 ms)."""


@frozen(kw_only=True)
class Filters:
    """What a report shows: rows that pass every given filter."""

    top: int | None = setting(
        None,
        "filters",
        "show at most this many rows; 0 shows all",
        unset=f"{TABLE_TOP} in the table and the picture, all rows elsewhere",
        example=TABLE_TOP,
        low=0,
        short="-n",
        harmless=True,
    )
    sort: Sort = setting(
        "stars",
        "filters",
        "sort rows by stars, gain, rate, last push or name; rate is gained / sqrt(stars + 2000)",
        harmless=True,
    )
    """Rows for which the key is unknown come last, and ties are ordered by rank."""
    min_stars: int | None = setting(
        None,
        "filters",
        "leave out repositories with fewer stars",
        example=100,
        low=0,
        harmless=True,
    )
    language: tuple[str, ...] = setting(
        (),
        "filters",
        "show only repositories in this language; case does not matter",
        longest=LONGEST_GLOB,
        metavar="NAME",
        harmless=True,
    )
    section: tuple[str, ...] = setting(
        (),
        "filters",
        "show only sections whose heading matches: 'Games', '*network*' or 'Web > *'; includes the "
        "sections below them",
        longest=LONGEST_GLOB,
        metavar="GLOB",
        harmless=True,
    )
    exclude: tuple[str, ...] = setting(
        (),
        "filters",
        "leave out repositories whose current or former name matches: 'owner', '*/awesome-*'",
        longest=LONGEST_GLOB,
        metavar="GLOB",
        harmless=True,
    )
    archived: bool = setting(True, "filters", "show archived repositories", harmless=True)
    pushed_within: Duration | None = setting(
        None,
        "filters",
        "show only repositories whose last push is known to be within this time",
        example="1y",
        harmless=True,
    )
    created_within: Duration | None = setting(
        None,
        "filters",
        "show only repositories that are known to have been created within this time",
        example="1y",
        harmless=True,
    )
    by_section: bool = setting(
        False,
        "filters",
        "limit the rows of each section, not of the whole; the table, Markdown and HTML group "
        "rows by section",
        harmless=True,
    )

    @property
    def is_choosy(self) -> bool:
        """Whether a filter looks at the repositories themselves, not only at their position."""
        return bool(
            self.min_stars is not None
            or self.language
            or self.section
            or self.exclude
            or not self.archived
            or self.pushed_within is not None
            or self.created_within is not None
        )

    def __post_init__(self) -> None:
        """Raises: ConfigError if a value is of a wrong type or out of its range."""
        check_fields(self)
