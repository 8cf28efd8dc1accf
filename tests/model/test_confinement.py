"""Paths that a stranger may have chosen lead to the current folder and what is below it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from crawler.http.exchange import Request, Response
from crawler.lists.loading import load_list
from crawler.lists.locations import ReadmeLocation, UrlLocation, locate
from crawler.model.confinement import HAS_DESCRIPTORS, check_confined, open_folder, status_in
from crawler.model.errors import ConfigError, ListError, RunError
from crawler.model.files import RepositoryFile, RepositoryPath
from crawler.reports.files import save
from crawler.reports.stream import Stream

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
        with pytest.raises(RunError, match="it is not a file"):
            save(Path("x.json"), write_new, confined=True)
    finally:
        os.close(reader)


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("/proc/self/environ", "it leads out of the current folder"),
        ("../outside/secret.md", "it leads out of the current folder"),
        ("in/../list.md", "it leads out of the current folder"),
        ("link.md", "'link.md' is a link"),
        ("owner/repo", "'owner' is a link"),
        (".git/config", "hidden files are only read"),
        ("in/.env", "hidden files are only read"),
        ("-", "standard input is only read"),
        ("http://example.org/list.md", "may name http URLs"),
        ("HTTP://example.org/list.md", "may name http URLs"),
    ],
)
def test_a_list_that_a_stranger_may_not_name(outside: Path, name: str, cause: str) -> None:
    """Not a file elsewhere, also by way of a link with the name of a repository."""
    (outside / "secret.md").write_text("secret")
    (outside / "repo").write_text("secret")
    Path("link.md").symlink_to(outside / "secret.md")
    Path("owner").symlink_to(outside)
    for hidden in (Path(".git/config"), Path("in/.env")):
        hidden.parent.mkdir(exist_ok=True)
        hidden.write_text("secret")
    Path("list.md").write_text("mine")
    with pytest.raises(ConfigError) as caught:
        locate(name, confined=True)
    assert str(caught.value).startswith(f"lists in config.toml may not name {name!r}: ")
    assert cause in str(caught.value)
    assert "--config" in str(caught.value)
    locate(name)


@pytest.mark.parametrize(
    "name", ["quozd/awesome-dotnet", "github.com/a/b", "http://github.com/a/b", "https://a.b/c.md"]
)
def test_a_list_that_a_stranger_may_name(outside: Path, name: str) -> None:
    """What is public anyway."""
    assert isinstance(locate(name, confined=True), ReadmeLocation | UrlLocation)


async def never(*_: object) -> Response:
    """Nobody is asked."""
    raise AssertionError("asked")


class NoFiles:
    """Nor for a file of a repository."""

    async def fetch_readme(self, folder: RepositoryPath, most: int) -> RepositoryFile | None:
        """No README."""
        raise AssertionError("asked")

    fetch_file = fetch_readme


def test_a_file_in_the_folder_is_read_without_following_links(outside: Path) -> None:
    """Also where a link takes its place, or that of its folder, before it is read."""
    (outside / "list.md").write_text("secret")
    Path("in/list.md").write_text("mine")
    origin = locate("in/list.md", confined=True)

    def read() -> str:
        return asyncio.run(load_list("in/list.md", origin, NoFiles(), never)).text

    assert read() == "mine"
    Path("in/list.md").unlink()
    Path("in/list.md").symlink_to(outside / "list.md")
    with pytest.raises(ListError, match=r"cannot be read: 'list\.md' is a link"):
        read()
    Path("in/list.md").unlink()
    Path("in").rmdir()
    Path("in").symlink_to(outside)
    with pytest.raises(ListError, match="cannot be read: 'in' is a link"):
        read()
    Path("in").unlink()
    Path("in").mkdir()
    os.mkfifo("in/list.md")
    with pytest.raises(ListError, match="cannot be read: it is not a regular file"):
        read()


async def test_an_https_list_of_a_stranger_leads_to_no_http_address(outside: Path) -> None:
    """Such as a router's or a cloud's own, which answers this machine alone."""

    async def send(request: Request) -> Response:
        return Response(302, {"location": "http://169.254.169.254/x.md"}, b"", request.url)

    origin = locate("https://example.org/x.md", confined=True)
    with pytest.raises(ListError, match="which is no https URL"):
        await load_list("https://example.org/x.md", origin, NoFiles(), send)
