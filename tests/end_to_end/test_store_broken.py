"""The command with a store that cannot be used: one sentence, the ranking, and no byte changed."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command import Command
from remembering import JSON, LIST, STORE, asked, errors, is_root, is_sound, report, rows, store_of
from standin import TOKEN, StandIn
from trial import made_list, made_world


def put_a_folder(path: Path) -> None:
    """Something that is no file."""
    path.mkdir()


def put_garbage(path: Path) -> None:
    """A file of something else."""
    path.write_bytes(b"This is a letter to my aunt.\n" * 100)


def put_a_foreign_database(path: Path) -> None:
    """A database that somebody else works with."""
    with sqlite3.connect(path) as connection:
        connection.executescript("CREATE TABLE recipe (name TEXT); INSERT INTO recipe VALUES('x')")
    connection.close()


def put_a_newer_store(path: Path) -> None:
    """A store of a version that this program does not know."""
    with sqlite3.connect(path) as connection:
        connection.executescript(
            "CREATE TABLE salt (value BLOB); PRAGMA application_id = 1398030674; "
            "PRAGMA user_version = 99"
        )
    connection.close()


def put_in_a_file(path: Path) -> None:
    """A path that leads through a file."""
    path.parent.rmdir()
    path.parent.write_text("a file")


BROKEN = {
    "folder": (put_a_folder, "is no file"),
    "garbage": (put_garbage, "damaged, or no store at all"),
    "foreign": (put_a_foreign_database, "another program"),
    "newer": (put_a_newer_store, "newer version"),
    "within-a-file": (put_in_a_file, "cannot be opened"),
}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("quiet", [(), ("-q",)], ids=["", "quiet"])
@pytest.mark.parametrize(
    ("break_it", "said"), [pytest.param(*each, id=name) for name, each in BROKEN.items()]
)
def test_a_store_that_is_none(
    run_crawler: Command, break_it: Callable[[Path], None], said: str, quiet: tuple[str, ...]
) -> None:
    """One sentence, also with -q; the whole ranking; status 0; the file as it was."""
    path = run_crawler.cwd / "place" / "store.db"
    path.parent.mkdir()
    break_it(path)
    before = contents(run_crawler.cwd)
    run = run_crawler(
        "small/list", "--store", str(path), "-f", "json", "-o", "out.json", *quiet, token=TOKEN
    )
    (sentence,) = errors(run)
    assert said in sentence
    assert str(path) in sentence
    assert (run.returncode, report(run)["complete"], len(rows(report(run)))) == (0, True, 10)
    after = contents(run_crawler.cwd)
    assert len(after.pop("out.json")) > 1000
    assert after == before


@pytest.mark.parametrize(
    ("break_it", "said"), [pytest.param(*each, id=name) for name, each in BROKEN.items()]
)
def test_what_only_the_store_can_tell(
    github: StandIn, run_crawler: Command, break_it: Callable[[Path], None], said: str
) -> None:
    """Offline, and for `history`, there is nothing without it: one sentence, status 1 or 2."""
    path = run_crawler.cwd / "place" / "store.db"
    path.parent.mkdir()
    break_it(path)
    before = contents(run_crawler.cwd)
    (run_crawler.cwd / "mine.md").write_text("* [A](https://github.com/alpha/tool)\n")
    for arguments in (("mine.md", "--offline"), ("history", "alpha/tool"), ("history", "export")):
        run = run_crawler(*arguments, "--store", str(path), token=TOKEN)
        (sentence,) = errors(run)
        assert said in sentence
        assert (run.returncode, run.stdout) == (1, "")
    after = contents(run_crawler.cwd)
    after.pop("mine.md")
    assert (after, github.log.exchanges) == (before, [])


@contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    """Another process writes all the time."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield connection
    finally:
        connection.close()


def test_a_store_that_is_locked(github: StandIn, run_crawler: Command) -> None:
    """Held by another program for longer than is waited for: one sentence, the whole ranking; so
    too where the other program has only begun to make it."""
    run_crawler("small/list", *JSON, token=TOKEN)
    before = store_of(run_crawler).read_bytes()
    new = run_crawler.cwd / "new.db"
    with locked(store_of(run_crawler)), locked(new):
        flags = ("small/list", "-f", "json", "--refresh", "-q", "--store")
        both = [run_crawler.start(*flags, name, token=TOKEN) for name in ("store.db", "new.db")]
        for process in both:
            out, err = process.communicate(timeout=50)
            (sentence,) = err.decode().splitlines()
            assert "locked by another program" in sentence
            assert (process.returncode, len(json.loads(out)["ranking"])) == (0, 10)
    assert store_of(run_crawler).read_bytes() == before
    assert is_sound(store_of(run_crawler))
    github.log.exchanges.clear()
    run_crawler("small/list", *JSON, token=TOKEN)
    assert asked(github) == {}


def test_two_at_once(github: StandIn, run_crawler: Command) -> None:
    """Two runs share a new store: both give the ranking without a complaint, and both are kept."""
    for each in made_world(60):
        github.world.add(each)
    made_list(run_crawler.cwd, 60)
    flags = ("-f", "json", *STORE, *run_crawler.config(batch_size=3))
    both = [
        run_crawler.start(name, *flags, token=TOKEN)
        for name in ("small/list", "list.md", "small/list")
    ]
    ended = [process.communicate(timeout=50) for process in both]
    assert [process.returncode for process in both] == [0, 0, 0]
    assert [err for _, err in ended] == [b"", b"", b""]
    assert is_sound(store_of(run_crawler))
    github.log.exchanges.clear()
    run_crawler("small/list", "list.md", *flags, token=TOKEN)
    assert asked(github) == {}


def test_a_damage_in_the_middle(run_crawler: Command) -> None:
    """Pages that are overwritten: one sentence, the ranking, and nothing is made worse."""
    path = store_of(run_crawler)
    run_crawler("small/list", *JSON, token=TOKEN)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    whole = path.read_bytes()
    page = 4096
    for start in range(page, len(whole), 4 * page):
        path.write_bytes(whole[:start] + b"\xa5" * page + whole[start + page :])
        run = run_crawler("small/list", *JSON, "--refresh", token=TOKEN)
        assert len(errors(run)) <= 1, run.stderr
        assert (run.returncode, len(rows(report(run)))) == (0, 10)
        for companion in path.parent.glob("store.db-*"):
            companion.unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if sys.platform != "linux" or not is_root() or shutil.which("mount") is None:
        pytest.skip("only root on Linux can mount a disk")
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(folder)],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def test_a_disk_that_is_full_from_the_start(run_crawler: Command, small_disk: Path) -> None:
    """No room for the file at all: one sentence, the ranking."""
    fill(small_disk)
    run = run_crawler(
        "small/list", "-f", "json", "--store", str(small_disk / "store.db"), token=TOKEN
    )
    assert (len(errors(run)), run.returncode, len(rows(report(run)))) == (1, 0, 10)
    assert "full" in errors(run)[0]


def test_a_disk_that_fills_up(github: StandIn, run_crawler: Command, small_disk: Path) -> None:
    """What was kept stays and is recalled; the ranking is whole; one sentence."""
    path = small_disk / "store.db"
    store = ("-f", "json", "--store", str(path))
    assert errors(run_crawler("small/list", *store, token=TOKEN)) == []
    for each in made_world(400):
        github.world.add(each)
    made_list(run_crawler.cwd, 400)
    run = run_crawler("list.md", *store, token=TOKEN)
    (sentence,) = errors(run)
    assert "full" in sentence
    assert (run.returncode, len(rows(report(run)))) == (0, 400)
    for filler in small_disk.glob("filler"):
        filler.unlink()
    assert is_sound(path)
    fill(small_disk)
    github.log.exchanges.clear()
    run = run_crawler("small/list", *store, "--offline")
    assert (len(rows(report(run))), run.returncode, github.log.exchanges) == (10, 0, [])


def fill(folder: Path) -> None:
    """Leave not a byte free."""
    with (folder / "filler").open("ab", buffering=0) as file:
        try:
            while file.write(b"x" * 1024):
                pass
        except OSError:
            pass


def test_a_disk_that_may_not_be_written(
    github: StandIn, run_crawler: Command, small_disk: Path
) -> None:
    """Read-only: what it holds is recalled; one sentence once there is something to keep."""
    path = small_disk / "store.db"
    store = ("-f", "json", "--store", str(path))
    run_crawler("small/list", *store, token=TOKEN)
    before = path.read_bytes()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    run = run_crawler("small/list", *store, "--refresh", token=TOKEN)
    assert (len(errors(run)), run.returncode, len(rows(report(run)))) == (1, 0, 10)
    assert "read-only" in errors(run)[0]
    github.log.exchanges.clear()
    offline = run_crawler("small/list", *store, "--offline")
    assert report(offline)["ranking"][0]["stars"] == 900
    assert (errors(offline), github.log.exchanges) == ([], [])
    assert path.read_bytes() == before


def test_a_file_that_may_not_be_written(run_crawler: Command) -> None:
    """So too where its mode and that of its folder forbid it."""
    if is_root():
        pytest.skip("no mode keeps this user from writing")
    run_crawler("small/list", *JSON, token=TOKEN)
    path = store_of(run_crawler)
    before = path.read_bytes()
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        run = run_crawler("small/list", *JSON, "--refresh", token=TOKEN)
        assert (len(errors(run)), run.returncode, len(rows(report(run)))) == (1, 0, 10)
        offline = run_crawler("small/list", *JSON, "--offline")
        assert (errors(offline), report(offline)["usage"]["from_store"]) == ([], LIST)
    finally:
        path.parent.chmod(0o700)
    assert path.read_bytes() == before
