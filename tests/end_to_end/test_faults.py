"""The command when something goes wrong: what it says, how it ends, and what it leaves alone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest
from command import Command
from standin import TOKEN, Fault, File, Gate, StandIn, World, faults, small_world

LOCAL = "* [A](https://github.com/alpha/tool)\n* [B](https://github.com/beta/tool)\n"
MIB = 1024 * 1024


def assert_one_sentence(run: subprocess.CompletedProcess[str]) -> None:
    """Nothing on stdout, one line on stderr, and neither a traceback nor the token in it."""
    assert run.stdout == ""
    lines = [line for line in run.stderr.splitlines() if not line.startswith("warning: ")]
    assert len(lines) == 1, run.stderr
    assert "Traceback" not in run.stderr
    assert TOKEN not in run.stderr


def test_a_dead_server(run_crawler: Command) -> None:
    """A refused connection is one sentence that names the host, exit 1."""
    with StandIn(World()) as gone:
        address = gone.url
    env = {"GITHUB_API_URL": address, "GITHUB_GRAPHQL_URL": f"{address}/graphql"}
    run = run_crawler("small/list", "--retries", "1", token=TOKEN, env=env)
    assert run.returncode == 1
    assert_one_sentence(run)
    assert address.removeprefix("http://") in run.stderr


@pytest.mark.parametrize("missing", ["kappa/gone", "alpha/tool", "lambda/secret/x", "./none.md"])
def test_a_list_that_is_not_there(github: StandIn, run_crawler: Command, missing: str) -> None:
    """No repository, none with a README, no file: one sentence, exit 2, nobody asked about."""
    run = run_crawler(missing, token=TOKEN)
    assert run.returncode == 2
    assert_one_sentence(run)
    assert not github.log.of("graphql")


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (None, "404"),
        (File(b"<!DOCTYPE html><html></html>", {"content-type": "text/html"}), "page"),
    ],
)
def test_a_url_that_is_no_list(
    github: StandIn, run_crawler: Command, file: File | None, said: str
) -> None:
    """A file that is missing, or a page, says so in one sentence, exit 2."""
    if file is not None:
        github.files["list"] = file
    run = run_crawler(f"{github.url}/files/list", token=TOKEN)
    assert run.returncode == 2
    assert_one_sentence(run)
    assert said in run.stderr
    assert [each.kind for each in github.log.exchanges] == ["file"]


def test_the_token_stays_with_its_server(github: StandIn, run_crawler: Command) -> None:
    """A redirect to another origin gets no token, whatever becomes of the run."""
    with StandIn(small_world()) as other:
        there = {"location": f"{other.url}/repos/small/list/readme"}
        github.faults.append(Fault(faults.respond(301, {}, there), kind="readme"))
        github.files["list.md"] = File(b"", {"location": f"{other.url}/files/x"}, 302)
        run_crawler("small/list", "--retries", "0", token=TOKEN)
        run_crawler(f"{github.url}/files/list.md", "--retries", "0", token=TOKEN)
        assert not any(each.authorized for each in other.log.exchanges)


def test_a_reader_that_goes_away(github: StandIn, run_crawler: Command) -> None:
    """A closed pipe (`| head`) ends quietly."""
    gate = Gate()
    github.faults.append(Fault(faults.hold(gate), kind="graphql"))
    process = run_crawler.start("small/list", "-q", "-f", "json", token=TOKEN)
    github.log.wait_for(lambda log: bool(log.of("graphql")))
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    gate.open()
    assert process.stderr.read() == b""
    assert process.wait(20) == 0


def test_standard_input_that_stays_open_is_no_obstacle(
    github: StandIn, command_in: Callable[[StandIn], Command]
) -> None:
    """A run that reads no standard input does not wait for its end."""
    command = command_in(github)
    process = command.start("small/list", "-q", "-f", "json", token=TOKEN)
    assert process.stdout is not None
    assert json.loads(process.stdout.read())["complete"] is True
    assert process.wait(20) == 0
