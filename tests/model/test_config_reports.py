"""The `[[crawler.report]]` tables of a config file: what they take over, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import pytest
from command import ROOT, Command
from model.config_samples import SAMPLES, toml
from standin import TOKEN, StandIn

from crawler.cli.config import load_settings
from crawler.model.config import FILTER_KEYS, REPORT_KEYS, make_settings, parse_config
from crawler.model.errors import ConfigError
from crawler.model.filters import Filters
from crawler.model.settings import CommandSettings, Report

FILTERS = sorted(FILTER_KEYS)


def parse(text: str) -> CommandSettings:
    """The settings of a config file that begins with `[crawler]`."""
    table = parse_config(f"[crawler]\n{text}\n".encode(), "dir/c.toml", is_named=True)
    assert table is not None
    return make_settings(table)


def refusal(text: str) -> str:
    """What is said of a config file that is refused."""
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert caught.value.exit_status == 2
    return str(caught.value)


def test_tables_come_in_their_order() -> None:
    """`[[crawler.report]]` is the same as the array of tables in one line."""
    long = "[[crawler.report]]\npath = 'a.html'\ntop = 3\n[[crawler.report]]\npath = 'b.md'\n"
    short = "report = [{path = 'a.html', top = 3}, {path = 'b.md'}]"
    assert parse(long).report == parse(short).report
    assert parse(long).report == (Report(path="a.html", top=3), Report(path="b.md"))


def test_a_report_chooses_what_a_run_chooses() -> None:
    """A table knows path, format and each filter, and no other."""
    assert set(REPORT_KEYS) == {"path", "format", *FILTER_KEYS}
    assert {field.name for field in fields(Filters)} == FILTER_KEYS.keys()


@pytest.mark.parametrize("key", FILTERS)
def test_what_a_report_does_not_say_is_as_above(key: str) -> None:
    """Each filter of `[crawler]` holds for its reports, in whatever form it is written."""
    said, seen = SAMPLES[key]
    settings = parse(f"{key} = {toml(said)}\n[[crawler.report]]\npath = 'a.md'")
    assert getattr(settings.report[0], key) == getattr(settings, key) == seen


@pytest.mark.parametrize("key", FILTERS)
def test_what_a_report_says_holds_for_it_alone(key: str) -> None:
    """Its own filter holds in one table, and neither in the next nor for the run."""
    said, seen = SAMPLES[key]
    settings = parse(
        f"[[crawler.report]]\npath = 'a.md'\n{key} = {toml(said)}\n[[crawler.report]]\npath='b.md'"
    )
    assert getattr(settings.report[0], key) == seen
    assert getattr(settings.report[1], key) == getattr(settings, key) == getattr(Filters(), key)


OWN: dict[str, tuple[str, Any]] = {
    "top": ("0", 0),
    "archived": ("true", True),
    "by_section": ("false", False),
    "language": ("[]", ()),
    "sort": ("'stars'", "stars"),
    "min_stars": ("0", 0),
    "pushed_within": ("'90d'", "90d"),
    "created_within": ("'3y'", "3y"),
}


@pytest.mark.parametrize("key", OWN)
def test_what_a_report_says_beats_what_is_said_above(key: str) -> None:
    """A table can take back what holds for all, with a false or empty value, too."""
    above, (own, seen) = SAMPLES[key][0], OWN[key]
    settings = parse(f"{key} = {toml(above)}\n[[crawler.report]]\npath = 'a.md'\n{key} = {own}")
    assert getattr(settings.report[0], key) == seen


def test_flags_beat_the_file_but_not_a_table(tmp_path: Path) -> None:
    """A flag takes the place of what `[crawler]` says, also for reports that say nothing."""
    path = tmp_path / "c.toml"
    path.write_text(
        "[crawler]\ntop = 5\nmin_stars = 7\n"
        "[[crawler.report]]\npath = 'a.md'\n[[crawler.report]]\npath = 'b.md'\ntop = 2\n"
    )
    settings = load_settings({"top": 9, "output": ["c.md"]}, str(path), environ={})
    assert [each.top for each in settings.report] == [9, 2]
    assert [each.min_stars for each in settings.report] == [7, 7]
    assert [(each.path, each.top) for each in settings.files] == [
        ("c.md", 9),
        ("a.md", 9),
        ("b.md", 2),
    ]


def test_the_format_is_the_report_s_own() -> None:
    """What is printed says nothing about the files."""
    text = "format = 'csv'\n[[crawler.report]]\npath = 'a.md'\n[[crawler.report]]\npath = 'b'"
    settings = parse(f"{text}\nformat = 'html'")
    assert [each.format for each in settings.report] == [None, "html"]


@pytest.mark.parametrize(
    ("report", "said"),
    [
        ("topp = 3", "unknown key crawler.report.topp; did you mean 'top'?"),
        ("paths = 'x'", "unknown key crawler.report.paths; did you mean 'path'?"),
        ("lists = ['a/b']", "unknown key crawler.report.lists"),
        ("always_write = true", "unknown key crawler.report.always_write"),
        ("Path = 'x'", "unknown key crawler.report.Path; did you mean 'path'?"),
        ("top = '3'", 'crawler.report[1]: top must be a whole number of at least 0, not "3"'),
        ("top = -1", "crawler.report[1]: top must be a whole number of at least 0, not -1"),
        ("min_stars = nan", "crawler.report[1]: min_stars must be a whole number"),
        ("language = 'C#'", 'crawler.report[1]: language must be a list of texts, not "C#"'),
        ("language = ['C#', 3]", "crawler.report[1]: language must be a list of texts"),
        ("section = ['']", "section must not be empty"),
        ("exclude = [' ']", "exclude must not be empty"),
        ("archived = 'no'", 'crawler.report[1]: archived must be true or false, not "no"'),
        ("sort = 'size'", "crawler.report[1]: sort must be stars, gained, rate, pushed or name"),
        ("format = 3", "crawler.report[1]: format must be text, not 3"),
        ("pushed_within = '1x'", "pushed_within must be a duration such as"),
        ("pushed_within = '-1s'", "pushed_within must be a duration such as"),
    ],
)
def test_a_table_that_is_refused(report: str, said: str) -> None:
    """The message has the file, the path of the value where it is known, and what is wrong."""
    good = "[[crawler.report]]\npath = 'a.md'\n"
    sentence = refusal(f"{good}[[crawler.report]]\npath = 'b.md'\n{report}")
    assert sentence.startswith("dir/c.toml: ")
    assert said in sentence


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("report = 'a.md'", 'report must be a list of tables, not "a.md"'),
        ("report = 2026-05-01", "report must be a list of tables"),
        ("report = ['a.md']", 'report must be a list of tables, not ["a.md"]'),
        ("[crawler.report]\npath = 'a.md'", "report must be a list of tables"),
        ("[[crawler.report]]\ntop = 3", "crawler.report[0]: path must name a file"),
        ("[[crawler.report]]\npath = ['a']", "crawler.report[0]: path must be text"),
    ],
)
def test_what_is_no_table_is_refused(text: str, said: str) -> None:
    """A single table, a text, a number or a table without a path is one sentence."""
    assert refusal(text).startswith(f"dir/c.toml: {said}")


@pytest.mark.parametrize(
    "path",
    [
        *("{day}.md", "{}.md", "{0}.md", "{list.md", "list}.md", "{{list}}.md", "{list!r}.md"),
        *("{list:>9}.md", "{date:%Y}.md", "{date!s}.md", "{date.year}.md", "{list.__class__}.md"),
        *("{list[0]}.md", "{da{list}te}.md", "{ date }.md", "{DATE}.md"),
    ],
)
@pytest.mark.parametrize("where", ["report", "output"])
def test_a_path_with_other_braces_is_refused(path: str, where: str) -> None:
    """{date} and {list}, as they stand, and no other: a typo makes no file of an odd name."""
    if where == "report":
        sentence = refusal(f"[[crawler.report]]\npath = '{path}'")
    else:
        with pytest.raises(ConfigError) as caught:
            _ = parse(f"output = ['{path}']").files
        sentence = str(caught.value)
    assert "may hold {date} and {list}" in sentence
    assert path in sentence


@pytest.mark.parametrize(
    ("key", "path", "link"),
    [
        ("output", "~/out.json", None),
        ("report", "~nobody-of-this-name/out.json", None),
        ("output", "../out-of-{list}.json", None),
        ("report", "link/x.json", "link"),
        ("output", "[x]{list}.json", "[x]small-list.json"),
        ("report", "a/{list}/b/x.json", "a/small-list"),
    ],
)
def test_a_cloned_folder_writes_nothing_outside(
    run_crawler: Command, key: str, path: str, link: str | None
) -> None:
    """A config that merely lies there names files in its folder alone, also by way of links: what
    `tests/model/test_confinement.py` has for any path."""
    other = run_crawler.folder / "other"
    other.mkdir()
    if link is not None:
        place = run_crawler.cwd / link
        place.parent.mkdir(exist_ok=True)
        place.symlink_to(other / "x" if "." in link else other)
    said = {"output": f'["{path}"]', "report": f'[{{path = "{path}"}}]'}
    (run_crawler.cwd / "config.toml").write_text(
        f'[crawler]\nlists = ["small/list"]\n{key} = {said[key]}\n'
    )
    run = run_crawler(token=TOKEN)
    # What depends on the name of a list is known when the list is.
    late = link is not None and "{list}" in path and not path.startswith("link")
    assert run.returncode == (1 if late else 2)
    assert len(run.stderr.splitlines()) == 1
    assert list(other.iterdir()) == []
    assert not [*run_crawler.folder.glob("out*"), *(run_crawler.folder / "home").glob("out*")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('lists = ["/proc/self/environ"]\nlinks = "all"', "'/proc/self/environ': it leads out"),
        ('lists = ["http://127.0.0.1/x.md"]', "may name http URLs"),
        ('lists = ["small/list", "/proc/self/environ"]', "'/proc/self/environ': it leads out"),
        ("include_private = true", "or from --include-private"),
        ('lock = "skip"', "or from --lock"),
        ('store = "s.db"', "or from --store"),
        ('log_file = "x.log"', "or from --log-file"),
        ('graphql_url = "https://evil.example"', "named with --config\n"),
    ],
)
def test_a_cloned_folder_may_not_say_it(
    github: StandIn, run_crawler: Command, text: str, said: str
) -> None:
    """One sentence and status 2, before anybody is asked; a file that --config names may."""
    (run_crawler.cwd / "config.toml").write_text(f"[crawler]\n{text}\n")
    run = run_crawler(*([] if "lists" in text else ["small/list"]), token=TOKEN)
    assert (run.returncode, run.stdout, github.log.exchanges) == (2, "", [])
    assert run.stderr.startswith("error: ")
    assert run.stderr.count("\n") == 1
    assert "--config" in run.stderr
    assert said in run.stderr
    named = run_crawler("--dry-run", "--config", "config.toml", "small/list", token=TOKEN)
    assert "named with --config" not in named.stderr


def test_the_config_beside_the_program_is_trusted(run_crawler: Command) -> None:
    """As if --config had named it: the code beside it runs already. Elsewhere it is not."""
    copy = run_crawler.folder / "copy"
    copytree(ROOT / "crawler", copy / "crawler", ignore=ignore_patterns("__pycache__"))
    (copy / "config.toml").write_text('[crawler]\nlists = ["small/list"]\nstore = "own.db"\n')
    line = [sys.executable, "-m", "crawler", "-q"]
    environment = {**run_crawler.environment(TOKEN, None), "PYTHONPATH": str(copy)}
    for cwd, status in ((copy, 0), (run_crawler.cwd, 2)):
        if cwd != copy:
            (cwd / "config.toml").write_text((copy / "config.toml").read_text())
        assert subprocess.run(line, cwd=cwd, env=environment, check=False).returncode == status
    assert (copy / "own.db").is_file()
    assert not (run_crawler.cwd / "own.db").exists()


def test_a_flag_takes_the_place_of_what_may_not_be_said(run_crawler: Command) -> None:
    """Whoever gives the flag has said it."""
    (run_crawler.cwd / "config.toml").write_text('[crawler]\nstore = "theirs.db"\n')
    assert run_crawler("small/list", "--store", "mine.db", token=TOKEN).returncode == 0
    assert (run_crawler.cwd / "mine.db").exists()
    assert not (run_crawler.cwd / "theirs.db").exists()


def test_a_named_config_writes_through_links(run_crawler: Command) -> None:
    """What --config or a flag names is the user's own choice: links are followed, as ever."""
    other = run_crawler.folder / "other"
    (run_crawler.cwd / "link").symlink_to(other)
    other.mkdir()
    (run_crawler.cwd / "config.toml").write_text(
        '[crawler]\nlists = ["small/list"]\nstore = "link/s.db"\noutput = ["link/{list}.json"]\n'
    )
    assert run_crawler("--config", "config.toml", token=TOKEN).returncode == 0
    assert {"s.db", "small-list.json"} <= {each.name for each in other.iterdir()}
    run = run_crawler("--store", "link/t.db", "-o", f"{other}/flag.json", token=TOKEN)
    assert run.returncode == 0
    assert {"t.db", "flag.json"} <= {each.name for each in other.iterdir()}


def test_a_dry_run_leaves_reports_alone(github: StandIn, run_crawler: Command) -> None:
    """With reports in the config, --dry-run prints the plan and writes none of them."""
    (run_crawler.cwd / "config.toml").write_text(
        '[crawler]\nlists = ["small/list"]\nreport = [{path = "a.json"}, {path = "b.html"}]\n'
    )
    (run_crawler.cwd / "a.json").write_text("the last report")
    run = run_crawler("--dry-run", token=TOKEN)
    assert (run.returncode, "delta/before" in run.stdout) == (0, True)
    assert (run_crawler.cwd / "a.json").read_text() == "the last report"
    assert not (run_crawler.cwd / "b.html").exists()
