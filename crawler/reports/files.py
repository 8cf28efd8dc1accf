"""Write reports to files completely or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import shutil
import stat
import tempfile
from collections import deque
from collections.abc import Callable, Generator, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from crawler.model.confinement import check_confined, open_folder, status_in
from crawler.model.errors import ConfigError, RunError
from crawler.model.shielded import shielded
from crawler.model.text import printable
from crawler.reports.stream import Rewrite

_BUFFER: Final = 2**16
"""Bytes of an old file to read at once for comparison."""


def check_writable(path: Path, *, confined: bool = False) -> None:
    """Check that `save_text` can write `path`, without changing anything.

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
            try:
                _check_folder(path)
            except OSError as error:
                # A file that is a mount point of its own can be written all the same.
                if status is None or error.errno != errno.EROFS:
                    raise
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot write {_shown(path)}: {_cause(error)}") from error


def _check_folder(path: Path) -> None:
    folder = _target(path).parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent  # what is missing is made when it is needed
    # An unnamed file, if the system has these, so that none is left behind even if the process
    # is killed here. Writing a byte shows whether the disk is full.
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(b"\0")


def expanded(path: str) -> Path:
    """The path with a leading `~` replaced by the home folder.

    Raises: ConfigError if that is unknown.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise ConfigError(f"{printable(path)}: the home folder is not known") from None


def save(
    path: Path,
    write: Callable[[Rewrite], object],
    *,
    confined: bool = False,
    always: bool = False,
) -> bool:
    """Write the file so that a reader sees the old content or the new, never a mixture.

    `write` writes the text. If only volatile parts of the file would change, it is left alone,
    unless `always` is set. If `write` writes nothing, no file is created. Returns whether the file
    was written.

    Missing folders are created. An existing file keeps its permissions, and a new one gets the
    usual ones. A symbolic link is kept and its target is written. A device or pipe is written
    directly, and a file that is itself a mount point is written in place. `confined` refuses links,
    devices, pipes, and files outside the current folder.

    Raises:
        RunError: it cannot be written; the file is unchanged.
    """
    steps = saving(path, write, confined=confined, always=always)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return bool(end.value)


def saving(
    path: Path,
    write: Callable[[Rewrite], object],
    *,
    confined: bool = False,
    always: bool = False,
) -> Generator[None, None, bool]:
    """Like `save`, but step by step if `write` returns an iterator: other files may be written
    between two steps. If it is not iterated to its end, the file stays unchanged."""
    try:
        with _place(path, confined=confined, make=True) as (folder, file, status):
            if status is None or stat.S_ISREG(status.st_mode):
                return (
                    yield from _saving(
                        file, status, folder, write, confined=confined, always=always
                    )
                )
            if confined:
                raise OSError(errno.EPERM, "it is not a file")
            # A program with several pipes may read one of them to its end before the next.
            with _opened_directly(path) as stream:
                deque(_steps(write(Rewrite(stream, None))), maxlen=0)
    except OSError as error:
        raise RunError(f"cannot write {_shown(path)}: {_cause(error)}") from error
    return True


async def save_in_thread(
    path: Path,
    write: Callable[[Rewrite], object],
    *,
    confined: bool = False,
    always: bool = False,
) -> bool:
    """Like `save`, in a thread, since files block; a cancellation waits until the write is done."""
    job = partial(save, path, write, confined=confined, always=always)
    return await shielded(asyncio.create_task(asyncio.to_thread(job)))


def _steps(written: object) -> Iterator[None]:
    """The remaining parts of what is written, all at once or step by step."""
    for _ in written if isinstance(written, Iterator) else ():
        yield


def _saving(
    file: Path,
    status: os.stat_result | None,
    folder: int | None,
    write: Callable[[Rewrite], object],
    *,
    confined: bool,
    always: bool,
) -> Generator[None, None, bool]:
    with contextlib.ExitStack() as stack:
        old = None
        if status is not None and not always:
            # A file that cannot be read is rewritten.
            with contextlib.suppress(OSError):
                old = stack.enter_context(_opened(file, folder, follow=not confined))
        try:
            with _replacing(file, status, folder) as new:
                stream = Rewrite(new, old)
                yield from _steps(write(stream))
                # Without any content no file is created, and an existing one is emptied.
                if stream.is_same() or (status is None and not new.tell()):
                    raise _Same
        except _Same:
            return False
    return True


class _Same(Exception):
    """The old file has the same content, or neither file has any."""


def _opened(file: Path, folder: int | None, *, follow: bool) -> BinaryIO:
    # If it has become a pipe meanwhile, do not block.
    flags = getattr(os, "O_NONBLOCK", 0) | (0 if follow else getattr(os, "O_NOFOLLOW", 0))
    return open(
        file,
        "rb",
        buffering=_BUFFER,
        opener=lambda name, mode: os.open(name, mode | flags, dir_fd=folder),
    )


@contextlib.contextmanager
def _place(
    path: Path, *, confined: bool, make: bool = False
) -> Iterator[tuple[int | None, Path, os.stat_result | None]]:
    """The folder of the file that `path` names, its name in there, and its status."""
    if "\0" in str(path):
        raise OSError(errno.EINVAL, "no name of a file holds a NUL")
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
    """An empty file that replaces `path` if the block succeeds.

    Raises:
        RunError: it cannot be written, or `path` is not a file; the old file is unchanged.
    """
    try:
        status = _status(path)
        if status is not None and not stat.S_ISREG(status.st_mode):
            raise RunError(f"cannot write {_shown(path)}: it is not a file")
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
        file = open(temporary, "xb", opener=opener)  # noqa: SIM115 - closed below
    except OSError as error:
        if old is None or error.errno != errno.EROFS:
            raise
        # The folder is read-only, but the file in it is itself a mount point.
        with tempfile.TemporaryFile() as content:
            yield content
            content.seek(0)
            _overwrite(target, content, folder)
        return
    try:
        with file:
            if old is not None:
                _take_over(old, file.fileno())
            yield file
            file.flush()
            os.fsync(file.fileno())
        try:
            os.replace(temporary, target, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError as error:
            if old is None or error.errno not in _MOUNTED:
                raise
            with open(temporary, "rb", opener=opener) as content:
                _overwrite(target, content, folder)
            os.unlink(temporary, dir_fd=folder)
    except BaseException:  # also an interrupt: nothing half-written is left behind
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise


_MOUNTED: Final = frozenset({errno.EBUSY, errno.EXDEV})
"""Error codes if the file to replace is a mount point of its own, as when a container mounts a
single file of its host: it can be written, but not replaced."""


def _overwrite(target: Path, content: BinaryIO, folder: int | None) -> None:
    """Write in place if there is no other way: a reader may see half of it."""
    flags = os.O_RDWR | (0 if folder is None else os.O_NOFOLLOW)
    with os.fdopen(os.open(target, flags, dir_fd=folder), "r+b") as file:
        shutil.copyfileobj(content, file)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _take_over(old: os.stat_result, new: int) -> None:
    """Give the open file the permissions of `old`, and its owner and group if the system allows."""
    if hasattr(os, "fchown"):
        for owner, group in ((-1, old.st_gid), (old.st_uid, -1)):
            with contextlib.suppress(OSError):
                os.fchown(new, owner, group)
        # Last, since a change of owner removes permissions.
        os.fchmod(new, stat.S_IMODE(old.st_mode))


@contextlib.contextmanager
def _opened_directly(path: Path) -> Iterator[BinaryIO]:
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
        yield file


def _status(path: Path) -> os.stat_result | None:
    """The status of the file at `path`, following links; None if there is none."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _target(path: Path) -> Path:
    """The file that `path` names after following links, whether it exists or not."""
    return Path(os.path.realpath(path))


def _shown(path: Path) -> str:
    return printable(str(path))


def _cause(error: OSError | ValueError) -> str:
    cause = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return f"{cause[:1].lower()}{cause[1:]}"
