"""Reports become files whole or not at all."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from crawler.model.errors import ConfigError, RunError
from crawler.reports.files import check_writable, save_in_thread

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(os.name != "posix", reason="permissions and pipes as POSIX has them")
linux = pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")


async def save_text(path: Path, text: str) -> None:
    """Write a report that is this text."""
    await save_in_thread(path, lambda stream: stream.write(text))


def mode(path: Path) -> int:
    """The permissions of `path`."""
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> set[str]:
    """What lies in `folder`, hidden files included."""
    return {path.name for path in folder.iterdir()}


class SlowDisk:
    """A disk whose `fsync` waits to be told to go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, then: Callable[[], object]) -> None:
        self._reached = threading.Event()
        self._released = threading.Event()
        self._then = then
        monkeypatch.setattr(os, "fsync", self._fsync)

    def _fsync(self, handle: int) -> None:
        self._reached.set()
        assert self._released.wait(20)
        self._then()

    async def reached(self) -> None:
        """Return once a write stands in the middle."""
        assert await asyncio.to_thread(self._reached.wait, 20)

    def release(self) -> None:
        """Let it go on."""
        self._released.set()


def disk_full(*_: object) -> NoReturn:
    """What a full disk answers."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


async def test_new_file(tmp_path: Path) -> None:
    """The text is written as UTF-8 with its line ends as they are, and nothing else is left."""
    await save_text(tmp_path / "report.json", "ünï\r\ncode\n")
    assert (tmp_path / "report.json").read_bytes() == "ünï\r\ncode\n".encode()
    assert names(tmp_path) == {"report.json"}


@posix
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
async def test_new_file_has_the_usual_permissions(tmp_path: Path, umask: int) -> None:
    """A new report is as readable as any file that the user makes."""
    before = os.umask(umask)
    try:
        await save_text(tmp_path / "report.json", "new")
    finally:
        os.umask(before)
    assert mode(tmp_path / "report.json") == 0o666 & ~umask


@posix
@pytest.mark.parametrize("permissions", [0o600, 0o664, 0o606])
async def test_old_file_keeps_its_permissions(tmp_path: Path, permissions: int) -> None:
    """Replacing a report neither hides nor discloses it."""
    path = tmp_path / "report.json"
    path.write_text("old")
    path.chmod(permissions)
    await save_text(path, "new")
    assert path.read_text() == "new"
    assert mode(path) == permissions


@posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="only root gives files away")
async def test_old_file_keeps_its_owner(tmp_path: Path) -> None:
    """A report that root renews stays with the one that it belongs to."""
    path = tmp_path / "report.json"
    path.write_text("old")
    os.chown(path, 12345, 23456)
    path.chmod(0o640)
    await save_text(path, "new")
    assert (path.stat().st_uid, path.stat().st_gid, mode(path)) == (12345, 23456, 0o640)


@posix
async def test_permissions_hold_while_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A private report is private at every moment, under its temporary name too."""
    path = tmp_path / "report.json"
    path.write_text("old")
    path.chmod(0o600)
    seen: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda _: seen.extend(map(mode, tmp_path.iterdir())))
    await save_text(path, "new")
    assert seen == [0o600, 0o600]


@posix
@pytest.mark.parametrize("target", ["old", None])
async def test_link_stays_a_link(tmp_path: Path, target: str | None) -> None:
    """A symbolic link keeps pointing; what it points to is written, or made."""
    (tmp_path / "kept").mkdir()
    file = tmp_path / "kept" / "2026.json"
    if target:
        file.write_text(target)
    link = tmp_path / "latest.json"
    link.symlink_to(Path("kept", "2026.json"))
    check_writable(link)
    await save_text(link, "new")
    assert link.is_symlink()
    assert file.read_text() == "new"
    assert not file.is_symlink()
    assert names(tmp_path / "kept") == {"2026.json"}


async def test_reader_sees_the_old_report_until_the_new_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of the write the file is still the old one."""
    path = tmp_path / "report.json"
    path.write_text("old")
    seen: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda _: seen.append(path.read_text()))
    await save_text(path, "new")
    assert seen == ["old"]
    assert path.read_text() == "new"


async def test_full_disk_leaves_the_old_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that fails is one sentence; the old file stands and no other is left."""
    path = tmp_path / "report.json"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(RunError, match=r"^cannot write .*report\.json: no space left on device$"):
        await save_text(path, "new")
    assert path.read_text() == "old"
    assert names(tmp_path) == {"report.json"}


async def test_missing_folders_are_made(tmp_path: Path) -> None:
    """A report finds its folder, however deep."""
    path = tmp_path / "2026" / "05" / "report.json"
    await save_text(path, "new")
    assert path.read_text() == "new"


async def test_folder_that_became_a_file(tmp_path: Path) -> None:
    """What changed since it was checked ends in a sentence, not in a traceback."""
    (tmp_path / "gone").write_text("")
    with pytest.raises(RunError, match="cannot write"):
        await save_text(tmp_path / "gone" / "report.json", "new")


async def test_writers_at_once_leave_one_whole_report(tmp_path: Path) -> None:
    """Of several runs on one path the last wins; readers meanwhile see whole reports only."""
    path = tmp_path / "report.json"
    texts = [f"{n}" * 300_000 for n in range(8)]
    await save_text(path, texts[0])
    writing = asyncio.gather(*(save_text(path, text) for text in texts))
    reads = 0
    while not writing.done():
        assert await asyncio.to_thread(path.read_text) in texts
        reads += 1
    await writing
    assert reads
    assert path.read_text() in texts
    assert names(tmp_path) == {"report.json"}


async def test_cancellation_waits_for_the_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often the caller is cancelled, the write ends first and the cancellation holds."""
    path = tmp_path / "report.json"
    disk = SlowDisk(monkeypatch, then=lambda: None)
    saving = asyncio.create_task(save_text(path, "new"))
    await disk.reached()
    for _ in range(3):
        saving.cancel()
        for _ in range(5):
            await asyncio.sleep(0)
        assert not saving.done()
    disk.release()
    with pytest.raises(asyncio.CancelledError):
        await saving
    assert path.read_text() == "new"
    assert names(tmp_path) == {"report.json"}


async def test_cancellation_outranks_a_failed_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that fails under a cancellation is cleaned up, and the loop has no complaint."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: complaints.append(what))
    disk = SlowDisk(monkeypatch, then=disk_full)
    saving = asyncio.create_task(save_text(tmp_path / "report.json", "new"))
    await disk.reached()
    saving.cancel()
    disk.release()
    with pytest.raises(asyncio.CancelledError):
        await saving
    del saving
    await asyncio.sleep(0)  # the loop lets go of it
    gc.collect()  # a failed task that nobody asked complains when it is collected
    assert names(tmp_path) == set()
    assert complaints == []


@pytest.mark.parametrize("text", ["a longer report than the one before", "short", ""])
async def test_what_cannot_be_replaced_is_written_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """A file that is mounted by itself: it stays the same file, and nothing is left beside it."""
    path = tmp_path / "report.json"
    path.write_text("the report before")
    before = path.stat()

    def busy(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    monkeypatch.setattr(os, "replace", busy)
    await save_text(path, text)
    assert path.read_text() == text
    assert (path.stat().st_ino, path.stat().st_mode) == (before.st_ino, before.st_mode)
    assert names(tmp_path) == {"report.json"}
    with pytest.raises(RunError, match="busy"):
        await save_text(tmp_path / "new.json", "any report")
    assert names(tmp_path) == {"report.json"}


async def test_where_nothing_is_written_no_file_is_made(tmp_path: Path) -> None:
    """A report without news leaves an empty file only where there was one, which would be old."""
    path = tmp_path / "news.digest.md"
    await save_text(path, "")
    assert names(tmp_path) == set()
    path.write_text("news of last week")
    await save_text(path, "")
    assert path.read_text() == ""


@linux
@pytest.mark.parametrize("read_only", [False, True])
def test_a_mounted_file(tmp_path: Path, read_only: bool) -> None:
    """For real: a file of elsewhere, mounted on a file in a folder, as containers have it; the
    folder may be read-only."""
    (tmp_path / "in").mkdir()
    (tmp_path / "outside").write_text("old")
    (tmp_path / "in" / "report.json").write_text("")
    code = (
        "import sys; from pathlib import Path; from crawler.reports.files import *;"
        "path = Path(sys.argv[1]); check_writable(path); save(path, lambda s: s.write('new'))"
    )
    mount = f"""
        {'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" &&' if read_only else ""}
        mount --bind "$2" "$1/report.json" || exit 99
        shift 2; exec "$@"
    """
    done = subprocess.run(
        [
            *("unshare", "--mount", "sh", "-c", mount, "sh"),
            *(tmp_path / "in", tmp_path / "outside"),
            *(sys.executable, "-c", code, tmp_path / "in" / "report.json"),
        ],
        check=False,
        capture_output=True,
        cwd=ROOT,
    )
    if done.returncode == 99 or b"unshare" in done.stderr:
        pytest.skip("nothing can be mounted here")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "outside").read_text() == "new"
    assert names(tmp_path / "in") == {"report.json"}


@posix
async def test_pipe_is_written_directly(tmp_path: Path) -> None:
    """A named pipe stays one, and its reader gets the text."""
    pipe = tmp_path / "report.json"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        check_writable(pipe)
        await save_text(pipe, "new")
        assert os.read(reader, 100) == b"new"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@posix
async def test_large_text_waits_for_the_reader_of_a_pipe(tmp_path: Path) -> None:
    """A pipe takes little at once: the rest is not lost."""
    pipe = tmp_path / "report.json"
    os.mkfifo(pipe)
    reading = asyncio.create_task(
        asyncio.to_thread(
            subprocess.run, ["cat", str(pipe)], check=True, capture_output=True, timeout=20
        )
    )
    writer = await asyncio.to_thread(os.open, pipe, os.O_WRONLY)  # returns once cat reads
    try:
        await save_text(pipe, "x" * 1_000_000)
    finally:
        os.close(writer)
    assert len((await reading).stdout) == 1_000_000


@posix
async def test_pipe_that_nobody_reads(tmp_path: Path) -> None:
    """It is refused and not waited for: no Ctrl-C would reach the wait."""
    pipe = tmp_path / "report.json"
    os.mkfifo(pipe)
    saving = asyncio.create_task(save_text(pipe, "new"))
    done, _ = await asyncio.wait({saving}, timeout=20)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # ends the wait, should there be one
    try:
        assert done
        with pytest.raises(RunError, match="nobody reads from it"):
            await saving
    finally:
        os.close(reader)


@linux
async def test_full_device() -> None:
    """A device's error is a sentence too."""
    with pytest.raises(RunError, match="/dev/full: no space left on device"):
        await save_text(Path("/dev/full"), "new")


@posix
def test_standard_output_by_its_path() -> None:
    """`/dev/stdout` is a pipe here and gets the text."""
    code = (
        "import asyncio, pathlib; from crawler.reports import files;"
        "path = pathlib.Path('/dev/stdout');"
        "files.check_writable(path);"
        "asyncio.run(files.save_in_thread(path, lambda stream: stream.write('new')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT)
    assert done.stdout == b"new"


def test_check_leaves_nothing_behind(tmp_path: Path) -> None:
    """A path that can be written is as it was, be it there or not."""
    old = tmp_path / "old.json"
    old.write_text("old")
    before = old.stat()
    check_writable(tmp_path / "new.json")
    check_writable(old)
    assert names(tmp_path) == {"old.json"}
    assert (old.stat().st_mtime_ns, old.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert old.read_text() == "old"


def refusal(path: Path) -> str:
    """The sentence with which `path` is refused."""
    with pytest.raises(ConfigError) as caught:
        check_writable(path)
    sentence = str(caught.value)
    assert sentence.startswith("cannot write ")
    assert "\n" not in sentence
    return sentence


def test_missing_folder(tmp_path: Path) -> None:
    """A folder that is not there is no obstacle, and is not made before it is needed."""
    check_writable(tmp_path / "gone" / "report.json")
    assert not (tmp_path / "gone").exists()


def test_folder_for_a_file(tmp_path: Path) -> None:
    """A folder cannot become a report."""
    (tmp_path / "report.json").mkdir()
    assert "it is a folder" in refusal(tmp_path / "report.json")


def test_file_for_a_folder(tmp_path: Path) -> None:
    """A file has nothing in it."""
    (tmp_path / "file").write_text("")
    assert "not a directory" in refusal(tmp_path / "file" / "report.json").lower()


@posix
def test_broken_links(tmp_path: Path) -> None:
    """A link in a circle cannot be written, one into a folder that is not there can."""
    circle = tmp_path / "circle.json"
    circle.symlink_to(circle)
    refusal(circle)
    astray = tmp_path / "astray.json"
    astray.symlink_to(tmp_path / "gone" / "report.json")
    check_writable(astray)


@posix
@pytest.mark.parametrize("name", ["x" * 300 + ".json", "nul\0.json"])
def test_impossible_names(tmp_path: Path, name: str) -> None:
    """A name that no file can have is refused in a printable sentence."""
    assert "\0" not in refusal(tmp_path / name)


def test_read_only_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What its owner protected is not replaced, though its folder would allow it."""
    path = tmp_path / "report.json"
    path.write_text("old")
    path.chmod(0o400)
    if os.access(path, os.W_OK):  # root may write anything
        monkeypatch.setattr(os, "access", lambda *_: False)
    assert "it is read-only" in refusal(path)


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.ENOSPC, errno.EDQUOT])
def test_folder_that_takes_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Permissions, a full disk or a used-up quota are found before the run."""

    def refuse(**_: object) -> NoReturn:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    assert os.strerror(code).lower() in refusal(tmp_path / "report.json").lower()


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0, reason="needs a user whom permissions bind"
)
def test_protected_folder(tmp_path: Path) -> None:
    """A folder without the right to write is found for real."""
    tmp_path.chmod(0o500)
    assert "permission denied" in refusal(tmp_path / "report.json")
