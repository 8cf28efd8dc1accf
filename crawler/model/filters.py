"""What a report shows, as settings: `crawler.ranking.filters` does what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from crawler.model.definitions import check_fields, setting
from crawler.model.durations import Duration
from crawler.model.errors import ConfigError

Section = tuple[str, ...]
"""The headings above an entry, outermost first, a list's title among them; empty for none."""

Sort = Literal["stars", "gained", "rate", "pushed", "name"]

TABLE_TOP: Final = 10
"""Rows of the table where no number is given; the data formats hold every repository."""

LONGEST_GLOB: Final = 500
"""Characters; the time to read one grows with the square of its open brackets (500: 8 ms)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a report shows. A row is shown if it passes every filter that is given."""

    top: int | None = setting(
        None,
        "filters",
        "show at most this many rows; 0 shows all",
        unset=f"{TABLE_TOP} in the table and the picture, all rows elsewhere",
        example=TABLE_TOP,
        low=0,
        short="-n",
        metavar="N",
        harmless=True,
    )
    sort: Sort = setting(
        "stars",
        "filters",
        "sort rows by stars, gain, rate, last push or name; rate is gained / sqrt(stars + 2000)",
        harmless=True,
    )
    """Rows that are unknown there come last, and ties go by rank."""
    min_stars: int | None = setting(
        None,
        "filters",
        "leave out repositories with fewer stars",
        example=100,
        low=0,
        metavar="N",
        harmless=True,
    )
    language: tuple[str, ...] = setting(
        (),
        "filters",
        "show only repositories in this language; case does not matter",
        metavar="NAME",
        harmless=True,
    )
    section: tuple[str, ...] = setting(
        (),
        "filters",
        "show only sections with such a heading; 'Games', '*network*' or 'Web > *'; sections below "
        "them are shown, too",
        metavar="GLOB",
        harmless=True,
    )
    exclude: tuple[str, ...] = setting(
        (),
        "filters",
        "leave out repositories whose name matches, or matched before: 'owner', '*/awesome-*'",
        metavar="GLOB",
        harmless=True,
    )
    archived: bool = setting(True, "filters", "show archived repositories", harmless=True)
    pushed_within: Duration | None = setting(
        None,
        "filters",
        "show only repositories whose last push is known to be within this time",
        example="1y",
        low="0s",
        metavar="TIME",
        harmless=True,
    )
    created_within: Duration | None = setting(
        None,
        "filters",
        "show only repositories that are known to have been created within this time",
        example="1y",
        low="0s",
        metavar="TIME",
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
        """Whether a filter keeps rows out for what they are, not for their place."""
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
        """Raises: ConfigError where a value is of a wrong type or out of its range."""
        check_fields(self)
        for name in ("language", "section", "exclude"):
            for text in getattr(self, name):
                if not text.strip():
                    raise ConfigError(f"{name} must not be empty")
                if len(text) > LONGEST_GLOB:
                    raise ConfigError(
                        f"{name} must have at most {LONGEST_GLOB} characters, not {len(text)}"
                    )
