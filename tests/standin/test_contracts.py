"""The stand-in's answers have the shapes that GitHub documents and was recorded to send."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from standin import StandIn
from standin.asking import BEARER, rest


def recorded(shared: Path, name: str, status: int, method: str = "get") -> dict[str, Any]:
    """A recorded exchange of GitHub's."""
    exchanges = json.loads((shared / "github" / "exchanges" / name).read_text(encoding="utf-8"))
    found: dict[str, Any] = next(
        each for each in exchanges if each["status"] == status and each["method"] == method
    )
    return found


def assert_same_shape(ours: Any, theirs: Any, where: str = "") -> None:
    """Every key of a recorded body is in ours, with a value of the same kind or null."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key, value in theirs.items():
            assert key in ours, f"{where}/{key}"
            assert_same_shape(ours[key], value, f"{where}/{key}")
    elif ours is not None and theirs is not None:
        assert type(ours) is type(theirs), where


def test_repository_has_the_recorded_shape(github: StandIn, shared: Path) -> None:
    """A repository's JSON has every key of the recorded one, and its headers of limits."""
    # Only the owner of a repository is told how it merges.
    owners = {"allow_squash_merge", "allow_merge_commit", "allow_rebase_merge"}
    owners |= {"allow_auto_merge", "delete_branch_on_merge", "allow_update_branch"}
    owners |= {"use_squash_pr_title_as_default"}
    exchange = recorded(shared, "get-repository.json", 200)
    answer = rest(github, "/repos/alpha/tool", **BEARER)
    theirs = {key: value for key, value in exchange["response"].items() if key not in owners}
    assert_same_shape(answer.json(), theirs)
    wanted = {name for name in exchange["headers"] if name.startswith("x-ratelimit-")}
    assert wanted | {"etag", "content-type"} <= set(answer.headers)


def test_redirect_has_the_recorded_shape(github: StandIn, shared: Path) -> None:
    """The redirect of a rename has the recorded body and leads to the same kind of address."""
    exchange = recorded(shared, "rename-repository.json", 301)
    answer = rest(github, "/repos/delta/before")
    assert set(answer.json()) == set(exchange["response"])
    assert answer.json()["message"] == exchange["response"]["message"]
    assert exchange["headers"]["location"].split("/")[3] == "repositories"
    assert answer.headers["location"] == answer.json()["url"]


def test_errors_have_the_recorded_shape(github: StandIn, shared: Path) -> None:
    """A refusal has `message` and `documentation_url`."""
    exchange = recorded(shared, "errors.json", 422, "post")
    answer = rest(github, "/repos/kappa/gone").json()
    assert set(exchange["response"]) - {"errors"} <= set(answer)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/repos/{owner}/{repo}", "alpha/tool"),
        ("/repos/{owner}/{repo}", "theta/bare"),
        ("/repos/{owner}/{repo}/readme", "small/list"),
    ],
)
def test_answers_fit_the_documented_schema(
    github: StandIn, shared: Path, path: str, name: str
) -> None:
    """What GitHub's OpenAPI description requires is there, in the documented type."""
    text = (shared / "github" / "openapi-subset.json").read_text(encoding="utf-8")
    openapi = json.loads(text)
    content = openapi["paths"][path]["get"]["responses"]["200"]["content"]
    owner, repo = name.split("/")
    body = rest(github, path.format(owner=owner, repo=repo)).json()
    assert misfits(body, content["application/json"]["schema"], openapi) == []


TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def misfits(
    value: Any, schema_: dict[str, Any], openapi: dict[str, Any], at: str = ""
) -> list[str]:
    """Where `value` departs from an OpenAPI schema, of which this knows the used part."""
    while "$ref" in schema_:
        target: Any = openapi
        for key in schema_["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        schema_ = target
    for choice in ("anyOf", "oneOf"):
        if choice in schema_:
            return min((misfits(value, each, openapi, at) for each in schema_[choice]), key=len)
    found = [
        each for part in schema_.get("allOf", ()) for each in misfits(value, part, openapi, at)
    ]
    kinds = schema_.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if value is None:
        nullable = schema_.get("nullable") or "null" in kinds or not kinds
        return [] if nullable else [f"{at} is null"]
    if kinds and not any(isinstance(value, TYPES.get(kind, ())) for kind in kinds):
        return [f"{at} is {type(value).__name__}, not {kinds}"]
    if isinstance(value, dict):
        found += [
            f"{at}/{key} is absent" for key in schema_.get("required", ()) if key not in value
        ]
        for key, part in schema_.get("properties", {}).items():
            if key in value:
                found += misfits(value[key], part, openapi, f"{at}/{key}")
    return found
