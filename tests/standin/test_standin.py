"""What the stand-in adds to the demonstration's GitHub: a socket, a log, latency, and files."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from standin import File, Forbidden, Latency, Repository, StandIn, World
from standin.asking import ask, rest
from standin.schema import SMALL_SCHEMA, WHOLE_SCHEMA, schema


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


def test_files_are_served_as_they_are(github: StandIn) -> None:
    """Any file may be served, with any type and status; others are 404."""
    github.files["list.md"] = File(b"\xff", {"content-type": "image/png"}, 203)
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
