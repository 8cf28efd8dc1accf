"""Many repositories in one query: what is sent, and what each answer comes to."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from builders import facts, full_facts
from graphql import parse, validate
from standin.schema import SMALL_SCHEMA, WHOLE_SCHEMA, schema

from crawler.model.values import Facts, Reason, Refusal, RepositoryName
from crawler.sources.github.graphql import BatchAnswer, decode_batch, encode_batch

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)

FULL: dict[str, Any] = {
    "databaseId": 42,
    "nameWithOwner": "Owner/Repo",
    "url": "https://github.com/Owner/Repo",
    "stargazerCount": 1234,
    "forkCount": 56,
    "isArchived": True,
    "isFork": False,
    "isPrivate": False,
    "createdAt": "2019-02-28T01:02:03Z",
    "pushedAt": "2026-10-31T23:59:59Z",
    "description": "What it is \U0001f680",
    "primaryLanguage": {"name": "C#"},
    "licenseInfo": {"spdxId": "MIT"},
}
NOT_FOUND = "Could not resolve to a Repository with the name 'owner/r0'."
SAML = (
    "Resource protected by organization SAML enforcement. You must grant your OAuth token access "
    "to this organization."
)
LIFETIME = (
    "The 'dmca-tools' organization forbids access via a fine-grained personal access tokens if "
    "the token's lifetime is greater than 366 days. Please adjust your token's lifetime."
)
LIMIT_SENTENCE = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "For more on scraping GitHub and how it may affect your rights, please review our Terms of "
    "Service (https://docs.github.com/en/site-policy/github-terms/github-terms-of-service)"
)


def names(count: int) -> list[RepositoryName]:
    """Names to ask for."""
    return [RepositoryName(f"owner/r{i}", "github.com") for i in range(count)]


def decode(body: object, count: int = 1) -> BatchAnswer:
    """What is made of an answer about `count` repositories."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return decode_batch(raw, names(count), NOW)


def error(message: str | None, kind: str | None = None, *path: str | int) -> dict[str, Any]:
    """One of GitHub's errors; `type` and `path` are left out where there are none."""
    return {
        "message": message,
        **({"type": kind} if kind else {}),
        **({"path": list(path)} if path else {}),
        "locations": [{"line": 1, "column": 5}],
    }


def outcome_of_null(*errors: dict[str, Any]) -> Refusal:
    """The outcome of a repository that is null beside `errors`."""
    (answer,) = decode({"data": {"r0": None}, "errors": list(errors)}).answers
    assert isinstance(answer, Refusal)
    return answer


@pytest.mark.parametrize("file", [SMALL_SCHEMA, WHOLE_SCHEMA], ids=["small", "whole"])
@pytest.mark.parametrize("count", [1, 2, 100])
def test_query_is_valid(file: Path, count: int) -> None:
    """The query stands GitHub's schema, and all its variables are given."""
    if not file.exists():
        pytest.skip("GitHub's whole schema is not beside this checkout (../shared)")
    sent = json.loads(encode_batch(names(count)))
    document = parse(sent["query"])
    assert validate(schema(file), document) == []
    assert sent["variables"] == {
        f"{part}{i}": value
        for i in range(count)
        for part, value in (("o", "owner"), ("n", f"r{i}"))
    }


def test_query_asks_for_nothing_that_costs() -> None:
    """No connection is asked for: `stargazers` is refused, and all of them cost points."""
    query = json.loads(encode_batch(names(1)))["query"]
    assert "stargazerCount" in query
    assert "stargazers" not in query
    assert "first:" not in query


def test_query_asks_for_all_that_is_read() -> None:
    """Each field of a full answer is asked for."""
    query = json.loads(encode_batch(names(1)))["query"]
    fields = query[query.index("fragment") :].replace("{", " ").replace("}", " ").split()
    assert {*FULL, "name", "spdxId"} <= set(fields)


def test_crafted_names_stay_variables() -> None:
    """A name that looks like a query changes nothing in the query's text."""
    crafted = RepositoryName(
        'o") { viewer { login } } x: repository(owner:"o/r"){id}#', "github.com"
    )
    sent = json.loads(encode_batch([crafted]))
    assert sent["query"] == json.loads(encode_batch(names(1)))["query"]
    assert sent["variables"] == {"o0": crafted.owner, "n0": crafted.name}


def test_full_answer() -> None:
    """Every field that is asked for reaches the facts."""
    batch = decode({"data": {"rateLimit": {"cost": 3}, "r0": FULL}})
    assert batch.points == 3
    assert batch.answers == (full_facts("Owner/Repo", 1234, 42, fetched_at=NOW, private=False),)


def test_unknown_is_none() -> None:
    """What GitHub leaves empty is unknown, and a repository with real zeros keeps them."""
    bare = dict.fromkeys(FULL) | {
        "nameWithOwner": "a/b",
        "url": "https://github.com/a/b",
        "stargazerCount": 0,
    }
    for found in (bare, {key: value for key, value in bare.items() if value is not None}):
        (answer,) = decode({"data": {"r0": found}}).answers
        assert answer == facts("a/b", 0, fetched_at=NOW)


def test_license_without_an_identifier() -> None:
    """A licence that SPDX does not know has no identifier."""
    (answer,) = decode({"data": {"r0": {**FULL, "licenseInfo": {"spdxId": None}}}}).answers
    assert isinstance(answer, Facts)
    assert answer.license is None


def test_answers_stand_in_the_order_of_the_names() -> None:
    """Aliases may come in any order, with others between them; ten is not between one and two."""
    data = {f"r{i}": {**FULL, "stargazerCount": i} for i in reversed(range(12))} | {"r99": FULL}
    answers = decode({"data": data}, 12).answers
    assert [answer.stars for answer in answers if isinstance(answer, Facts)] == list(range(12))


@pytest.mark.parametrize(
    "rate_limit", [None, {}, {"cost": None}, {"cost": "2"}, {"cost": -1}, 7, [], {"cost": 1}]
)
def test_points_that_are_not_told(rate_limit: object) -> None:
    """A query is charged with one point where its cost is not told, and its answers count."""
    batch = decode({"data": {"rateLimit": rate_limit, "r0": FULL}})
    assert batch.points == 1
    assert isinstance(batch.answers[0], Facts)


@pytest.mark.parametrize(
    ("errors", "reason"),
    [
        ([error(NOT_FOUND, "NOT_FOUND", "r0")], Reason.NOT_FOUND),
        ([error(SAML, "FORBIDDEN", "r0")], Reason.FORBIDDEN),
        ([error(LIFETIME, "FORBIDDEN", "r0")], Reason.FORBIDDEN),
        ([error("Repository access blocked", "FORBIDDEN", "r0")], Reason.BLOCKED),
        ([error("Repository access blocked", None, "r0")], Reason.BLOCKED),
        ([error("Repository unavailable due to DMCA takedown.", None, "r0")], Reason.BLOCKED),
        ([error("Resource limits exceeded", "RESOURCE_LIMITS_EXCEEDED", "r0")], Reason.UNAVAILABLE),
        ([error("Resource limits exceeded", "RESOURCE_LIMITS_EXCEEDED")], Reason.UNAVAILABLE),
        ([error("Something went wrong", "INTERNAL", "r0")], Reason.UNAVAILABLE),
        ([error("Something went wrong")], Reason.UNAVAILABLE),
        ([error("", None, "r0")], Reason.UNAVAILABLE),
        ([error("x", "TYPE_OF_TOMORROW", "r0")], Reason.UNAVAILABLE),
        ([error("x", "SERVICE_UNAVAILABLE", "r0", "licenseInfo", "spdxId")], Reason.UNAVAILABLE),
        ([error("x"), error(NOT_FOUND, "NOT_FOUND", "r0")], Reason.NOT_FOUND),
        (
            [error(NOT_FOUND, "NOT_FOUND", "r0"), error("x", "INTERNAL", "r0", "url")],
            Reason.NOT_FOUND,
        ),
        ([error(LIMIT_SENTENCE)], Reason.UNAVAILABLE),
        ([error(LIMIT_SENTENCE, None, "r0")], Reason.UNAVAILABLE),
        ([error(NOT_FOUND, "NOT_FOUND")], Reason.UNAVAILABLE),
        ([error(NOT_FOUND, "NOT_FOUND", "r1")], Reason.MALFORMED),
        ([], Reason.MALFORMED),
    ],
)
def test_null_is_what_its_error_says(errors: list[dict[str, Any]], reason: Reason) -> None:
    """A null with an error of its own is what that says; one with an error of the whole query is
    not known; one without any is malformed. None is guessed to be missing."""
    assert outcome_of_null(*errors).reason is reason


def test_sentence_is_githubs_own() -> None:
    """The report says what GitHub says, and something where GitHub says nothing."""
    assert outcome_of_null(error(SAML, "FORBIDDEN", "r0")).message == SAML
    assert outcome_of_null(error("", "INTERNAL", "r0")).message
    assert outcome_of_null().message


def test_absent_alias_is_malformed() -> None:
    """A repository that the answer leaves out is no missing repository."""
    (answer,) = decode({"data": {}}).answers
    assert isinstance(answer, Refusal)
    assert answer.reason is Reason.MALFORMED


def test_siblings_are_intact() -> None:
    """One repository's error says nothing about the others."""
    body = {
        "data": {"r0": FULL, "r1": None, "r2": FULL, "r3": None},
        "errors": [error("x", "NOT_FOUND", "r1"), error("y", "FORBIDDEN", "r3")],
    }
    first, second, third, fourth = decode(body, 4).answers
    assert isinstance(first, Facts)
    assert second == Refusal(Reason.NOT_FOUND, "x")
    assert isinstance(third, Facts)
    assert fourth == Refusal(Reason.FORBIDDEN, "y")


@pytest.mark.parametrize("field", ["licenseInfo", "primaryLanguage", "description", "createdAt"])
def test_error_below_a_repository_that_is_there(field: str) -> None:
    """Where a part of it could not be told, the rest is still ranked."""
    body = {
        "data": {"r0": {**FULL, field: None}},
        "errors": [error("Something went wrong", "INTERNAL", "r0", field)],
    }
    (answer,) = decode(body).answers
    assert isinstance(answer, Facts)
    assert answer.stars == 1234


def test_error_of_another_part_of_the_query() -> None:
    """An error about the limits leaves the repositories alone."""
    body = {"data": {"rateLimit": None, "r0": FULL}, "errors": [error("x", None, "rateLimit")]}
    assert isinstance(decode(body).answers[0], Facts)
