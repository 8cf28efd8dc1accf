"""Jobs that just run: configured reports, silence, exit statuses, the log, the feed over days."""

from __future__ import annotations

import json
import re
import signal
from datetime import UTC, datetime, timedelta

import pytest
from command import Command
from remembering import STORE, asked, errors
from standin import TOKEN, Fault, Repository, StandIn, World, faults

JOB = "[crawler]\nstore = 'store.db'\nlists = [{}]\n{}"
PENDING = Fault(faults.nullify("alpha/tool", type_="INTERNAL"), kind="graphql", times=None)


def publish(world: World, name: str, *repositories: str) -> None:
    """A list of these, each under a title of its own."""
    lines = [f"* [{each} in {name}](https://github.com/{each})" for each in repositories]
    world.add(Repository(name, 1, readme="\n".join(["# Title", *lines]).encode()))


def configure(command: Command, text: str, *lists: str) -> tuple[str, ...]:
    """Write the config of a job; returns its command line."""
    named = ", ".join(f'"{name}"' for name in lists or ("small/list",))
    (command.cwd / "job.toml").write_text(JOB.format(named, text))
    return "-q", "--config", "job.toml"


def test_five_lists_and_four_reports(github: StandIn, run_crawler: Command) -> None:
    """Every repository is asked for once, and each file holds the ranking of its own list:
    ranks from 1, sums and titles of that list alone."""
    world, lists = github.world, [f"l/{name}" for name in "abcde"]
    for number in range(20):
        world.add(Repository(f"o/r{number:02}", 1000 - number))
    members = {name: [f"o/r{5 * at + n:02}" for n in range(-1, 6)] for at, name in enumerate(lists)}
    for name in lists:
        members[name] = [each for each in members[name] if world.named(each)] + ["o/gone"]
        publish(world, name, *members[name])
    job = configure(
        run_crawler,
        "".join(
            f"[[crawler.report]]\npath = '{path}'\n"
            for path in ("new/{list}.json", "new/{list}-{date}.md", "all.html", "all.atom")
        ),
        *lists,
    )
    run = run_crawler(*job, token=TOKEN)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert set(asked(github).values()) == {1}
    assert len(asked(github)) == len({each for names in members.values() for each in names})
    written = sorted(path.name for path in run_crawler.cwd.rglob("*.*") if path.suffix != ".db")
    assert len([name for name in written if re.fullmatch(r"l-\w-\d{4}-\d\d-\d\d\.md", name)]) == 5
    assert {"all.html", "all.atom"} < set(written)
    for name in lists:
        path = run_crawler.cwd / "new" / f"{name.replace('/', '-')}.json"
        document = json.loads(path.read_text("utf-8"))
        rows, sums = document["ranking"], document["sums"]
        found = [each for each in members[name] if each != "o/gone"]
        assert [source["name"] for source in document["sources"]] == [name]
        assert [row["repository"] for row in rows] == found
        assert [row["rank"] for row in rows] == list(range(1, len(found) + 1))
        assert {row["title"].partition(" in ")[2] for row in rows} == {name}
        assert (sums["listed"], sums["ranked"]) == (len(found) + 1, len(found))
        assert sums["failed"] == {"not_found": 1}
    page = (run_crawler.cwd / "all.html").read_text("utf-8")
    assert all(f">{each}</bdi>" in page for each in set(asked(github)))


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ("gone", 4, "4 gone"),
        ("archived", 4, "1 archived"),
        ("incomplete", 4, "1 incomplete"),
        ("incomplete,gone,archived", 4, "1 incomplete, 4 gone, 1 archived"),
        (" gone , archived ", 4, "4 gone, 1 archived"),
        ("gone,lost", 2, "lost"),
        ("Gone", 2, "Gone"),
        ("", 2, "--fail-on must be a list of gone, gone:new, archived, archived:new or incomplete"),
        (None, 3, "incomplete: 1 of 15"),
    ],
)
def test_what_a_job_fails_on(
    github: StandIn, run_crawler: Command, words: str | None, status: int, said: str
) -> None:
    """--fail-on turns a job red, before the report's being incomplete does; the report is written
    all the same, and one line says why. A word that is unknown is refused before anything."""
    github.faults.append(PENDING)
    flags = [] if words is None else ["--fail-on", words]
    job = configure(run_crawler, "report = [{path = 'out.json'}]")
    run = run_crawler(*job, "--retries", "0", *flags, token=TOKEN)
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (status, "", 1)
    assert run.stderr.startswith("warning: " if status == 3 else "error: ")
    assert said in run.stderr
    assert (run_crawler.cwd / "out.json").exists() is (status != 2)
    assert bool(github.log.exchanges) is (status != 2)


def test_a_job_without_what_it_fails_on(github: StandIn, run_crawler: Command) -> None:
    """What --fail-on names and is not there fails nothing, as flag and in the config."""
    publish(github.world, "x/a", "alpha/tool", "beta/tool")
    for text in ("fail_on = ['gone', 'archived', 'incomplete']", "fail_on = 'gone,incomplete'"):
        run = run_crawler(*configure(run_crawler, text, "x/a"), token=TOKEN)
        assert (run.returncode, run.stderr) == (0, "")


def test_an_interruption_comes_first(github: StandIn, run_crawler: Command) -> None:
    """A run that is ended has status 130, whatever --fail-on finds, and leaves files alone."""
    github.faults.append(Fault(faults.stall(), kind="graphql", skip=2))
    job = configure(run_crawler, "report = [{path = 'out.json'}]\nbatch_size = 5\nconcurrency = 1")
    small = ("--fail-on", "gone,incomplete")
    process = run_crawler.start(*job, *small, token=TOKEN)
    github.log.wait_for(lambda log: len(log.of("graphql")) == 3)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert not (run_crawler.cwd / "out.json").exists()


def test_the_log_of_a_quiet_job(github: StandIn, run_crawler: Command) -> None:
    """It is continued, in folders that are made, each line with its time in UTC; with -v it has
    the requests as well, and never the token."""
    log = run_crawler.cwd / "new" / "job.log"
    flags = ("small/list", *STORE, "--log-file", "new/job.log", "-o", "out.json")
    assert run_crawler(*flags, "-q", token=TOKEN).stderr == ""
    (line,) = log.read_text("utf-8").splitlines()
    form = r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC INFO: "
    time = re.match(form, line)
    assert time is not None
    age = datetime.now(UTC) - datetime.fromisoformat(time[1]).replace(tzinfo=UTC)
    assert timedelta(seconds=-1) < age < timedelta(seconds=60)
    assert line.endswith("15 listed, 10 ranked, 0 stale, 4 failed; 3 requests")
    github.faults.append(PENDING)
    env = {"TZ": "JST-9"}
    run_crawler(*flags, "-v", "--refresh", "--retries", "0", token=TOKEN, env=env)
    text = log.read_text("utf-8")
    assert text.startswith(line)
    assert "DEBUG: POST" in text
    assert "WARNING: the report is incomplete" in text
    assert all(re.match(r"[\d-]{10} [\d:]{8} UTC [A-Z]+: ", each) for each in text.splitlines())
    last = datetime.fromisoformat(text.splitlines()[-1][:19]).replace(tzinfo=UTC)
    assert abs(datetime.now(UTC) - last) < timedelta(seconds=60)
    assert TOKEN not in text


def test_the_log_tells_why_a_run_ended(run_crawler: Command) -> None:
    """A sentence that ends the run stands there as well, once."""
    run = run_crawler("no/such", *STORE, "-q", "--log-file", "job.log", token=TOKEN)
    (sentence,) = errors(run)
    text = (run_crawler.cwd / "job.log").read_text("utf-8")
    assert text.count(sentence.removeprefix("error: ")) == text.count("\n") == 1
    assert " UTC ERROR: " in text


@pytest.mark.parametrize("path", ["file/job.log", ".", "~nobody-of-this-name/job.log"])
def test_a_log_that_cannot_be(github: StandIn, run_crawler: Command, path: str) -> None:
    """One sentence with status 2, before anything is asked."""
    (run_crawler.cwd / "file").write_text("")
    run = run_crawler("small/list", *STORE, "--log-file", path, token=TOKEN)
    assert (run.returncode, run.stdout, github.log.exchanges) == (2, "", [])
    assert len(errors(run)) == run.stderr.count("\n") == 1


def test_the_demonstration_in_every_format(run_crawler: Command) -> None:
    """Without network or token it prints the table and writes each format, and remembers none;
    what a config file keeps up to date stays as it is."""
    (run_crawler.cwd / "config.toml").write_text('[crawler]\nreport = [{path = "real.html"}]\n')
    suffixes = ("json", "jsonl", "csv", "md", "html", "atom", "svg")
    flags = [part for suffix in suffixes for part in ("-o", f"new/demo.{suffix}")]
    offline = {"HTTPS_PROXY": "http://127.0.0.1:9"}
    run = run_crawler("demo", "-q", "-f", "table", *flags, env=offline)
    assert (run.returncode, run.stderr, run.stdout.split()[:2]) == (0, "", ["#", "Repository"])
    written = {path.name for path in run_crawler.folder.rglob("*") if path.is_file()}
    assert written == {"config.toml", *(f"demo.{suffix}" for suffix in suffixes)}
    for suffix in suffixes:
        text = (run_crawler.cwd / f"new/demo.{suffix}").read_text("utf-8")
        assert ("<entry>" if suffix == "atom" else "ShareX/ShareX") in text
    document = json.loads((run_crawler.cwd / "new/demo.json").read_text("utf-8"))
    assert len(document["ranking"]) > 150
