"""Values of a run, for tests to which only some of their fields matter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from crawler.model.results import Event, Ranking, Sums, Usage
from crawler.model.rows import EventKind, Failure, Row
from crawler.model.values import Entry, Facts, Listing, Provider, Reason, RepositoryName, Source

NOON = datetime(2026, 5, 8, 12, tzinfo=UTC)
"""When everything was fetched, happened and was reported, unless a test says otherwise."""

SOURCES = (
    Source(name="a/list", url="https://github.com/a/list", repositories=5),
    Source(name="b/list", url=None, repositories=3),
)


GITHUB = "github.com"


def named(name: str, host: str = GITHUB) -> RepositoryName:
    """A repository, on GitHub unless a test says otherwise."""
    return RepositoryName(name, host)


def entry(name: str, title: str = "", description: str = "", *section: str) -> Entry:
    """An entry of which the place does not matter."""
    return Entry(named(name), title, description, section, (0, 1))


def listing(name: str, **more: Any) -> Listing:
    """A listing that one source names once."""
    fields = {"title": None, "description": None, "sections": (), "sources": ("a/list",)}
    return Listing(named(name), **{**fields, **more})


def facts(name: str, stars: int = 1, number: int | None = None, **more: Any) -> Facts:
    """What GitHub says of a repository."""
    given = {"host": GITHUB, "provider": Provider.GRAPHQL, "fetched_at": NOON, **more}
    url = f"https://{given['host']}/{name}"
    return Facts(**{"full_name": name, "url": url, "stars": stars, "id": number, **given})


def full_facts(name: str, stars: int = 1, number: int | None = None, **more: Any) -> Facts:
    """What GitHub says of a repository of which it knows everything."""
    known = {
        "forks": 56,
        "language": "C#",
        "license": "MIT",
        "archived": True,
        "fork": False,
        "created_at": datetime(2019, 2, 28, 1, 2, 3, tzinfo=UTC),
        "pushed_at": datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC),
        "about": "What it is \U0001f680",
    }
    return facts(name, stars, number, **{**known, **more})


def row(name: str, rank: int = 1, **more: Any) -> Row:
    """A row that is neither archived nor a fork nor renamed; of all else nothing is known."""
    unknown = dict.fromkeys(
        ("forks", "language", "license", "pushed_at", "title", "description", "about", "id")
    )
    fields = {
        "host": GITHUB,
        "url": f"https://{more.get('host', GITHUB)}/{name}",
        "stars": 5,
        "archived": False,
        "fork": False,
        "listed_as": (name,),
        "renamed": False,
        "sections": (),
        "sources": ("a/list",),
        "provider": Provider.GRAPHQL,
        "fetched_at": NOON,
    }
    return Row(rank=rank, repository=name, **{**unknown, **fields, **more})


def failure(name: str, reason: Reason = Reason.NOT_FOUND, **more: Any) -> Failure:
    """A listed repository without figures."""
    fields = {"host": GITHUB, "message": "It is away.", "sections": (), "sources": ("a/list",)}
    return Failure(repository=name, reason=reason, **{**fields, **more})


def event(name: str, number: int | None = None, **more: Any) -> Event:
    """Something that happened to a repository: unless it says otherwise, it is back."""
    fields = {"kind": EventKind.BACK, "at": NOON, "host": GITHUB}
    return Event(**{**fields, "repository": name, "id": number, **more})


def events(*told: str) -> list[Event]:
    """Events, one a day from NOON on: `kind name`, `kind name#number`, and a detail."""
    found = []
    for days, each in enumerate(told, start=1):
        kind, name, *detail = each.split()
        name, _, number = name.partition("#")
        at = NOON + timedelta(days)
        id = int(number) if number else None
        found.append(
            Event(EventKind(kind), at, name, "github.com", id, detail[0] if detail else None)
        )
    return found


def ranking(*rows: Row, failures: tuple[Failure, ...] = (), **more: Any) -> Ranking:
    """A run over two lists that ended with `rows` and `failures`; one name is a duplicate."""
    counts = [(reason, sum(each.reason is reason for each in failures)) for reason in Reason]
    fields = {
        "sources": SOURCES,
        "sums": Sums(
            listed=len(rows) + len(failures) + 1,
            ranked=len(rows),
            duplicates=1,
            renamed=sum(row.renamed is True for row in rows),
            archived=sum(row.archived is True for row in rows),
            failed=tuple((reason, count) for reason, count in counts if count),
            stale=sum(row.stale for row in rows),
        ),
        "usage": Usage(requests=3, graphql_points=1, rest_requests=2, seconds=1.25),
        "provider": Provider.GRAPHQL,
        "generated_at": NOON,
    }
    return Ranking(rows=rows, failures=failures, **{**fields, **more})
