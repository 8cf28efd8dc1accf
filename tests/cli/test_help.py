"""The help: short for each verb, whole on request, and topics that say what the code does."""

from __future__ import annotations

import re
import shlex
import signal

import pytest

from crawler.cli.commands import DEFAULT, load, verbs
from crawler.cli.commands.help import overview, text_of, topics
from crawler.cli.main import main
from crawler.cli.parser import TYPED
from crawler.cli.statuses import FAILED_ON, INCOMPLETE, SIGNALLED
from crawler.model import config
from crawler.model.errors import RunError, UsageError
from crawler.model.values import Provider, Reason
from crawler.reports.formats import FORMATS

FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")
COMMAND = re.compile(r"^  python -m crawler *(.*?)(?:  .*)?$", re.M)


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What the command prints and ends well with."""
    try:
        status: object = main(arguments)
    except SystemExit as ended:
        status = ended.code
    assert status == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def flags_of(verb: str) -> set[str]:
    """Every flag of a verb."""
    return {flag for action in load(verb).build_parser()._actions for flag in action.option_strings}


@pytest.mark.parametrize("verb", [*verbs(), ""])
def test_the_help_of_a_verb_fits_a_screen(capsys: pytest.CaptureFixture[str], verb: str) -> None:
    """Its usage, examples, common flags and the way to all of them."""
    text = shown(capsys, *([verb] if verb else []), "--help")
    assert len(text.splitlines()) <= 25
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("verb", verbs())
def test_the_examples_of_a_verb_are_understood(
    capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    """Each parses as the verb that it belongs to."""
    lines = COMMAND.findall(shown(capsys, verb, "--help"))
    assert lines
    for line in lines:
        words = shlex.split(line)
        if verb != DEFAULT:
            assert words.pop(0) == verb
        load(verb).build_parser().read(words)


@pytest.mark.parametrize("verb", verbs())
def test_all_flags_are_shown_on_request(capsys: pytest.CaptureFixture[str], verb: str) -> None:
    """Whatever the verb takes; the short help shows none that there is not."""
    everything = set(FLAG.findall(shown(capsys, verb, "--help-all")))
    assert everything >= {flag for flag in flags_of(verb) if flag.startswith("--")}
    assert set(FLAG.findall(shown(capsys, verb, "--help"))) <= flags_of(verb)


def test_the_overview_names_all(capsys: pytest.CaptureFixture[str]) -> None:
    """`--help`, `-h` and `help` print it."""
    assert shown(capsys, "--help") == shown(capsys, "-h") == shown(capsys, "help") == overview()
    assert all(f"  {verb} " in overview() for verb in verbs())
    assert f"topics: {', '.join(topics())} " in f"{' '.join(overview().split())} "


@pytest.mark.parametrize("topic", topics())
def test_a_topic(capsys: pytest.CaptureFixture[str], topic: str) -> None:
    """It begins with its name, fits 80 columns and names no flag and no setting that is not."""
    text = shown(capsys, "help", topic)
    assert text.startswith(f"{topic}: ")
    assert max(map(len, text.splitlines())) <= 80
    known = {flag for verb in verbs() for flag in flags_of(verb)}
    assert set(FLAG.findall(text)) <= known
    for line in COMMAND.findall(text):
        first, *rest = shlex.split(line.partition("   ")[0])
        verb, words = (first, rest) if first in verbs() else (DEFAULT, [first, *rest])
        load(verb).build_parser().read(words)


def test_help_for_a_verb(capsys: pytest.CaptureFixture[str]) -> None:
    """It is the verb's own."""
    assert shown(capsys, "help", "report") == shown(capsys, "report", "--help")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["exitstatus"], "exitstatus is neither a verb nor a topic; did you mean exit-status?"),
        (["limits", "store"], "help explains one topic at a time"),
    ],
)
def test_help_for_what_there_is_not(words: list[str], said: str) -> None:
    """It names the nearest."""
    with pytest.raises(UsageError, match=re.escape(said)):
        load("help").run(words)


def test_the_exit_statuses() -> None:
    """The topic lists those that the code has."""
    listed = set(map(int, re.findall(r"^  (\d+) ", text_of("exit-status"), re.M)))
    signals = {SIGNALLED + number for number in (signal.SIGINT, signal.SIGTERM)}
    ours = {0, RunError.exit_status, UsageError.exit_status, INCOMPLETE, FAILED_ON}
    assert listed == ours | signals


def test_the_sources() -> None:
    """The topic lists each source, and each reason with whether a rerun may help."""
    text = " ".join(text_of("sources").split("\n  "))
    rows = re.findall(r"^  (\w+)  +((?:.+\n)(?:   .+\n)*)", text_of("sources"), re.M)
    told = {name: "(retry)" in about for name, about in rows}
    assert {name: told.pop(name) for name in map(str, Provider)}, text
    assert told == {str(reason): reason.retryable for reason in Reason}


def test_the_formats() -> None:
    """The topic lists each format and suffix."""
    text = text_of("formats")
    assert re.findall(r"^  (\w+) ", text, re.M) == [form.name for form in FORMATS.values()]
    assert all(form.suffix in text for form in FORMATS.values() if form.suffix)


def test_the_environment() -> None:
    """The topic names the variables that are read."""
    text = text_of("environment")
    for name in (
        *("GH_TOKEN", "GITHUB_TOKEN", "GH_HOST", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"),
        *("GITHUB_API_URL", "GITHUB_GRAPHQL_URL", "DEPSDEV_API_URL", "NO_COLOR"),
    ):
        assert re.search(rf"^  (?:\w+, )*{name}(?:, \w+)*$", text, re.M), name


def test_what_a_cloned_folder_may_not_set() -> None:
    """The topic says which settings a file that nobody named may set."""
    _, _, rest = text_of("config").partition("set only these:\n")
    listed = re.sub(r"\([^)]*\)", "", rest.partition("\nEverything else")[0])
    harmless = {name for name, known in config.KEYS.items() if known.harmless}
    assert set(re.findall(r"\b[a-z_]+\b", listed.replace(" and ", ", "))) == harmless


def test_a_common_flag_is_one_of_the_verb() -> None:
    """What a verb calls common is among its flags."""
    for verb in verbs():
        parser = load(verb).build_parser()
        assert set(parser._common) <= {action.dest for action in parser._actions}
        assert set(parser._common) & TYPED or not parser._common
