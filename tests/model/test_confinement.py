"""Paths that a stranger may have chosen lead to the current folder and what is below it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from crawler.model.clock import Clock
from crawler.model.confinement import HAS_DESCRIPTORS, check_confined, open_folder, status_in
from crawler.model.errors import ConfigError, RunError, StoreError
from crawler.reports.files import save
from crawler.reports.stream import Stream
from crawler.store import Store
from crawler.store.locks import hold_lock

descriptors = pytest.mark.skipif(not HAS_DESCRIPTORS, reason="needs descriptors of folders")


def write_new(stream: Stream) -> None:
    """A report."""
    stream.write("new")


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder beside the current one, which holds a folder `in`."""
    (tmp_path / "here" / "in").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "outside"


@pytest.mark.parametrize("by_descriptor", [pytest.param(True, marks=descriptors), False])
@pytest.mark.parametrize("path", ["x.json", "in/x.json", "./in/./x.json", "new/deep/x.json"])
def test_a_path_that_leads_downwards(outside: Path, path: str, by_descriptor: bool) -> None:
    """Missing folders are made where they are wanted, one in another."""
    with open_folder(Path(path), make=True, descriptors=by_descriptor) as (folder, file):
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    assert Path(path).exists()


@pytest.mark.parametrize("by_descriptor", [pytest.param(True, marks=descriptors), False])
@pytest.mark.parametrize(
    "path", ["", ".", "..", "../x", "in/../x", "in/..", "/x", "link/x", "link/new/x", "in/link/x"]
)
def test_a_path_that_may_not_is_refused(outside: Path, path: str, by_descriptor: bool) -> None:
    """Whatever may lead elsewhere is refused, and nothing is made on the way."""
    for place in ("link", "in/link"):
        Path(place).symlink_to(outside)
    with (
        pytest.raises(PermissionError),
        open_folder(Path(path), make=True, descriptors=by_descriptor),
    ):
        pass
    assert list(outside.iterdir()) == []
    assert {each.name for each in Path().rglob("*")} == {"in", "link"}


@pytest.mark.parametrize("by_descriptor", [pytest.param(True, marks=descriptors), False])
def test_a_file_that_is_a_link_is_refused(outside: Path, by_descriptor: bool) -> None:
    """Also one that leads nowhere, and one that leads into the folder."""
    Path("in/link").symlink_to("nowhere")
    with (
        open_folder(Path("in/link"), descriptors=by_descriptor) as (folder, file),
        pytest.raises(PermissionError, match="is a link"),
    ):
        status_in(folder, file)


def test_a_check_makes_nothing(outside: Path) -> None:
    """A folder that is missing is no obstacle."""
    check_confined(Path("new/deep/x.json"))
    assert not Path("new").exists()


@descriptors
def test_a_folder_that_is_swapped_for_a_link_is_not_followed(
    outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report stays in the folder that was opened, wherever that has been moved to."""

    def swap(_: int) -> None:
        Path("in").rename("moved")
        Path("in").symlink_to(outside)

    monkeypatch.setattr(os, "fsync", swap)
    save(Path("in/x.json"), write_new, confined=True)
    assert list(outside.iterdir()) == []
    assert [each.name for each in Path("moved").iterdir()] == ["x.json"]


@descriptors
def test_a_file_that_is_swapped_for_a_link_is_replaced(
    outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The link gives way to the report, and what it leads to stays as it is."""
    (outside / "kept").write_text("kept")
    monkeypatch.setattr(os, "fsync", lambda _: Path("x.json").symlink_to(outside / "kept"))
    save(Path("x.json"), write_new, confined=True)
    assert (outside / "kept").read_text() == "kept"
    assert Path("x.json").read_text() == "new"
    assert not Path("x.json").is_symlink()


def test_reports_are_neither_read_nor_written_through_links(outside: Path) -> None:
    """The last report, which the new one is compared with, is not looked for elsewhere either."""
    (outside / "kept").write_text("new")
    Path("x.json").symlink_to(outside / "kept")
    with pytest.raises(RunError, match="is a link"):
        save(Path("x.json"), write_new, confined=True)
    assert (outside / "kept").read_text() == "new"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes as POSIX has them")
def test_a_pipe_is_no_file(outside: Path) -> None:
    """A report of a stranger's config feeds no other process."""
    os.mkfifo("x.json")
    reader = os.open("x.json", os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(RunError, match="it is no file"):
            save(Path("x.json"), write_new, confined=True)
    finally:
        os.close(reader)


def test_a_store_is_confined(outside: Path) -> None:
    """It is refused at once, and if it becomes a link before it is opened, it is not."""
    Path("link.db").symlink_to(outside / "s.db")
    with pytest.raises(ConfigError, match=r"^the store link\.db is refused: 'link\.db' is a link"):
        Store("link.db", confined=True)
    with Store("new/s.db", confined=True) as store:
        assert asyncio.run(store.load_list("a/b")) is None
    assert Path("new/s.db").is_file()
    with Store(outside / "s.db") as store:
        assert asyncio.run(store.load_list("a/b")) is None
    with Store("in/s.db", confined=True) as store:
        Path("in").rmdir()
        Path("in").symlink_to(outside)
        with pytest.raises(StoreError, match="is a link"):
            asyncio.run(store.load_list("a/b"))


def test_a_lock_is_confined(outside: Path) -> None:
    """No file is made outside; as ever, a run without a lock goes on."""
    Path("link").symlink_to(outside)

    async def hold() -> bool:
        path, stop = Path("link/s.db.lock"), asyncio.Event()
        async with hold_lock(path, "skip", stop, Clock(), confined=True) as is_ours:
            return is_ours and not list(outside.iterdir())  # noqa: ASYNC240 - a folder of the test

    assert asyncio.run(hold())
