"""The demonstration's GitHub, which tests ask as well, answers as GitHub does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from graphql import execute_sync, parse
from standin import Repository, World, small_world
from standin.asking import BEARER, FIELDS, encode_query
from standin.samples import SMALL_LIST
from standin.schema import SMALL_SCHEMA, WHOLE_SCHEMA, schema

from crawler.cli.demo.github import answer, node
from crawler.cli.demo.world import Quota
from crawler.http.exchange import Request, Response
from crawler.model.values import RepositoryName
from crawler.sources.github.graphql import encode_batch

API = "https://api.github.com"
RAW = {"accept": "application/vnd.github.raw+json"}


def rest(world: World, path: str, **headers: str) -> Response:
    """One REST request, anonymous unless told."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return answer(world, Request("GET", API + path, {"user-agent": "t", **named}))


def ask(world: World, *names: str, fields: str = FIELDS, **headers: str) -> Any:
    """One query about some repositories, with the token unless told: its status and answer."""
    sent = encode_query(names, fields)
    given = {"user-agent": "t", **(headers or BEARER)}
    said = answer(world, Request("POST", f"{API}/graphql", given, body=sent))
    return said.status, json.loads(said.body)


@pytest.mark.parametrize(
    ("path", "anonymous", "with_token"),
    [
        ("/repos/ALPHA/tool", 200, 200),
        ("/repos/kappa/gone", 404, 404),
        ("/repos/lambda/secret", 404, 200),
        ("/repos/mu/dmca", 451, 451),
        ("/repos/nu/tos", 403, 403),
        ("/repos/xi/saml", 200, 403),
        ("/repos/delta/before", 301, 301),
        ("/repositories/4", 200, 200),
        ("/repositories/99", 404, 404),
        ("/repos/alpha/tool/readme", 404, 404),
        ("/repos/alpha/tool/stargazers", 404, 404),
        ("/user", 404, 404),
    ],
)
def test_every_kind_of_repository_has_its_status(
    world: World, path: str, anonymous: int, with_token: int
) -> None:
    """Gone, private, blocked, forbidden, renamed, and what is never asked."""
    assert rest(world, path).status == anonymous
    said = rest(world, path, **BEARER)
    assert said.status == with_token
    assert ("block" in json.loads(said.body)) == (path in ("/repos/mu/dmca", "/repos/nu/tos"))


def test_a_rename_leads_to_the_number(world: World) -> None:
    """An old name's repository and READMEs are found by number, below the same root."""
    readmes = {"a b/c/README.md": b"# Deep"}
    world.add(Repository("readme/readme", 0, 77, readme=b"# List", files=readmes))
    world.change("readme/readme", old_names=("old/list",))
    root = "https://ghe.example/api/v3"
    for tail in ("", "/readme", "/readme/a%20b/c"):
        url = f"{root}/repos/old/list{tail}"
        moved = answer(world, Request("GET", url, {"user-agent": "t"}))
        assert moved.headers["location"] == f"{root}/repositories/77{tail}"
        assert moved.headers["location"] == json.loads(moved.body)["url"]
    assert rest(world, "/repositories/77/readme", **RAW).body == b"# List"
    assert rest(world, "/repos/readme/readme/readme/a%20b/c", **RAW).body == b"# Deep"
    assert json.loads(rest(world, "/repos/readme/readme").body)["id"] == 77
    assert rest(world, "/repos/small/list/readme", **RAW).body == SMALL_LIST


@pytest.mark.parametrize("form", ["{}", 'W/"another", {}'])
def test_what_is_known_already_is_free_with_a_token(world: World, form: str) -> None:
    """A matching ETag gets 304 without a body; it belongs to token, media type and figures."""
    path = "/repos/alpha/tool"
    first = rest(world, path, **BEARER)
    tag = form.format(first.headers["etag"])
    again = rest(world, path, if_none_match=tag, **BEARER)
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert world.core.used == 1
    assert rest(world, path, if_none_match=tag).status == 200
    assert rest(world, path, if_none_match=rest(world, path).headers["etag"]).status == 304
    assert world.anonymous.used == 3
    world.change("alpha/tool", stars=901)
    assert rest(world, path, if_none_match=tag, **BEARER).status == 200


def test_an_hour_has_so_many_requests(world: World) -> None:
    """The 61st request without a token is refused until the next hour, with when that is."""
    now = 1000.0
    world.now = lambda: now
    world.anonymous.used = 59
    last, refused = (rest(world, "/repos/alpha/tool") for _ in range(2))
    assert (last.status, last.headers["x-ratelimit-remaining"]) == (200, "0")
    assert (refused.status, refused.headers["x-ratelimit-limit"]) == (403, "60")
    assert refused.headers["x-ratelimit-reset"] == "4600"
    assert refused.headers["x-ratelimit-resource"] == "core"
    assert rest(world, "/repos/alpha/tool", **BEARER).status == 200
    now = 4600.0
    assert rest(world, "/repos/alpha/tool").status == 200
    assert world.anonymous == Quota("core", 60, 1, 8200)


def test_a_query_costs_a_point(world: World) -> None:
    """Whatever its size; where none is left it is refused under status 200."""
    world.graphql.used = world.graphql.limit - 1
    _, said = ask(world, "alpha/tool", "beta/tool")
    assert (said["data"]["rateLimit"]["cost"], world.graphql.remaining) == (1, 0)
    status, refused = ask(world, "alpha/tool")
    assert (status, refused["errors"][0]["type"], "data" in refused) == (200, "RATE_LIMITED", False)


def test_who_asks(world: World) -> None:
    """A wrong token is refused, a query without one is too, and so is who does not say a name."""
    assert rest(world, "/repos/alpha/tool", authorization="Bearer no").status == 401
    assert ask(world, "alpha/tool", authorization="Bearer no")[0] == 401
    assert ask(world, "alpha/tool", accept="*/*")[0] == 401
    assert rest(world, "/repos/alpha/tool", user_agent="").status == 403
    sent = Request("POST", f"{API}/graphql", {"user-agent": "t", **BEARER}, body=b'{"query": "{"}')
    assert answer(world, sent).status == 400


def test_each_alias_is_answered_for_itself(world: World) -> None:
    """Renamed, gone, private, blocked, forbidden and bare, side by side in one query."""
    names = ("delta/before", "kappa/gone", "lambda/secret", "mu/dmca", "xi/saml", "theta/bare")
    _, said = ask(world, *names)
    data = said["data"]
    assert data["r0"]["nameWithOwner"] == "delta/after"
    assert data["r2"]["isPrivate"] is True
    assert [data[key] for key in ("r1", "r3", "r4")] == [None, None, None]
    bare = [data["r5"][key] for key in ("primaryLanguage", "licenseInfo", "pushedAt")]
    assert bare == [None, None, None]
    errors = {error["path"][0]: (error["type"], error["message"]) for error in said["errors"]}
    assert errors == {
        "r1": ("NOT_FOUND", "Could not resolve to a Repository with the name 'kappa/gone'."),
        "r3": ("FORBIDDEN", "Repository access blocked"),
        "r4": ("FORBIDDEN", world.named("xi/saml").forbidden.message),  # type: ignore[union-attr]
    }
    assert said["errors"][2]["extensions"] == {"saml_failure": True}


def test_stargazers_are_forbidden(world: World) -> None:
    """The schema accepts `stargazers{totalCount}`, the server does not."""
    _, said = ask(world, "alpha/tool", fields="stargazers{totalCount} stargazerCount")
    assert (said["data"]["r0"], said["errors"][0]["type"]) == (None, "FORBIDDEN")


@pytest.mark.parametrize(
    "text", ["{", "}", "{a", "{a(b:1){c}}", "{a(b:$", "query", "{...", "{a{b}", '{a(b:"x")}', "{$}"]
)
def test_what_is_no_query_is_refused(world: World, text: str) -> None:
    """What it does not understand is no JSON to it; nothing is answered by half."""
    body = json.dumps({"query": text, "variables": {}}).encode()
    sent = Request("POST", f"{API}/graphql", {"user-agent": "t", **BEARER}, body=body)
    assert answer(world, sent).status == 400


def test_a_query_is_answered_as_graphql_says() -> None:
    """To the crawler's own query the answer is the one that the reference implementation gives
    from the same values, in GitHub's schema."""
    world = small_world()
    names = [
        RepositoryName(each.full_name, "github.com")
        for each in world
        if not (each.block or each.forbidden)
    ]
    body = encode_batch(names)
    said = answer(
        world, Request("POST", f"{API}/graphql", {"user-agent": "t", **BEARER}, body=body)
    )
    sent = json.loads(body)

    class Root:
        def repository(self, _: object, owner: str, name: str, **__: object) -> dict[str, Any]:
            found = world.named(f"{owner}/{name}")
            assert found is not None
            return node(found)

        def rateLimit(self, _: object, **__: object) -> dict[str, Any]:
            return {"cost": 1, "remaining": 4999, "resetAt": data["rateLimit"]["resetAt"]}

    data = json.loads(said.body)["data"]
    file = WHOLE_SCHEMA if WHOLE_SCHEMA.exists() else SMALL_SCHEMA
    told = execute_sync(schema(file), parse(sent["query"]), Root(), None, sent["variables"])
    assert (data, told.errors) == (told.data, None)
    assert list(data) == list(told.data or {})


def recorded(shared: Path, name: str, status: int, method: str = "get") -> dict[str, Any]:
    """A recorded exchange of GitHub's."""
    exchanges = json.loads((shared / "github" / "exchanges" / name).read_text(encoding="utf-8"))
    found: dict[str, Any] = next(
        each for each in exchanges if each["status"] == status and each["method"] == method
    )
    return found


def assert_part_of(ours: Any, theirs: Any, where: str = "") -> None:
    """Every key of ours is in a recorded body, with a value of the same kind or null."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key, value in ours.items():
            assert key in theirs, f"{where}/{key}"
            assert_part_of(value, theirs[key], f"{where}/{key}")
    elif ours is not None and theirs is not None:
        assert type(ours) is type(theirs), where


def test_answers_are_part_of_what_was_recorded(world: World, shared: Path) -> None:
    """A repository, a redirect and a refusal have GitHub's keys, kinds and headers."""
    exchange = recorded(shared, "get-repository.json", 200)
    said = rest(world, "/repos/alpha/tool", **BEARER)
    assert_part_of(json.loads(said.body), exchange["response"])
    wanted = {name for name in exchange["headers"] if name.startswith("x-ratelimit-")}
    assert wanted | {"etag", "content-type"} <= set(said.headers)
    exchange = recorded(shared, "rename-repository.json", 301)
    said = rest(world, "/repos/delta/before")
    assert set(json.loads(said.body)) == set(exchange["response"])
    assert json.loads(said.body)["message"] == exchange["response"]["message"]
    assert exchange["headers"]["location"].split("/")[3] == "repositories"
    exchange = recorded(shared, "errors.json", 422, "post")
    said = rest(world, "/repos/kappa/gone")
    assert set(exchange["response"]) - {"errors"} <= set(json.loads(said.body))


TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "object": (dict,),
}


def misfits(value: Any, wanted: dict[str, Any], openapi: dict[str, Any], at: str = "") -> list[str]:
    """Where `value` departs from an OpenAPI schema, of which this knows the used part; what it
    leaves out is no departure."""
    while "$ref" in wanted:
        target: Any = openapi
        for key in wanted["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        wanted = target
    for choice in ("anyOf", "oneOf"):
        if choice in wanted:
            return min((misfits(value, each, openapi, at) for each in wanted[choice]), key=len)
    found = [each for part in wanted.get("allOf", ()) for each in misfits(value, part, openapi, at)]
    kinds = wanted.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if value is None:
        nullable = wanted.get("nullable") or "null" in kinds or not kinds
        return [] if nullable else [f"{at} is null"]
    if kinds and not any(isinstance(value, TYPES.get(kind, ())) for kind in kinds):
        return [f"{at} is {type(value).__name__}, not {kinds}"]
    if isinstance(value, dict) and "properties" in wanted:
        for key, each in value.items():
            part = wanted["properties"].get(key)
            if part is None:
                found.append(f"{at}/{key} is unknown")
            else:
                found += misfits(each, part, openapi, f"{at}/{key}")
    return found


@pytest.mark.parametrize("name", ["alpha/tool", "theta/bare"])
def test_a_repository_fits_the_documented_schema(world: World, shared: Path, name: str) -> None:
    """Each key is one of GitHub's OpenAPI description, in the documented type."""
    text = (shared / "github" / "openapi-subset.json").read_text(encoding="utf-8")
    openapi = json.loads(text)
    content = openapi["paths"]["/repos/{owner}/{repo}"]["get"]["responses"]["200"]["content"]
    body = json.loads(rest(world, f"/repos/{name}").body)
    assert misfits(body, content["application/json"]["schema"], openapi) == []
