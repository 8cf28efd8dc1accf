"""One repository by REST: what each answer comes to."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from builders import facts, full_facts
from hypothesis import given
from hypothesis import strategies as st

from crawler.http.exchange import Response
from crawler.model.errors import BrokenAnswer, ForeignAnswer
from crawler.model.values import Answer, Facts, Provider, Reason, Refusal
from crawler.sources.github.rest import decode_repository, redirect_of

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
URL = "https://api.github.com/repos/owner/repo"
EXCHANGES = Path(__file__).parents[3] / "shared" / "github" / "exchanges"

FULL: dict[str, Any] = {
    "id": 42,
    "node_id": "MDEwOlJlcG9zaXRvcnk0Mg==",
    "full_name": "Owner/Repo",
    "owner": {"login": "Owner"},
    "html_url": "https://github.com/Owner/Repo",
    "stargazers_count": 1234,
    "watchers_count": 1234,
    "forks_count": 56,
    "archived": True,
    "fork": False,
    "private": False,
    "created_at": "2019-02-28T01:02:03Z",
    "pushed_at": "2026-10-31T23:59:59Z",
    "description": "What it is \U0001f680",
    "language": "C#",
    "license": {"key": "mit", "spdx_id": "MIT"},
}


def response(status: int, body: object, **headers: str) -> Response:
    """A response with `body` as it is, or as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, headers, raw, URL)


def decode(status: int, body: object) -> Answer:
    """What is made of it."""
    return decode_repository(response(status, body), "github.com", NOW)


def refusal(status: int, body: object) -> Refusal:
    """What is made of it, which is no facts."""
    answer = decode(status, body)
    assert isinstance(answer, Refusal)
    return answer


def recorded(name: str) -> list[dict[str, Any]]:
    """A recorded exchange with GitHub."""
    file = EXCHANGES / f"{name}.json"
    if not file.exists():
        pytest.skip("the recorded exchanges are not beside this checkout (../shared)")
    found: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return found


def test_full_answer() -> None:
    """Every figure of the report comes from its field."""
    assert decode(200, FULL) == full_facts(
        "Owner/Repo", 1234, 42, provider=Provider.REST, fetched_at=NOW, private=False
    )


def test_unknown_is_none() -> None:
    """What GitHub leaves empty or out is unknown, and real zeros stay."""
    bare = {"full_name": "a/b", "html_url": "https://github.com/a/b", "stargazers_count": 0}
    expected = facts("a/b", 0, provider=Provider.REST, fetched_at=NOW)
    assert decode(200, bare) == expected
    assert decode(200, dict.fromkeys(FULL) | bare) == expected
    assert decode(200, {**bare, "license": {"spdx_id": None}}) == expected


def test_recorded_repository() -> None:
    """A real answer of GitHub is read."""
    (exchange,) = recorded("get-repository")
    answer = decode(exchange["status"], exchange["response"])
    assert isinstance(answer, Facts)
    assert answer.full_name == "octokit-fixture-org/hello-world"
    assert answer.id == 1000
    assert answer.private is False


def test_recorded_rename() -> None:
    """A real redirect of GitHub leads to the number, and that to the new name."""
    exchanges = [each for each in recorded("rename-repository") if each["method"] == "get"]
    moved, found = exchanges
    target = redirect_of(
        Response(
            moved["status"],
            {"location": moved["headers"]["location"]},
            json.dumps(moved["response"]).encode(),
            "https://api.github.com" + moved["path"],
        )
    )
    assert target == "https://api.github.com" + found["path"]
    answer = decode(found["status"], found["response"])
    assert isinstance(answer, Facts)
    assert answer.full_name == "octokit-fixture-org/rename-repository-newname"


BLOCKED = "Repository access blocked"
SAML = "Resource protected by organization SAML enforcement."


def own(message: str, **more: Any) -> dict[str, Any]:
    """A refusal as GitHub writes it."""
    return {"message": message, "documentation_url": "https://docs.github.com/rest/repos", **more}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (404, own("Not Found", status="404"), Refusal(Reason.NOT_FOUND, "Not Found")),
        (
            404,
            own("Not Found", documentation_url="https://developer.github.com/enterprise/v3"),
            Refusal(Reason.NOT_FOUND, "Not Found"),
        ),
        (410, own("Gone"), Refusal(Reason.NOT_FOUND, "Gone")),
        (
            451,
            {"message": BLOCKED, "block": {"reason": "dmca", "created_at": "2026-01-01T00:00:00Z"}},
            Refusal(Reason.BLOCKED, f"{BLOCKED} (dmca)"),
        ),
        (451, own(BLOCKED, block=None), Refusal(Reason.BLOCKED, BLOCKED)),
        (
            403,
            {"message": BLOCKED, "block": {"reason": "tos", "html_url": "https://github.com/tos"}},
            Refusal(Reason.BLOCKED, f"{BLOCKED} (tos)"),
        ),
        (403, {"message": BLOCKED, "block": {}}, Refusal(Reason.BLOCKED, BLOCKED)),
        (403, {"message": BLOCKED, "block": {"reason": None}}, Refusal(Reason.BLOCKED, BLOCKED)),
        (403, own(SAML), Refusal(Reason.FORBIDDEN, SAML)),
    ],
)
def test_refusals(status: int, body: object, expected: Refusal) -> None:
    """Gone, blocked and forbidden are told apart, with GitHub's sentence."""
    assert decode(status, body) == expected


def test_the_header_of_github_is_a_sign_as_well() -> None:
    """JSON that leads to no documentation is GitHub's own where its header says so."""
    answer = response(404, {"message": "Not Found"}, **{"x-github-request-id": "C0DE:1"})
    assert decode_repository(answer, "github.com", NOW) == Refusal(Reason.NOT_FOUND, "Not Found")
    with pytest.raises(ForeignAnswer):
        decode_repository(response(404, {"message": "Not Found"}), "github.com", NOW)


FOREIGN = {
    "page": b"<!DOCTYPE html><html><title>Log in</title></html>",
    "part of a page": b"<p>Access denied</p>",
    "text": b"Blocked by policy",
    "nothing": b"",
    "JSON of a gateway": b'{"message":"no Route matched with those values"}',
    "JSON of another gateway": b'{"message":"Forbidden"}',
    "JSON with documentation": b'{"message":"No","documentation_url":"https://docs.gateway.test/"}',
    "JSON of a portal": b'{"error":{"code":403,"message":"login required"}}',
    "a list": b"[]",
    "a message that is none": b'{"message":5,"documentation_url":"https://docs.github.com/"}',
    "nested deep": b'{"x":' + b"[" * 100_000,
    "not UTF-8": b'{"message": "\xff"}',
}
"""What gateways, proxies and portals say in GitHub's place."""


@pytest.mark.parametrize("body", FOREIGN)
def test_what_is_not_github_is_no_verdict(body: str) -> None:
    """Whatever somebody else says, the attempt failed and nothing is known of the repository."""
    for status in (201, 204, 302, 304, 400, 403, 404, 405, 410, 418, 422, 429, 451):
        for headers in ({}, {"content-type": "text/html"}):
            answer = response(status, FOREIGN[body], **headers)
            said = rf"^api\.github\.com answered with status {status} "
            with pytest.raises(ForeignAnswer, match=said):
                decode_repository(answer, "github.com", NOW)


@pytest.mark.parametrize("body", [FOREIGN["page"], json.dumps(FULL).encode()])
def test_a_page_with_status_200(body: bytes) -> None:
    """A portal that answers everything with success is told by its page."""
    with pytest.raises(ForeignAnswer, match="a web page"):
        decode_repository(response(200, body, **{"content-type": "text/html"}), "github.com", NOW)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("body", [b"", json.dumps(own("Moved Permanently")).encode()])
def test_a_redirect_to_a_portal(status: int, body: bytes) -> None:
    """It says where it leads, without what may be a key there."""
    portal = "http://user:s3cret@login.portal.test/?from=s3cret"
    with pytest.raises(ForeignAnswer, match=r"which leads to login\.portal\.test") as caught:
        decode_repository(response(status, body, location=portal), "github.com", NOW)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("status", [400, 405, 418, 422])
def test_statuses_that_mean_nothing_here(status: int) -> None:
    """An answer of GitHub that makes no sense settles nothing: a later run asks again."""
    answer = refusal(status, own("Odd"))
    assert answer.reason is Reason.MALFORMED
    assert str(status) in answer.message
    assert "Odd" in answer.message


@pytest.mark.parametrize("status", [408, 421, 425, 500, 502, 503, 504, 511, 599, 999])
def test_server_errors_are_failed_attempts(status: int) -> None:
    """A server in trouble says nothing about the repository."""
    with pytest.raises(BrokenAnswer, match=str(status)):
        decode(status, {"message": "Server Error"})


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b'{"full_name": "a/', b"\xff\xfe", b'{"x": ' + b"[" * 100_000],
    ids=lambda body: str(body[:20]),
)
def test_bodies_that_are_not_json(body: bytes) -> None:
    """An answer cut off, or of something else than GitHub, is a failed attempt."""
    with pytest.raises(BrokenAnswer):
        decode(200, body)


@pytest.mark.parametrize(
    "wrong",
    [
        {"stargazers_count": None},
        {"stargazers_count": "12"},
        {"stargazers_count": 1.5},
        {"stargazers_count": -1},
        {"stargazers_count": False},
        {"full_name": None},
        {"full_name": "no-slash"},
        {"html_url": None},
        {"html_url": "javascript:alert(1)"},
        {"pushed_at": "yesterday"},
        {"license": "MIT"},
    ],
    ids=str,
)
def test_figures_that_cannot_be_read(wrong: dict[str, Any]) -> None:
    """A figure that is none makes the repository malformed, and never 0 stars."""
    assert refusal(200, {**FULL, **wrong}).reason is Reason.MALFORMED


@pytest.mark.parametrize("field", ["stargazers_count", "full_name", "html_url"])
def test_figures_left_out(field: str) -> None:
    """Without its stars, its name or its address, a repository is malformed."""
    left = {key: value for key, value in FULL.items() if key != field}
    assert refusal(200, left).reason is Reason.MALFORMED


@pytest.mark.parametrize("body", [{}, [], None, 5, "text", [FULL]], ids=str)
def test_json_that_is_no_repository(body: object) -> None:
    """JSON of another shape is malformed."""
    assert refusal(200, body).reason is Reason.MALFORMED


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["message", "block", "reason", *FULL]), inner)
    ),
    max_leaves=10,
)


@given(
    st.integers(200, 599),
    st.binary(max_size=50)
    | (JSON | st.dictionaries(st.sampled_from(sorted(FULL)), JSON).map(lambda odd: {**FULL, **odd}))
    .map(json.dumps)
    .map(str.encode),
)
def test_any_answer_is_decoded_or_broken(status: int, body: bytes) -> None:
    """No answer raises anything else, and stars come from GitHub alone."""
    try:
        answer = decode(status, body)
    except BrokenAnswer:
        return
    if isinstance(answer, Facts):
        assert status == 200
        assert answer.stars == json.loads(body)["stargazers_count"]
