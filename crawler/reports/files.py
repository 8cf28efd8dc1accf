"""Reports become files whole or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from crawler.model.confinement import check_confined, open_folder, status_in
from crawler.model.errors import ConfigError, RunError
from crawler.model.shielded import finish
from crawler.model.text import printable


def check_writable(path: Path, *, confined: bool = False) -> None:
    """Find out whether `save_text` can write `path`, and leave everything as it was.

    Raises:
        ConfigError: it cannot.
    """
    try:
        if confined:
            check_confined(path)
        status = _status(path)
        if status is not None and stat.S_ISDIR(status.st_mode):
            raise ConfigError(f"cannot write {_shown(path)}: it is a folder")
        if status is not None and not os.access(path, os.W_OK):
            raise ConfigError(f"cannot write {_shown(path)}: it is read-only")
        if status is None or stat.S_ISREG(status.st_mode):
            _check_folder(path)
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot write {_shown(path)}: {_cause(error)}") from error


def _check_folder(path: Path) -> None:
    folder = _target(path).parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent  # what is missing is made when it is needed
    # A file without a name, where the system has such, so that nothing stays behind even if
    # the process is killed here; the byte finds a disk that is full.
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(b"\0")


def expanded(path: str) -> Path:
    """The path with a leading `~` as the home folder it stands for.

    Raises: ConfigError where nobody knows that.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise ConfigError(f"{printable(path)}: the home folder is not known") from None


async def load_text(path: Path, *, confined: bool = False) -> str | None:
    """What stands in the file; None where there is none, or none that can be read as text."""

    def load() -> str | None:
        try:
            with _place(path, confined=confined) as (folder, file, status):
                if status is None or not stat.S_ISREG(status.st_mode):
                    return None
                flags = getattr(os, "O_NOFOLLOW", 0) if confined else 0
                with open(
                    file, "rb", opener=lambda name, mode: os.open(name, mode | flags, dir_fd=folder)
                ) as stream:
                    return stream.read().decode()
        except (OSError, ValueError):
            return None

    return await asyncio.to_thread(load)


async def save_text(path: Path, text: str, *, confined: bool = False) -> None:
    """Write `text` to `path`, so that a reader sees the old content or the new, never half.

    Missing folders are made.

    The file keeps its permissions, a new one gets the usual ones; a symbolic link stays and
    its target is written; what is no file (a device, a pipe) is written directly. A
    cancellation waits until the write is done. `confined` refuses links, what is no file, and
    what lies outside of the current folder.

    Raises:
        RunError: it cannot be written; the file is as it was.
    """
    # Files block, so a thread writes.
    await finish(asyncio.create_task(asyncio.to_thread(_save, path, text, confined=confined)))


def _save(path: Path, text: str, *, confined: bool) -> None:
    content = text.encode()
    try:
        with _place(path, confined=confined, make=True) as (folder, file, status):
            if status is None or stat.S_ISREG(status.st_mode):
                with _replacing(file, status, folder) as stream:
                    stream.write(content)
            elif confined:
                raise OSError(errno.EPERM, "it is no file")
            else:
                _write_directly(path, content)
    except (OSError, ValueError) as error:
        raise RunError(f"cannot write {_shown(path)}: {_cause(error)}") from error


@contextlib.contextmanager
def _place(
    path: Path, *, confined: bool, make: bool = False
) -> Iterator[tuple[int | None, Path, os.stat_result | None]]:
    """The folder of the file that `path` names, the file in it, and what stands there."""
    if confined:
        with open_folder(path, make=make) as (folder, file):
            yield folder, file, status_in(folder, file)
        return
    status = _status(path)
    if make and status is None:
        _target(path).parent.mkdir(parents=True, exist_ok=True)
    yield None, _target(path), status


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """An empty file to write, which takes the place of `path` if the block ends well.

    Raises:
        RunError: it cannot be written, or `path` is no file; what stood there is as it was.
    """
    try:
        status = _status(path)
        if status is not None and not stat.S_ISREG(status.st_mode):
            raise RunError(f"cannot write {_shown(path)}: it is no file")
        with _replacing(_target(path), status) as file:
            yield file
    except (OSError, ValueError) as error:
        raise RunError(f"cannot write {_shown(path)}: {_cause(error)}") from error


@contextlib.contextmanager
def _replacing(
    target: Path, old: os.stat_result | None, folder: int | None = None
) -> Iterator[BinaryIO]:
    # In the same folder, since a rename is atomic within one file system only; under a name
    # of its own, so that two runs never write into one file.
    temporary = target.with_name(f".{os.urandom(8).hex()}.tmp")
    opener = partial(os.open, mode=0o666, dir_fd=folder)
    try:
        with open(temporary, "xb", opener=opener) as file:
            if old is not None:
                _take_over(old, file.fileno())
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise


def _take_over(old: os.stat_result, new: int) -> None:
    """Give the open file the owner, as far as the system lets us, and the permissions of `old`."""
    if hasattr(os, "fchown"):
        for owner, group in ((-1, old.st_gid), (old.st_uid, -1)):
            with contextlib.suppress(OSError):
                os.fchown(new, owner, group)
        # Last, since a change of owner takes permissions away.
        os.fchmod(new, stat.S_IMODE(old.st_mode))


def _write_directly(path: Path, content: bytes) -> None:
    # To open a pipe that nobody reads would wait for a reader, in a thread that no Ctrl-C
    # reaches; without blocking it is refused.
    try:
        handle = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError(errno.ENXIO, "nobody reads from it") from error
        raise
    with os.fdopen(handle, "wb") as file:
        os.set_blocking(handle, True)
        file.write(content)


def _status(path: Path) -> os.stat_result | None:
    """What stands at `path`, its links followed; None where nothing does."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _target(path: Path) -> Path:
    """The file that `path` names once links are followed, whether it exists or not."""
    return Path(os.path.realpath(path))


def _shown(path: Path) -> str:
    return printable(str(path))


def _cause(error: OSError | ValueError) -> str:
    cause = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return f"{cause[:1].lower()}{cause[1:]}"
