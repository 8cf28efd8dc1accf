"""The verb `check`: what it prints of a list, and its exit status."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from checkout import Checkout
from cli.command.conftest import Crawl
from command import Command
from standin import TOKEN, Fault, Repository, StandIn, World, faults, small_world
from standin.samples import SMALL_LIST

WITH_GIT = {"PATH": os.environ["PATH"]}

FOUND = """\
README.md:10: moved: delta/before → delta/after
README.md:11: duplicate: delta/after is in line 10 too as delta/before
README.md:16: archived: zeta/attic is archived
README.md:23: gone: kappa/gone is gone or private
README.md:24: gone: lambda/secret is gone or private
README.md:25: blocked: mu/dmca is blocked
README.md:26: blocked: nu/tos is blocked
README.md: 15 entries: 8 passed, 4 failed, 3 warned, 0 unknown
"""
"""Of the small list."""


@pytest.fixture
def world() -> World:
    """One repository of each kind."""
    return small_world()


@pytest.fixture
def readme(crawl: Crawl) -> Path:
    """The small list as the README of the current folder."""
    path = Path("README.md")
    path.write_bytes(SMALL_LIST)
    return path


def test_every_entry_of_the_readme(crawl: Crawl, readme: Path) -> None:
    """Findings come in the order of the file, the second time from the store as well."""
    for _ in range(2):
        run = crawl("check")
        assert (run.stdout, run.stderr, run.returncode) == (FOUND, "", 4)


def test_json_counts_every_entry(crawl: Crawl, readme: Path) -> None:
    """The counts add up to the entries, and each finding has its keys."""
    found: dict[str, Any] = json.loads(crawl("check", "-f", "json").stdout)
    counts = found["counts"]
    assert (counts["listed"], counts["unchanged"], counts["judged"]) == (15, 0, 15)
    assert counts["judged"] == sum(counts[each] for each in ("pass", "fail", "warn", "unknown"))
    assert len(found["entries"]) == 15
    moved = next(each for each in found["entries"] if each["line"] == 10)
    assert (moved["repository"], moved["status"], moved["id"]) == ("delta/before", "warn", 4)
    assert moved["findings"][0]["now"] == "delta/after"


def test_files_beside_what_is_printed(crawl: Crawl, github: StandIn, readme: Path) -> None:
    """Each in the format of its suffix, from the same answers."""
    outputs = ("out/a.json", "a.md", "a.txt", "a.patch")
    run = crawl("check", "-f", "github", *(part for path in outputs for part in ("-o", path)))
    assert (run.stdout[:8], run.returncode) == ("::warnin", 4)
    assert Path("a.txt").read_text("utf-8") == FOUND
    assert json.loads(Path("out/a.json").read_text("utf-8"))["counts"]["listed"] == 15
    assert Path("a.md").read_text("utf-8").startswith("<!-- star-crawler check -->\n")
    assert len(github.log.of("graphql")) == 1
    assert Path("a.patch").read_text("utf-8") == crawl("check", "--diff").stdout
    assert "+* " in Path("a.patch").read_text("utf-8")


def test_a_file_of_no_format(crawl: Crawl, github: StandIn, readme: Path) -> None:
    """It is refused before anybody is asked."""
    run = crawl("check", "-o", "a.html")
    assert (run.returncode, run.stdout, github.log.exchanges) == (2, "", [])
    assert "the suffix of a.html must be one of .txt, .json, .md, .patch" in run.stderr


def test_only_what_is_new(crawl: Crawl, github: StandIn, readme: Path) -> None:
    """A change answers for its own lines, in one query, whatever the line ends were before."""
    lines = SMALL_LIST.decode().splitlines()
    old = [line for line in lines if "Old name" not in line and "Attic" not in line]
    Path("old.md").write_text("\r\n".join(old), "utf-8", newline="")
    run = crawl("check", "--base", "old.md")
    assert run.stdout == (
        "README.md:10: moved: delta/before → delta/after\n"
        "README.md:10: duplicate: delta/before is in line 11 too as delta/after\n"
        "README.md:16: archived: zeta/attic is archived\n"
        "README.md: 2 of 15 entries new or altered since old.md: "
        "0 passed, 0 failed, 2 warned, 0 unknown\n"
    )
    assert run.returncode == 0
    assert len(github.log.exchanges) == 1


def test_a_removal_passes(crawl: Crawl, github: StandIn, readme: Path) -> None:
    """Nothing is asked, though what is left is gone or archived."""
    Path("old.md").write_bytes(SMALL_LIST + b"* [More](https://github.com/o/more)\n")
    run = crawl("check", "--base", "old.md")
    assert run.stdout == "README.md: 0 of 15 entries are new or altered since old.md\n"
    assert (run.returncode, github.log.exchanges) == (0, [])


def test_a_name_that_belongs_to_another_repository(
    crawl: Crawl, world: World, readme: Path
) -> None:
    """The number differs from the one that the store knows, also where the first one has moved."""
    readme.write_text(
        "* [Alpha](https://github.com/alpha/tool) - A tool.\n"
        "* [Delta](https://github.com/delta/before) - A tool.\n",
        "utf-8",
    )
    assert crawl("check").returncode == 0
    world.remove("alpha/tool")
    world.add(Repository("alpha/tool", 1, 77))
    world.change("delta/after", old_names=())
    world.add(Repository("delta/before", 1, 78))
    for _ in range(2):
        run = crawl("check", "--refresh")
        assert run.stdout.startswith(
            "README.md:1: replaced: alpha/tool is another repository: number 77, formerly 1\n"
            "README.md:2: replaced: delta/before is another repository: number 78, formerly 4\n"
        )
        assert run.returncode == 4


def test_what_was_gone_is_asked_for_again(
    crawl: Crawl, github: StandIn, world: World, readme: Path
) -> None:
    """It may have come back; what was found stays known for a while."""
    assert "README.md:23: gone: kappa/gone is gone or private\n" in crawl("check").stdout
    world.add(Repository("kappa/gone", 1, 99))
    github.log.exchanges.clear()
    assert "kappa/gone" not in crawl("check").stdout
    (exchange,) = github.log.of("graphql")
    assert set(exchange.names) == {"kappa/gone", "lambda/secret", "mu/dmca", "nu/tos"}


def test_no_network_is_no_verdict(crawl: Crawl, github: StandIn, readme: Path) -> None:
    """Every entry is unknown: status 3, and one sentence."""
    # So few that their failures open no circuit breaker, whose probes take seconds.
    names = ("alpha/tool", "beta/tool", "gamma/tool", "eta/fork")
    readme.write_text("".join(f"- [x](https://github.com/{name})\n" for name in names), "utf-8")
    github.faults.append(Fault(faults.reset(), times=None))
    run = crawl("check", "--retries", "0")
    assert run.stdout.startswith("README.md: unknown (lines 1, 2, 3, 4)")
    assert "0 passed, 0 failed, 0 warned, 4 unknown" in run.stdout
    assert run.returncode == 3


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("check",), "the current folder has no README: name the list to check"),
        (("check", "a", "b"), "check takes one list, and 'b' is a second one"),
        (("check", "a.md", "--provider", "depsdev"), "does not tell what is gone, moved or"),
        (("check", "a.md", "--base", "none.md"), "none.md cannot be read: No such file"),
        (("check", "small/list", "--fix"), "--fix writes a local file, and small/list is not one"),
        (("check", "a.md", "--fail-on", "stale"), "that rule is off: --stale turns it on"),
        (("check", "a.md", "--fail-on", "fork"), "that rule is off: --rule fork turns it on"),
        (("check", "a.md", "--drop-gone"), "--drop-gone adds to what --diff and --fix do"),
        (("check", "a.md", "--baseline", "a.md"), "a.md is not a report of check -f json: "),
    ],
)
def test_what_cannot_be_checked(crawl: Crawl, arguments: tuple[str, ...], sentence: str) -> None:
    """One sentence each, and status 2."""
    Path("a.md").write_bytes(SMALL_LIST)
    run = crawl(*arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert sentence in run.stderr


def test_rules_and_exemptions_of_the_config(crawl: Crawl, readme: Path) -> None:
    """The config of the list's folder says them; flags beat it, and idle exemptions are told."""
    Path("config.toml").write_text(
        '[crawler.check]\nmin_stars = 95\nfail_on = "archived,moved"\n'
        '[[crawler.exempt]]\nrepository = "zeta/*"\nrule = "archived"\nreason = "It is complete."\n'
        '[[crawler.exempt]]\nrepository = "x/y"\nrule = "gone"\nreason = "It comes back."\n',
        "utf-8",
    )
    run = crawl("check", "--min-stars", "85", "--fail-on", "min-stars,archived,moved")
    assert "README.md:18: min-stars: theta/bare has 80 stars, fewer than 85\n" in run.stdout
    assert "eta/fork" not in run.stdout
    assert "README.md:16:" not in run.stdout
    assert run.stdout.endswith(
        "README.md: an exemption silences nothing any more, remove it: x/y from gone (It comes "
        "back.)\n"
        "README.md: 15 entries: 6 passed, 8 failed, 1 warned, 0 unknown (1 finding does not "
        "count)\n"
    )


def test_only_what_is_newly_rotten(crawl: Crawl, world: World, readme: Path) -> None:
    """What an earlier report has found does not count again, however the lines have moved."""
    Path("before.json").write_text(crawl("check", "-f", "json").stdout, "utf-8")
    readme.write_bytes(b"\n\n" + SMALL_LIST)
    world.change("iota/zero", archived=True)
    run = crawl("check", "--refresh", "--baseline", "before.json", "--fail-on", "warn")
    assert run.stdout == (
        "README.md:21: archived: iota/zero is archived\n"
        "README.md: 15 entries: 14 passed, 1 failed, 0 warned, 0 unknown (7 findings do not "
        "count)\n"
    )
    assert run.returncode == 4


def test_the_baseline_knows_the_numbers(crawl: Crawl, world: World, readme: Path) -> None:
    """Another repository under the name is found without a store, in each later check, even if the
    last one found the name gone."""
    readme.write_text("* [Alpha](https://github.com/alpha/tool) - A tool.\n", "utf-8")
    report = Path("before.json")
    report.write_text(crawl("check", "-f", "json", "--no-store").stdout, "utf-8")
    again = ("check", "--no-store", "--baseline", "before.json", "-f", "json")
    world.remove("alpha/tool")
    report.write_text(crawl(*again).stdout, "utf-8")
    world.add(Repository("alpha/tool", 1, 77))
    for silenced in (None, "known before"):
        run = crawl(*again)
        (entry,) = json.loads(run.stdout)["entries"]
        assert entry["findings"][0]["rule"] == "replaced"
        assert entry["findings"][0]["formerly"] == 1
        assert entry["findings"][0]["silenced"] == silenced
        report.write_text(run.stdout, "utf-8")


@pytest.fixture
def checkout(crawl: Crawl, readme: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """The small list without Attic in a commit, and with it in the current folder."""
    made = Checkout.make(Path.cwd())
    text = readme.read_text("utf-8")
    made.commit(README_md="".join(line for line in text.splitlines(True) if "Attic" not in line))
    readme.write_text(text, "utf-8")
    return made


EXEMPT = """\
[[crawler.exempt]]
repository = "zeta/attic"
rule = "archived"
reason = "It is complete."
"""


def test_only_what_is_new_since_a_revision(
    crawl: Crawl, github: StandIn, checkout: Checkout
) -> None:
    """One query asks for all that is new."""
    run = crawl("check", "--base", "main", env=WITH_GIT)
    assert run.stdout == (
        "README.md:16: archived: zeta/attic is archived\n"
        "README.md: 1 of 15 entries new or altered since main: "
        "0 passed, 0 failed, 1 warned, 0 unknown\n"
    )
    assert [len(each.names) for each in github.log.exchanges] == [1]


def test_what_the_base_removed_is_new_in_an_old_branch(crawl: Crawl, checkout: Checkout) -> None:
    """An entry that such a branch moves comes back where the two are merged."""
    checkout.git("checkout", "-q", "-b", "old")
    checkout.git("add", "README.md")
    checkout.git("commit", "-q", "-m", "with Attic")
    checkout.git("branch", "-q", "-f", "main")
    checkout.git("checkout", "-q", "main")
    text = Path("README.md").read_text("utf-8")
    (attic,) = (line for line in text.splitlines(True) if "Attic" in line)
    checkout.commit(README_md=text.replace(attic, ""))
    checkout.git("checkout", "-q", "old")
    for moved in (text, text.replace(attic, "").replace("## ", f"{attic}\n## ", 1)):
        checkout.write("README.md", moved)
        assert "zeta/attic is archived" in crawl("check", "--base", "main", env=WITH_GIT).stdout


@pytest.mark.parametrize("flags", [(), ("--config", "config.toml"), ("--config", "./x/../c.toml")])
def test_a_pull_request_does_not_exempt_itself(
    crawl: Crawl, checkout: Checkout, flags: tuple[str, ...]
) -> None:
    """Config and exemptions are those of the base, however the file is named."""
    checkout.write("c.toml", EXEMPT)
    checkout.write("config.toml", EXEMPT)
    checkout.write("main", SMALL_LIST.decode())
    check = ("check", "--base", "main", "--fail-on", "archived", *flags)
    run = crawl(*check, env=WITH_GIT)
    assert run.returncode == (2 if flags else 4)
    assert "is not a file in main, from which config is read" in run.stderr or not flags
    checkout.git("add", "c.toml", "config.toml")
    checkout.git("commit", "-q", "-m", "exempt")
    checkout.write("c.toml", "[crawler]\n")
    checkout.write("config.toml", "broken")
    assert crawl(*check, env=WITH_GIT).returncode == 0


def test_a_pull_request_does_not_bring_its_baseline(crawl: Crawl, checkout: Checkout) -> None:
    """Where the base has one, that counts; else the one that is there."""
    found = crawl("check", "-f", "json").stdout
    check = ("check", "--base", "main", "--baseline", "b.json", "--fail-on", "archived")
    checkout.write("b.json", found)
    assert crawl(*check, env=WITH_GIT).returncode == 0
    checkout.write("b.json", crawl("check", "--base", "README.md", "-f", "json").stdout)
    checkout.git("add", "b.json")
    checkout.git("commit", "-q", "-m", "baseline")
    checkout.write("b.json", found)
    assert crawl(*check, env=WITH_GIT).returncode == 4


def test_beside_a_file_only_a_named_config_counts(crawl: Crawl, checkout: Checkout) -> None:
    """Nobody knows whose the current folder's is."""
    checkout.write("config.toml", EXEMPT)
    checkout.write("old.md", SMALL_LIST.decode().replace("Attic", "Antic"))
    check = ("check", "--base", "old.md", "--fail-on", "archived")
    assert crawl(*check).returncode == 4
    assert crawl(*check, "--config", "config.toml").returncode == 0


def test_a_revision_is_of_a_file(crawl: Crawl, checkout: Checkout) -> None:
    """What is not in the checkout has none, and one that is missing is named."""
    run = crawl("check", "small/list", "--base", "main", env=WITH_GIT)
    assert (run.returncode, run.stdout) == (2, "")
    assert "only a file of this checkout has, and not small/list" in run.stderr
    run = crawl("check", "--base", "origin/main", env=WITH_GIT)
    assert "this checkout has no revision origin/main: fetch it first (git fetch" in run.stderr


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("github", "::error title=order,file=README.md,line=3,endLine=3::x::error::%25 stands on"),
        ("text", "README.md:3: order: x: :error: :% stands on the wrong side of beta"),
        ("markdown", "| 3 | **order** | x&#58;:error&#58;:% stands on the wrong side of beta |"),
    ],
)
def test_on_a_runner(crawl: Crawl, form: str, line: str) -> None:
    """The runner obeys the check, and never what a title says."""
    readme = Path("README.md")
    readme.write_text(
        "# List\n\n- [x::error::%](https://github.com/eta/fork)\n"
        "- [beta](https://github.com/beta/tool)\n- [delta](https://github.com/delta/after)\n",
        "utf-8",
    )
    run = crawl("check", "--order", "name", "-f", form, env={"GITHUB_ACTIONS": "true"})
    assert line in run.stdout


def test_each_list_of_a_section_has_its_own_order(crawl: Crawl, readme: Path) -> None:
    """Nested items, and those behind a line of text, begin anew; after a mend as well."""
    readme.write_text(
        "# List\n\n- [m](https://github.com/alpha/tool)\n  - [b](https://github.com/beta/tool)\n"
        "  - [a](https://github.com/gamma/tool)\n- [n](https://github.com/epsilon/tool)\n\n"
        "Others\n\n- [c](https://github.com/kappa/gone)\n- [d](https://github.com/theta/bare)\n",
        "utf-8",
    )
    misplaced = "README.md:4: order: b stands on the wrong side of a\n"
    assert crawl("check", "--order", "name").stdout.count(": order: ") == 1
    assert crawl("check", "--order", "name", "--fix", "--drop-gone").stdout.startswith(misplaced)


@pytest.mark.parametrize(("mark", "end"), [(b"", b"\n"), (b"\xef\xbb\xbf", b"\r\n")])
def test_what_has_moved_is_mended(crawl: Crawl, readme: Path, mark: bytes, end: bytes) -> None:
    """Every other byte stays, and the report is that of the mended list."""
    content = mark + SMALL_LIST.replace(b"\n", end).replace(b"Fork]", b"Fork]\t").rstrip()
    readme.write_bytes(content)
    run = crawl("check", "--fix")
    assert readme.read_bytes() == content.replace(b"delta/before", b"delta/after")
    assert run.stderr == "README.md: 1 entry updated, 0 removed\n"
    assert run.stdout.startswith("README.md:11: duplicate: delta/after is in line 10 ")
    assert crawl("check").stdout == run.stdout


def test_a_fix_follows_no_link_out_of_the_folder(
    crawl: Crawl, readme: Path, tmp_path: Path
) -> None:
    """The folder may be a stranger's; a link that stays in it is followed."""
    outside, inside = tmp_path / "outside.md", Path("inside.md")
    for place in (outside, inside):
        place.write_bytes(SMALL_LIST)
    readme.unlink()
    readme.symlink_to(outside)
    run = crawl("check", "--fix")
    assert run.returncode == 2
    assert "README.md cannot be mended: a link leads out of the current folder" in run.stderr
    assert outside.read_bytes() == SMALL_LIST
    readme.unlink()
    readme.symlink_to(inside.name)
    crawl("check", "--fix")
    assert inside.read_bytes() == SMALL_LIST.replace(b"delta/before", b"delta/after")


def test_what_is_gone_goes_on_request(crawl: Crawl, readme: Path) -> None:
    """Blocked ones and duplicates stay, and the report is that of the list without the others."""
    gone = (b"kappa/gone", b"lambda/secret")
    left = [line for line in SMALL_LIST.splitlines(True) if not any(name in line for name in gone)]
    blocked = next(line for line in left if b"mu/dmca" in line)
    readme.write_bytes(blocked)
    Path("before.json").write_text(crawl("check", "-f", "json").stdout, "utf-8")
    readme.write_bytes(SMALL_LIST)
    crawl("check", "--fix")
    assert readme.read_bytes() == SMALL_LIST.replace(b"delta/before", b"delta/after")
    run = crawl("check", "--fix", "--drop-gone", "--baseline", "before.json")
    assert readme.read_bytes() == b"".join(left).replace(b"delta/before", b"delta/after")
    assert run.stderr == "README.md: 0 entries updated, 2 removed\n"
    assert "README.md:24: blocked: nu/tos is blocked\n" in run.stdout
    assert "README.md: 13 entries: 10 passed, 1 failed, 2 warned, 0 unknown (1 " in run.stdout
    assert crawl("check", "--baseline", "before.json").stdout == run.stdout


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_the_patch_is_what_a_fix_writes(crawl: Crawl, checkout: Checkout, mark: str) -> None:
    """Git applies it; nothing else is printed."""
    readme = checkout.write("README.md", f"{mark}{SMALL_LIST.decode()}")
    run = crawl("check", "--diff", "--drop-gone", env={"GITHUB_ACTIONS": "true"})
    assert (run.returncode, run.stderr) == (4, "")
    assert readme.read_text("utf-8") == f"{mark}{SMALL_LIST.decode()}"
    checkout.git("apply", str(checkout.write("mend.patch", run.stdout)))
    patched = readme.read_bytes()
    readme.write_bytes(f"{mark}{SMALL_LIST.decode()}".encode())
    crawl("check", "--fix", "--drop-gone")
    assert readme.read_bytes() == patched != SMALL_LIST


@pytest.mark.parametrize("words", [b"\xe9 \xc3\xa9t\xc3\xa9 \xc3\xa9", b"caf\xe9"])
@pytest.mark.parametrize("name", ["README.md", "目录 é.md"])
def test_a_patch_is_in_the_encoding_of_the_list(
    run_crawler: Command, crawl: Crawl, checkout: Checkout, name: str, words: bytes
) -> None:
    """Git applies it also where bytes are no UTF-8, and finds a file whose name is not in it."""
    content = b"- [Old](https://github.com/delta/before) - %s\n" % words
    readme = Path(name)
    readme.write_bytes(content)
    printed, _ = run_crawler.start("check", name, "--diff", token=TOKEN).communicate(timeout=50)
    assert crawl("check", name, "-o", "mend.patch").returncode == 0
    assert Path("mend.patch").read_bytes() == printed
    checkout.git("apply", "mend.patch")
    assert readme.read_bytes() == content.replace(b"before", b"after")
    readme.write_bytes(content.decode("cp1252").encode("utf-16"))
    run = crawl("check", name, "--diff")
    assert (run.stdout, run.returncode) == ("", 0)
    assert f"{name} is UTF-16-LE, of which there is no patch: save it as UTF-8" in run.stderr


def test_what_is_exempt_or_replaced_is_not_mended(crawl: Crawl, world: World, readme: Path) -> None:
    """An address that now leads to another repository is nobody's new one."""
    readme.write_text("* [Alpha](https://github.com/alpha/tool) - A tool.\n", "utf-8")
    crawl("check")
    world.remove("alpha/tool")
    world.change("beta/tool", old_names=("alpha/tool",))
    run = crawl("check", "--refresh", "--diff")
    assert (run.stdout, run.returncode) == ("", 4)
    readme.write_bytes(SMALL_LIST)
    exempt = '[[crawler.exempt]]\nrepository = "delta/before"\nrule = "moved"\nreason = "x"\n'
    Path("config.toml").write_text(exempt, "utf-8")
    assert crawl("check", "--diff").stdout == ""


def test_a_mend_that_is_not_made_is_told(crawl: Crawl, readme: Path) -> None:
    """With its line and its cause."""
    readme.write_text("# L\n\n* [Old](https://github.com/delta/b%65fore)\n", "utf-8")
    run = crawl("check", "--diff")
    assert run.stderr == (
        "warning: README.md:3: not mended: delta/before → delta/after (its address is spelt in "
        "another way)\n"
    )


@pytest.mark.parametrize(
    "name", ["README.md", "./README.md", "../cwd/README.md", "{cwd}/README.md"]
)
def test_a_patch_names_the_file_as_seen_from_here(crawl: Crawl, readme: Path, name: str) -> None:
    """However it was named."""
    run = crawl("check", name.format(cwd=Path.cwd()), "--diff")
    assert run.stdout.startswith("--- a/README.md\n+++ b/README.md\n")


def test_a_list_that_is_no_file_is_patched(crawl: Crawl) -> None:
    """Its text is read, and never written."""
    assert (
        "-* [Old name](https://github.com/delta/before)"
        in crawl("check", "small/list", "--diff").stdout
    )


def test_rules_that_take_further_questions(
    crawl: Crawl, world: World, github: StandIn, readme: Path
) -> None:
    """They are asked of those entries alone that need them, and fail."""
    now = datetime.now(UTC)
    recent, old = (f"{now - timedelta(days):%Y-%m-%dT%H:%M:%SZ}" for days in (30, 1000))
    for each in [*world]:
        world.change(each.full_name, pushed_at=recent)
    world.change("beta/tool", committed_at=old)
    world.change("zeta/attic", pushed_at=old)
    world.change("gamma/tool", created_at=recent)
    world.change("eta/fork", parent=("delta/now", 4))
    world.change("iota/zero", disabled=True, empty=True)
    rules = ("--stale", "2y", "--min-age", "90d", "--rule", "disabled,empty,fork")
    run = crawl("check", *rules, "--no-store")
    answered = re.compile(r".*: (gone|blocked|unknown \(line 27\)): ")
    found = [line for line in run.stdout.splitlines() if not answered.match(line)]
    assert [line.removeprefix("README.md:") for line in found] == [
        f"8: stale: beta/tool has no commit on its default branch since {old[:10]}",
        "9: min-age: gamma/tool is 30 days old",
        "10: moved: delta/before → delta/after",
        "11: duplicate: delta/after is in line 10 too as delta/before",
        "16: archived: zeta/attic is archived",
        f"16: stale: zeta/attic has no commit on its default branch since {old[:10]}",
        "17: fork: eta/fork is a fork of delta/now, in line 10",
        "19: stale: iota/zero has no commit",
        "19: disabled: iota/zero is disabled",
        "19: empty: iota/zero is empty",
        " 15 entries: 3 passed, 9 failed, 2 warned, 1 unknown",
    ]
    crawl("check", "--no-store", "--stale", "2y")
    assert "zeta/attic" not in github.log.exchanges[-1].names
    assert len(github.log.exchanges[-1].names) == 10


def test_how_the_stars_came(crawl: Crawl, world: World, github: StandIn, readme: Path) -> None:
    """The histories of entries with many stars are read from their first day on."""
    lines = SMALL_LIST.splitlines(True)[6:9]
    readme.write_bytes(b"".join(lines) + b"* [Zero](https://github.com/iota/zero)\n")
    today = datetime.now(UTC).date()
    for name, days in (("alpha", [200]), ("beta", range(50, 900, 8)), ("gamma", range(1, 200, 2))):
        stars = {today - timedelta(day): 900 // len([*days]) for day in days}
        world.change(f"{name}/tool", starred=stars, stars=sum(stars.values()))
    run = crawl("check", "--burst", "70%", "--no-store")
    assert run.stdout == (
        "README.md:1: burst: alpha/tool won 100% of its stars in two weeks\n"
        "README.md: 4 entries: 3 passed, 1 failed, 0 warned, 0 unknown\n"
    )
    asked = {each.path for each in github.log.exchanges if "/repos/" in each.path}
    assert asked == {
        f"/repos/{each}/tool/stargazers/history" for each in ("alpha", "beta", "gamma")
    }


def test_without_a_token_some_rules_are_not_known(run_crawler: Command, readme: Path) -> None:
    """REST tells no last commit: unknown, and neither a pass nor a fail."""
    readme.write_text("* [Zero](https://github.com/iota/zero) - X.\n", "utf-8")
    run = run_crawler("check", "--stale", "20y", "--no-store")
    assert run.stdout == (
        "README.md: unknown (line 1): stale is not known: the source does not tell\n"
        "README.md: 1 entry: 0 passed, 0 failed, 0 warned, 1 unknown\n"
    )
    assert run.returncode == 3


def test_a_check_is_of_one_file(crawl: Crawl, readme: Path) -> None:
    """What the list goes on in has lines of its own, and is checked by its name."""
    Path("more.md").write_text("# More\n\n* [Attic](https://github.com/zeta/attic) - X.\n", "utf-8")
    Path("config.toml").write_text("[crawler]\nfollow = 3\n", "utf-8")
    readme.write_text(
        "# List\n\n* [Alpha](https://github.com/alpha/tool) - X.\n\n## More\n\n"
        "* [More](more.md)\n* [Others](other.md)\n* [Rest](rest.md)\n",
        "utf-8",
    )
    told = "README.md: 1 entry: 1 passed, 0 failed, 0 warned, 0 unknown\n"
    assert crawl("check").stdout == told
    assert crawl("check", "more.md").stdout.startswith("more.md:3: archived: zeta/attic is")


def test_what_a_host_renders_is_not_mended(crawl: Crawl, world: World) -> None:
    """A patch of that would fit no file."""
    html = b'<ul><li><a href="https://github.com/delta/before">Old</a> x</li></ul>'
    world.add(
        Repository(
            "org/list", readme=b"* Old", readme_name="README.org", rendered={"README.org": html}
        )
    )
    run = crawl("check", "org/list", "--diff")
    assert (run.returncode, run.stdout) == (2, "")
    assert "org/list is read as its host renders it: mend the file itself" in run.stderr
    assert "moved: delta/before" in crawl("check", "org/list").stdout
