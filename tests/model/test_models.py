"""The values of the crawler and the JSON that a ranking makes of them."""

from __future__ import annotations

import dataclasses
import inspect
import json
import time
from dataclasses import FrozenInstanceError, replace
from datetime import timedelta, timezone
from typing import Any

import builders
import pytest
from builders import NOON, failure, row
from selectolax.lexbor import LexborHTMLParser

from crawler.model import errors
from crawler.model import values as models
from crawler.model.results import Ranking
from crawler.model.values import Links, Progress, Provider, Reason, RepositoryName, Source

LATE_NOON = NOON.replace(microsecond=654321)

ROW_KEYS = [
    *("rank", "repository", "host", "url", "stars", "forks", "language", "license", "archived"),
    *(
        *("fork", "pushed_at", "title", "description", "about", "id", "listed_as"),
        *("renamed", "sections"),
    ),
    *("sources", "provider", "fetched_at", "created_at", "age", "stale", "gained", "rate", "moved"),
    *("baseline_on", "baseline_kind", "baseline_distant", "suspicious", "changed"),
    *("changed_since", "burst", "reason"),
]
"""The keys of a ranked repository, as they are documented and in that order."""


@pytest.fixture
def ranking() -> Ranking:
    """Three rows and a settled failure."""
    more: dict[str, Any] = {"sections": (("Tools", "GUI"), ("Games",)), "fetched_at": LATE_NOON}
    return builders.ranking(
        row("a/a", stars=9, **more),
        row("b/b", 2, pushed_at=LATE_NOON, **more),
        row("c/c", 2, **more),
        failures=(failure("gone/away"),),
        sources=(Source("a/list", "https://github.com/a/list", 4), Source("-", None, 1)),
        generated_at=LATE_NOON,
    )


def test_a_ranking_is_short_to_look_at(ranking: Ranking) -> None:
    """It says what it is of in one line, and shows its first rows in a notebook."""
    assert repr(ranking) == (
        "<Ranking of a/list and 1 more: 3 ranked, 1 failed, 2026-05-08 12:00 UTC>"
    )
    table = LexborHTMLParser(ranking._repr_html_())
    lines = [[cell.text() for cell in line.css("th, td")] for line in table.css("tr")]
    assert lines[0] == ["#", "Repository", "Stars"]
    assert lines[1] == ["1", "a/a", "9"]
    assert [link.attributes["href"] for link in table.css("a")] == [row.url for row in ranking]
    many = replace(ranking, rows=tuple(row(f"a/{n}", gained=-n) for n in range(1000)))
    assert len(LexborHTMLParser(many._repr_html_()).css("tbody tr")) == 10
    assert "-9" in many._repr_html_()


def test_a_notebook_shows_texts_only(ranking: Ranking) -> None:
    """Names and addresses of strangers add no element but links to the web."""
    bad = row('"><script>x', url="javascript:alert(1)", language="<b>\x1b[2J")
    link = row("a/b", url='https://e.org/"onclick="x')
    table = LexborHTMLParser(replace(ranking, rows=(bad, link))._repr_html_())
    assert not table.css("script, b, [onclick]")
    assert [each.attributes["href"] for each in table.css("a")] == [link.url]
    assert "\x1b" not in (table.html or "")


def test_the_document_has_the_documented_keys_in_order(ranking: Ranking) -> None:
    """The JSON's keys, at every level, are those of the documentation in its order."""
    document = ranking.to_dict()
    assert list(document) == [
        *("schema_version", "generated_at", "complete", "provider", "sources", "ranking"),
        *("failures", "usage", "sums", "gained_since", "changes"),
    ]
    assert list(document["sources"][0]) == ["name", "url", "repositories"]
    assert list(document["ranking"][0]) == ROW_KEYS
    assert list(document["failures"][0]) == (
        [
            *("repository", "host", "reason", "message", "retryable", "sections", "sources"),
            *("changed", "changed_since"),
        ]
    )
    assert list(document["usage"]) == (
        ["requests", "graphql_points", "rest_requests", "seconds", "from_store"]
    )


def test_the_document_is_plain_json(ranking: Ranking) -> None:
    """Lists are lists, enums are text, times are ISO 8601 in UTC and what is unknown is null."""
    document = ranking.to_dict()
    assert json.loads(json.dumps(document)) == document
    first = document["ranking"][0]
    assert document["schema_version"] == 1
    assert document["generated_at"] == "2026-05-08T12:00:00Z"
    assert (type(document["provider"]), document["provider"]) == (str, "graphql")
    assert first["sections"] == [["Tools", "GUI"], ["Games"]]
    assert first["listed_as"] == ["a/a"]
    assert (type(first["provider"]), first["fetched_at"]) == (str, "2026-05-08T12:00:00Z")
    assert (first["pushed_at"], first["forks"], first["id"]) == (None, None, None)
    assert type(document["failures"][0]["reason"]) is str
    assert document["failures"][0]["retryable"] is False
    assert document["sources"][1] == {"name": "-", "url": None, "repositories": 1}
    assert document["usage"]["seconds"] == 1.25


def test_times_of_other_zones_are_told_in_utc(ranking: Ranking) -> None:
    """An aware time of any zone comes out as the same moment in UTC."""
    elsewhere = LATE_NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert replace(ranking, generated_at=elsewhere).to_dict()["generated_at"] == (
        "2026-05-08T12:00:00Z"
    )


def test_rows_have_the_documents_keys_as_attributes(ranking: Ranking) -> None:
    """Iterating a ranking gives rows, whose attributes are the JSON's keys."""
    rows = list(ranking)
    assert [each.repository for each in rows] == ["a/a", "b/b", "c/c"]
    assert len(ranking) == 3
    assert all(hasattr(each, key) for each in rows for key in ROW_KEYS)


def test_top_is_a_list_of_the_first_rows(ranking: Ranking) -> None:
    """`top(n)` gives the first rows, and all where there are fewer."""
    assert ranking.top(2) == list(ranking.rows[:2])
    assert ranking.top(99) == ranking.top(0) == ranking.top(None) == list(ranking.rows)


@pytest.mark.parametrize("reason", Reason)
def test_a_ranking_is_complete_while_no_failure_is_retryable(
    ranking: Ranking, reason: Reason
) -> None:
    """What a rerun may still bring makes the run incomplete, what is settled does not."""
    settled = reason in {
        Reason.NOT_FOUND,
        Reason.BLOCKED,
        Reason.FORBIDDEN,
        Reason.OTHER_HOST,
    }
    failed = ((Reason.NOT_FOUND, 1), (reason, 1))
    report = replace(ranking, sums=replace(ranking.sums, failed=failed))
    assert report.complete is settled
    assert failure("gone/away", reason).retryable is not settled
    assert report.to_dict()["complete"] is settled


def test_the_reasons_are_the_documented_ones() -> None:
    """Reports, providers and links have these names, and no other."""
    assert [str(reason) for reason in Reason] == [
        *("not_found", "blocked", "forbidden", "throttled", "unavailable", "malformed"),
        *("unknown_to_source", "interrupted", "never_asked", "other_host"),
    ]
    assert [str(each) for each in (*Links, *Provider)] == [
        "entries",
        "all",
        "graphql",
        "rest",
        "depsdev",
    ]


def test_names_compare_without_case() -> None:
    """Two spellings of a name have one key; the spelling itself is kept."""
    name = RepositoryName("ShareX/ShareX", "github.com")
    assert name.key == RepositoryName("sharex/sharex", "github.com").key
    assert name.key != RepositoryName("ShareX/ShareX", host="gitlab.com").key
    assert (str(name), name.owner, name.name) == ("ShareX/ShareX", "ShareX", "ShareX")


@pytest.mark.parametrize(
    "kind",
    [
        kind
        for _, kind in inspect.getmembers(models, inspect.isclass)
        if dataclasses.is_dataclass(kind)
    ],
)
def test_values_are_frozen_and_slotted(kind: type) -> None:
    """No value that flows through the crawler can be changed or given further attributes."""
    assert "__slots__" in vars(kind)
    with pytest.raises(FrozenInstanceError):
        delattr(object.__new__(kind), vars(kind)["__slots__"][0])


def test_progress_cannot_be_changed() -> None:
    """What a caller's callable is handed is a value of its own."""
    progress = Progress(done=1, total=2, failed=0)
    with pytest.raises(FrozenInstanceError):
        progress.done = 2  # type: ignore[misc]


def test_exit_statuses_follow_the_tree_of_errors() -> None:
    """Each error has the exit status of the branch that it stands on."""
    for _, kind in inspect.getmembers(errors, inspect.isclass):
        if kind.__module__ != errors.__name__:
            continue
        assert issubclass(kind, errors.CrawlerError)
        assert kind.exit_status == (2 if issubclass(kind, errors.UsageError) else 1)
    assert issubclass(errors.AttemptError, errors.RunError)
    assert not issubclass(errors.CredentialsError, errors.AttemptError)


def test_the_drawing_of_the_tree_is_the_tree() -> None:
    """The tree on top of the errors' module names every class under the one it derives from."""
    drawn: dict[str, str] = {}
    branch: list[tuple[int, str]] = []
    for line in str(errors.__doc__).splitlines():
        words = line.lstrip(" │├└─").split()
        if not words or not hasattr(errors, words[0]) or line[:4].strip(" │├└─"):
            continue
        depth = len(line) - len(line.lstrip(" │├└─"))
        branch = [each for each in branch if each[0] < depth]
        if branch:
            drawn[words[0]] = branch[-1][1]
        branch.append((depth, words[0]))
    derived = {
        name: kind.__bases__[0].__name__
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if kind.__module__ == errors.__name__ and kind is not errors.CrawlerError
    }
    assert drawn == derived


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="zones as POSIX has them")
def test_a_throttled_error_says_until_when(monkeypatch: pytest.MonkeyPatch) -> None:
    """The moment from which asking again makes sense stands in the sentence, if it is known: once,
    in local time."""
    for zone, when in {
        "UTC": "2026-05-08 12:00:00 UTC",
        "Asia/Kolkata": "2026-05-08 17:30:00 IST",
    }.items():
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        error = errors.Throttled("API rate limit exceeded.", NOON)
        assert str(error) == f"API rate limit exceeded; ask again after {when}"
        assert (error.until, error.cause) == (NOON, "API rate limit exceeded")
    monkeypatch.undo()
    time.tzset()
    assert str(errors.Throttled("Too many requests.")) == "Too many requests"


def test_an_unreachable_server_is_named() -> None:
    """The sentence names the host and the cause."""
    error = errors.Unreachable("api.github.com", "its name does not resolve")
    assert str(error) == "api.github.com cannot be reached: its name does not resolve"
    assert (error.host, error.cause) == ("api.github.com", "its name does not resolve")
