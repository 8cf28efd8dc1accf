"""The command `annotate`: a list with stars, beside it or in its place."""

from __future__ import annotations

import codecs
import signal
from pathlib import Path

import pytest
from cli.command.conftest import Crawl
from command import PATIENCE, Command
from standin import TOKEN, Fault, StandIn, World, faults
from standin.faults import Gate

from crawler.lists.loading import MAX_LIST_BYTES

G = "https://github.com"
LIST = (
    f"\ufeff# Best\r\n\r\n* [One]({G}/o/r00) - First.  \r\n"
    f"* [Two]({G}/o/r01)\r\n* [Three]({G}/o/gone)"
)
STARRED = LIST.replace("r00)", "r00)<!--★--> ★ 100<!--/★-->").replace(
    "r01)", "r01)<!--★--> ★ 99<!--/★-->"
)


@pytest.fixture
def readme(crawl: Crawl) -> Path:
    """The list, in the folder in which the command runs."""
    path = Path("README.md")
    path.write_bytes(LIST.encode())
    return path


def test_a_sibling(crawl: Crawl, readme: Path) -> None:
    """By default the list stays as it is, and the stars stand in a file beside it."""
    run = crawl("annotate", "README.md")
    assert (run.returncode, run.stdout) == (0, "")
    assert "README.stars.md: 2 of 3 entries have their stars" in run.stderr
    assert readme.read_bytes() == LIST.encode()
    assert Path("README.stars.md").read_bytes() == STARRED.encode()


def test_in_place_and_out_again(crawl: Crawl, readme: Path, world: World) -> None:
    """Twice changes nothing, small changes of stars neither; `--remove` gives each byte back."""
    assert crawl("annotate", "README.md", "--in-place").returncode == 0
    assert readme.read_bytes() == STARRED.encode()
    world.change("o/r00", stars=104)
    before = readme.stat()
    assert crawl("annotate", "README.md", "--in-place", "--refresh").returncode == 0
    assert readme.stat() == before
    world.change("o/r00", stars=120)
    assert crawl("annotate", "README.md", "--in-place", "--refresh").returncode == 0
    assert readme.read_bytes() == STARRED.replace("★ 100", "★ 120").encode()
    run = crawl("annotate", "README.md", "--remove")
    assert run.stderr == "README.md: 2 annotations taken out\n"
    assert readme.read_bytes() == LIST.encode()


def test_the_numbers_of_the_sibling_stay(crawl: Crawl, readme: Path, world: World) -> None:
    """Though it is made from the list anew."""
    assert crawl("annotate", "README.md").returncode == 0
    world.change("o/r00", stars=104)
    readme.write_bytes(LIST.replace("First", "The first").encode())
    assert crawl("annotate", "README.md", "--refresh").returncode == 0
    expected = STARRED.replace("First", "The first")
    assert Path("README.stars.md").read_bytes() == expected.encode()


def test_a_dry_run(crawl: Crawl, readme: Path) -> None:
    """It says which lines would change, and writes nothing."""
    run = crawl("annotate", "README.md", "--dry-run", "--in-place")
    assert run.stdout.splitlines() == [
        f"README.md:3: * [One]({G}/o/r00)<!--★--> ★ 100<!--/★--> - First.",
        f"README.md:4: * [Two]({G}/o/r01)<!--★--> ★ 99<!--/★-->",
    ]
    assert readme.read_bytes() == LIST.encode()
    assert crawl("annotate", "README.md", "--dry-run").returncode == 0
    assert not Path("README.stars.md").exists()


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030"])
def test_the_encoding_stays(crawl: Crawl, encoding: str) -> None:
    """The text is written in the one that it was read in."""
    words = "这是一个很好的清单，里面有很多有用的工具。" * 20
    text = f"{words}\n\n- [One]({G}/o/r00)\n"
    Path("list.md").write_bytes(text.encode(encoding))
    assert crawl("annotate", "list.md", "--in-place").returncode == 0
    assert "★ 100" in Path("list.md").read_bytes().decode(encoding)
    assert crawl("annotate", "list.md", "--remove").returncode == 0
    assert Path("list.md").read_bytes() == text.encode(encoding)


def test_an_encoding_without_stars(crawl: Crawl) -> None:
    """The list is left as it is, and the sentence says what to do."""
    words = "Über größere Maße hinaus: schöne Werkzeuge für Bäume, Häuser und Möbel.\n" * 20
    content = f"# Liste\n\n{words}\n- [One]({G}/o/r00) - Säge.\n".encode("cp1252")
    Path("list.md").write_bytes(content)
    run = crawl("annotate", "list.md", "--in-place")
    assert run.returncode == 2
    assert run.stderr.splitlines()[-1].endswith("CP1252, which has no ★: save it as UTF-8")
    assert Path("list.md").read_bytes() == content


def test_a_stray_byte_stays(crawl: Crawl) -> None:
    """One that is no UTF-8 is written as it was."""
    text = f"- [One]({G}/o/r00) - \xff\n"
    content = text.encode("latin-1") + b"# " + b"words " * 200 + codecs.BOM_UTF8
    Path("list.md").write_bytes(content)
    assert crawl("annotate", "list.md", "--in-place").returncode == 0
    assert crawl("annotate", "list.md", "--remove").returncode == 0
    assert Path("list.md").read_bytes() == content


def test_a_link_out_of_the_folder(crawl: Crawl, tmp_path: Path, readme: Path) -> None:
    """Nothing is read or written through it; one that stays inside is followed."""
    outside = tmp_path / "outside.md"
    outside.write_bytes(LIST.encode())
    Path("link.md").symlink_to(outside)
    Path("README.stars.md").symlink_to(outside)
    for arguments in (("link.md", "--in-place"), ("README.md",)):
        run = crawl("annotate", *arguments)
        assert run.returncode == 2
        assert "a link leads out of the current folder" in run.stderr
    assert outside.read_bytes() == LIST.encode()
    Path("docs").mkdir()
    readme.rename("docs/list.md")
    readme.symlink_to("docs/list.md")
    assert crawl("annotate", "README.md", "--in-place").returncode == 0
    assert Path("docs/list.md").read_bytes() == STARRED.encode()
    assert readme.is_symlink()


def test_a_sibling_that_is_a_link(crawl: Crawl, readme: Path, tmp_path: Path) -> None:
    """Whatever came beside a list is not written through, wherever it leads."""
    clone, mine = tmp_path / "clone", Path("mine.md")
    clone.mkdir()
    mine.write_bytes(LIST.encode())
    readme.rename(clone / "README.md")
    (clone / "README.stars.md").symlink_to(mine.resolve())
    run = crawl("annotate", str(clone / "README.md"))
    assert run.returncode == 2
    assert "README.stars.md is a link, and is not written through" in run.stderr
    assert mine.read_bytes() == LIST.encode()


def test_what_cannot_be_asked_for(crawl: Crawl, readme: Path, world: World) -> None:
    """It keeps what stood there, never a 0, and the status says so."""
    assert crawl("annotate", "README.md", "--in-place").returncode == 0
    run = crawl("annotate", "README.md", "--in-place", "--offline", "--no-store")
    assert run.returncode == 2
    readme.write_bytes((STARRED + f"\r\n* [Four]({G}/o/r04)").encode())
    run = crawl("annotate", "README.md", "--in-place", "--offline")
    assert run.returncode == 3
    assert "1 entry could not be fetched" in run.stderr
    assert readme.read_bytes() == (STARRED + f"\r\n* [Four]({G}/o/r04)").encode()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "annotate needs a list"),
        (("a.md", "b.md"), "annotate takes one list, and 'b.md' is a second one"),
        (("missing.md",), "annotate reads a local file, and missing.md is not one"),
        (("empty.md",), "empty.md lists no repository"),
        (("list.rst",), "list.rst is reStructuredText, which has no comments"),
        (("list.mdx",), "list.mdx is MDX, which has no comments"),
        (("README.md", "--remove", "--with", "pushed"), "--remove cannot be combined"),
        (("half.md",), "the annotation in line 1 is broken"),
        (("README.md", "--with", "forks"), "must be any of gained, pushed, archived, language"),
    ],
)
def test_what_is_refused(crawl: Crawl, arguments: tuple[str, ...], said: str) -> None:
    """In one sentence, before anything is asked."""
    Path("empty.md").write_text("Words.\n", "utf-8")
    Path("half.md").write_text(f"- [x]({G}/o/r00)<!--★--> ★ 1\n", "utf-8")
    Path("list.rst").write_text(f"- `x <{G}/o/r00>`_\n", "utf-8")
    Path("list.mdx").write_text(f"- [x]({G}/o/r00)\n", "utf-8")
    Path("README.md").write_text(f"- [x]({G}/o/r00)\n", "utf-8")
    there = {*Path().iterdir()}
    run = crawl("annotate", *arguments)
    assert run.returncode == 2
    assert said in run.stderr
    assert {*Path().iterdir()} == there


def test_sorted_with_more(crawl: Crawl, readme: Path, world: World) -> None:
    """The items of a section by their stars, and what else is asked for behind these."""
    world.change("o/r01", stars=12_345, archived=True, language="C#")
    run = crawl(
        "annotate", "README.md", "--sort-sections", "--with", "archived", "--with", "language"
    )
    assert run.returncode == 0
    first, _, *items = Path("README.stars.md").read_bytes().decode().split("\r\n")
    assert first == "\ufeff# Best"
    assert items == [
        f"* [Two]({G}/o/r01)<!--★--> ★ 12k · archived · C#<!--/★-->",
        f"* [One]({G}/o/r00)<!--★--> ★ 100<!--/★--> - First.  ",
        f"* [Three]({G}/o/gone)",
    ]


def test_what_is_not_sorted(crawl: Crawl) -> None:
    """A sentence names what stands in no list with bullets of one indent; it is annotated all the
    same."""
    items = f"- [One]({G}/o/r01)\n- [Nil]({G}/o/r00)\n"
    table = f"| t |\n|---|\n| [Two]({G}/o/r02) |\n"
    uneven = f"- [Six]({G}/o/r06)\n - [Five]({G}/o/r05)\n\n"
    uneven += f"* [Three]({G}/o/r03)\n * [Four]({G}/o/r04)\n"
    Path("list.md").write_text(f"# L\n\n{items}\n{table}\n1. [Ten]({G}/o/r10)\n\n{uneven}", "utf-8")
    run = crawl("annotate", "list.md", "--sort-sections")
    assert run.returncode == 0
    assert "4 entries left not sorted" in run.stderr
    assert run.stderr.endswith("(title and line): Two 8, Ten 10, Six 12, Five 13\n")
    stars = Path("list.stars.md").read_text("utf-8")
    assert stars.index("Nil") < stars.index("One")
    assert stars.count("★ ") == 8


def test_hostile_titles(crawl: Crawl) -> None:
    """They stay in the file unchanged, and are harmless in the printed output."""
    title = "x\x1b(B\x9b31m\x07\u202e ::error::x %0A"
    text = f"# L\n\n## [{title}]({G}/o/r00)\n\n- [y](#xb31m-errorx-0a)\n- [{title}]({G}/o/r01)\n"
    Path("list.md").write_text(text, "utf-8", newline="")
    run = crawl("annotate", "list.md", "--dry-run", env={"GITHUB_ACTIONS": "true"})
    for printed in (run.stdout, run.stderr):
        assert printed.replace("\n", "").isprintable()
        assert "::error" not in printed
    assert "★ 99" in run.stdout
    assert "1 entry left without stars" in run.stderr
    assert "(title and line): x" in run.stderr
    assert crawl("annotate", "list.md", "--in-place").returncode == 0
    assert crawl("annotate", "list.md", "--remove").returncode == 0
    assert Path("list.md").read_bytes() == text.encode()


def test_a_list_that_is_too_large(crawl: Crawl, readme: Path) -> None:
    """Not a byte of it is lost."""
    content = LIST.encode() + b"\n" * MAX_LIST_BYTES
    readme.write_bytes(content)
    for flag in ("--in-place", "--remove"):
        run = crawl("annotate", "README.md", flag)
        assert run.returncode == 2
        assert "README.md is over 10 MiB, too large for a list" in run.stderr
    assert readme.read_bytes() == content


def test_a_list_that_changes_meanwhile(run_crawler: Command, readme: Path, github: StandIn) -> None:
    """What somebody wrote while GitHub was asked is not written over."""
    gate = Gate()
    github.faults.append(Fault(faults.hold(gate), kind="graphql"))
    process = run_crawler.start("annotate", "README.md", "--in-place", token=TOKEN)
    github.log.wait_for(lambda log: bool(log.of("graphql")))
    readme.write_bytes(b"- [Other](https://github.com/o/r03)\n")
    gate.open()
    _, err = process.communicate(timeout=PATIENCE)
    assert process.wait() == 1
    assert b"README.md has changed while it was annotated: run it again" in err
    assert readme.read_bytes() == b"- [Other](https://github.com/o/r03)\n"


def test_interrupted(run_crawler: Command, readme: Path, github: StandIn) -> None:
    """A run that is ended leaves the list as it was."""
    github.faults.append(Fault(faults.stall(), kind="graphql"))
    process = run_crawler.start("annotate", "README.md", "--in-place", token=TOKEN)
    github.log.wait_for(lambda log: bool(log.of("graphql")))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE)
    assert process.wait() == 128 + signal.SIGINT
    assert readme.read_bytes() == LIST.encode()


def test_gains(crawl: Crawl, readme: Path) -> None:
    """Star histories are asked for where gains are to be told, and never else."""
    run = crawl("annotate", "README.md", "--history", "all")
    assert (run.returncode, "star histories" in run.stderr) == (0, False)
    run = crawl("annotate", "README.md", "--history", "all", "--with", "gained")
    assert (run.returncode, "star histories" in run.stderr) == (0, True)
    assert "<!--★--> ★ 100 · +0<!--/★-->" in Path("README.stars.md").read_text("utf-8")
