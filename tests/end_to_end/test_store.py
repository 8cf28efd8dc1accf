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
    reasons,
    report,
    rows,
    store_of,
)
from standin import TOKEN, File, StandIn
from trial import made_list, made_world

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


def test_a_table_has_gains_without_a_store(github: StandIn, run_crawler: Command) -> None:
    """From star histories, of which nothing is left afterwards."""
    folder = run_crawler.cwd.parent / "temporary"
    folder.mkdir()
    run = run_crawler("small/list", "--no-store", token=TOKEN, env={"TMPDIR": str(folder)})
    assert "+30 d" in run.stdout.splitlines()[0]
    assert github.log.of("history")
    assert [*folder.iterdir(), *run_crawler.cwd.iterdir()] == []
    assert not store_of(run_crawler).exists()


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


def test_a_store_that_is_none(github: StandIn, run_crawler: Command) -> None:
    """One sentence, also with -q, and the whole ranking; where only the store could tell, there is
    nothing without it. The file stays as it was."""
    letter = b"This is a letter to my aunt.\n" * 100
    store_of(run_crawler).write_bytes(letter)
    run = run_crawler("small/list", *JSON, "-q", token=TOKEN)
    assert (run.returncode, report(run)["complete"], len(rows(report(run)))) == (0, True, 10)
    assert (len(errors(run)), run.stderr.count("\n")) == (1, 1)
    github.log.exchanges.clear()
    (run_crawler.cwd / "mine.md").write_bytes(WEB_LIST)
    for arguments in (("mine.md", "--offline"), ("history", "alpha/tool"), ("history", "export")):
        run = run_crawler(*arguments, *STORE, token=TOKEN)
        (sentence,) = errors(run)
        assert "store.db is damaged, or no store at all" in sentence
        assert (run.returncode, run.stdout) == (1, "")
    assert (store_of(run_crawler).read_bytes(), github.log.exchanges) == (letter, [])
