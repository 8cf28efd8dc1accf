"""Read files of a revision of the git checkout around the current folder.

A stranger may have written the checkout and its git config: no command that a config, an attribute
or a ref names is run. Objects are read unchanged, without filters and text conversions, and objects
that a partial clone lacks are not fetched.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Final

from crawler.lists.loading import MAX_LIST_BYTES
from crawler.model.errors import ListError
from crawler.model.text import cut

GIT_SECONDS: Final = 30.0
"""Total time limit for git."""
_GIT_MEMORY: Final = 512 * 2**20
"""Bytes that git may use beside the files that it maps: a ref may link to an endless device."""

_OPTIONS: Final = (
    # https://git-scm.com/docs/git-config
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    # A folder that looks like a bare repository may be part of a stranger's checkout.
    *("-c", "safe.bareRepository=explicit"),
    "--no-pager",
    "--no-replace-objects",
)

_ENVIRONMENT: Final = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}

_NO_TARGET: Final = (b"symlink", b"dangling", b"loop", b"notdir")
"""What is said of a link that leads to nothing in the revision, with how many bytes follow.
https://git-scm.com/docs/git-cat-file"""

_LONGEST_NAME: Final = 1000
_LONGEST_HEADER: Final = 5000
_LONGEST_MESSAGE: Final = 300


class Revision:
    """A commit, and the files in it."""

    def __init__(self, name: str, commit: str, git: _Git) -> None:
        self.name = name
        """The name that the user gave."""
        self._commit = commit
        self._git = git

    def read(self, path: str | Path) -> bytes | None:
        """The content of the file at `path`, relative to the current folder; None if there is no
        such file.

        Raises: ListError if it is too large, or git does not answer.
        """
        relative = Path(os.path.relpath(path)).as_posix()
        if "\n" in relative:
            return None
        found = self._git.ask(f"{self._commit}:./{relative}")
        return found[1] if found and found[0] == "blob" else None


def is_revision(name: str) -> bool:
    """Whether `name` counts as a revision, not as a file.

    The name of a file is absolute, begins with `./`, `../` or `~`, or has the suffix of a text.
    Whether the file exists does not matter, since a stranger may have put it into the checkout.
    """
    path = Path(name)
    says_so = path.is_absolute() or name.startswith(("./", "../", ".\\", "..\\", "~"))
    return not (says_so or path.suffix.lower() in (".md", ".markdown", ".txt", ".html", ".rst"))


@contextlib.contextmanager
def open_revision(
    name: str, environ: Mapping[str, str], timeout: float = GIT_SECONDS
) -> Iterator[Revision]:
    """The revision that git finds by `name` in the current folder.

    Raises: ListError if there is none.
    """
    if name.startswith("-") or not name.isprintable() or len(name) > _LONGEST_NAME:
        raise ListError(f"{cut(name, 100)!r} is not a revision")
    program = shutil.which("git", path=environ.get("PATH"))
    if program is None:
        raise ListError(f"{name} is taken for a revision, and git is not installed: see ./{name}")
    with _Git(program, environ, timeout) as git:
        found = git.ask(f"{name}^{{commit}}")
        if found is None:
            raise ListError(
                f"this checkout has no revision {name}: fetch it first (git fetch origin, in a "
                f"shallow clone with --unshallow); a file of that name is ./{name}"
            )
        yield Revision(name, found[2], git)


class _Git:
    """A git process that returns objects."""

    def __init__(self, program: str, environ: Mapping[str, str], timeout: float) -> None:
        self._process = subprocess.Popen(
            [program, *_OPTIONS, "cat-file", "--batch", "--follow-symlinks"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**environ, **_ENVIRONMENT},
        )
        # Before it is asked, git reads no ref.
        if sys.platform == "linux":
            import resource

            with contextlib.suppress(OSError):  # it has ended
                resource.prlimit(self._process.pid, resource.RLIMIT_DATA, (_GIT_MEMORY,) * 2)
        self._timer = threading.Timer(timeout, self._process.kill)
        self._timer.start()

    def __enter__(self) -> _Git:
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._process.kill()
        self._process.communicate()

    def ask(self, name: str) -> tuple[str, bytes, str] | None:
        """The kind, the content and the full name of an object; None if there is none.

        Raises: ListError if it is too large, or git does not answer.
        """
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answers is not None
        try:
            asked.write(f"{name}\n".encode(errors="surrogateescape"))
            asked.flush()
            header = answers.readline(_LONGEST_HEADER)
        except OSError:
            header = b""
        if not header.endswith(b"\n"):
            raise ListError(self._complaint())
        words = header.split()
        if len(words) == 2 and words[0] in _NO_TARGET:
            answers.read(int(words[1]) + 1)
            return None
        if len(words) != 3 or not words[2].isdigit():
            return None  # it is missing, or the name is ambiguous
        size = int(words[2])
        if size > MAX_LIST_BYTES:
            raise ListError(f"{name} is over {MAX_LIST_BYTES // 2**20} MiB, too large for a list")
        content = answers.read(size + 1)
        if len(content) <= size:
            raise ListError(self._complaint())
        return words[1].decode(), content[:-1], words[0].decode()

    def _complaint(self) -> str:
        errors: IO[bytes] | None = self._process.stderr
        self._process.kill()
        said = errors.read(4096).decode(errors="replace") if errors else ""
        line = next((each.strip() for each in said.splitlines() if each.strip()), "no answer")
        return f"git cannot read the revision: {cut(line, _LONGEST_MESSAGE)}"
