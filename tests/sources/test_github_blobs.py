"""Many files of a repository in one query."""

from __future__ import annotations

import json
from typing import Any

import pytest
from standin.schema import WHOLE_SCHEMA, objections, schema

from crawler.cli.demo.github import answer
from crawler.cli.demo.world import Repository, World
from crawler.http.exchange import Request
from crawler.model.errors import AttemptError, BrokenAnswer, RunError, TooMuch
from crawler.model.files import NoFile, RepositoryFile, RepositoryPath
from crawler.model.values import RepositoryName
from crawler.sources.github.blobs import decode_blobs, encode_blobs

NOTHING = {"repository": None}
NAME = RepositoryName("o/list", "github.com")


def places(*paths: str, ref: str = "") -> list[RepositoryPath]:
    """Files of the list's repository."""
    return [RepositoryPath(NAME, path, ref) for path in paths]


def asked(*paths: str, ref: str = "", **more: Any) -> tuple[RepositoryFile | NoFile | None, ...]:
    """What a GitHub with such a repository says of some files."""
    world = World([Repository("o/list", **more)], tokens=["t"])
    wanted = places(*paths, ref=ref)
    head = {"user-agent": "t", "authorization": "Bearer t"}
    url = "https://api.github.com/graphql"
    said = answer(world, Request("POST", url, head, body=encode_blobs(wanted)))
    blobs = decode_blobs(said.body, wanted)
    assert blobs.points == 1
    return blobs.files


def test_files_are_read() -> None:
    """A text, one at another ref, and why there is none: no file, a folder, no text, too long."""
    files = {"a b.md": "é".encode(), "docs/x.md": b"x", "logo.md": b"\0", "long.md": b"x" * 600_000}
    found = asked("a b.md", "docs", "none.md", "logo.md", "long.md", files=files)
    assert found == (
        RepositoryFile(places("a b.md")[0], "é".encode()),
        NoFile("it is not a file"),
        NoFile("it does not exist"),
        NoFile("it is not text"),
        None,
    )
    assert asked("a.md", ref="v1/x", refs={"v1/x": {"a.md": b"old"}}) == (
        RepositoryFile(places("a.md", ref="v1/x")[0], b"old"),
    )


def test_the_query_is_one_that_github_takes() -> None:
    """Paths are variables, whatever is in them."""
    crafted = places('x"}}){id}', "y")
    sent = json.loads(encode_blobs(crafted))
    assert objections(sent["query"]) == ()
    assert "id}" not in sent["query"]
    assert sent["variables"] == {"o": "o", "n": "list", "e0": 'HEAD:x"}}){id}', "e1": "HEAD:y"}
    if WHOLE_SCHEMA.exists():
        from graphql import parse, validate

        assert not validate(schema(WHOLE_SCHEMA), parse(sent["query"]))


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"data": None, "errors": [{"type": "RESOURCE_LIMITS_EXCEEDED", "message": "x"}]}, TooMuch),
        (
            {"data": {"repository": None}, "errors": [{"type": "NOT_FOUND", "message": "x"}]},
            RunError,
        ),
        ({"data": NOTHING}, BrokenAnswer),
        ({"data": {"repository": {}}}, BrokenAnswer),
        (
            {
                "data": {"repository": {"f0": None}},
                "errors": [{"type": "INTERNAL", "path": ["repository", "f0"], "message": "x"}],
            },
            BrokenAnswer,
        ),
        ({"data": {"repository": {"f0": {"text": 1}}}}, BrokenAnswer),
        ([], BrokenAnswer),
    ],
)
def test_answers_that_say_nothing(said: object, kind: type[RunError]) -> None:
    """That a file is missing comes from an answer that says so alone."""
    with pytest.raises(RunError) as caught:
        decode_blobs(json.dumps(said).encode(), places("a.md"))
    assert type(caught.value) is kind
    assert isinstance(caught.value, AttemptError) == (kind is not RunError)
