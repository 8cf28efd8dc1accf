"""The GitHub stand-in answers as GitHub does."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import httpx
import pytest

from standin import Forbidden, Latency, Repository, StandIn, World
from standin.asking import BEARER, ask, rest
from standin.graphql import SMALL_SCHEMA, WHOLE_SCHEMA, schema
from standin.world import File, Quota


def test_repository_over_rest(github: StandIn) -> None:
    """A repository answers with its figures, whatever the case of its name."""
    answer = rest(github, "/repos/ALPHA/tool")
    body = answer.json()
    assert answer.status_code == 200
    assert (body["id"], body["full_name"], body["stargazers_count"]) == (1, "alpha/tool", 900)
    assert (body["license"]["spdx_id"], body["language"]) == ("MIT", "C#")


def test_rename_over_rest_redirects_to_the_number(github: StandIn) -> None:
    """An old name answers 301 to the address by number, which answers with the new name."""
    answer = rest(github, "/repos/delta/before")
    assert answer.status_code == 301
    assert answer.headers["location"] == f"{github.api_url}/repositories/4"
    assert rest(github, "/repositories/4").json()["full_name"] == "delta/after"


@pytest.mark.parametrize(
    ("name", "anonymous", "with_token"),
    [
        ("kappa/gone", 404, 404),
        ("lambda/secret", 404, 200),
        ("mu/dmca", 451, 451),
        ("nu/tos", 403, 403),
        ("xi/saml", 200, 403),
    ],
)
def test_refusals_over_rest(github: StandIn, name: str, anonymous: int, with_token: int) -> None:
    """Gone, private, blocked and forbidden repositories answer with GitHub's statuses."""
    assert rest(github, f"/repos/{name}").status_code == anonymous
    answer = rest(github, f"/repos/{name}", **BEARER)
    assert answer.status_code == with_token
    assert ("block" in answer.json()) == (name in ("mu/dmca", "nu/tos"))


def test_readme_is_raw_or_json(github: StandIn, world: World) -> None:
    """The README comes as bytes for the raw media type, else in GitHub's JSON."""
    repository = world.named("small/list")
    assert repository is not None
    raw = rest(github, "/repos/small/list/readme", accept="application/vnd.github.raw+json")
    assert raw.content == repository.readme
    assert (
        base64.b64decode(rest(github, "/repos/small/list/readme").json()["content"]) == raw.content
    )
    assert rest(github, "/repos/alpha/tool/readme").status_code == 404


def test_readme_of_a_renamed_repository_is_redirected(github: StandIn, world: World) -> None:
    """The README's redirect leads to the README by number."""
    list_ = Repository("readme/readme", old_names=("old/list",), number=77, readme=b"# List")
    world.add(replace(list_, folder_readmes={"a b/c": b"# Deep"}))
    answer = rest(github, "/repos/old/list/readme")
    assert answer.headers["location"].endswith("/repositories/77/readme")
    raw = {"accept": "application/vnd.github.raw+json"}
    assert rest(github, "/repositories/77/readme", **raw).content == b"# List"
    assert rest(github, "/repos/readme/readme/readme/a%20b/c", **raw).content == b"# Deep"
    assert rest(github, "/repos/readme/readme").json()["id"] == 77


def test_unchanged_is_304_and_free_only_with_a_token(github: StandIn, world: World) -> None:
    """A matching ETag answers 304; it costs nothing with the token that it belongs to."""
    first = rest(github, "/repos/alpha/tool", **BEARER)
    again = rest(github, "/repos/alpha/tool", if_none_match=first.headers["etag"], **BEARER)
    assert (again.status_code, again.content, world.core.used) == (304, b"", 1)
    assert rest(github, "/repos/alpha/tool", if_none_match=first.headers["etag"]).status_code == 200
    tag = rest(github, "/repos/alpha/tool").headers["etag"]
    assert rest(github, "/repos/alpha/tool", if_none_match=tag).status_code == 304
    assert world.anonymous.used == 3


def test_the_anonymous_hour_has_sixty_requests(github: StandIn, world: World) -> None:
    """The 61st request without a token is refused, with the headers that say until when."""
    world.anonymous.used = 59
    last = rest(github, "/repos/alpha/tool")
    assert (last.status_code, last.headers["x-ratelimit-remaining"]) == (200, "0")
    refused = rest(github, "/repos/alpha/tool")
    assert (refused.status_code, refused.headers["x-ratelimit-limit"]) == (403, "60")
    assert int(refused.headers["x-ratelimit-reset"]) == world.anonymous.reset
    assert refused.headers["x-ratelimit-resource"] == "core"
    assert rest(github, "/repos/alpha/tool", **BEARER).status_code == 200


def test_a_quota_is_full_again_after_its_reset() -> None:
    """At its reset a quota starts a new hour."""
    now = 1000.0
    quota = Quota("core", 2, clock=lambda: now)
    assert [quota.spend() for _ in range(3)] == [True, True, False]
    assert quota.reset == 4600
    now = 4600.0
    assert quota.spend()
    assert quota.reset == 8200


def test_a_wrong_token_is_refused(github: StandIn) -> None:
    """REST and GraphQL answer 401 to a wrong token, and GraphQL to none."""
    assert rest(github, "/repos/alpha/tool", authorization="Bearer no").status_code == 401
    wrong = ask(github, "alpha/tool", authorization="Bearer no")
    assert (wrong.status_code, wrong.json()["message"]) == (401, "Bad credentials")
    assert ask(github, "alpha/tool", accept="*/*").status_code == 401


def test_graphql_answers_each_alias_for_itself(github: StandIn) -> None:
    """Renames, gone, private, blocked and forbidden repositories, side by side in one query."""
    names = ("delta/before", "kappa/gone", "lambda/secret", "mu/dmca", "xi/saml", "theta/bare")
    body = ask(github, *names).json()
    data = body["data"]
    assert data["r0"]["nameWithOwner"] == "delta/after"
    assert data["r2"]["isPrivate"] is True
    assert [data[key] for key in ("r1", "r3", "r4")] == [None, None, None]
    assert (
        data["r5"]["primaryLanguage"] is data["r5"]["licenseInfo"] is data["r5"]["pushedAt"] is None
    )
    assert data["rateLimit"]["cost"] == 1
    errors = {error["path"][0]: error for error in body["errors"]}
    assert {key: error["type"] for key, error in errors.items()} == {
        "r1": "NOT_FOUND",
        "r3": "FORBIDDEN",
        "r4": "FORBIDDEN",
    }
    assert errors["r4"]["extensions"] == {"saml_failure": True}
    assert github.log.exchanges[0].aliases["r1"] == "kappa/gone"


def test_graphql_costs_a_point_a_query(github: StandIn, world: World) -> None:
    """A query costs one point whatever its size; where none is left it is refused under 200."""
    world.graphql.used = world.graphql.limit - 1
    first = ask(github, "alpha/tool", "beta/tool")
    assert (first.headers["x-ratelimit-remaining"], first.json()["data"]["r1"]["databaseId"]) == (
        "0",
        2,
    )
    refused = ask(github, "alpha/tool")
    assert (refused.status_code, refused.json()["errors"][0]["type"]) == (200, "RATE_LIMITED")


def test_stargazers_are_forbidden(github: StandIn) -> None:
    """The schema accepts `stargazers{totalCount}`, the server does not."""
    body = ask(github, "alpha/tool", fields="stargazers{totalCount} stargazerCount").json()
    assert body["data"]["r0"] is None
    assert body["errors"][0]["type"] == "FORBIDDEN"


def test_too_many_aliases_exceed_the_resources(github: StandIn) -> None:
    """Aliases over the settable ceiling are null with that error; those below are answered."""
    github.max_aliases = 1
    body = ask(github, "alpha/tool", "beta/tool").json()
    assert body["data"]["r0"]["stargazerCount"] == 900
    assert body["data"]["r1"] is None
    assert [error["type"] for error in body["errors"]] == ["RESOURCE_LIMITS_EXCEEDED"]


@pytest.mark.parametrize("fields", ["stars", "primaryLanguage", "id { x }", "}"])
def test_a_query_that_the_schema_refuses_is_a_problem(world: World, fields: str) -> None:
    """A query that GitHub's schema refuses has no data, and is kept as a problem."""
    with StandIn(world) as github:
        body = ask(github, "alpha/tool", fields=fields).json()
        assert "data" not in body
        assert body["errors"]
        assert github.log.problems


def test_the_small_schema_is_part_of_the_whole_one() -> None:
    """Every field and argument of our schema is in GitHub's, with the same type."""
    if not WHOLE_SCHEMA.exists():
        pytest.skip("GitHub's schema is not beside this checkout (../shared)")
    small, whole = schema(SMALL_SCHEMA), schema(WHOLE_SCHEMA)
    ours = {name: kind for name, kind in small.type_map.items() if not name.startswith("__")}
    for name, kind in ours.items():
        fields = getattr(kind, "fields", {})
        for field_name, field in fields.items():
            theirs: Any = getattr(whole.type_map[name], "fields", {})[field_name]
            assert str(field.type) == str(theirs.type), (name, field_name)
            for argument, value in field.args.items():
                # GitHub's enums and inputs are not in ours; scalars are.
                assert str(value.type) == str(theirs.args[argument].type), (field_name, argument)


def test_enterprise_server_paths(github: StandIn) -> None:
    """The same doors stand at the paths of GitHub Enterprise Server."""
    answer = httpx.get(f"{github.ghes_url}/repos/alpha/tool", trust_env=False)
    assert answer.json()["id"] == 1
    empty = httpx.post(f"{github.url}/api/graphql", json={"query": "{"}, trust_env=False)
    assert empty.status_code == 401


def test_files_are_served_as_they_are(github: StandIn, world: World) -> None:
    """Any file may be served, with any type and status; others are 404."""
    world.files["list.md"] = File(b"\xff", {"content-type": "image/png"}, 203)
    answer = rest(github, "/files/list.md")
    assert (answer.status_code, answer.content) == (203, b"\xff")
    assert rest(github, "/files/other").status_code == 404


def test_the_log_tells_who_asked_what(github: StandIn) -> None:
    """Requests are kept in order, with their repositories and whether they had a token."""
    rest(github, "/repos/alpha/tool")
    ask(github, "alpha/tool", "Beta/Tool")
    first, second = github.log.exchanges
    assert (first.kind, first.authorized, first.status) == ("repository", False, 200)
    assert (second.kind, second.authorized, second.names) == (
        "graphql",
        True,
        ("alpha/tool", "Beta/Tool"),
    )
    assert len(github.log.asked("ALPHA/tool")) == 2


def test_latency_grows_with_the_query(github: StandIn) -> None:
    """A query's answer is not ready before the latency of the query and its aliases."""
    github.latency = Latency(query=0.02, alias=0.01)
    ask(github, "alpha/tool", "beta/tool")
    exchange = github.log.exchanges[0]
    assert exchange.done is not None
    assert exchange.done - exchange.arrived >= 0.04


def test_a_repository_may_change_while_it_runs(github: StandIn, world: World) -> None:
    """What is added, replaced or removed counts from the next request."""
    world.add(Repository("beta/tool", 1, forbidden=Forbidden("no")))
    world.remove("alpha/tool")
    world.add(Repository("rho/new", 5))
    data = ask(github, "alpha/tool", "beta/tool", "rho/new").json()["data"]
    assert (data["r0"], data["r1"], data["r2"]["stargazerCount"]) == (None, None, 5)
