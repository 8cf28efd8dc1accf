"""The command when something goes wrong: what it says, how it ends, and what it leaves alone."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable

import pytest
from command import Command
from standin import TOKEN, Fault, File, Gate, Repository, StandIn, World, faults, small_world

LOCAL = "* [A](https://github.com/alpha/tool)\n* [B](https://github.com/beta/tool)\n"
MIB = 1024 * 1024


def assert_one_sentence(run: subprocess.CompletedProcess[str]) -> None:
    """Nothing on stdout, one line on stderr, and neither a traceback nor the token in it."""
    assert run.stdout == ""
    lines = [line for line in run.stderr.splitlines() if not line.startswith("warning: ")]
    assert len(lines) == 1, run.stderr
    assert "Traceback" not in run.stderr
    assert TOKEN not in run.stderr


def test_a_wrong_token_ends_the_run_at_once(github: StandIn, run_crawler: Command) -> None:
    """After the first 401 no further batch is sent; an old report stays; exit 1."""
    old = run_crawler.cwd / "out.json"
    old.write_text("old")
    (run_crawler.cwd / "list.md").write_text(
        "".join(f"* [r](https://github.com/o/r{number})\n" for number in range(20))
    )
    flags = ("--concurrency", "1", *run_crawler.config(batch_size=1), "-o", "out.json")
    run = run_crawler("list.md", *flags, token="wrong-token")
    assert run.returncode == 1
    assert_one_sentence(run)
    assert "GH_TOKEN" in run.stderr
    assert "wrong-token" not in run.stderr
    assert [each.status for each in github.log.exchanges] == [401]
    assert old.read_text() == "old"
    assert sorted(path.name for path in run_crawler.cwd.iterdir()) == ["list.md", "out.json"]


def test_one_fatal_batch_cancels_the_others(github: StandIn, run_crawler: Command) -> None:
    """A batch whose token is refused ends those that wait for their answers."""
    gate = Gate()
    github.faults.append(Fault(faults.hold(gate), kind="graphql", times=3))
    refusal = faults.refuse(401, "Bad credentials")
    github.faults.append(Fault(refusal, kind="graphql", skip=3, times=None))
    flags = (*run_crawler.config(batch_size=1), "--concurrency", "4")
    run = run_crawler("small/list", *flags, token=TOKEN)
    assert run.returncode == 1
    assert_one_sentence(run)
    github.log.wait_for(lambda log: log.in_flight == 0 and log.connections == 0)
    # What answered before is asked twice.
    statuses = [each.status for each in github.log.of("graphql")]
    assert statuses == [None, None, None, 401, 401]


def test_a_dead_server(run_crawler: Command) -> None:
    """A refused connection is one sentence that names the host, exit 1."""
    with StandIn(World()) as gone:
        address = gone.url
    env = {"GITHUB_API_URL": address, "GITHUB_GRAPHQL_URL": f"{address}/graphql"}
    run = run_crawler("small/list", "--retries", "1", token=TOKEN, env=env)
    assert run.returncode == 1
    assert_one_sentence(run)
    assert address.removeprefix("http://") in run.stderr


def test_a_dead_server_after_a_local_list(run_crawler: Command) -> None:
    """Where no repository has an answer there is no report, but exit 1."""
    (run_crawler.cwd / "list.md").write_text(LOCAL)
    with StandIn(World()) as gone:
        address = gone.url
    env = {"GITHUB_API_URL": address, "GITHUB_GRAPHQL_URL": f"{address}/graphql"}
    run = run_crawler("list.md", "--retries", "0", token=TOKEN, env=env)
    assert run.returncode == 1
    assert_one_sentence(run)


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
        (File(b"\xff\xfe\x00x", {"content-type": "text/markdown"}), "UTF-8"),
        (File(b"\x89PNG\r\n\x1a\n\x00", {"content-type": "image/png"}), "UTF-8"),
        (File(b"<!DOCTYPE html><html></html>", {"content-type": "text/html"}), "page"),
        (File(b"Just prose.\n"), "repositor"),
        (File(b"x" * (10 * MIB + 1)), "10 MiB"),
    ],
)
def test_a_url_that_is_no_list(
    github: StandIn, run_crawler: Command, file: File | None, said: str
) -> None:
    """A missing, binary, HTML, empty or too large file says so in one sentence, exit 2."""
    if file is not None:
        github.files["list"] = file
    run = run_crawler(f"{github.url}/files/list", token=TOKEN)
    assert run.returncode == 2
    assert_one_sentence(run)
    assert said in run.stderr
    assert [each.kind for each in github.log.exchanges] == ["file"]


def test_a_readme_that_is_too_large(github: StandIn, run_crawler: Command) -> None:
    """A README over 10 MiB is refused before any repository is asked."""
    github.world.add(Repository("big/list", readme=LOCAL.encode() + b" " * (10 * MIB)))
    run = run_crawler("big/list", "-f", "json", token=TOKEN)
    assert run.returncode == 2
    assert_one_sentence(run)
    assert not github.log.of("graphql")


def test_an_output_that_cannot_be_written(github: StandIn, run_crawler: Command) -> None:
    """It is found out before any request."""
    (run_crawler.cwd / "file").write_text("")
    run = run_crawler("small/list", "-o", "file/out.json", token=TOKEN)
    assert run.returncode in (1, 2)
    assert_one_sentence(run)
    assert not github.log.exchanges


def test_a_passing_fault_is_retried(github: StandIn, run_crawler: Command) -> None:
    """A 502 and a reset pass: the README and the query are each asked once more."""
    github.faults.append(Fault(faults.html(502), kind="readme"))
    github.faults.append(Fault(faults.reset(), kind="graphql"))
    run = run_crawler("small/list", "-f", "json", "-v", token=TOKEN)
    report = json.loads(run.stdout)
    assert (run.returncode, report["complete"], len(report["ranking"])) == (0, True, 10)
    assert report["usage"]["requests"] == len(github.log.exchanges) == 5
    assert TOKEN not in run.stdout + run.stderr


@pytest.mark.parametrize(
    "action",
    [faults.server_error(), faults.invalid_json(), faults.cut_off(100), faults.hang_up()],
)
def test_a_lasting_fault_costs_its_repository(
    github: StandIn, run_crawler: Command, action: faults.Action
) -> None:
    """Its batch is halved: one is unavailable, all others are ranked; exit 3."""
    fault = Fault(action, kind="graphql", repository="beta/tool", times=None)
    github.faults.append(fault)
    flags = (*run_crawler.config(batch_size=5), "--retries", "0", "-f", "json")
    run = run_crawler("small/list", *flags, token=TOKEN)
    report = json.loads(run.stdout)
    # Of five with it: those five, then three, then two, then itself.
    assert (run.returncode, report["complete"], fault.hits) == (3, False, 4)
    reasons = {failure["repository"]: failure["reason"] for failure in report["failures"]}
    assert [name for name, reason in reasons.items() if reason == "unavailable"] == ["beta/tool"]
    assert sum(len(row["listed_as"]) for row in report["ranking"]) + len(reasons) == 15
    assert "Traceback" not in run.stderr
    assert len(report["ranking"]) == 9


def test_a_network_that_is_lost_leaves_a_report(github: StandIn, run_crawler: Command) -> None:
    """Once a repository has an answer, those that get none are unavailable; exit 3."""
    github.faults.append(Fault(faults.reset(), kind="graphql", skip=1, times=None))
    flags = (*run_crawler.config(batch_size=4, concurrency=1, retries=0), "-f", "json")
    run = run_crawler("small/list", *flags, token=TOKEN)
    report = json.loads(run.stdout)
    assert run.returncode == 3
    assert {row["repository"] for row in report["ranking"]} == {
        "alpha/tool",
        "beta/tool",
        "gamma/tool",
        "delta/after",
    }
    assert {failure["reason"] for failure in report["failures"]} == {"unavailable"}
    assert len(report["failures"]) == 11


def test_a_bare_null_is_malformed(github: StandIn, run_crawler: Command) -> None:
    """A null without an error is neither 0 stars nor missing."""
    github.faults.append(Fault(faults.nullify("alpha/tool"), kind="graphql", times=None))
    run = run_crawler("small/list", "-f", "json", token=TOKEN)
    report = json.loads(run.stdout)
    assert run.returncode == 3
    reasons = {failure["repository"]: failure["reason"] for failure in report["failures"]}
    assert reasons["alpha/tool"] == "malformed"


def test_used_up_points_are_throttled(github: StandIn, run_crawler: Command) -> None:
    """RATE_LIMITED under status 200 leaves the rest throttled, and nothing more is sent."""
    github.world.graphql.used = github.world.graphql.limit - 1
    flags = (*run_crawler.config(batch_size=5, concurrency=1), "-f", "json")
    run = run_crawler("small/list", *flags, token=TOKEN)
    report = json.loads(run.stdout)
    assert run.returncode == 3
    assert [failure["reason"] for failure in report["failures"]] == ["throttled"] * 10
    assert len(github.log.of("graphql")) == 2


def test_a_query_is_never_redirected(github: StandIn, run_crawler: Command) -> None:
    """A redirect of the POST is not followed, neither as GET nor as POST."""
    there = {"location": f"{github.url}/elsewhere"}
    github.faults.append(Fault(faults.respond(301, {}, there), kind="graphql", times=None))
    run = run_crawler("small/list", "--retries", "0", token=TOKEN)
    assert run.returncode == 1
    assert_one_sentence(run)
    assert not github.log.of("other")


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


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_folder_that_may_not_be_written(github: StandIn, run_crawler: Command) -> None:
    """A folder without the right to write is found out before any request."""
    folder = run_crawler.cwd / "locked"
    folder.mkdir(mode=0o500)
    run = run_crawler("small/list", "-o", "locked/out.json", token=TOKEN)
    assert run.returncode in (1, 2)
    assert_one_sentence(run)
    assert not github.log.exchanges
