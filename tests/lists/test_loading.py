"""Lists from files, standard input and READMEs."""

from __future__ import annotations

import asyncio
import codecs
import gzip
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lists.web import MARKDOWN, URL, Web, put

from crawler.lists.loading import MAX_LIST_BYTES, ListText, find_readme, load_list, read_file
from crawler.lists.locations import FileLocation
from crawler.model.errors import ListError, TooLarge

pytestmark = pytest.mark.usefixtures("own_folder")


async def test_a_file_is_read(web: Web, tmp_path: Path) -> None:
    """A file's text is the list's; it has no address for others."""
    put("list.md", MARKDOWN)
    assert await web.load("list.md") == ListText("list.md", None, MARKDOWN)
    absolute = str(tmp_path / "list.md")
    assert (await web.load(absolute)).name == absolute
    assert web.asked == []


async def test_a_pipe_is_read_like_a_file(web: Web) -> None:
    """What a shell hands over as /dev/fd/N or a named pipe is a list too."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo("pipe")
    writing = asyncio.to_thread(Path("pipe").write_text, MARKDOWN, "utf-8")
    listed, _ = await asyncio.gather(web.load("pipe"), writing)
    assert listed.text == MARKDOWN


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and devices as POSIX has them")
def test_a_file_that_may_never_end_is_refused(web: Web) -> None:
    """Unlike a pipe that a shell hands over, and the empty device."""
    os.mkfifo("pipe")
    Path("link").symlink_to("/dev/stdin")
    for name in ("pipe", "link", "/dev/zero"):
        with pytest.raises(ListError, match=f"{name} cannot be read: it is not a regular file"):
            read_file(name)
    reading, writing = os.pipe()
    os.write(writing, b"handed over")
    os.close(writing)
    assert read_file(f"/dev/fd/{reading}") == b"handed over"
    os.close(reading)
    assert read_file(os.devnull) == b""


async def test_a_bom_is_ignored(web: Web) -> None:
    """A byte order mark is no part of the first heading."""
    put("list.md", b"\xef\xbb\xbf" + MARKDOWN.encode())
    assert (await web.load("list.md")).text == MARKDOWN
    web.serve(URL, b"\xef\xbb\xbf" + MARKDOWN.encode())
    assert (await web.load(URL)).text == MARKDOWN


ACCENTS = MARKDOWN + "- [Déjà vu](https://github.com/d/v) - Une bibliothèque très utile.\n"
CJK = MARKDOWN + "- [工具](https://github.com/d/v) - 一个非常有用的部署工具，适合大家\n" * 20


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (ACCENTS.encode("utf-16"), ACCENTS),
        (codecs.BOM_UTF16_BE + ACCENTS.encode("utf-16-be"), ACCENTS),
        (ACCENTS.encode("utf-16-le"), ACCENTS),
        (ACCENTS.encode("utf-32"), ACCENTS),
        (ACCENTS.encode("cp1252"), ACCENTS),
        (CJK.encode("gb18030"), CJK),
    ],
)
async def test_other_encodings_are_read(web: Web, content: bytes, text: str) -> None:
    """A list in another encoding is the same list."""
    put("list.md", content)
    assert (await web.load("list.md")).text == text


@pytest.mark.parametrize(
    ("content", "text", "at"),
    [
        (ACCENTS.encode() + b"\xc3", ACCENTS + "\ufffd", len(ACCENTS.encode())),
        (b"\xff" + CJK.encode() + b"\xe9\n", f"\ufffd{CJK}\ufffd\n", 0),
        (ACCENTS.encode("utf-16") + b"x", ACCENTS + "\ufffd", 2 * len(ACCENTS)),
    ],
)
async def test_a_stray_byte_is_said_once(
    web: Web, log: list[str], content: bytes, text: str, at: int
) -> None:
    """It is read as U+FFFD, and one line tells how many there are and where the first is."""
    put("list.md", content)
    assert (await web.load("list.md")).text == text
    (line,) = log
    assert line.startswith("list.md is not all UTF-")
    assert f"byte {at})" in line


@pytest.mark.parametrize(
    "content", [gzip.compress(MARKDOWN.encode(), mtime=0), bytes(range(256)) * 9]
)
async def test_what_is_no_text_is_refused(web: Web, content: bytes) -> None:
    """A binary file is refused, and the sentence says where it stops being text."""
    put("list.md", content)
    with pytest.raises(ListError, match=r"^list\.md is not UTF-8 text \(byte \d+\)"):
        await web.load("list.md")
    web.serve("readme:o/r:", content)
    with pytest.raises(ListError, match=r"^o/r is not UTF-8 text"):
        await web.load("o/r")


async def test_the_size_limit_of_a_file(web: Web) -> None:
    """10 MiB are read, a byte more is refused."""
    put("large.md", bytes(MAX_LIST_BYTES))
    assert len((await web.load("large.md")).text) == 10 * 1024 * 1024
    put("large.md", bytes(MAX_LIST_BYTES + 1))
    with pytest.raises(ListError, match=r"^large\.md is over 10 MiB"):
        await web.load("large.md")


@pytest.mark.parametrize("name", ["o/r", URL])
async def test_the_size_limit_of_an_answer(web: Web, name: str) -> None:
    """No more than the limit is asked for, and what is larger is a bad list, not a bad network."""
    asked = URL if name == URL else "readme:o/r:"
    web.answers[asked] = TooLarge("the answer is over 10 MiB")
    with pytest.raises(ListError, match="is over 10 MiB"):
        await web.load(name)
    assert [request.max_bytes for request in web.asked] == [MAX_LIST_BYTES]


async def test_an_unreadable_file_is_a_bad_list(web: Web) -> None:
    """A file that the system refuses is one sentence with the system's reason."""
    origin = FileLocation(Path("missing.md"))
    with pytest.raises(ListError, match=r"^missing\.md cannot be read: No such file"):
        await load_list("missing.md", origin, web, web.send)


@pytest.mark.parametrize(
    ("name", "asked", "url"),
    [
        ("o/r", "readme:o/r:", "https://github.com/o/r"),
        ("https://github.com/o/r/", "readme:o/r:", "https://github.com/o/r"),
        ("https://github.com/o/r/tree/v1/docs", "readme:o/r@v1:docs", "https://github.com/o/r"),
    ],
)
async def test_a_readme_is_asked_of_the_api(web: Web, name: str, asked: str, url: str) -> None:
    """A repository's README is one request; the source has the user's name and a web address."""
    web.serve(asked, MARKDOWN)
    listed = await web.load(name)
    assert (listed.name, listed.url, listed.text) == (name, url, MARKDOWN)
    assert len(web.asked) == 1


@pytest.mark.parametrize(
    ("name", "asked", "sentence"),
    [
        ("o/r", ["readme:o/r:"], "no public repository o/r with a README, and there is no local"),
        ("o/r/tree/v1", ["readme:o/r@v1:"], "o/r with a README at v1$"),
        (
            "o/r/tree/a/b/c/d",
            ["readme:o/r@a:b/c/d", "readme:o/r@a/b:c/d", "readme:o/r@a/b/c:d"],
            "o/r with a README in b/c/d at a$",
        ),
        (
            "o/r/blob/a/b/c.md",
            ["file:o/r@a:b/c.md", "file:o/r@a/b:c.md"],
            "o/r with a file b/c.md at a$",
        ),
        ("o/r/blob/refs/heads/a/b/c.md", ["file:o/r@refs/heads/a:b/c.md"], "b/c.md at refs/heads"),
    ],
)
async def test_a_missing_readme_is_a_bad_list(
    web: Web, name: str, asked: list[str], sentence: str
) -> None:
    """404 is one sentence that names the repository, exit status 2, once all that the address
    may mean was asked for: the name of a branch may hold slashes."""
    for each in asked:
        web.serve(each, status=404)
    with pytest.raises(ListError, match=sentence):
        await web.load(name if name == "o/r" else f"https://github.com/{name}")
    assert [request.url for request in web.asked] == asked


async def test_a_branch_with_slashes(web: Web) -> None:
    """Where the ref ends, the host knows."""
    web.serve("file:o/r@feature:x/a/b.md", status=404)
    web.serve("file:o/r@feature/x:a/b.md", MARKDOWN)
    listed = await web.load("https://github.com/o/r/blob/feature/x/a/b.md")
    assert listed.place is not None
    assert (listed.place.ref, listed.place.path) == ("feature/x", "a/b.md")
    assert listed.url == "https://github.com/o/r/blob/feature/x/a/b.md"


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Standard input is the file that this names."""
    path = Path("stdin")
    path.write_bytes(b"")
    with path.open("r", encoding="utf-8") as stream:
        monkeypatch.setattr("sys.stdin", stream)
        yield path


async def test_standard_input_is_a_list(web: Web, stdin: Path) -> None:
    """`-` is what comes in, and has no address."""
    put(stdin, b"\xef\xbb\xbf" + MARKDOWN.encode())
    assert await web.load("-") == ListText("-", None, MARKDOWN)


async def test_the_size_limit_of_standard_input(web: Web, stdin: Path) -> None:
    """10 MiB are read, and not much of what comes after."""
    put(stdin, bytes(MAX_LIST_BYTES))
    assert len((await web.load("-")).text) == MAX_LIST_BYTES
    os.lseek(sys.stdin.fileno(), 0, os.SEEK_SET)
    put(stdin, bytes(MAX_LIST_BYTES + 1))
    with pytest.raises(ListError, match=r"^- is over 10 MiB"):
        await web.load("-")


async def test_standard_input_that_is_closed_is_refused(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run without standard input says so instead of waiting for ever."""
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(ListError, match="standard input cannot be read"):
        await web.load("-")
    closed = io.TextIOWrapper(io.BytesIO())
    closed.close()
    monkeypatch.setattr("sys.stdin", closed)
    with pytest.raises(ListError, match="standard input cannot be read"):
        await web.load("-")


@pytest.fixture
def silent_stdin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Standard input is a pipe that stays open while nobody writes to it."""
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as stream:
        monkeypatch.setattr("sys.stdin", stream)
        yield
        os.close(writing)


@pytest.mark.usefixtures("silent_stdin")
async def test_waiting_for_standard_input_can_be_cancelled(web: Web) -> None:
    """A terminal that nobody types at does not hold up the end of the run."""
    task = asyncio.create_task(web.load("-"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["README.md", "README", "readme.rst"], "README.md"),
        (["Readme.markdown", "CONTRIBUTING.md"], "Readme.markdown"),
        (["readme.rst"], "readme.rst"),
        (["README"], "README"),
        (["README.org", "docs/README.md"], "docs/README.md"),
        (["docs/README.md", ".github/readme.md"], ".github/readme.md"),
        (["README-zh.md", "README.zh.md", "README.png"], None),
    ],
)
def test_the_readme_of_a_checkout(tmp_path: Path, files: list[str], found: str | None) -> None:
    """Whatever it is called, if it can be read as a list; a translation is none."""
    for name in files:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert find_readme(tmp_path) == (tmp_path / found if found else None)
