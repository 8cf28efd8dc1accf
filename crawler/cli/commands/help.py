"""The verb `help`: explain the verbs and, topic by topic, everything else."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from importlib import resources
from typing import Final

from crawler.cli.commands import load, verbs
from crawler.cli.console import print_out
from crawler.cli.nearest import did_you_mean
from crawler.cli.parser import Parser, listed, program
from crawler.model.errors import UsageError

SUMMARY: Final = "explain a verb or a topic"

_EXAMPLES: Final = {
    "": "ten rows of awesome-dotnet",
    "avelino/awesome-go -n 25": "another list, 25 rows",
    "-o stars.html": "a page to open in a browser",
}

_OVERVIEW: Final = """\
usage: {program} [VERB] [LIST ...] [flags]

Rank by stars the repositories listed in awesome lists. A LIST is an owner/repo,
a URL, a path, or - for standard input.

{examples}

verbs (write ./NAME for a local file of that name):
{verbs}

{topics}

Read on: {program} rank --help, {program} help TOPIC
"""


def run(arguments: Sequence[str]) -> int:
    """Print the overview, or the help for the given name, and return the exit status.

    Raises: UsageError.
    """
    names = build_parser().read(arguments).get("names", [])
    match names:
        case []:
            print_out(overview())
        case [name] if name in verbs():
            return load(name).run(["--help"])
        case [name] if name in topics():
            print_out(text_of(name))
        case [name]:
            hint = did_you_mean(name, (*topics(), *verbs()))
            raise UsageError(f"{name} is neither a verb nor a topic{hint}; see {program()} --help")
        case _:
            raise UsageError(f"help explains one topic at a time; see {program()} help --help")
    return 0


def build_parser() -> Parser:
    """The parser of the verb."""
    parser = Parser(
        "help",
        usage="[VERB | TOPIC]",
        description="Explain a verb or a topic.",
        examples={"rank": "the flags of a run", "exit-status": "a topic"},
        epilog=f"topics:\n{listed({topic: summary_of(topic) for topic in topics()}, '  ')}",
    )
    parser.add_argument("names", nargs="*", metavar="TOPIC", help="a verb or a topic")
    return parser


def overview() -> str:
    """The help of the whole command."""
    name = program()
    summaries = {verb: load(verb).SUMMARY for verb in verbs()}
    return _OVERVIEW.format(
        program=name,
        examples=listed(_EXAMPLES, f"  {name} "),
        verbs=listed(summaries, "  "),
        topics=textwrap.fill(f"topics: {', '.join(topics())}", 80, subsequent_indent="  "),
    )


def topics() -> tuple[str, ...]:
    """The names of all topics."""
    files = resources.files("crawler.cli").joinpath("topics").iterdir()
    return tuple(sorted(file.name.removesuffix(".txt") for file in files))


def text_of(topic: str) -> str:
    """The text of a topic."""
    file = resources.files("crawler.cli").joinpath("topics", f"{topic}.txt")
    return file.read_text("utf-8")


def summary_of(topic: str) -> str:
    """The first line of a topic, without its name."""
    return text_of(topic).partition("\n")[0].partition(": ")[2]
