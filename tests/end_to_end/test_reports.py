"""One stored run gives every report: the verb `report`, filters, sections, several lists."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from command import Command
from remembering import STORE, errors, report
from standin import TOKEN, Repository, StandIn, World

from crawler import rank_repos

SUFFIXES = ("json", "jsonl", "csv", "md", "html", "atom", "svg")
NEW = "2100-01-01T00:00:00Z"
"""A last push that is recent whenever the tests run."""


def outputs(name: str) -> list[str]:
    """The flags that write a file in each format."""
    return [part for suffix in SUFFIXES for part in ("-o", f"{name}.{suffix}")]


def shown(text: str, suffix: str) -> list[str]:
    """The ranked repositories of a report, in its order."""
    match suffix:
        case "json":
            return [row["repository"] for row in json.loads(text)["ranking"]]
        case "jsonl":
            lines = [json.loads(line) for line in text.splitlines()]
            return [line["repository"] for line in lines if line["status"] == "ranked"]
        case "csv":
            found = csv.DictReader(text.splitlines())
            return [line["repository"] for line in found if line["status"] == "ranked"]
        case "md":
            ranking = text.partition("## Without figures")[0]
            return re.findall(r"^\| \d+ \| \[([^]]+)\]", ranking, re.M)
        case "html":
            return re.findall(r'class="repository"><a [^>]*><bdi>([^<]+)', text)
        case "svg":
            return re.findall(r'<text x="62" y="\d+">([^<]+)', text)
        case _:
            return re.findall(r"^ *\d+  ([^ ]+/[^ ]+) ", text, re.M)


def kept(text: str) -> str:
    """A report without its own place, which only a feed tells."""
    return re.sub(r' *<link rel="self"[^>]*>\n', "", text)


def left_out(text: str, suffix: str) -> int | None:
    """How many repositories a report says that filters kept out; None if it has no sums."""
    if suffix == "json":
        return int(json.loads(text)["sums"]["left_out"])
    words = {"md": r"left out by filters (\d+)", "html": r"Left out by filters</dt><dd>(\d+)"}
    if suffix not in {*words, "table"}:
        return None
    found = re.search(words.get(suffix, r"(\d+) of these filtered out"), text)
    return int(found[1]) if found else 0


def publish(world: World, name: str, *lines: str) -> None:
    """A list of headings and names."""
    entries = [
        line if line.startswith("#") else f"* [{line}](https://github.com/{line})" for line in lines
    ]
    world.add(Repository(name, 1, readme="\n\n".join(["# Title", *entries]).encode()))


@pytest.mark.parametrize("times", [1, 2], ids=["first run", "compared with one before"])
def test_a_report_is_what_the_run_wrote(github: StandIn, run_crawler: Command, times: int) -> None:
    """Without a request or a token, `report` writes each format byte for byte as the run did."""
    for number in range(times):
        github.world.change("alpha/tool", stars=900 + 200 * number)
        flags = (*STORE, "-f", "table", "--refresh")
        run = run_crawler("small/list", *flags, *outputs("run"), token=TOKEN)
    github.log.exchanges.clear()
    again = run_crawler("report", *STORE, "-f", "table", *outputs("again"))
    assert (again.returncode, errors(again), github.log.exchanges) == (0, [], [])
    assert re.fullmatch(r"the run of \S+ \S+ UTC over small/list\n", again.stderr)
    assert again.stdout == run.stdout
    for suffix in SUFFIXES:
        old, new = (run_crawler.cwd / f"{name}.{suffix}" for name in ("run", "again"))
        assert kept(new.read_text("utf-8")) == kept(old.read_text("utf-8")), suffix
    assert ("milestone" in (run_crawler.cwd / "again.atom").read_text("utf-8")) is (times == 2)


def test_to_look_is_not_to_publish(run_crawler: Command) -> None:
    """`report` leaves the files of a config alone, and prints, unless --write is given."""
    text = "[crawler]\nlists = ['small/list']\nstore = 's.db'\noutput = ['a.json']\n"
    job = ("--config", "job.toml")
    (run_crawler.cwd / "job.toml").write_text(text + "report = [{path = 'b.csv'}]\n")
    assert run_crawler(*job, "-q", token=TOKEN).returncode == 0
    files = {name: run_crawler.cwd / name for name in ("a.json", "b.csv", "c.md")}
    before = files["a.json"].read_bytes(), files["b.csv"].read_bytes()
    look = run_crawler("report", *job, "--sort", "name", "-n", "2")
    assert (look.returncode, len(look.stdout.splitlines())) == (0, 6)
    assert run_crawler("report", *job, "-n", "2", "-o", "c.md").stdout == ""
    assert files["c.md"].exists()
    assert (files["a.json"].read_bytes(), files["b.csv"].read_bytes()) == before
    write = run_crawler("report", *job, "-n", "2", "--write")
    assert (write.returncode, write.stdout) == (0, "")
    assert len(json.loads(files["a.json"].read_text())["ranking"]) == 2


def test_ten_rows_or_all(github: StandIn, run_crawler: Command) -> None:
    """The table and the picture hold ten rows unless told otherwise, the others all; -f prints
    what -o writes."""
    names = [f"o/r{number:02}" for number in range(12)]
    for number, name in enumerate(names):
        github.world.add(Repository(name, 100 - number))
    publish(github.world, "a/list", *names)
    assert run_crawler("a/list", *STORE, *outputs("all"), token=TOKEN).stdout == ""
    texts = {suffix: (run_crawler.cwd / f"all.{suffix}").read_text("utf-8") for suffix in SUFFIXES}
    for suffix in SUFFIXES:
        form = "markdown" if suffix == "md" else suffix
        printed = run_crawler("report", *STORE, "-f", form)
        assert printed.stdout == kept(texts[suffix]), suffix
    for suffix in set(SUFFIXES) - {"atom"}:
        assert shown(texts[suffix], suffix) == names[: 10 if suffix == "svg" else 12], suffix
    for top, count in (((), 10), (("-n", "0"), 12), (("-n", "11"), 11)):
        for form in ("table", "svg"):
            text = run_crawler("report", *STORE, "-f", form, *top).stdout
            assert shown(text, form) == names[:count]


def test_which_run_a_report_is_of(github: StandIn, run_crawler: Command) -> None:
    """The last of all; with lists named, the last over these, in any order, or as part of more."""
    publish(github.world, "x/a", "alpha/tool", "beta/tool")
    publish(github.world, "x/b", "beta/tool", "iota/zero")
    run_crawler("x/a", "x/b", *STORE, token=TOKEN)
    run_crawler("small/list", *STORE, token=TOKEN)
    github.log.exchanges.clear()

    def names(*lists: str) -> list[str]:
        run = run_crawler("report", *lists, *STORE, "-f", "json")
        assert run.returncode == 0, run.stderr
        return [row["repository"] for row in report(run)["ranking"]]

    assert len(names()) == 10
    both = ["alpha/tool", "beta/tool", "iota/zero"]
    assert names("x/b", "x/a") == names("x/a", "https://github.com/X/B") == both
    assert names("x/b") == ["beta/tool", "iota/zero"]
    (run_crawler.cwd / "c.toml").write_text('[crawler]\nlists = ["x/a", "x/b"]\n')
    assert names("--config", "c.toml") == both
    assert github.log.exchanges == []


@pytest.mark.parametrize(
    ("flags", "status", "said"),
    [
        ((*STORE,), 1, "no store store.db yet"),
        (("--store", "empty.db"), 1, "knows no run over any list yet"),
        (("--store", "empty.db", "other/list"), 1, "knows no run over other/list yet"),
        (("--no-store",), 2, "the last run is kept in the store"),
        ((*STORE, "-o", "x.txt"), 2, "the name of a report ends in"),
        ((*STORE, "-o", "{day}.md"), 2, "may hold {date} and {list}"),
        ((*STORE, "--since", "soon"), 2, "soon"),
    ],
)
def test_a_report_that_cannot_be(
    github: StandIn, run_crawler: Command, flags: tuple[str, ...], status: int, said: str
) -> None:
    """One sentence, nothing printed or asked, and no file."""
    (run_crawler.cwd / "past.csv").write_text("date,repository,stars\n2024-05-06,a/b,1\n")
    run_crawler("history", "import", "past.csv", "--store", "empty.db")
    run = run_crawler("report", *flags, token=TOKEN)
    (sentence,) = errors(run)
    assert (run.returncode, run.stdout, github.log.exchanges) == (status, "", [])
    assert said in sentence
    assert not list(run_crawler.cwd.glob("x*"))


@pytest.mark.parametrize("change", ["stars", "entries"])
def test_a_report_of_several_lists_is_of_that_run(
    github: StandIn, run_crawler: Command, change: str
) -> None:
    """Whatever became of one of the lists alone since then, each file holds its list's ranking as
    it was in the run over all of them."""
    for name, entry in (("x/a", "alpha/tool"), ("x/b", "beta/tool"), ("x/c", "iota/zero")):
        publish(github.world, name, entry, "gamma/tool")
    run_crawler("x/a", "x/b", "x/c", *STORE, "-o", "run-{list}.json", token=TOKEN)
    publish(github.world, "x/b", "beta/tool", *["eta/fork"][: change == "entries"], "gamma/tool")
    github.world.change("beta/tool", stars=777)
    run_crawler("x/b", *STORE, "--refresh", token=TOKEN)
    run = run_crawler("report", "x/a", "x/b", "x/c", *STORE, "-o", "again-{list}.json")
    assert run.returncode == 0
    for name in ("x-a", "x-b", "x-c"):
        old, new = (run_crawler.cwd / f"{each}-{name}.json" for each in ("run", "again"))
        figures = [
            [(row["rank"], row["repository"], row["stars"]) for row in json.loads(text)["ranking"]]
            for text in (old.read_text("utf-8"), new.read_text("utf-8"))
        ]
        assert figures[0] == figures[1], name


def test_a_report_since_then(run_crawler: Command) -> None:
    """--since compares the stored run with an earlier figure."""
    then = datetime.now(UTC).date() - timedelta(30)
    (run_crawler.cwd / "past.csv").write_text(f"date,repository,stars\n{then},alpha/tool,400\n")
    assert run_crawler("history", "import", "past.csv", *STORE).returncode == 0
    run_crawler("small/list", *STORE, "--history", "none", token=TOKEN)
    first = report(run_crawler("report", *STORE, "-f", "json", "--since", "30d"))["ranking"][0]
    assert (first["gained"], first["baseline_on"]) == (500, str(then))


SECTIONS = """\
## Games
o/alpha
o/beta
## Web
o/gamma
### Servers
o/delta
o/awesome-eps
## Games
o/zeta
"""
WORLD = {
    "alpha": (500, "C#", False, NEW, 490),
    "beta": (400, "Go", False, "2001-01-01T00:00:00Z", 100),
    "gamma": (300, "c#", True, NEW, 300),
    "delta": (200, None, False, NEW, 199),
    "awesome-eps": (100, "Go", False, NEW, 1),
    "zeta": (50, "Rust", False, None, 20),
}
"""Stars, language, archived, last push, and the stars of a month ago."""

CASES: Mapping[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "alpha beta gamma delta awesome-eps zeta"),
    "stars": ({"sort": "stars", "top": 2}, "alpha beta"),
    "gained": ({"sort": "gained", "top": 4}, "beta awesome-eps zeta alpha"),
    "rate": ({"sort": "rate", "top": 3}, "beta awesome-eps zeta"),
    "pushed": ({"sort": "pushed", "top": 0}, "alpha gamma delta awesome-eps beta zeta"),
    "name": ({"sort": "name"}, "alpha awesome-eps beta delta gamma zeta"),
    "min_stars": ({"min_stars": 200}, "alpha beta gamma delta"),
    "language": ({"language": ["C#", "rust"]}, "alpha gamma zeta"),
    "section": ({"section": ["games"]}, "alpha beta zeta"),
    "below": ({"section": ["Web > S*"]}, "delta awesome-eps"),
    "exclude": ({"exclude": ["*/AWESOME-*", "o/z*"]}, "alpha beta gamma delta"),
    "archived": ({"archived": False}, "alpha beta delta awesome-eps zeta"),
    "pushed_within": ({"pushed_within": "1y"}, "alpha gamma delta awesome-eps"),
    "by_section": ({"by_section": True, "top": 1}, "alpha gamma delta"),
    "together": ({"language": ["go"], "archived": False, "sort": "name"}, "awesome-eps beta"),
}
FILTERS = {"min_stars", "language", "section", "exclude", "archived", "pushed_within"}


def as_flags(filters: Mapping[str, Any]) -> list[str]:
    """The filters on a command line."""
    flags = []
    for key, value in filters.items():
        name = key.replace("_", "-")
        if isinstance(value, bool):
            flags.append(f"--{name}" if value else f"--no-{name}")
        else:
            for each in value if isinstance(value, list) else [value]:
                flags += [f"--{name}", str(each)]
    return flags


async def test_filters_are_the_same_everywhere(github: StandIn, run_crawler: Command) -> None:
    """Each filter and order shows the same rows in each format, by flags, by a table of the
    config, and in `rank_repos()`; what was left out is counted in the sums."""
    then = datetime.now(UTC).date() - timedelta(30)
    past = ["date,repository,stars"]
    for name, (stars, language, archived, pushed, before) in WORLD.items():
        github.world.add(
            Repository(f"o/{name}", stars, language=language, archived=archived, pushed_at=pushed)
        )
        past.append(f"{then},o/{name},{before}")
    publish(github.world, "a/list", *SECTIONS.split("\n"))
    (run_crawler.cwd / "past.csv").write_text("\n".join(past))
    run_crawler("history", "import", "past.csv", *STORE)
    run = run_crawler("a/list", *STORE, "--history", "none", token=TOKEN)
    assert run.returncode == 0
    tables = [
        {
            "path": f"{case}.{suffix}",
            **({"format": "table"} if suffix == "table" else {}),
            **filters,
        }
        for case, (filters, _) in CASES.items()
        for suffix in (*SUFFIXES, "table")
    ]
    lines = ["[crawler]"]
    for table in tables:
        lines += ["[[crawler.report]]", *(f"{k} = {json.dumps(v)}" for k, v in table.items())]
    (run_crawler.cwd / "c.toml").write_text("\n".join(lines))
    since = ("--since", "30d")
    run = run_crawler("report", *STORE, *since, "-q", "--write", "--config", "c.toml")
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    for case in ("together", "by_section", "below"):
        flags = as_flags(CASES[case][0])
        run_crawler("report", *STORE, *since, *outputs("flags"), *flags)
        for suffix in SUFFIXES:
            texts = [
                (run_crawler.cwd / f"{n}.{suffix}").read_text("utf-8") for n in (case, "flags")
            ]
            assert kept(texts[0]) == kept(texts[1]), (case, suffix)
    for case, (filters, names) in CASES.items():
        wanted = [f"o/{name}" for name in names.split()]
        count = 6 - len(wanted) if FILTERS & filters.keys() else 0
        for suffix in (*SUFFIXES, "table"):
            text = (run_crawler.cwd / f"{case}.{suffix}").read_text("utf-8")
            if suffix != "atom":
                # One picture has room for one top.
                seen = wanted[:1] if (case, suffix) == ("by_section", "svg") else wanted
                assert shown(text, suffix) == seen, (case, suffix)
                assert left_out(text, suffix) in (None, count), (case, suffix)
        store = run_crawler.cwd / "store.db"
        ranking = await rank_repos(
            "a/list", api_url=github.url, token=TOKEN, store=store, since="30d", **filters
        )
        assert [row.repository for row in ranking] == wanted, case
        assert ranking.sums.left_out == count, case
    text = (run_crawler.cwd / "by_section.md").read_text("utf-8")
    headings = [each for each in re.findall(r"^##+ (.*)", text, re.M) if each in SECTIONS]
    assert headings == ["Games", "Web", "Servers"]
    text = (run_crawler.cwd / "by_section.table").read_text("utf-8")
    titles = re.findall(r"^Title > (.*)\n +1  o/alpha|^Title > (.*)\n", text, re.M)
    assert ["".join(each).partition(" (")[0] for each in titles] == [
        "Games",
        "Web",
        "Web > Servers",
    ]
