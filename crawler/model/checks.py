"""The settings of a check: which rules apply, and which findings are ignored."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final, Literal, get_args

from crawler.model.definitions import check_fields, setting
from crawler.model.durations import Duration
from crawler.model.errors import ConfigError
from crawler.model.filters import LONGEST_GLOB
from crawler.model.frozen import frozen

RuleName = Literal[
    "gone",
    "blocked",
    "replaced",
    "moved",
    "archived",
    "duplicate",
    "stale",
    "min-age",
    "min-stars",
    "burst",
    "order",
    "disabled",
    "empty",
    "fork",
]
"""`crawler.model.findings.Rule`."""

CheckFailOn = Literal[RuleName, "warn", "unknown"]

_PERCENT: Final = re.compile(r"(?:100|[1-9]?\d)(?:\.\d{1,3})?%")

LONGEST_REASON: Final = 500
"""Characters; a reason is a sentence or two."""


@frozen(kw_only=True)
class Checks:
    """Which rules the entries of a list must keep, besides those that are always checked."""

    stale: Duration | None = setting(
        None,
        "check",
        "fail entries without a commit on the default branch within this time",
        example="2y",
        harmless=True,
    )
    min_age: Duration | None = setting(
        None,
        "check",
        "fail entries whose repository is younger",
        example="90d",
        harmless=True,
    )
    min_stars: int | None = setting(
        None,
        "check",
        "fail entries with fewer stars",
        example=20,
        low=0,
        harmless=True,
    )
    burst: str | None = setting(
        None,
        "check",
        "fail entries that won this share of their stars within two weeks; asks for their star "
        "histories",
        example="70%",
        metavar="PERCENT",
        harmless=True,
    )
    order: Literal["name"] | None = setting(
        None,
        "check",
        "fail entries that stand out of alphabetical order in their list",
        example="name",
        metavar="WHAT",
        harmless=True,
    )
    rule: tuple[Literal["disabled", "empty", "fork"], ...] = setting(
        (),
        "check",
        "fail entries that are disabled, empty, or a fork of another entry",
        metavar="NAME",
        harmless=True,
    )
    fail_on: tuple[CheckFailOn, ...] = setting(
        (),
        "check",
        "also fail entries for these; all rules but moved, archived and duplicate always fail",
        metavar="WHAT",
        harmless=True,
    )

    def __post_init__(self) -> None:
        """Raises: ConfigError if a value is of a wrong type or out of its range."""
        check_fields(self)
        if self.burst is not None and not _PERCENT.fullmatch(self.burst):
            raise ConfigError(f"burst must be a share such as 70%, not {self.burst!r}")

    def check_fail_on(self) -> None:
        """Raises: ConfigError where `fail_on` names a rule that is off."""
        off = {*self.fail_on} - {*self.rules, "warn", "unknown"}
        if off:
            name = min(off)
            flag = f"--rule {name}" if name in ("disabled", "empty", "fork") else f"--{name}"
            raise ConfigError(f"{name} is to fail, and that rule is off: {flag} turns it on")

    @property
    def rules(self) -> tuple[str, ...]:
        """Every rule that is checked: `crawler.model.findings.Rule`."""
        asked = {
            "stale": self.stale is not None,
            "min-age": self.min_age is not None,
            "min-stars": self.min_stars is not None,
            "burst": self.burst is not None,
            "order": self.order is not None,
            **{name: name in self.rule for name in ("disabled", "empty", "fork")},
        }
        return tuple(rule for rule in get_args(RuleName) if asked.get(rule, True))

    @property
    def burst_share(self) -> float | None:
        """`burst` as a share from 0 to 1."""
        return None if self.burst is None else float(self.burst.rstrip("%")) / 100


@frozen(kw_only=True)
class Exemption:
    """Findings to ignore."""

    repository: str = setting(
        "",
        "check",
        "the repository's listed or current name, or a glob",
        longest=LONGEST_GLOB,
        flag=False,
        harmless=True,
    )
    rule: RuleName | None = setting(None, "check", "the rule", flag=False, harmless=True)
    reason: str = setting(
        "",
        "check",
        "why the finding is ignored",
        longest=LONGEST_REASON,
        flag=False,
        harmless=True,
    )
    until: date | None = setting(
        None, "check", "the last day on which the finding is ignored", flag=False, harmless=True
    )

    def __post_init__(self) -> None:
        """Raises: ConfigError if a value is of a wrong type, missing or too long."""
        if isinstance(self.until, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", self.until):
            try:
                object.__setattr__(self, "until", date.fromisoformat(self.until))
            except ValueError:
                raise ConfigError(f"until must be a date, not {self.until}") from None
        if isinstance(self.until, datetime):
            object.__setattr__(self, "until", self.until.date())
        for name in ("repository", "rule", "reason"):
            if not str(getattr(self, name) or "").strip():
                raise ConfigError(f"{name} is missing")
        check_fields(self)
