"""The values that flow through the crawler, from the list to the report.

    Entry, one place in one list     (the parser)
    Listing, one repository as the lists name it   (merged over all lists)
    Facts or Refusal, what a provider answers about it   (the clients)
    Row or Failure, what the report says of it   (the ranking; `crawler.model.results`)

All are immutable. Times are aware and in UTC, durations are seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final


class Links(StrEnum):
    """Which links of a list are ranked."""

    ENTRIES = "entries"
    """What the list lists: the repository of each entry."""
    ALL = "all"
    """Every repository link of the document."""


class Provider(StrEnum):
    """Where figures of GitHub's repositories come from. The source of a further host has a name of
    its own, so that wherever figures say who told them, that is a text."""

    GRAPHQL = "graphql"
    REST = "rest"
    DEPSDEV = "depsdev"


def follows_repositories(provider: str) -> bool:
    """Whether a provider knows what became of a repository: renamed, archived, gone."""
    return provider != Provider.DEPSDEV


def note_on(provider: str, rechecked: int = 0) -> str | None:
    """What a reader of a provider's figures has to know, where so many are of GitHub itself."""
    if follows_repositories(provider):
        return None
    return _RECHECKED_NOTE.format(rechecked) if rechecked else _DEPSDEV_NOTE


_RECHECKED_NOTE: Final = (
    "GitHub told the figures of {} repositories; those of the others are deps.dev's and carry no "
    "date, and what of them is archived, renamed or gone is unknown"
)
_DEPSDEV_NOTE: Final = (
    "the figures are those of deps.dev and carry no date; what is archived, renamed or gone is "
    "unknown there"
)


class FigureKind(StrEnum):
    """How a figure of the past is known. A gain is never the difference of two kinds."""

    OBSERVED = "observed"
    """A crawl read it on that day."""
    RETAINED = "retained"
    """GitHub's star history tells it: the stars of that day that stand today. Whoever took a star
    back since is not in it."""
    IMPORTED = "imported"
    """It was in a file."""


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
        """The reason as sentences have it."""
        return self.replace("_", " ")


GONE: Final = frozenset({Reason.NOT_FOUND, Reason.BLOCKED})
"""Answers that tell that a repository no longer exists; the others tell nothing about it."""

_RETRYABLE: Final = frozenset(Reason) - {
    Reason.NOT_FOUND,
    Reason.BLOCKED,
    Reason.FORBIDDEN,
    Reason.OTHER_HOST,
}


_IMPLIED_HOST: Final = "github.com"


def qualified(host: str, full_name: str) -> str:
    """`RepositoryName.qualified` of what has that name there."""
    return full_name if host == _IMPLIED_HOST else f"{host}/{full_name}"


@dataclass(frozen=True, slots=True)
class RepositoryName:
    """The name of a repository as somebody wrote it."""

    full_name: str
    """`owner/repo`, in the spelling it was found in; some hosts have more segments."""
    host: str
    """Whose repository it is: `crawler.model.hosts.Host.name`."""

    def __hash__(self) -> int:
        # Answers are looked up by their names several times, and few differ by the host alone.
        return hash(self.full_name)

    @property
    def key(self) -> str:
        """What two names are compared by, such as `github.com/owner/repo`: case does not count."""
        return f"{self.host}/{self.full_name.casefold()}"

    @property
    def owner(self) -> str:
        """What stands before the last slash."""
        return self.full_name.rpartition("/")[0]

    @property
    def name(self) -> str:
        """What stands after the last slash."""
        return self.full_name.rpartition("/")[2]

    @property
    def url(self) -> str:
        """Its page."""
        return f"https://{self.host}/{self.full_name}"

    @property
    def qualified(self) -> str:
        """The name as one text that tells the host as well: `host/owner/repo`, but for those of
        github.com, which are `owner/repo`."""
        return qualified(self.host, self.full_name)

    @classmethod
    def parse(cls, qualified: str) -> RepositoryName:
        """The name that `qualified` was made of."""
        host, _, full_name = qualified.partition("/")
        # On github.com there is nothing above an owner.
        return cls(full_name, host) if "/" in full_name else cls(qualified, _IMPLIED_HOST)

    def __str__(self) -> str:
        return self.full_name


def identity_of(host: str, number: int | None, key: str) -> str:
    """What two names have in common if they are one repository: the number where it is known,
    else the key of the canonical name."""
    return key if number is None else f"{host}#{number}"


@dataclass(frozen=True, slots=True)
class Identity:
    """Which repository a name led to before."""

    host: str
    number: int | None
    """The host's number of it."""
    key: str
    """`RepositoryName.key` of its canonical name."""
    first: int | None
    """The number of the first repository that is known to have had the name."""

    @property
    def value(self) -> str:
        """What two names have in common if they are one repository."""
        return identity_of(self.host, self.number, self.key)


@dataclass(frozen=True, slots=True)
class Entry:
    """One place at which a list names a repository."""

    repository: RepositoryName
    title: str
    """The entry's title as plain text; with `Links.ALL` the link's text."""
    description: str
    """What follows the title, as plain text; empty where nothing does."""
    section: tuple[str, ...]
    """The headings above it, outermost first."""
    lines: tuple[int, int]
    """Lines of what was read, from 0, half-open: of what its host renders where that is read, and
    of another file where the list goes on in one."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What a list lists without a repository on a host that is asked."""

    title: str
    url: str
    """Where its title leads, or its repository on another host."""
    host: str
    """The other host, such as `gitlab.com`; `no repository link` where there is none."""
    section: tuple[str, ...]
    line: int
    """Source line, from 1."""
    file: str | None = None
    """The file that it stands in, where that is another than the list's own."""


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file that a list goes on in."""

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


@dataclass(frozen=True, slots=True)
class ParsedList:
    """What a list lists, in its order."""

    entries: tuple[Entry, ...]
    elsewhere: tuple[Elsewhere, ...] = ()
    files: tuple[OwnFile, ...] = ()
    """In which it goes on, each once."""
    passed: tuple[tuple[Passed, int], ...] = ()
    """How much begins with a link and is in none of these, by why."""


@dataclass(frozen=True, slots=True)
class Source:
    """A list that was read."""

    name: str
    """As the user named it."""
    url: str | None
    """Where a reader finds it; None for files and standard input."""
    repositories: int
    """How many different repositories it names."""


@dataclass(frozen=True, slots=True)
class UnreadList:
    """A list that could not be read, while others were."""

    name: str
    """As the user named it."""
    place: int
    """Among all lists of the run, from 0."""
    message: str
    """One sentence that says why."""


@dataclass(frozen=True, slots=True)
class UnreadFile:
    """A file that a list goes on in, and that was not read, or is known only as it was last."""

    list: str
    """The list, as the user named it."""
    path: str
    message: str
    """Why, as a clause."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One repository as all lists together name it."""

    repository: RepositoryName
    """In its first spelling."""
    title: str | None
    description: str | None
    sections: tuple[tuple[str, ...], ...]
    sources: tuple[str, ...]
    """Names of the sources that list it, in their order."""


@dataclass(frozen=True, slots=True)
class Details:
    """What a host says of a repository where somebody asks for it. None means that it does not."""

    committed_at: datetime | None = None
    """The last commit on the default branch."""
    disabled: bool | None = None
    empty: bool | None = None
    parent: RepositoryName | None = None
    """What it is a fork of."""
    parent_id: int | None = None
    """The host's number of that."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a provider says of one repository. None means that it does not say."""

    full_name: str
    """Canonical `owner/repo`: after a rename it is not the name that was asked for."""
    host: str
    """Whose repository it is: `crawler.model.hosts.Host.name`."""
    url: str
    stars: int
    provider: str
    """`Provider`, or what the source of a further host calls itself."""
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
    """Where they were asked for, which nothing keeps."""
    pushed_at: datetime | None = None
    about: str | None = None
    """The host's own description."""

    @property
    def name(self) -> RepositoryName:
        """Its canonical name."""
        return RepositoryName(self.full_name, self.host)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a provider gives no facts about one repository."""

    reason: Reason
    message: str
    """One sentence; GitHub's own where there is one."""
    too_much: bool = False
    """Whether asking for fewer repositories at once may bring the facts."""


Answer = Facts | Refusal


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which nothing is asked, because a limit is used up."""

    until: datetime
    reason: str
    """GitHub's sentence."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Requests are sent more slowly than they could be, so that a limit is not reached."""

    limit: str
    """As a sentence: `GitHub allows 60 s of query time a minute`."""
    left: float
    """About how many seconds the rest of the run takes."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is; handed to the `progress` callable each time repositories are settled."""

    done: int
    """Repositories with an outcome."""
    total: int
    failed: int
    """Those of `done` that are not ranked."""
    pause: Pause | None = None
    """What the run is waiting for, if it is."""
    gone: int = 0
    """Those of `failed` that are no longer there."""
    pace: Pace | None = None
    """What slows the run down, if anything does."""


@dataclass(frozen=True, slots=True)
class StarHistory:
    """How many of the stars that a repository has came on each day, as the host tells it."""

    name: RepositoryName
    """The canonical one."""
    id: int | None
    """The host's number of the repository, where it is known."""
    stars: int
    """All that it had when this was asked."""
    first: date
    """The first of `days`. The host does not promise that its days are those of UTC."""
    days: tuple[int, ...]
    """Of each day from `first` on, at least one; the last is that on which this was asked."""
    is_whole: bool = False
    """Whether it begins with the repository: there are no days before."""

    @property
    def last(self) -> date:
        """The day on which it was asked."""
        return self.first + timedelta(len(self.days) - 1)


@dataclass(frozen=True, slots=True)
class KnownDays:
    """Of which days the store knows the stars of a repository."""

    first: date | None
    """The first day of its newest star history; None where there is none."""
    last: date | None
    """The day on which that was asked; the days after it are not in it, and it is not whole."""
    observed: date | None
    """The last day before today on which a crawl read the stars."""
