"""Files of a revision, in a checkout that may be a stranger's."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import pytest
from checkout import Checkout

from crawler.lists.revisions import is_revision, open_revision
from crawler.model.errors import ListError

pytestmark = pytest.mark.usefixtures("own_folder")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """The current folder, with two commits."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    monkeypatch.chdir(folder)
    made = Checkout.make(folder)
    made.commit(README_md="old\r\n")
    made.commit(README_md="new\n")
    return made


def read(revision: str, path: str = "README.md") -> bytes | None:
    """What the file is in a revision."""
    with open_revision(revision, os.environ) as found:
        return found.read(path)


@pytest.mark.parametrize("revision", ["HEAD~1", "main~1", "@{0}~1", "main^"])
def test_a_file_of_a_revision(checkout: Checkout, revision: str) -> None:
    """Byte for byte, whatever the working tree has."""
    checkout.write("README.md", "mine\n")
    assert read(revision) == b"old\r\n"


def test_paths_begin_in_the_current_folder(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder of the checkout as well; a folder and a missing file are no file."""
    checkout.write("docs/list.md", "listed\n")
    checkout.commit()
    monkeypatch.chdir(checkout.folder / "docs")
    assert read("HEAD", "list.md") == b"listed\n"
    assert read("HEAD", str(checkout.folder / "README.md")) == b"new\n"
    assert read("HEAD", "../docs") is None
    assert read("HEAD", "none.md") is None
    assert read("HEAD", "a\nHEAD:./list.md") is None


def test_a_link_is_followed_in_the_revision(checkout: Checkout, tmp_path: Path) -> None:
    """And nowhere else; what is asked for after one that leads nowhere is answered as well."""
    outside = tmp_path / "outside.md"
    outside.write_text("secret\n", "utf-8")
    for name, target in {
        "list.md": "README.md",
        "folder/list.md": "../list.md",
        "out.md": str(outside),
        "up.md": "../outside.md",
        "none.md": "nowhere",
        "loop.md": "loop.md",
    }.items():
        path = checkout.folder / name
        path.parent.mkdir(exist_ok=True)
        path.symlink_to(target)
    checkout.commit()
    checkout.write("README.md", "mine\n")
    with open_revision("HEAD", os.environ) as found:
        for name in ("out.md", "up.md", "none.md", "loop.md", "README.md/x"):
            assert found.read(name) is None
            assert found.read("list.md") == found.read("folder/list.md") == b"new\n"


@pytest.mark.parametrize(
    "name",
    ["none", "-x", "--help", "--batch-all-objects", "HEAD\nHEAD", "HEAD:README.md", "", "x" * 2000],
)
def test_what_is_no_revision(checkout: Checkout, name: str) -> None:
    """One sentence, and no option of git."""
    with pytest.raises(ListError, match=r"(not a|no) revision"):
        read(name)


def test_outside_of_a_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git's own sentence, or that it is missing."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ListError, match="not a git repository"):
        read("main")
    with (
        pytest.raises(ListError, match="git is not installed"),
        open_revision("main", {"PATH": ""}),
    ):
        pass


def test_nothing_that_a_stranger_named_is_run(checkout: Checkout, tmp_path: Path) -> None:
    """No text conversion, filter, monitor, hook, pager, external diff or remote helper."""
    trace = tmp_path / "run"
    command = f"touch {trace}; cat"
    checkout.write(".gitattributes", "*.md diff=evil filter=evil\n")
    checkout.commit()
    missing = checkout.git("rev-parse", "HEAD:README.md")
    for key, value in {
        "diff.evil.textconv": command,
        "diff.evil.command": command,
        "diff.external": command,
        "filter.evil.smudge": command,
        "core.fsmonitor": command,
        "core.pager": command,
        "core.hooksPath": str(tmp_path),
        "core.sshCommand": command,
        "core.gitProxy": command,
        "core.alternateRefsCommand": command,
        "alias.cat-file": f"!{command}",
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "evil",
        "remote.evil.promisor": "true",
        "remote.evil.url": f"ext::sh -c touch% {trace}",
        "protocol.ext.allow": "always",
    }.items():
        checkout.git("config", key, value)
    assert read("HEAD") == b"new\n"
    path = checkout.folder / ".git" / "objects" / missing[:2] / missing[2:]
    path.chmod(0o600)
    path.unlink()
    with contextlib.suppress(ListError):  # as git has it: it could not be fetched
        assert read("HEAD") is None
    assert not trace.exists()


def test_a_replaced_object_is_read_as_it_was(checkout: Checkout) -> None:
    """A ref of a stranger does not change what a revision says."""
    evil = checkout.git("hash-object", "-w", str(checkout.write("evil", "evil\n")))
    checkout.git("replace", checkout.git("rev-parse", "HEAD:README.md"), evil)
    assert read("HEAD") == b"new\n"


def test_a_bare_repository_in_a_checkout_is_not_taken_for_one(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder with the files of one may be part of a stranger's list."""
    checkout.git("clone", "-q", "--bare", ".", "bare")
    monkeypatch.chdir(checkout.folder / "bare")
    with pytest.raises(ListError, match="git cannot read the revision"):
        read("HEAD")


def test_a_git_that_hangs_is_ended(checkout: Checkout, tmp_path: Path) -> None:
    """After the time that it has."""
    program = tmp_path / "git"
    program.write_text("#!/bin/sh\nexec sleep 40\n", "utf-8")
    program.chmod(0o700)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    with (
        pytest.raises(ListError, match="no answer"),
        open_revision("HEAD", environment, timeout=0.1),
    ):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="only there is memory limited from outside")
def test_a_ref_without_an_end_is_not_read_for_long(checkout: Checkout) -> None:
    """Git would take all memory that there is."""
    (checkout.folder / ".git" / "refs" / "heads" / "endless").symlink_to("/dev/zero")
    with pytest.raises(ListError, match="git cannot read the revision: fatal: Out of memory"):
        read("endless")
    assert read("main") == b"new\n"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((name, True) for name in ("main", "origin/main", "v1.2.0", "HEAD~1", "README")),
        *((name, False) for name in ("./main", "../main", "/a/main", "old.md", "OLD.Markdown")),
    ],
)
def test_what_is_taken_for_a_revision(name: str, expected: bool) -> None:
    """By its spelling alone: which files there are, a pull request says."""
    assert is_revision(name) is expected
