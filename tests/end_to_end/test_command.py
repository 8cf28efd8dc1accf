"""The command against the stand-in: lists in, reports out, and what that cost."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from typing import Any

import pytest
from command import Command
from standin import TOKEN, Exchange, Fault, File, Gate, Repository, StandIn, faults
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


def test_rows_tell_what_became_of_a_repository(run_crawler: Command) -> None:
    """Renames, letter case, archives, forks and unknown facts stand in their rows."""
    report = json.loads(run_crawler("small/list", "-f", "json", token=TOKEN).stdout)
    row = {each["repository"]: each for each in report["ranking"]}
    assert row["delta/after"]["renamed"] is True
    assert row["delta/after"]["listed_as"] == ["delta/before", "delta/after"]
    assert (row["epsilon/tool"]["renamed"], row["epsilon/tool"]["listed_as"]) == (
        False,
        ["EPSILON/tool"],
    )
    assert (row["zeta/attic"]["archived"], row["eta/fork"]["fork"]) == (True, True)
    bare = row["theta/bare"]
    assert [bare[key] for key in ("language", "license", "pushed_at", "about")] == [None] * 4
    alpha = row["alpha/tool"]
    assert (alpha["id"], alpha["forks"], alpha["license"]) == (1, 90, "MIT")
    assert (alpha["title"], alpha["description"], alpha["about"]) == (
        "Alpha",
        "The most starred.",
        "Alpha, a tool",
    )
    assert alpha["sections"][0][-1] == "Tools"
    assert all(failure["retryable"] is False for failure in report["failures"])


def test_every_format_of_one_run_agrees(github: StandIn, run_crawler: Command) -> None:
    """The table goes to stdout and each file has its suffix's format, from the same requests."""
    files = ("out.json", "out.csv", "out.jsonl")
    outputs = [part for name in files for part in ("-o", name)]
    run = run_crawler("small/list", "-f", "table", "-n", "3", *outputs, token=TOKEN)
    assert run.returncode == 0
    texts = [(run_crawler.cwd / name).read_text(encoding="utf-8") for name in files]
    report = json.loads(texts[0])
    table = list(csv.DictReader(io.StringIO(texts[1])))
    lines = [json.loads(line) for line in texts[2].splitlines()]
    assert rows(report) == RANKED[:3]
    # The data formats keep the failures whatever the number of rows.
    assert len(table) == len(lines) == 3 + len(FAILED)
    assert [int(line["stars"]) for line in table[:3]] == [900, 500, 500]
    assert {line["repository"]: line["reason"] for line in table[3:]} == FAILED
    assert {line["repository"] for line in lines} == {line["repository"] for line in table}
    assert "alpha/tool" in run.stdout
    assert "zeta/attic" not in run.stdout
    assert kinds(github) == {"readme": 1, "graphql": 1, "repository": 1, "history": 3}
    assert not any(TOKEN in text for text in (*texts, run.stdout, run.stderr))
    assert sorted(path.name for path in run_crawler.cwd.iterdir()) == sorted(files)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_stdout_has_the_format_that_was_asked_for(run_crawler: Command, form: str) -> None:
    """-f prints just what -o writes in that format."""
    run = run_crawler("small/list", "-f", form, "-o", f"out.{form}", token=TOKEN)
    # A CSV ends its lines as RFC 4180 says, in the file as on stdout.
    assert run.stdout.encode() == (run_crawler.cwd / f"out.{form}").read_bytes()
    assert len(run.stdout.splitlines()) == 14 + (form == "csv")


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


def test_a_local_file_wins_over_a_repository(github: StandIn, run_crawler: Command) -> None:
    """A file named as a repository is read instead of it, and a line says so."""
    folder = run_crawler.cwd / "small"
    folder.mkdir()
    (folder / "list").write_text("* [Z](https://github.com/iota/zero)\n")
    run = run_crawler("small/list", "-f", "json", token=TOKEN)
    assert rows(json.loads(run.stdout)) == [(1, "iota/zero", 0)]
    assert "small/list" in run.stderr
    assert not github.log.of("readme")


def test_rest_follows_renames(github: StandIn, run_crawler: Command) -> None:
    """--provider rest asks each repository by itself and follows a rename, for one request more."""
    run = run_crawler("small/list", "-f", "json", "--provider", "rest", token=TOKEN)
    report = json.loads(run.stdout)
    assert run.returncode == 0
    assert rows(report) == RANKED
    assert reasons(report) == FAILED
    assert report["provider"] == "rest"
    assert kinds(github) == {"readme": 1, "repository": 17}
    usage = report["usage"]
    assert (usage["requests"], usage["rest_requests"], usage["graphql_points"]) == (18, 18, 0)


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


def test_concurrency_is_reached_and_never_passed(github: StandIn, run_crawler: Command) -> None:
    """With 15 batches, as many requests as allowed are in flight, and never more."""
    gate = Gate()
    github.faults.append(Fault(faults.hold(gate), kind="graphql", times=None))
    flags = (*run_crawler.config(batch_size=1), "--concurrency", "4", "-f", "json")
    process = run_crawler.start("small/list", *flags, token=TOKEN)
    github.log.wait_for(lambda log: log.in_flight == 4)
    gate.open()
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert rows(json.loads(out)) == RANKED
    assert github.log.max_in_flight == 4
    assert kinds(github) == {"readme": 1, "graphql": 15, "repository": 1}


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


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("concurency = 3", "unknown key crawler.concurency; did you mean 'concurrency'?"),
        ("batch_size = 'five'", "batch_size"),
        ("top = 'ten'", 'top must be a whole number of at least 0, not "ten"'),
        ("format = 'xml'", "there is no format 'xml'"),
        ("api_url = 'https://evil.example'", "crawler.api_url is only taken from"),
        ("token_env = 'GH_TOKEN'", "crawler.token_env is only taken from"),
        ("output = ['x.txt']", "the name of a report ends in"),
    ],
)
def test_a_config_file_that_is_refused(
    github: StandIn, run_crawler: Command, line: str, said: str
) -> None:
    """Unknown keys, wrong types and another API address in a found file are usage errors."""
    (run_crawler.cwd / "config.toml").write_text(f"[crawler]\n{line}\n")
    run = run_crawler("small/list", token=TOKEN)
    assert (run.returncode, run.stdout) == (2, "")
    assert said in run.stderr
    assert not github.log.exchanges


def test_enterprise_server(github: StandIn, run_crawler: Command) -> None:
    """GITHUB_API_URL alone leads to the GraphQL address that belongs to it."""
    env = {"GITHUB_API_URL": github.ghes_url, "GITHUB_GRAPHQL_URL": ""}
    run = run_crawler("small/list", "-f", "json", token=TOKEN, env=env)
    assert rows(json.loads(run.stdout)) == RANKED
    assert kinds(github) == {"readme": 1, "graphql": 1, "repository": 1}


def test_the_token_of_gh(github: StandIn, run_crawler: Command) -> None:
    """Without a variable the token is the one that `gh auth token` prints."""
    program = run_crawler.folder / "bin" / "gh"
    program.write_text(f'#!/bin/sh\n[ "$1 $2" = "auth token" ] && echo {TOKEN}\n')
    program.chmod(0o755)
    run = run_crawler("small/list", "-f", "json")
    assert json.loads(run.stdout)["provider"] == "graphql"
    assert all(sent_token(each) == TOKEN for each in github.log.of("readme", "graphql"))


def test_the_named_variable_is_the_only_one(github: StandIn, run_crawler: Command) -> None:
    """--token-env takes the token from that variable, whatever the usual ones say."""
    env = {"MINE": TOKEN, "GITHUB_TOKEN": "wrong"}
    run = run_crawler("small/list", "--token-env", "MINE", token="wrong too", env=env)
    assert run.returncode == 0
    assert all(sent_token(each) == TOKEN for each in github.log.of("readme", "graphql"))


def sent_token(exchange: Exchange) -> str:
    """The token that came with a request."""
    return exchange.headers["authorization"].removeprefix("Bearer ")
