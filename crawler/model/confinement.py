"""Keep paths that a stranger may have chosen within the current folder.

Each folder on the way is opened relative to the one before, so that a folder that is replaced
by a link meanwhile is not followed either. On systems without such descriptors (Windows) the path
is checked by name right before it is used.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

HAS_DESCRIPTORS: Final = {os.open, os.mkdir, os.stat, os.unlink} <= os.supports_dir_fd and hasattr(
    os, "O_NOFOLLOW"
)


def within_folder(path: Path) -> Path | None:
    """Where `path` leads, relative to the current folder; None if that is outside.

    Raises: OSError if the path is inside by its name, but a link leads out of the folder.
    """
    here = Path.cwd()
    # By name alone, so that a link out of the folder is refused and not just treated as outside.
    if not Path(os.path.normpath(here / path)).is_relative_to(here):
        return None
    real, here = Path(os.path.realpath(path)), Path(os.path.realpath(here))
    if not real.is_relative_to(here):
        raise PermissionError(errno.EPERM, "a link leads out of the current folder")
    return real.relative_to(here)


def check_confined(path: Path) -> None:
    """Check that `path`, or the part of it that exists, stays below the current folder.

    Raises: OSError if it does not, or if this cannot be determined.
    """
    with contextlib.suppress(FileNotFoundError), open_folder(path) as (folder, file):
        status_in(folder, file)


@contextlib.contextmanager
def open_folder(
    path: Path,
    *,
    make: bool = False,
    descriptors: bool = HAS_DESCRIPTORS,
    base: Path = Path(),
) -> Iterator[tuple[int | None, Path]]:
    """The folder of `path` as a descriptor, and the path to use with it as `dir_fd`.

    Without `descriptors` these are None and `path` itself. `make` creates missing folders. `path`
    must be below `base`, by default the current folder.

    Raises: OSError if a folder is missing or a link, or `path` does not lead downwards.
    """
    if path.anchor or ".." in path.parts or not path.name:
        raise PermissionError(
            errno.EPERM,
            "it leads out of the current folder, which is only allowed in a file that --config "
            "names",
        )
    if not descriptors:
        for place in list(path.parents)[-2::-1]:
            _step(None, base / place, make=make)
        yield None, base / path
        return
    folder = os.open(base, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name in path.parts[:-1]:
            _step(folder, Path(name), make=make)
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        yield folder, Path(path.name)
    finally:
        os.close(folder)


def _step(folder: int | None, name: Path, *, make: bool) -> None:
    if make:
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, dir_fd=folder)
    if status_in(folder, name) is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def status_in(folder: int | None, name: Path) -> os.stat_result | None:
    """The status of the file of this name; None if there is none.

    Raises: OSError if it is a link.
    """
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    # Windows has links between folders (junctions) that are not symbolic links.
    is_junction = getattr(status, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_REPARSE_POINT
    if stat.S_ISLNK(status.st_mode) or is_junction:
        raise PermissionError(
            errno.EPERM,
            f"{name.name!r} is a link, which is only followed for a file that --config names",
        )
    return status
