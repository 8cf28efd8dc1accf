"""A small GitHub as a function: it answers a request from a world of repositories.

It supports the REST and GraphQL requests of the crawler, with limits, refusals, renames and
conditional requests like those of GitHub.
"""

from __future__ import annotations

import json
import re
from base64 import encodebytes
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, unquote

from crawler.cli.demo import stargazers
from crawler.cli.demo.graphql import TYPE, Query, Refused, execute, parse
from crawler.cli.demo.world import Quota, Repository, World
from crawler.http.exchange import Request, Response
from crawler.model.frozen import frozen

Kind = Literal["graphql", "repository", "readme", "contents", "raw", "history", "other"]

DOCUMENTATION: Final = "https://docs.github.com/rest"

_JSON: Final = "application/json; charset=utf-8"
_RAW: Final = "application/vnd.github.raw+json"
_RENDERED: Final = "application/vnd.github.html+json"

LARGEST_CONTENT: Final = 1024 * 1024
"""Bytes of a file that are returned as JSON.
https://docs.github.com/en/rest/repos/contents#get-repository-content"""
LARGEST_TEXT: Final = 512_000
"""Bytes of a file that a query returns; longer files are truncated."""

_GRAPHQL: Final = re.compile(r"/graphql$")
_REST: Final = re.compile(
    r"/(?:repos/(?P<name>[^/]+/[^/]+)|repositories/(?P<number>\d+))"
    r"(?P<tail>/(?P<kind>readme|contents|stargazers/history)(?:/(?P<path>.+))?)?$"
)
_KINDS: Final[dict[str | None, Kind]] = {
    None: "repository",
    "readme": "readme",
    "contents": "contents",
    "stargazers/history": "history",
}
_SOURCE: Final = re.compile(
    r"https?://raw\.githubusercontent\.com/(?P<name>[^/]+/[^/]+)"
    r"/(?P<path>.+)"
)


@frozen
class Question:
    """The content of a request."""

    kind: Kind
    root: str = ""
    """The address below which the API's paths begin."""
    names: tuple[str, ...] = ()
    """The requested repositories, as spelled in the request; empty for a request by number."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """For GraphQL: the key of the answer for each requested name."""
    number: int | None = None
    tail: str = ""
    """The rest of the path after the repository."""
    path: str = ""
    """The requested file, or the folder of the requested README."""
    ref: str = ""
    query: Query | None = None
    """None if there is no valid query."""
    variables: Mapping[str, Any] = field(default_factory=dict)


def read(request: Request) -> Question:
    """Parse a request."""
    path = request.url.partition("?")[0]
    if _GRAPHQL.search(path):
        return _read_query(request.body or b"")
    if found := _SOURCE.fullmatch(path):
        name, place = map(unquote, found.group("name", "path"))
        return Question("raw", names=(name,), path=place)
    found = _REST.search(path)
    if found is None or request.method != "GET":
        return Question("other")
    name = found["name"]
    return Question(
        _KINDS[found["kind"]],
        root=path[: found.start()],
        names=(unquote(name),) if name else (),
        number=int(found["number"]) if found["number"] else None,
        tail=found["tail"] or "",
        path=unquote(found["path"] or ""),
        ref=dict(parse_qsl(request.url.partition("?")[2])).get("ref", ""),
    )


def _read_query(body: bytes) -> Question:
    try:
        sent = json.loads(body)
        query, variables = parse(sent["query"]), dict(sent.get("variables") or {})
        aliases = {
            each.key: "/".join(str(variables[each.arguments[key]]) for key in ("owner", "name"))
            for each in query.fields
            if not isinstance(each, str) and each.name == "repository"
        }
    except (ValueError, TypeError, KeyError):
        return Question("graphql")
    names = tuple(aliases.values())
    return Question("graphql", names=names, aliases=aliases, query=query, variables=variables)


def answer(world: World, request: Request, question: Question | None = None) -> Response:
    """GitHub's answer to a request; 404 for anything unknown.

    The names of the request's headers are in lower case, and its token is in `authorization`.
    `question` is `read(request)`, if the caller has it.
    """
    question = question or read(request)
    if not request.headers.get("user-agent"):
        return Response(403, {}, b"Request forbidden by administrative rules.", request.url)
    given = request.headers.get("authorization")
    if given is not None and given.rpartition(" ")[2] not in world.tokens:
        return refusal(401, "Bad credentials")
    if question.kind == "graphql":
        return _answer_query(world, question, request, given is not None)
    if question.kind == "raw":
        repository = world.named(question.names[0])
        content = None if repository is None else _source(repository, question.path)
        if content is None:
            return Response(404, {"content-type": "text/plain"}, b"404: Not Found", request.url)
        return Response(200, {"content-type": "text/plain; charset=utf-8"}, content, request.url)
    return _answer_rest(world, question, request, given is not None)


def _source(repository: Repository, place: str) -> bytes | None:
    """The content at `ref/path`; the name of a branch may contain slashes."""
    segments = place.split("/")
    for length in range(1, len(segments)):
        tree = repository.tree("/".join(segments[:length])) or {}
        if content := tree.get("/".join(segments[length:])):
            return content
    return None


def json_answer(status: int, value: object, headers: Mapping[str, str] | None = None) -> Response:
    """`value` as a JSON body."""
    body = json.dumps(value, separators=(",", ":")).encode()
    return Response(status, {"content-type": _JSON, **(headers or {})}, body, "")


def refusal(status: int, message: str, **more: Any) -> Response:
    """GitHub's form of an error."""
    said = {"message": message, **more, "documentation_url": DOCUMENTATION, "status": str(status)}
    return json_answer(status, said)


def _answer_query(world: World, question: Question, request: Request, authorized: bool) -> Response:
    if request.method != "POST":
        return refusal(404, "Not Found")
    if not authorized:
        return refusal(401, "This endpoint requires you to be authenticated.")
    if question.query is None:
        return refusal(400, "Problems parsing JSON")
    quota = world.graphql
    if quota.spend(world.now()):
        root = {"repository": partial(_find, world), "rateLimit": partial(_rate_limit, quota)}
        said = execute(question.query, question.variables, root)
    else:
        message = "API rate limit already exceeded for user ID 1."
        said = {"errors": [{"type": "RATE_LIMITED", "message": message}]}
    return json_answer(200, said, quota.headers())


def _find(world: World, owner: str, name: str) -> dict[str, Any]:
    asked = f"{owner}/{name}"
    repository = world.named(asked)
    if repository is None:
        message = f"Could not resolve to a Repository with the name '{asked}'."
        raise Refused("NOT_FOUND", message)
    if repository.block is not None:
        raise Refused("FORBIDDEN", "Repository access blocked")
    if (reason := repository.forbidden) is not None:
        raise Refused(
            "FORBIDDEN", reason.message, **({"saml_failure": True} if reason.saml else {})
        )
    return node(repository)


def node(repository: Repository) -> dict[str, Any]:
    """The `Repository` of GitHub's GraphQL schema."""
    return {
        "databaseId": repository.number,
        "description": repository.description,
        "forkCount": repository.forks,
        "isArchived": repository.archived,
        "isFork": repository.fork,
        "isPrivate": repository.private,
        "licenseInfo": repository.license and {"spdxId": repository.license},
        "object": partial(_git_object, repository),
        "nameWithOwner": repository.full_name,
        "primaryLanguage": repository.language and {"name": repository.language},
        "createdAt": repository.created_at,
        "pushedAt": repository.pushed_at,
        "isDisabled": repository.disabled,
        "isEmpty": repository.empty,
        "parent": repository.parent
        and {"nameWithOwner": repository.parent[0], "databaseId": repository.parent[1]},
        "defaultBranchRef": None if repository.empty else {"target": _last_commit(repository)},
        "stargazerCount": repository.stars,
        "stargazers": Refused(
            "FORBIDDEN", "You do not have permission to view stargazers of this repository."
        ),
        "url": f"https://github.com/{repository.full_name}",
    }


def _last_commit(repository: Repository) -> dict[str, Any]:
    return {TYPE: "Commit", "committedDate": repository.committed_at or repository.pushed_at}


def _git_object(repository: Repository, expression: str) -> dict[str, Any] | None:
    """The `GitObject` at `ref:path`."""
    ref, _, path = expression.partition(":")
    tree = repository.tree(ref) or {}
    content = tree.get(path)
    if content is None:
        return {TYPE: "Tree"} if any(each.startswith(f"{path}/") for each in tree) else None
    is_binary = b"\0" in content
    return {
        TYPE: "Blob",
        "byteSize": len(content),
        "isBinary": is_binary,
        "isTruncated": len(content) > LARGEST_TEXT,
        "text": None if is_binary else content[:LARGEST_TEXT].decode(errors="replace"),
    }


def _rate_limit(quota: Quota) -> dict[str, Any]:
    return {
        "cost": 1,
        "limit": quota.limit,
        "remaining": quota.remaining,
        "resetAt": datetime.fromtimestamp(quota.reset, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "used": quota.used,
    }


def _answer_rest(world: World, question: Question, request: Request, authorized: bool) -> Response:
    quota = world.core if authorized else world.anonymous
    said = _find_resource(world, question, request, authorized)
    # It depends on token and media type, so that it is not valid for another token.
    asked = f"{request.headers.get('authorization')}\0{request.headers.get('accept')}\0".encode()
    tag = f'"{sha256(asked + said.body).hexdigest()}"'
    # https://www.rfc-editor.org/rfc/rfc9110#field.if-none-match
    unchanged = said.status == 200 and tag in request.headers.get("if-none-match", "")
    # Free only with a token.
    # https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
    if not quota.spend(world.now(), 0 if unchanged and authorized else 1):
        said = refusal(403, "API rate limit exceeded.")
    elif said.status == 200:
        said = replace(said, headers={**said.headers, "etag": f"W/{tag}"})
        if unchanged:
            said = replace(said, status=304, body=b"")
    return replace(said, headers={**said.headers, **quota.headers()})


def _find_resource(
    world: World, question: Question, request: Request, authorized: bool
) -> Response:
    if question.names:
        repository = world.named(question.names[0])
    else:
        repository = world.numbered(question.number or 0)
    if repository is None or (repository.private and not authorized):
        return refusal(404, "Not Found")
    if repository.block is not None:
        status = 451 if repository.block == "dmca" else 403
        return refusal(status, "Repository access blocked", block={"reason": repository.block})
    if repository.forbidden is not None and authorized:
        return refusal(403, repository.forbidden.message)
    if question.names and question.names[0].casefold() != repository.full_name.casefold():
        there = f"{question.root}/repositories/{repository.number}{question.tail}"
        said = {"message": "Moved Permanently", "url": there, "documentation_url": DOCUMENTATION}
        return json_answer(301, said, {"location": there})
    if question.kind == "repository":
        return json_answer(200, full_repository(repository))
    if question.kind == "history":
        return _tell_history(world, repository, question, request)
    return _find_file(repository, question, request.headers.get("accept", ""))


def _find_file(repository: Repository, question: Question, accept: str) -> Response:
    tree = repository.tree(question.ref)
    if tree is None:
        return refusal(404, f"No commit found for the ref {question.ref}")
    path = question.path
    if question.kind == "readme":
        folder = f"{path}/" if path else ""
        is_readme = re.compile(rf"{re.escape(folder)}readme(\.\w+)?", re.I).fullmatch
        path = next(filter(is_readme, tree), "")
    content = tree.get(path)
    if content is None:
        inside = [each for each in tree if each.startswith(f"{path}/") and path]
        return (
            json_answer(200, [{"path": each} for each in inside])
            if inside
            else refusal(404, "Not Found")
        )
    if _RAW in accept:
        return Response(200, {"content-type": f"{_RAW}; charset=utf-8"}, content, "")
    if _RENDERED in accept:
        html = repository.rendered.get(path, b"<pre>" + content + b"</pre>")
        return Response(200, {"content-type": f"{_RENDERED}; charset=utf-8"}, html, "")
    is_whole = len(content) <= LARGEST_CONTENT
    said = {
        "type": "file",
        "encoding": "base64" if is_whole else "none",
        "size": len(content),
        "name": path.rpartition("/")[2],
        "path": path,
        "content": encodebytes(content).decode() if is_whole else "",
    }
    return json_answer(200, said)


def _tell_history(
    world: World, repository: Repository, question: Question, request: Request
) -> Response:
    is_enterprise = question.root.endswith("/api/v3")
    if is_enterprise or request.headers.get("x-github-api-version") != stargazers.API_VERSION:
        return refusal(404, "Not Found")
    today = datetime.fromtimestamp(world.now(), UTC).date()
    created = datetime.fromisoformat(repository.created_at).date()
    body, link = stargazers.history_page(repository, created, today, request.url)
    return json_answer(200, body, {"link": link} if link else None)


def full_repository(repository: Repository) -> dict[str, Any]:
    """The `full-repository` of GitHub's OpenAPI description, with the fields that are used."""
    owner, _, name = repository.full_name.partition("/")
    return {
        "id": repository.number,
        "name": name,
        "full_name": repository.full_name,
        "owner": {"login": owner},
        "private": repository.private,
        "visibility": "private" if repository.private else "public",
        "html_url": f"https://github.com/{repository.full_name}",
        "description": repository.description,
        "fork": repository.fork,
        "created_at": repository.created_at,
        "pushed_at": repository.pushed_at or repository.created_at,
        "stargazers_count": repository.stars,
        "forks_count": repository.forks,
        "archived": repository.archived,
        "language": repository.language,
        "license": repository.license and {"spdx_id": repository.license},
    }
