"""What a report shows, as settings: `crawler.ranking.filters` does what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from crawler.model.errors import ConfigError

Section = tuple[str, ...]
"""The headings above an entry, outermost first, a list's title among them; empty for none."""

Sort = Literal["stars", "gained", "rate", "pushed", "name"]

LONGEST_GLOB: Final = 500
"""Characters; the time to read one grows with the square of its open brackets (500: 8 ms)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a report shows. Every filter that is given has to be passed."""

    sort: Sort = "stars"
    """Most first, for `pushed` newest first, for `name` from A to Z without case. Rows that are
    unknown there come last, and ties go by rank. Suspicious gains stand where they belong."""
    min_stars: int | None = None
    """Fewest stars."""
    language: tuple[str, ...] = ()
    """Languages, without case; any of them will do."""
    section: tuple[str, ...] = ()
    """Globs; any of them will do. One matches a heading (`Games`, `*network*`), or headings
    below each other (`Web > *`), and takes all that stands below as well."""
    exclude: tuple[str, ...] = ()
    """Globs of `owner/repo`; what has a name, also a former one, that matches is left out."""
    archived: bool = True
    """Whether archived repositories are shown."""
    pushed_within: float | None = None
    """Seconds before the report's time in which the last push has to be."""
    by_section: bool = False
    """Whether `top` counts within each section."""
    top: int | None = None
    """Rows that are shown at most, after all filters; None or 0 for all."""

    def __post_init__(self) -> None:
        """Raises: ConfigError where a value is out of its range."""
        for name in ("min_stars", "pushed_within", "top"):
            value = getattr(self, name)
            # Not the other way round: nan is below nothing.
            if value is not None and not value >= 0:
                raise ConfigError(f"{name} must be at least 0, not {value}")
        for name in ("language", "section", "exclude"):
            for text in getattr(self, name):
                if not text.strip():
                    raise ConfigError(f"{name} must not be empty")
                if len(text) > LONGEST_GLOB:
                    raise ConfigError(
                        f"{name} must have at most {LONGEST_GLOB} characters, not {len(text)}"
                    )
