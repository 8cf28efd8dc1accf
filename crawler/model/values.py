"""The values that flow through the crawler, from the list to the report.

    Entry, one place in one list     (the parser)
    Listing, one repository in all lists   (merged)
    Facts or Refusal, what a provider answers about it   (the clients)
    Row or Failure, its line in the report   (the ranking; `crawler.model.rows`)

All are immutable. Times are aware and in UTC, durations are seconds.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from crawler.model.frozen import frozen


class Links(StrEnum):
    """Which links of a list to rank."""

    ENTRIES = "entries"
    """The repository of each entry."""
    ALL = "all"
    """Every repository link of the document."""


class Provider(StrEnum):
    """Where figures of GitHub's repositories come from. Sources of other hosts have names of
    their own, so fields that hold either are plain text."""

    GRAPHQL = "graphql"
    REST = "rest"
    DEPSDEV = "depsdev"


def follows_repositories(provider: str) -> bool:
    """Whether a provider knows that a repository was renamed, archived or deleted."""
    return provider != Provider.DEPSDEV


def note_on(provider: str, rechecked: int = 0, ranked: int | None = None) -> str | None:
    """What a reader of a provider's figures has to know; `rechecked` of the `ranked` rows come
    from GitHub."""
    if follows_repositories(provider):
        return None
    if not rechecked:
        return _DEPSDEV_NOTE
    if rechecked == ranked:
        return _ALL_RECHECKED_NOTE
    return _RECHECKED_NOTE.format(
        f"{rechecked} {'repository' if rechecked == 1 else 'repositories'}"
    )


_RECHECKED_NOTE: Final = (
    "the figures of {} are GitHub's; those of the others are deps.dev's and carry no "
    "date, and whether those are archived, renamed or gone is unknown"
)
_ALL_RECHECKED_NOTE: Final = "the figures are GitHub's, which was asked without a token"
_DEPSDEV_NOTE: Final = (
    "the figures are those of deps.dev and carry no date; whether a repository is archived, "
    "renamed or gone is unknown"
)


class FigureKind(StrEnum):
    """How a past figure became known. A gain never compares figures of two kinds."""

    OBSERVED = "observed"
    """A crawl read it on that day."""
    RETAINED = "retained"
    """From GitHub's star history: the stars of that day that still stand today. Stars that were
    withdrawn since are not in it."""
    IMPORTED = "imported"
    """It was imported from a file."""


class Reason(StrEnum):
    """Why a listed repository is not ranked."""

    NOT_FOUND = "not_found"
    BLOCKED = "blocked"
    FORBIDDEN = "forbidden"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    MALFORMED = "malformed"
    UNKNOWN_TO_SOURCE = "unknown_to_source"
    INTERRUPTED = "interrupted"
    NEVER_ASKED = "never_asked"
    OTHER_HOST = "other_host"

    @property
    def retryable(self) -> bool:
        """Whether a later run may get an answer; the settled reasons are final."""
        return self in _RETRYABLE

    @property
    def words(self) -> str:
        """The reason as it appears in sentences."""
        return self.replace("_", " ")


GONE: Final = frozenset({Reason.NOT_FOUND, Reason.BLOCKED})
"""Reasons that mean that a repository no longer exists."""

_RETRYABLE: Final = frozenset(Reason) - {
    Reason.NOT_FOUND,
    Reason.BLOCKED,
    Reason.FORBIDDEN,
    Reason.OTHER_HOST,
}


_IMPLIED_HOST: Final = "github.com"


def qualified(host: str, full_name: str) -> str:
    """`RepositoryName.qualified` for this host and name."""
    return full_name if host == _IMPLIED_HOST else f"{host}/{full_name}"


@frozen
class RepositoryName:
    """The name of a repository as it was written."""

    full_name: str
    """`owner/repo`, in its original spelling; some hosts have more segments."""
    host: str
    """Its host: `crawler.model.hosts.Host.name`."""

    def __hash__(self) -> int:
        # Answers are looked up by their names several times, and few differ by the host alone.
        return hash(self.full_name)

    @property
    def key(self) -> str:
        """The key for comparing names, such as `github.com/owner/repo`; it ignores case."""
        return f"{self.host}/{self.full_name.casefold()}"

    @property
    def owner(self) -> str:
        """The part before the last slash."""
        return self.full_name.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The part after the last slash."""
        return self.full_name.rpartition("/")[2]

    @property
    def url(self) -> str:
        """The address of its page."""
        return f"https://{self.host}/{self.full_name}"

    @property
    def qualified(self) -> str:
        """The name as one text that includes the host: `host/owner/repo`, but `owner/repo` for
        github.com."""
        return qualified(self.host, self.full_name)

    @classmethod
    def parse(cls, qualified: str) -> RepositoryName:
        """The inverse of `qualified`."""
        host, _, full_name = qualified.partition("/")
        # On github.com nothing stands above an owner.
        return cls(full_name, host) if "/" in full_name else cls(qualified, _IMPLIED_HOST)

    def __str__(self) -> str:
        return self.full_name


def identity_of(host: str, number: int | None, key: str) -> str:
    """Equal for two names of one repository: based on the number if it is known, else on the key
    of the canonical name."""
    return key if number is None else f"{host}#{number}"


@frozen
class Identity:
    """The repository that a name led to earlier."""

    host: str
    number: int | None
    """The repository's number on the host."""
    key: str
    """`RepositoryName.key` of its canonical name."""
    first: int | None
    """The number of the first repository that is known to have had the name."""

    @property
    def value(self) -> str:
        """Equal for two names of one repository."""
        return identity_of(self.host, self.number, self.key)


@frozen
class Entry:
    """One place where a list names a repository."""

    repository: RepositoryName
    title: str
    """The entry's title as plain text; with `Links.ALL` the link's text."""
    description: str
    """The text after the title, as plain text; may be empty."""
    section: tuple[str, ...]
    """The headings above it, outermost first."""
    lines: tuple[int, int]
    """Lines of the text that was parsed, from 0, half-open: of the host's rendering if that was
    parsed, and of another file if the list continues in one."""


@frozen
class Elsewhere:
    """An entry of a list without a repository on a supported host."""

    title: str
    url: str
    """The address of its title, or of its repository on another host."""
    host: str
    """The other host, such as `gitlab.com`; `no repository link` if there is none."""
    section: tuple[str, ...]
    line: int
    """Source line, from 1."""
    file: str | None = None
    """The file that contains it, if that is not the list's main file."""


@frozen
class OwnFile:
    """A file that continues a list."""

    path: str
    """As `crawler.model.files.Home.path`."""
    title: str
    """The text of the link to it."""
    section: tuple[str, ...]
    line: int
    """Source line, from 1."""


class Passed(StrEnum):
    """Why an item, row, heading or line that begins with a link is not counted."""

    CONTENTS = "table of contents"
    CREDITS = "credits"
    ABOUT = "about the list"
    INTRODUCTION = "introduction"
    TITLE = "title of the list"
    PART = "part of what stands above"
    FILE = "another file of the list"
    NO_ADDRESS = "no web address"
    SIGN = "a sign alone"
    OTHER = "other"


@frozen
class ParsedList:
    """The contents of a list, in order."""

    entries: tuple[Entry, ...]
    elsewhere: tuple[Elsewhere, ...] = ()
    files: tuple[OwnFile, ...] = ()
    """Files that continue the list, each once."""
    passed: tuple[tuple[Passed, int], ...] = ()
    """How many other items begin with a link, by the reason why they are not counted."""


@frozen
class Source:
    """A list that was read."""

    name: str
    """As the user named it."""
    url: str | None
    """The address where readers find it; None for files and standard input."""
    repositories: int
    """How many different repositories it names."""


@frozen
class UnreadList:
    """A list that could not be read, while others were."""

    name: str
    """As the user named it."""
    place: int
    """Its index among all lists of the run, from 0."""
    message: str
    """The reason, as one sentence."""


@frozen
class UnreadFile:
    """A file that continues a list and was not read, or only an old copy of it."""

    list: str
    """The list, as the user named it."""
    path: str
    message: str
    """The reason, as a clause."""


@frozen
class Listing:
    """One repository as all lists together name it."""

    repository: RepositoryName
    """In its first spelling."""
    title: str | None
    description: str | None
    sections: tuple[tuple[str, ...], ...]
    sources: tuple[str, ...]
    """Names of the sources that list it, in order."""


@frozen
class Details:
    """What a host says about a repository on request. None means that it does not say."""

    committed_at: datetime | None = None
    """The last commit on the default branch."""
    disabled: bool | None = None
    empty: bool | None = None
    parent: RepositoryName | None = None
    """The repository that it is a fork of."""
    parent_id: int | None = None
    """The number of that repository."""


@frozen
class Facts:
    """What a provider says about one repository. None means that it does not say."""

    full_name: str
    """Canonical `owner/repo`: after a rename it differs from the name that was requested."""
    host: str
    """Its host: `crawler.model.hosts.Host.name`."""
    url: str
    stars: int
    provider: str
    """`Provider`, or the name of another host's source."""
    fetched_at: datetime
    id: int | None = None
    """The host's number of the repository, which survives renames: GitHub's `databaseId`."""
    forks: int | None = None
    language: str | None = None
    license: str | None = None
    """SPDX identifier."""
    archived: bool | None = None
    fork: bool | None = None
    private: bool | None = None
    created_at: datetime | None = None
    details: Details | None = None
    """If they were requested; they are never stored."""
    pushed_at: datetime | None = None
    about: str | None = None
    """The host's own description."""

    @property
    def name(self) -> RepositoryName:
        """Its canonical name."""
        return RepositoryName(self.full_name, self.host)


@frozen
class Refusal:
    """Why a provider gives no facts about one repository."""

    reason: Reason
    message: str
    """One sentence; GitHub's own if there is one."""
    too_much: bool = False
    """Whether a request for fewer repositories may succeed."""


Answer = Facts | Refusal


@frozen
class Pause:
    """A time without requests, because a limit is used up."""

    until: datetime
    reason: str
    """GitHub's sentence."""


@frozen
class Pace:
    """Requests are slowed down so that a limit is not reached."""

    limit: str
    """As a sentence: `GitHub allows 60 s of query time a minute`."""
    left: float
    """About how many seconds the rest of the run takes."""


@frozen
class Progress:
    """The state of a run; passed to the `progress` callable whenever repositories are settled."""

    done: int
    """Repositories with an outcome."""
    total: int
    failed: int
    """Repositories among `done` that are not ranked."""
    pause: Pause | None = None
    """What the run is waiting for, if anything."""
    gone: int = 0
    """Repositories among `failed` that no longer exist."""
    pace: Pace | None = None
    """What slows the run down, if anything."""


@frozen
class StarHistory:
    """How many of a repository's current stars were given on each day, according to the host."""

    name: RepositoryName
    """The canonical name."""
    id: int | None
    """The repository's number on the host, if known."""
    stars: int
    """The number of all its stars when this was requested."""
    first: date
    """The first of `days`. The host does not promise that its days are those of UTC."""
    days: tuple[int, ...]
    """For each day from `first` on, at least one; the last is the day of the request."""
    is_whole: bool = False
    """Whether it begins with the repository's creation: there are no earlier days."""

    @property
    def last(self) -> date:
        """The day of the request."""
        return self.first + timedelta(len(self.days) - 1)


@frozen
class KnownDays:
    """The days for which the store knows a repository's stars."""

    first: date | None
    """The first day of its newest star history; None if there is none."""
    last: date | None
    """The day of that request; it is incomplete, and later days are missing."""
    observed: date | None
    """The last day before today on which a crawl read the stars."""
