"""The command on a real list, with the real star counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from command import Command
from standin import TOKEN, StandIn, shared_world


def test_the_main_job(shared: Path, command_in: Callable[[StandIn], Command]) -> None:
    """awesome-dotnet's entries cost 16 points and 17 requests."""
    with StandIn(shared_world(shared)) as github:
        run = command_in(github)("quozd/awesome-dotnet", "-f", "json", token=TOKEN)
    report = json.loads(run.stdout)
    assert run.returncode == 0
    assert report["ranking"][0]["repository"] == "ShareX/ShareX"
    assert (report["usage"]["graphql_points"], report["usage"]["requests"]) == (16, 17)
    assert not github.log.problems
