"""A token that a caller hands over as plain text stands in no frame of ours.

loguru, rich and services that collect tracebacks show the variables of each frame.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from standin import Fault, StandIn, faults

from crawler import find_token, rank_repos, rank_repos_sync

SECRET = "ghp_0123456789abcdefghij"

Call = Callable[..., object]


def shown(error: BaseException) -> Iterator[str]:
    """The variables of all frames of a traceback, and of those behind it, in our package."""
    todo: list[BaseException | None] = [error]
    seen: set[int] = set()
    while todo:
        each = todo.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        todo += [each.__cause__, each.__context__, *getattr(each, "exceptions", ())]
        frame = each.__traceback__
        while frame is not None:
            if "tests" not in frame.tb_frame.f_code.co_filename:
                yield from map(repr, frame.tb_frame.f_locals.values())
            frame = frame.tb_next


def in_a_loop(*lists: str, **options: Any) -> object:
    """`rank_repos()`."""
    return asyncio.run(rank_repos(*lists, **options))


@pytest.mark.parametrize("call", [rank_repos_sync, in_a_loop])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"concurrency": 0},
        {"token": f"{SECRET}\x07"},
        {"token": f"'{SECRET}'"},
        {"token": f"  {SECRET}\n"},
        {"tokens": {"forge.example": f"{SECRET}\x07"}},
        {"api_url": "http://ghe.example"},
        {"store": "nowhere/\0"},
    ],
)
def test_a_token_stands_in_no_frame(github: StandIn, call: Call, options: dict[str, Any]) -> None:
    """Whatever ends the call: a bug, a wrong setting, a token that cannot be one."""
    bug = faults.raising(ArithmeticError("a bug"))
    github.faults.append(Fault(bug, kind="graphql", times=None))
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whichever it is
        call("a/list", **{"token": SECRET, "transport": github.local, **options})
    values = list(shown(caught.value))
    assert values
    assert not [value for value in values if SECRET in value]


@pytest.mark.parametrize(
    ("variable", "environ"),
    [
        (None, {"GH_TOKEN": f"{SECRET}\x07"}),
        (None, {"GH_TOKEN": f'"{SECRET}"'}),
        ("OTHER", {"GH_TOKEN": SECRET}),
    ],
)
def test_nor_does_the_environment(variable: str | None, environ: dict[str, str]) -> None:
    """Which holds other secrets as well."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whichever it is
        find_token(variable, environ=environ)
    assert not [value for value in shown(caught.value) if SECRET in value]
