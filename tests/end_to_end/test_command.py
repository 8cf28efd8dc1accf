"""The command against the stand-in: lists in, reports out, and what that cost."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from command import Command
from standin import TOKEN, Fault, File, Gate, Repository, StandIn, faults
from standin.samples import SMALL_LIST

RANKED = [
    (1, "alpha/tool", 900),
    (2, "beta/tool", 500),
    (2, "gamma/tool", 500),
    (4, "delta/after", 300),
    (5, "epsilon/tool", 200),
    (6, "zeta/attic", 100),
    (7, "eta/fork", 90),
    (8, "theta/bare", 80),
    (9, "xi/saml", 40),
    (10, "iota/zero", 0),
]
FAILED = {
    "kappa/gone": "not_found",
    "lambda/secret": "not_found",
    "mu/dmca": "blocked",
    "nu/tos": "blocked",
}
"""`xi/saml` refuses the token and answers without it: one REST request more."""


def kinds(github: StandIn) -> Counter[str]:
    """How many requests of each kind came."""
    return Counter(each.kind for each in github.log.exchanges)


def rows(report: dict[str, Any]) -> list[tuple[int, str, int]]:
    """A JSON report's ranking in short."""
    return [(row["rank"], row["repository"], row["stars"]) for row in report["ranking"]]


def reasons(report: dict[str, Any]) -> dict[str, str]:
    """A JSON report's failures in short."""
    return {failure["repository"]: failure["reason"] for failure in report["failures"]}


def test_json_of_a_repositorys_list(github: StandIn, run_crawler: Command) -> None:
    """Each repository ends as one row or one failure: a README, a query, one without token."""
    run = run_crawler("small/list", "-f", "json", token=TOKEN)
    report = json.loads(run.stdout)
    assert run.returncode == 0
    assert (report["schema_version"], report["complete"], report["provider"]) == (
        1,
        True,
        "graphql",
    )
    assert rows(report) == RANKED
    assert reasons(report) == FAILED
    assert report["sources"] == [
        {"name": "small/list", "url": "https://github.com/small/list", "repositories": 15}
    ]
    usage = report["usage"]
    assert (usage["requests"], usage["graphql_points"], usage["rest_requests"]) == (3, 1, 2)
    assert kinds(github) == {"readme": 1, "graphql": 1, "repository": 1}
    assert github.world.graphql.used == 1
    with_token = github.log.of("readme", "graphql")
    assert all(each.headers["authorization"] == f"Bearer {TOKEN}" for each in with_token)
    (without,) = github.log.of("repository")
    assert (without.authorized, without.names) == (False, ("xi/saml",))
    assert TOKEN not in run.stdout + run.stderr


def test_several_lists_make_one_ranking(github: StandIn, run_crawler: Command) -> None:
    """A README, a file, a URL and stdin: a repository of several is asked once and names all."""
    (run_crawler.cwd / "local.md").write_bytes(
        b"\xef\xbb\xbf* [A](https://github.com/ALPHA/tool.git)\n"
        b"* [New](https://github.com/omicron/unlisted)\n"
    )
    github.files["web.md"] = File(b"* [Z](https://github.com/iota/zero/)\n")
    url = f"{github.url}/files/web.md"
    run = run_crawler(
        *("small/list", "local.md", url, "-", "-f", "json"),
        token=TOKEN,
        stdin="- <https://github.com/beta/tool>\n- [a](https://github.com/alpha/tool#readme)\n",
    )
    report = json.loads(run.stdout)
    assert run.returncode == 0
    assert rows(report)[0] == (1, "omicron/unlisted", 10_000)
    assert [(each["name"], each["repositories"]) for each in report["sources"]] == [
        ("small/list", 15),
        ("local.md", 2),
        (url, 1),
        ("-", 2),
    ]
    sources = {row["repository"]: row["sources"] for row in report["ranking"]}
    assert sources["alpha/tool"] == ["small/list", "local.md", "-"]
    assert sources["iota/zero"] == ["small/list", url]
    (query,) = github.log.of("graphql")
    assert len(query.names) == 16
    (file,) = github.log.of("file")
    assert not file.authorized


@pytest.mark.parametrize("config", ["", "lists = []"])
def test_no_list_given_ranks_the_default_one(
    github: StandIn, run_crawler: Command, config: str
) -> None:
    """Neither the line nor a config names one: it is quozd/awesome-dotnet, by its README."""
    (run_crawler.cwd / "config.toml").write_text(f"[crawler]\n{config}\n")
    github.world.add(Repository("quozd/awesome-dotnet", readme=SMALL_LIST))
    run = run_crawler(token=TOKEN)
    assert run.returncode == 0
    assert github.log.of("readme")[0].names == ("quozd/awesome-dotnet",)


def test_without_a_token_deps_dev_is_asked(github: StandIn, run_crawler: Command) -> None:
    """One request brings all that deps.dev knows; the report says whose figures they are."""
    github.depsdev.unknown.add("zeta/attic")
    run = run_crawler("small/list", "-f", "json")
    report = json.loads(run.stdout)
    assert (run.returncode, report["provider"], report["complete"]) == (3, "depsdev", False)
    assert kinds(github) == {"readme": 1, "depsdev": 1}
    assert not any(each.authorized for each in github.log.exchanges)
    assert rows(report)[:2] == [(1, "alpha/tool", 900), (2, "beta/tool", 500)]
    assert {row["provider"] for row in report["ranking"]} == {"depsdev"}
    unsaid = {row[key] for row in report["ranking"] for key in ("archived", "renamed", "pushed_at")}
    assert unsaid == {None}
    assert set(reasons(report).values()) == {"unknown_to_source"}
    assert "zeta/attic" in reasons(report)
    assert "figures are those of deps.dev" in report["note"]
    assert "GH_TOKEN" in run.stderr


def test_a_config_file_in_the_current_folder(github: StandIn, run_crawler: Command) -> None:
    """Its settings hold where no flag says otherwise; a file of somebody else is passed over."""
    config = run_crawler.cwd / "config.toml"
    config.write_text('[crawler]\nlists = ["small/list"]\nbatch_size = 5\ntop = 2\n')
    run = run_crawler("-f", "json", token=TOKEN)
    assert rows(json.loads(run.stdout)) == RANKED[:2]
    assert kinds(github) == {"readme": 1, "graphql": 3, "repository": 1}
    run = run_crawler("-f", "json", "--top", "1", token=TOKEN)
    assert rows(json.loads(run.stdout)) == RANKED[:1]
    config.write_text("[tool]\nbatch_size = 'many'\n")
    assert run_crawler("small/list", token=TOKEN).returncode == 0


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


def test_standard_input_that_stays_open_is_no_obstacle(run_crawler: Command) -> None:
    """A run that reads no standard input does not wait for its end."""
    process = run_crawler.start("small/list", "-q", "-f", "json", token=TOKEN)
    assert process.stdout is not None
    assert json.loads(process.stdout.read())["complete"] is True
    assert process.wait(20) == 0
