"""The deps.dev door: the project batch over the same world, in protobuf's JSON.

https://docs.deps.dev/api/v3alpha/#getprojectbatch
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crawler.cli.demo.github import json_answer
from crawler.cli.demo.world import Repository, World
from crawler.http.exchange import Response
from standin.log import Exchange, Log

PATH = "/v3alpha/projectbatch"
HOST = "github.com"
MAX_REQUESTS = 5000


@dataclass(slots=True)
class DepsDev:
    """What deps.dev does not know, and how it puts what it knows."""

    unknown: set[str] = field(default_factory=set)
    """Public repositories that it has never heard of; case does not count."""
    stars: dict[str, int] = field(default_factory=dict)
    """By name what it tells of how things were: whatever became of the repository since."""
    page_size: int | None = None
    """Projects a page; None: all on one."""
    lower_case: bool = False
    """Whether its canonical names are in lower case, whatever GitHub's are."""
    leave_out_zeros: bool = True
    """Whether fields with protobuf's defaults, and absent projects, are left out."""
    numbers_as_text: bool = False

    def answer(self, world: World, log: Log, exchange: Exchange, body: bytes) -> Response:
        """The answer to one request; what no caller should do goes to the log's problems."""
        if exchange.authorized:
            log.problems.append("a token was sent to deps.dev")
        ids = asked(body)
        if exchange.method != "POST":
            return failure(404, 5, "Not Found")
        if ids is None or not all(id_.count("/") >= 2 for id_ in ids):
            log.problems.append("a project batch that cannot be read")
            return failure(400, 3, "invalid request")
        if len(ids) > MAX_REQUESTS:
            log.problems.append(f"a project batch of {len(ids)}")
            return failure(400, 3, f"too many requests in batch: the maximum is {MAX_REQUESTS}")
        # A page belongs to the batch that it continues: all other fields must be the same.
        batch = hashlib.sha256("\n".join(ids).encode()).hexdigest()[:16]
        token = json.loads(body).get("pageToken") or f"{batch}.0"
        of, _, start = token.partition(".")
        if of != batch or not start.isdecimal():
            log.problems.append("a page token of another batch")
            return failure(400, 3, "invalid page token")
        first = int(start)
        after = len(ids) if self.page_size is None else first + self.page_size
        page: dict[str, Any] = {
            "responses": [self._response(world, id_) for id_ in ids[first:after]]
        }
        if after < len(ids):
            page["nextPageToken"] = f"{batch}.{after}"
        elif not self.leave_out_zeros:
            page["nextPageToken"] = ""
        return json_answer(200, page)

    def _response(self, world: World, id_: str) -> dict[str, Any]:
        host, _, name = id_.partition("/")
        repository = world.named(name) if host == HOST else None
        if name in self.stars:
            repository = Repository(name, self.stars[name])
        response: dict[str, Any] = {"request": {"projectKey": {"id": id_}}}
        if repository is not None and self._knows(repository):
            response["project"] = self._project(repository)
        elif not self.leave_out_zeros:
            response["project"] = None
        return response

    def _knows(self, repository: Repository) -> bool:
        seen_by_all = not repository.private and repository.block is None
        names = {each.casefold() for each in self.unknown}
        return seen_by_all and repository.full_name.casefold() not in names

    def _project(self, repository: Repository) -> Mapping[str, Any]:
        name = repository.full_name
        counts = {
            "openIssuesCount": 0,
            "starsCount": repository.stars,
            "forksCount": repository.forks,
        }
        fields: dict[str, Any] = {
            "projectKey": {"id": f"{HOST}/{name.lower() if self.lower_case else name}"},
            **{key: str(n) if n and self.numbers_as_text else n for key, n in counts.items()},
            "license": repository.license or "",
            "description": repository.description or "",
            "homepage": "",
            "scorecard": None,
            "ossFuzz": None,
        }
        return {key: each for key, each in fields.items() if each or not self.leave_out_zeros}


def asked(body: bytes) -> list[str] | None:
    """The project ids that a batch asks for; None if it cannot be read."""
    try:
        return [str(each["projectKey"]["id"]) for each in json.loads(body)["requests"]]
    except (ValueError, TypeError, KeyError):
        return None


def names(body: bytes) -> tuple[str, ...]:
    """The repositories that a batch asks for, for `Exchange.names`."""
    return tuple(id_.partition("/")[2] for id_ in asked(body) or ())


def failure(status: int, code: int, message: str) -> Response:
    """An error as gRPC's gateway writes it."""
    return json_answer(status, {"code": code, "message": message, "details": []})
