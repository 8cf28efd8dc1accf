"""The base that a check compares a list with, and the config that applies then.

A pull request must not exempt itself: with a revision, config files and baselines of the checkout
are read as they are in that revision; with a file, only the config file of --config is used.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.cli.config import ON_DISK, Files
from crawler.model.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from crawler.crawl.check import Base
    from crawler.lists.revisions import Revision


@contextmanager
def open_base(
    name: str | None, file: str, environ: Mapping[str, str]
) -> Iterator[tuple[Base | None, Files, Callable[[str], bytes]]]:
    """The text to compare the list in `file` with, if any, how to read config files, and how to
    read a baseline, which raises ListError.

    Raises: ListError if it cannot be read; UsageError if a list has no revisions.
    """
    from crawler.lists.loading import decode_list, read_file, read_text

    if name is None:
        yield None, ON_DISK, read_file
        return
    from crawler.crawl.check import Base
    from crawler.lists.revisions import is_revision, open_revision

    if not is_revision(name):
        yield Base(name, read_text(name)), Files(ON_DISK.named, lambda _: b""), read_file
        return
    if not Path(file).is_file():
        raise UsageError(
            f"--base {name} is taken for a revision, which only a file of this checkout has, and "
            f"not {file}; a file to compare with is named as ./{name}"
        )
    with open_revision(name, environ) as revision:
        # A new list: all its entries were added.
        text = decode_list(f"{file} of {name}", revision.read(file) or b"")

        def read_baseline(path: str) -> bytes:
            place = _inside(Path(path))
            content = None if place is None else revision.read(place)
            # What the revision lacks was made since, such as by an earlier step of a job.
            return read_file(path) if content is None else content

        yield Base(name, text), _files_of(revision), read_baseline


def _inside(path: Path) -> Path | None:
    """Where a file of the checkout is; None for any other."""
    here = Path.cwd()
    root = next((each for each in (here, *here.parents) if os.path.lexists(each / ".git")), here)
    for place in (Path(os.path.realpath(path.parent)) / path.name, path.resolve()):
        if place.is_relative_to(root):
            return place
    return None


def _files_of(revision: Revision) -> Files:
    """Config files of the checkout as they are in a revision, others as they are now."""

    def named(path: Path) -> bytes:
        place = _inside(path)
        if place is None:
            return ON_DISK.named(path)
        content = revision.read(place)
        if content is None:
            raise ConfigError(f"{path} is not a file in {revision.name}, from which config is read")
        return content

    def found(path: Path) -> bytes:
        place = _inside(path)
        return ON_DISK.found(path) if place is None else revision.read(place) or b""

    return Files(named, found)
