"""The command and its store: what a rerun asks, what it recalls, what is told of it."""

from __future__ import annotations

import stat
import sys

import pytest
from command import Command
from remembering import (
    JSON,
    LIST,
    STORE,
    asked,
    bytes_beside,
    errors,
    is_sound,
    kinds,
    reasons,
    report,
    rows,
    store_of,
)
from standin import TOKEN, Fault, File, StandIn, World, faults
from trial import made_list, made_world

OTHER = "another-token-9876543210fedcba"
NEVER_KNOWN = "* [N](https://github.com/never/known)\n"
WEB_LIST = b"* [A](https://github.com/alpha/tool)\n* [B](https://github.com/beta/tool)\n"


def test_a_rerun_asks_one_conditional_question(github: StandIn, run_crawler: Command) -> None:
    """Within the age the README alone is asked for, by its ETag; the report is the same."""
    first = run_crawler("small/list", *JSON, token=TOKEN)
    github.log.exchanges.clear()
    spent = github.world.core.used
    again = run_crawler("small/list", *JSON, token=TOKEN)
    assert (first.returncode, again.returncode) == (0, 0)
    (readme,) = github.log.exchanges
    assert (readme.kind, readme.status, "if-none-match" in readme.headers) == ("readme", 304, True)
    assert github.world.core.used == spent
    old, new = report(first), report(again)
    stars = {name: row["stars"] for name, row in rows(old).items()}
    assert stars == {name: row["stars"] for name, row in rows(new).items()}
    assert (reasons(new), new["complete"]) == (reasons(old), True)
    assert (old["usage"]["from_store"], new["usage"]["from_store"]) == (0, LIST)
    assert (new["usage"]["requests"], new["usage"]["graphql_points"]) == (1, 0)
    assert all(row["age"] >= 0 for row in new["ranking"])
    assert errors(again) == []


def test_a_changed_readme_is_read_anew(github: StandIn, run_crawler: Command) -> None:
    """Where the list has changed, only what it lists newly is asked for."""
    run_crawler("small/list", *JSON, token=TOKEN)
    old = github.world.named("small/list")
    assert old is not None
    assert old.readme is not None
    more = b"\n* [New](https://github.com/omicron/unlisted)\n"
    github.world.change("small/list", readme=old.readme + more)
    github.log.exchanges.clear()
    run = report(run_crawler("small/list", *JSON, token=TOKEN))
    assert [each.status for each in github.log.of("readme")] == [200]
    assert asked(github) == {"omicron/unlisted": 1}
    assert run["changes"]["new"] == ["omicron/unlisted"]


def test_offline_makes_no_socket(github: StandIn, run_crawler: Command) -> None:
    """Not even a name is looked up: nothing of the network is touched."""
    run_crawler("small/list", *JSON, token=TOKEN)
    (run_crawler.cwd / "sitecustomize.py").write_text(
        "import sys\n"
        "def hook(event, args):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'socket.bind'):\n"
        "        print('network:', event, args, file=sys.stderr)\n"
        "sys.addaudithook(hook)\n"
    )
    path = f"{run_crawler.cwd}:{sys.path[0]}:{run_crawler.environment(None, None)['PYTHONPATH']}"
    for more in ((), ("--dry-run",)):
        run = run_crawler(
            "small/list", *STORE, "--offline", *more, token=TOKEN, env={"PYTHONPATH": path}
        )
        assert (run.returncode, "network:" in run.stderr) == (0, False), (more, run.stderr)


def test_offline_of_what_nobody_knows(github: StandIn, run_crawler: Command) -> None:
    """A list that was never read is one sentence; so is one of which nothing is known."""
    run = run_crawler("small/list", *JSON, "--offline")
    assert (run.returncode, run.stdout, len(errors(run))) == (2, "", 1)
    (run_crawler.cwd / "mine.md").write_text(NEVER_KNOWN)
    run = run_crawler("mine.md", *JSON, "--offline")
    assert (run.returncode, run.stdout, len(errors(run))) == (1, "", 1)
    assert "run it once without --offline" in errors(run)[0]
    assert github.log.exchanges == []


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("list/former", None),
        ("web.md", "/files/web.md"),
        ("web.md?key=secret-in-the-address", "/files/web.md?key=secret-in-the-address"),
        ("untagged.md", "/files/untagged.md"),
    ],
    ids=["renamed", "url", "url-with-a-key", "url-without-a-tag"],
)
def test_a_list_that_was_read_can_be_ranked_offline(
    github: StandIn, run_crawler: Command, name: str, path: str | None
) -> None:
    """Whatever could be read once is there offline, or the sentence does not promise it."""
    github.world.change("small/list", full_name="list/former")
    github.world.change("list/former", full_name="list/today")
    github.files["web.md"] = File(WEB_LIST, {"etag": '"1"'})
    github.files["untagged.md"] = File(WEB_LIST)
    named = name if path is None else github.url + path
    assert run_crawler(named, *JSON, token=TOKEN).returncode == 0
    github.log.exchanges.clear()
    run = run_crawler(named, *JSON, "--offline", token=TOKEN)
    assert github.log.exchanges == []
    assert b"secret-in-the-address" not in bytes_beside(store_of(run_crawler))
    if run.returncode:
        assert (run.returncode, len(errors(run))) == (2, 1)
        assert "run it once without" not in run.stderr


def test_a_url_is_asked_with_a_condition(github: StandIn, run_crawler: Command) -> None:
    """A list anywhere on the web is asked for by its ETag, too."""
    github.files["web.md"] = File(WEB_LIST, {"etag": '"1"'})
    first = run_crawler(f"{github.url}/files/web.md", *JSON, token=TOKEN)
    github.log.exchanges.clear()
    again = run_crawler(f"{github.url}/files/web.md", *JSON, token=OTHER)
    assert [(each.kind, each.status) for each in github.log.exchanges] == [("file", 304)]
    assert list(rows(report(again))) == list(rows(report(first)))


def test_rest_asks_by_etags(github: StandIn, run_crawler: Command) -> None:
    """With REST every repository that is there is asked for with a condition; 304 costs nothing."""
    rest = (*JSON, "--provider", "rest")
    run_crawler("small/list", *rest, token=TOKEN)
    github.world.change("beta/tool", stars=555)
    github.log.exchanges.clear()
    spent = github.world.core.used
    run = run_crawler("small/list", *rest, "--refresh", token=TOKEN)
    assert run.returncode == 0
    there = [each for each in github.log.of("repository") if each.status in (200, 304)]
    by_token = [each for each in there if each.authorized]
    # What is private is not kept, not even to ask whether it has changed.
    bare = [each.names for each in by_token if "if-none-match" not in each.headers]
    assert (len(by_token), bare) == (11, [("lambda/secret",)])
    anew = {each.names for each in by_token if each.status == 200}
    assert anew == {("beta/tool",), *bare}
    paid = [each for each in github.log.exchanges if each.authorized and each.status != 304]
    assert github.world.core.used - spent == len(paid)
    assert rows(report(run))["beta/tool"]["stars"] == 555


def test_unchanged_repositories_spend_no_budget(github: StandIn, run_crawler: Command) -> None:
    """Where nothing has changed, a budget of a point is enough for any number of 304."""
    for each in made_world(40):
        github.world.add(each)
    made_list(run_crawler.cwd, 40)
    rest = (*JSON, "--provider", "rest")
    run_crawler("list.md", *rest, token=TOKEN)
    github.log.exchanges.clear()
    run = run_crawler("list.md", *rest, "--refresh", "--budget", "1", token=TOKEN)
    assert {each.status for each in github.log.of("repository")} == {304}
    assert (run.returncode, len(asked(github))) == (0, 40)


@pytest.mark.parametrize("second", [OTHER, None], ids=["rotated", "anonymous"])
def test_a_tag_belongs_to_its_token(
    github: StandIn, run_crawler: Command, second: str | None
) -> None:
    """Whoever comes with another token, or none, never sends the ETags of the first."""
    github.world.tokens.add(OTHER)
    rest = (*JSON, "--provider", "rest", "--refresh")
    run_crawler("small/list", *rest, token=TOKEN)
    tags = len(github.log.exchanges)
    github.log.exchanges.clear()
    run_crawler("small/list", *rest, token=second)
    assert tags >= LIST
    # `xi/saml` was answered without the token then, and so it may be asked by that tag now.
    sent = [each for each in github.log.exchanges if "if-none-match" in each.headers]
    assert {each.names for each in sent} <= {("xi/saml",)}
    assert all(not each.authorized for each in sent)
    github.log.exchanges.clear()
    run_crawler("small/list", *rest, token=second)
    readme = github.log.of("readme")[0]
    assert readme.status == 304


def test_the_default_place(run_crawler: Command) -> None:
    """Without a word the file is in the user's data folder, readable for nobody else."""
    run = run_crawler("small/list", "-f", "json", token=TOKEN)
    assert run.returncode == 0
    (path,) = (run_crawler.folder / "home").rglob("store.db")
    if sys.platform == "linux":
        assert path == run_crawler.folder / "home" / "DATA" / "star-crawler" / "store.db"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(run_crawler.cwd.iterdir()) == []
    assert is_sound(path)


def test_no_store(github: StandIn, run_crawler: Command) -> None:
    """--no-store leaves no file, recalls nothing and sends no condition."""
    for _ in range(2):
        github.log.exchanges.clear()
        run = run_crawler("small/list", "-f", "json", "--no-store", token=TOKEN)
        assert (run.returncode, len(asked(github))) == (0, LIST)
        assert not any("if-none-match" in each.headers for each in github.log.exchanges)
    assert report(run)["changes"] is None
    assert not [each for each in run_crawler.folder.rglob("*") if each.is_file()]


def test_a_store_of_the_config(github: StandIn, run_crawler: Command) -> None:
    """`store` and `max_age` in the config do what the flags do."""
    flags = run_crawler.config(store="mine.db", max_age="7d", format="json")
    run_crawler("small/list", *flags, token=TOKEN)
    github.log.exchanges.clear()
    run = run_crawler("small/list", *flags, token=TOKEN)
    assert (kinds(github), report(run)["usage"]["from_store"]) == ({"readme": 1}, LIST)
    assert (run_crawler.cwd / "mine.db").exists()


def test_no_secret_is_kept(github: StandIn, world: World, run_crawler: Command) -> None:
    """Neither a token nor what is private is in the file, beside it, or in what is said."""
    world.tokens.add(OTHER)
    github.faults.append(Fault(faults.server_error(), kind="graphql", skip=1))
    said = ""
    for token, flags in (
        (TOKEN, ()),
        (OTHER, ("--provider", "rest", "--refresh", "-v")),
        (TOKEN, ("--refresh", "--include-private", "-v")),
        ("wrong-token-000", ("--refresh",)),
        (None, ("--refresh",)),
        (TOKEN, ("--offline",)),
    ):
        run = run_crawler("small/list", *JSON, *flags, token=token)
        said += run.stderr + run.stdout
    kept = bytes_beside(store_of(run_crawler))
    for token in (TOKEN, OTHER, "wrong-token-000"):
        assert token not in said
        assert token.encode() not in kept
        assert token.encode().hex().encode() not in kept.lower()
    assert is_sound(store_of(run_crawler))
