"""The verb `completion`: a script that completes the command in a shell."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final

from crawler.cli.commands import DEFAULT, load, verbs
from crawler.cli.console import print_out
from crawler.cli.parser import SETTINGS, Parser, words_of
from crawler.model.errors import UsageError

SUMMARY: Final = "print a completion script for bash, zsh or fish"

SHELLS: Final = ("bash", "zsh", "fish")

COMMAND: Final = "star-crawler"
"""The installed command; shells cannot complete `python -m crawler`."""


_DESCRIPTION: Final = f"""\
Print a script that lets a shell complete {COMMAND}. Add this line to the end
of the shell's startup file:

  ~/.bashrc                   eval "$({COMMAND} completion bash)"
  ~/.zshrc, after compinit    eval "$({COMMAND} completion zsh)"
  ~/.config/fish/config.fish  {COMMAND} completion fish | source"""


def run(arguments: Sequence[str]) -> int:
    """Print the script, and return the exit status.

    Raises: UsageError.
    """
    match build_parser().read(arguments).get("shells", []):
        case [shell] if shell in SHELLS:
            import shtab

            print_out(shtab.complete(_everything(), shell, root_prefix="star_crawler"))
            return 0
    raise UsageError(f"completion needs a shell, one of {', '.join(SHELLS)}")


def build_parser() -> Parser:
    """The parser of the verb."""
    parser = Parser(
        "completion", usage="SHELL", description=_DESCRIPTION, examples={"bash": "the script"}
    )
    parser.add_argument("shells", nargs="*", metavar="SHELL", help=f"one of {', '.join(SHELLS)}")
    return parser


def _everything() -> argparse.ArgumentParser:
    """One parser with all verbs; the flags of the default verb are also accepted without it."""
    import shtab

    command = argparse.ArgumentParser(COMMAND, add_help=False)
    several = command.add_subparsers()  # before the lists: some shells complete only the first
    for verb in verbs():
        parser = load(verb).build_parser()
        several.add_parser(verb, parents=[parser], add_help=False, help=load(verb).SUMMARY)
    for action in load(DEFAULT).build_parser()._actions:
        command._add_action(action)
    for each in (command, *several.choices.values()):
        for action in each._actions:
            if action.metavar in ("PATH", "LIST"):
                action.complete = shtab.FILE  # type: ignore[attr-defined]  # as shtab reads it
            if action.option_strings and action.dest in SETTINGS:
                action.choices = words_of(SETTINGS[action.dest]) or None
    return command
