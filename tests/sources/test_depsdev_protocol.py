"""What is sent to deps.dev, and what is made of its answers."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.model.errors import BrokenAnswer
from crawler.model.values import Answer, Facts, Provider, Reason, Refusal, RepositoryName
from crawler.sources.depsdev.protocol import UNKNOWN, Page, decode_batch, encode_batch

NOW = datetime(2026, 5, 8, 12, tzinfo=UTC)
ASKED = RepositoryName("Alpha/Tool", "github.com")
LEFT_OUT = object()


def batch(*responses: object, **more: object) -> bytes:
    """The body of an answer."""
    return json.dumps({"responses": responses, **more}).encode()


def response(project: object = LEFT_OUT, asked: str = "github.com/Alpha/Tool") -> dict[str, Any]:
    """What a batch says about one of its requests."""
    request = {"request": {"projectKey": {"id": asked}}}
    return request if project is LEFT_OUT else {**request, "project": project}


def project(id_: str = "github.com/alpha/tool", **more: object) -> dict[str, Any]:
    """A project that deps.dev knows."""
    return {"projectKey": {"id": id_}, **more}


def answer(project: object = LEFT_OUT) -> Answer:
    """What is made of this being said about `ASKED`."""
    return decode_batch(batch(response(project)), NOW).answers[ASKED.key]


def facts(project: object) -> Facts:
    """The facts that are read from a project."""
    found = answer(project)
    assert isinstance(found, Facts)
    return found


def test_a_batch_names_host_owner_and_repository() -> None:
    """Each name is asked for with its own host, in its spelling and order."""
    names = [ASKED, RepositoryName("group/sub/tool", host="gitlab.com")]
    assert json.loads(encode_batch(names)) == {
        "requests": [
            {"projectKey": {"id": "github.com/Alpha/Tool"}},
            {"projectKey": {"id": "gitlab.com/group/sub/tool"}},
        ]
    }


def test_a_further_page_is_the_same_batch_with_its_token() -> None:
    """deps.dev wants all other fields to be those of the first request."""
    first, second = json.loads(encode_batch([ASKED])), json.loads(encode_batch([ASKED], "t"))
    assert second == {**first, "pageToken": "t"}


def test_facts_are_what_deps_dev_says_and_nothing_else() -> None:
    """What it does not say is None, not False; the name is the canonical one."""
    said = project(
        starsCount=12,
        forksCount=3,
        openIssuesCount=1,
        license="MIT",
        description="A tool",
        homepage="https://alpha.test",
        scorecard={"overallScore": 8.5},
    )
    assert answer(said) == Facts(
        full_name="alpha/tool",
        host="github.com",
        url="https://github.com/alpha/tool",
        stars=12,
        provider=Provider.DEPSDEV,
        fetched_at=NOW,
        id=None,
        forks=3,
        language=None,
        license="MIT",
        archived=None,
        fork=None,
        private=None,
        pushed_at=None,
        about="A tool",
    )


def test_a_renamed_project_keeps_the_name_it_was_asked_by_as_its_key() -> None:
    """The answer is found under the asked name and carries the canonical one."""
    page = decode_batch(
        batch(response(project("github.com/beta/after", starsCount=1), "github.com/Beta/Before")),
        NOW,
    )
    found = page.answers[RepositoryName("beta/before", "github.com").key]
    assert isinstance(found, Facts)
    assert (found.full_name, found.url) == ("beta/after", "https://github.com/beta/after")


def test_another_host_keeps_its_name_and_address() -> None:
    """A project on GitLab, with its groups, is found under its own host."""
    id_ = "gitlab.com/group/sub/tool"
    page = decode_batch(batch(response(project(id_, starsCount=1), id_)), NOW)
    found = page.answers["gitlab.com/group/sub/tool"]
    assert isinstance(found, Facts)
    assert (found.full_name, found.url) == ("group/sub/tool", f"https://{id_}")


def test_a_host_compares_without_case() -> None:
    """Hosts are in lower case here, however they are written there."""
    page = decode_batch(batch(response(project("GitHub.com/a/b"), "GITHUB.com/A/B")), NOW)
    found = page.answers["github.com/a/b"]
    assert isinstance(found, Facts)
    assert found.url == "https://github.com/a/b"


@pytest.mark.parametrize("absent", [LEFT_OUT, None, {}])
def test_an_absent_project_is_unknown_to_the_source(absent: object) -> None:
    """deps.dev says nothing of it: no verdict, a later run may tell, and a token would."""
    found = answer(absent)
    assert found == Refusal(Reason.UNKNOWN_TO_SOURCE, UNKNOWN)
    assert found.reason.retryable
    assert "token would settle it" in found.message


def test_a_zero_that_is_left_out_is_a_zero() -> None:
    """The JSON of protobuf leaves out fields that have their default."""
    for said in (project(), project(starsCount=0, forksCount=0, license="", description="")):
        found = facts(said)
        assert (found.stars, found.forks, found.license, found.about) == (0, 0, None, None)


@pytest.mark.parametrize(
    ("said", "stars"), [(0, 0), ("0", 0), ("1234", 1234), (2**31, 2**31), ("9" * 15, 10**15 - 1)]
)
def test_numbers_may_come_as_text(said: object, stars: int) -> None:
    """The JSON of protobuf writes large numbers as text."""
    assert facts(project(starsCount=said, forksCount=said)).stars == stars
    assert facts(project(starsCount=said, forksCount=said)).forks == stars


@pytest.mark.parametrize("license_", ["", None, "non-standard", "unknown"])
def test_a_license_without_an_identifier_is_none(license_: str | None) -> None:
    """deps.dev's words for one that SPDX has no identifier for are no identifiers."""
    assert facts(project(license=license_)).license is None


NO_COUNTS: list[object] = [
    None,
    -1,
    "-1",
    "",
    "many",
    "٣",
    "1\n",
    "9" * 5000,
    1.5,
    True,
    [],
    10**30,
]
NO_KEYS = ["", "tool", "github.com/tool", "github.com/a/b\n", "github.com//b", "a/ /"]
MALFORMED: list[object] = [
    *(project(starsCount=wrong) for wrong in NO_COUNTS),
    *(project(wrong, starsCount=5) for wrong in NO_KEYS),
    project(forksCount=-1),
    project(license=["MIT"]),
    project(description=1),
    {"projectKey": None, "starsCount": 5},
    {"projectKey": {}, "starsCount": 5},
    {"starsCount": 5},
    [],
    "alpha/tool",
    7,
]


@pytest.mark.parametrize("said", MALFORMED, ids=lambda said: json.dumps(said)[:60])
def test_a_project_in_another_shape_is_malformed(said: object) -> None:
    """What cannot be read is neither 0 stars nor unknown."""
    found = answer(said)
    assert isinstance(found, Refusal)
    assert found.reason is Reason.MALFORMED


def test_a_project_on_another_host_is_malformed() -> None:
    """No answer leads to a server that nobody asked about."""
    found = answer(project("elsewhere.test/alpha/tool", starsCount=5))
    assert isinstance(found, Refusal)
    assert found.reason is Reason.MALFORMED


def test_one_malformed_project_leaves_the_others() -> None:
    """Each answer of a batch is read by itself; what answers no request is passed over."""
    page = decode_batch(
        batch(
            response(project(starsCount=[])),
            {"project": project(starsCount=1)},
            {"request": {"projectKey": {"id": "nonsense"}}},
            None,
            response(project("github.com/b/b", starsCount=2), "github.com/b/b"),
        ),
        NOW,
    )
    assert page.answers.keys() == {ASKED.key, "github.com/b/b"}
    assert isinstance(page.answers["github.com/b/b"], Facts)


def test_of_two_answers_to_one_request_the_first_counts() -> None:
    """A name has one answer, whatever is sent."""
    said = batch(response(project(starsCount=1)), response(project(starsCount=2)))
    found = decode_batch(said, NOW).answers[ASKED.key]
    assert isinstance(found, Facts)
    assert found.stars == 1


@pytest.mark.parametrize(
    ("more", "token"), [({}, ""), ({"nextPageToken": ""}, ""), ({"nextPageToken": "t"}, "t")]
)
def test_the_token_of_the_next_page(more: dict[str, str], token: str) -> None:
    """It is empty where there is no further page."""
    assert decode_batch(batch(**more), NOW).next_page_token == token


def test_an_empty_answer_is_an_empty_page() -> None:
    """Without responses and without a token, protobuf's JSON is an empty object."""
    assert decode_batch(b"{}", NOW) == Page({}, "")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!DOCTYPE html><html></html>",
        b'{"responses": [{"request": {"proj',
        b"[]",
        b"null",
        b'{"responses": null}',
        b'{"responses": {}}',
        b'{"responses": [], "nextPageToken": 1}',
        b'{"responses": ["\xff"], "nextPageToken": "\xff"}',
        b'{"responses": ' + b"[" * 100_000,
    ],
    ids=lambda body: repr(body[:40]),
)
def test_what_is_no_batch_is_a_broken_answer(body: bytes) -> None:
    """HTML, cut-off bodies and other JSON can be asked for again."""
    with pytest.raises(BrokenAnswer, match=r"deps\.dev"):
        decode_batch(body, NOW)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_body_raises_anything_but_a_broken_answer(body: bytes) -> None:
    """Whatever a server sends is read or refused."""
    for whole in (body, b'{"responses": [' + body + b"]}"):
        with suppress(BrokenAnswer):
            decode_batch(whole, NOW)


PROJECTS = st.fixed_dictionaries(
    {},
    optional={
        "projectKey": st.just({"id": "github.com/a/b"}) | JSON,
        "starsCount": st.integers(0, 2**40) | st.integers().map(str) | JSON,
        "license": st.just("MIT") | JSON,
    },
)


@given(PROJECTS | JSON)
def test_no_project_is_ranked_by_a_guess(said: object) -> None:
    """Facts come only with a project's name, and with its number or, where there is none, 0."""
    found = answer(said)
    if isinstance(found, Facts):
        assert isinstance(said, dict)
        assert found.stars == int(said.get("starsCount", 0)) >= 0
        assert said["projectKey"] == {"id": f"github.com/{found.full_name}"}
    else:
        assert (found.reason is Reason.UNKNOWN_TO_SOURCE) == (said in (None, {}))
