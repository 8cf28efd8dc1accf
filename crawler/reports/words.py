"""Prepare text and links from strangers for a page: one line, of limited length."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from crawler.model.frozen import frozen
from crawler.model.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crawler.model.values import RepositoryName
from crawler.reports.stream import volatile

MOST_NAME: Final = 140
"""Characters: GitHub's longest `owner/repo` is 39 + 1 + 100."""
MOST_PROSE: Final = 280
"""Characters of a description or a message: two or three lines of the table."""
MOST_HEADING: Final = 80
"""Characters of one heading of a list, or of a language."""
_MOST_URL: Final = 2000
"""Characters: all browsers and servers take as many."""

MINUS: Final = "\u2212"
"""A minus sign, as wide as a plus sign or a digit; a hyphen is narrower."""


@frozen
class Name:
    """The name of a repository, and its address for a link."""

    text: str
    url: str | None
    """None if there is no address that may become a link."""


def spelled(name: RepositoryName, *, with_host: bool) -> str:
    """The name, preceded by its host if a report has repositories on several hosts."""
    return f"{name.host}/{name.full_name}" if with_host else name.full_name


def have_several_hosts(names: Iterable[RepositoryName]) -> bool:
    """Whether there are repositories of more than one host."""
    hosts = (name.host for name in names)
    first = next(hosts, None)
    return any(host != first for host in hosts)


def shortened(text: str | None, most: int) -> str:
    """`text` as one printable line of at most `most` characters; `…` marks a cut."""
    line = printable(text or "")
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def told_by_host(counts: Sequence[tuple[str, int]], most: int = 3) -> str:
    """How many entries there are on each host, such as `no repository link 40, gitlab.com 12`; all
    but the first `most` hosts are counted together."""
    others = sum(count for _, count in counts[most:])
    told = [f"{printable(host)} {count:,}" for host, count in counts[:most]]
    return ", ".join([*told, *([f"other hosts {others:,}"] if others else [])])


def web_address(url: str | None) -> str | None:
    """`url` if it is a plain http(s) address; otherwise None.

    An address with control characters, overrides or a user name before the host is not plain.
    """
    if not url or len(url) > _MOST_URL or " " in url or printable(url) != url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    plain = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    return url if plain else None


def signed(number: int) -> str:
    """A difference with its sign and commas; 0 without a sign."""
    return f"{number:+,}".replace("-", MINUS) if number else "0"


def volatile_day(time: datetime) -> str:
    """The day in UTC, as a text for `write_marked`."""
    return volatile(time.astimezone(UTC).date())


def volatile_minute(time: datetime) -> str:
    """Day and time in UTC, to the minute, as a text for `write_marked`."""
    time = time.astimezone(UTC)
    return f"{volatile(time.date())} {volatile(f'{time:%H}')}:{volatile(f'{time:%M}')} UTC"


def volatile_moment(time: datetime, now: datetime) -> str:
    """The day in UTC, or with the time if it is the day of `now`, as a text for `write_marked`."""
    is_today = time.astimezone(UTC).date() == now.astimezone(UTC).date()
    return volatile_minute(time) if is_today else volatile_day(time)


def arrow(ranks: int) -> str:
    """The number of ranks after an arrow up or down; 0 without an arrow."""
    return f"{'↑' if ranks > 0 else '↓'}{abs(ranks):,}" if ranks else "0"
