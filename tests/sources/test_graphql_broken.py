"""GraphQL answers that are odd, wrong, cut off or none: what still counts, and what does not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources.test_graphql import FULL, decode

from crawler.model.errors import BrokenAnswer
from crawler.model.values import Facts, Reason, Refusal


@pytest.mark.parametrize(
    "odd",
    [
        {"message": None, "path": ["r1"]},
        {"message": "x", "path": "r1"},
        {"message": "x", "path": [None]},
        {"message": 5},
        {"type": ["x"]},
        "text",
        None,
    ],
    ids=str,
)
def test_odd_error_does_not_void_the_batch(odd: object) -> None:
    """An error that cannot be read costs the repositories that were answered nothing."""
    body = {"data": {"r0": FULL, "r1": None}, "errors": [odd]}
    found, missing = decode(body, 2).answers
    assert isinstance(found, Facts)
    assert isinstance(missing, Refusal)
    assert missing.reason.retryable


@pytest.mark.parametrize(
    "wrong",
    [
        {"stargazerCount": None},
        {"stargazerCount": "12"},
        {"stargazerCount": 12.5},
        {"stargazerCount": True},
        {"stargazerCount": -1},
        {"stargazerCount": 2**53},
        {"nameWithOwner": None},
        {"nameWithOwner": ""},
        {"nameWithOwner": "no-slash"},
        {"nameWithOwner": "a/b/c"},
        {"url": None},
        {"url": "javascript:alert(1)"},
        {"pushedAt": "yesterday"},
        {"pushedAt": "2026-10-31T23:59:59"},
        {"isArchived": "no"},
        {"primaryLanguage": "C#"},
    ],
    ids=str,
)
def test_figures_that_cannot_be_read(wrong: dict[str, Any]) -> None:
    """A repository with a figure that is none is malformed: never 0 stars, and alone."""
    odd, fine = decode({"data": {"r0": {**FULL, **wrong}, "r1": FULL}}, 2).answers
    assert isinstance(odd, Refusal)
    assert odd.reason is Reason.MALFORMED
    assert isinstance(fine, Facts)


@pytest.mark.parametrize("field", ["stargazerCount", "nameWithOwner", "url"])
def test_figures_left_out(field: str) -> None:
    """Without its stars, its name or its address, a repository is malformed."""
    (answer,) = decode({"data": {"r0": {k: v for k, v in FULL.items() if k != field}}}).answers
    assert isinstance(answer, Refusal)
    assert answer.reason is Reason.MALFORMED


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b"42",
        b"{}",
        b'{"data": null}',
        b'{"data": []}',
        b'{"data": "x"}',
        b'{"data": {"r0": null}',
        b"<html><body>Unicorn!</body></html>",
        b"\xff\xfe\x00",
        b'{"data": {"r0": {"x": "\xff"}}',
        b'{"message": "Something went wrong."}',
        b"[" * 100_000,
        b'{"data": {"r0": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
        b'{"data": {"r0": ' + b'{"x":' * 100_000 + b"1" + b"}" * 100_000 + b"}}",
    ],
    ids=lambda body: str(body[:20]),
)
def test_bodies_that_are_no_answer(body: bytes) -> None:
    """A body without data says nothing about any repository: the attempt failed."""
    with pytest.raises(BrokenAnswer):
        decode(body)


def test_deep_but_decodable_answer() -> None:
    """What the decoder of the whole can still skip, that of the repository can refuse."""
    for depth in (100, 500, 900):
        deep = b'{"data": {"r0": {"x": ' + b"[" * depth + b"]" * depth + b"}}}"
        try:
            (answer,) = decode(deep).answers
        except BrokenAnswer:
            continue
        assert isinstance(answer, Refusal)
        assert answer.reason is Reason.MALFORMED


def test_refusal_of_the_whole_query_says_why() -> None:
    """Where no repository is answered, the sentence of the failure is GitHub's."""
    with pytest.raises(BrokenAnswer, match="may be the result of a timeout"):
        decode({"data": None, "errors": [{"message": "This may be the result of a timeout."}]})
    with pytest.raises(BrokenAnswer, match="node limit"):
        decode({"errors": [{"message": "exceeds the node limit"}]})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "errors", "message", "type", "path", "r0", *FULL]), inner
        )
    ),
    max_leaves=12,
)
ERRORS = st.lists(JSON | st.fixed_dictionaries({"path": JSON, "message": JSON, "type": JSON}))
REPOSITORY = JSON | st.dictionaries(st.sampled_from(sorted(FULL)), JSON).map(
    lambda wrong: {**FULL, **wrong}
)
BODIES = st.one_of(
    st.binary(max_size=60),
    JSON.map(json.dumps).map(str.encode),
    st.fixed_dictionaries(
        {"data": st.dictionaries(st.sampled_from(["r0", "r1", "rateLimit"]), REPOSITORY)},
        optional={"errors": ERRORS},
    )
    .map(json.dumps)
    .map(str.encode),
)


@given(BODIES)
def test_any_body_is_answers_or_a_broken_answer(body: bytes) -> None:
    """No body raises anything else; each name gets one answer; stars come from GitHub alone."""
    try:
        batch = decode(body, 2)
    except BrokenAnswer:
        return
    assert len(batch.answers) == 2
    data = json.loads(body)["data"]
    for alias, answer in zip(("r0", "r1"), batch.answers, strict=True):
        if isinstance(answer, Facts):
            assert answer.stars == data[alias]["stargazerCount"]
            assert answer.stars >= 0


@given(st.data())
def test_cut_off_body_is_broken(data: st.DataObject) -> None:
    """An answer that ends early is broken wherever it ends."""
    body = json.dumps({"data": {"r0": FULL}, "errors": [{"message": "x", "path": ["r0"]}]}).encode()
    with pytest.raises(BrokenAnswer):
        decode(body[: data.draw(st.integers(0, len(body) - 1))])


def refused(body: object) -> Refusal:
    """What is said of the one repository asked for."""
    (answer,) = decode(body).answers
    assert isinstance(answer, Refusal)
    return answer


def test_an_odd_error_hides_none_after_it() -> None:
    """What follows an error that is none at all still says what it says."""
    missing = {"type": "NOT_FOUND", "message": "gone", "path": ["r0"]}
    answer = refused({"data": {"r0": None}, "errors": ["text", missing]})
    assert (answer.reason, answer.message) == (Reason.NOT_FOUND, "gone")


@pytest.mark.parametrize("kind", [["x"], {}, 5, None], ids=str)
def test_a_refusal_of_an_odd_kind_is_a_broken_answer(kind: object) -> None:
    """Whatever stands where the kind of an error should."""
    with pytest.raises(BrokenAnswer, match="it broke"):
        decode({"data": None, "errors": [{"type": kind, "message": "it broke"}]})


def test_a_refusal_of_one_says_why() -> None:
    """Blocked ones bear GitHub's sentence, unreadable ones name what is wrong, and what may pass
    in a smaller query is marked."""
    blocked = {"type": "X", "message": "Repository access blocked", "path": ["r0"]}
    answer = refused({"data": {"r0": None}, "errors": [blocked]})
    assert (answer.reason, answer.message) == (Reason.BLOCKED, "Repository access blocked")
    unreadable = refused({"data": {"r0": {**FULL, "stargazerCount": "many"}}})
    assert "stargazerCount" in unreadable.message
    limited = {"type": "RESOURCE_LIMITS_EXCEEDED", "message": "too much", "path": ["r0"]}
    assert refused({"data": {"r0": None}, "errors": [limited]}).too_much is True
