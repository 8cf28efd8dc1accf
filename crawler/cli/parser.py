"""What the verbs' parsers share: flags made from the settings, and errors in one sentence."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NoReturn, get_args

from crawler.cli.commands import DEFAULT
from crawler.cli.nearest import did_you_mean
from crawler.model.definitions import Group, Setting, settings_of
from crawler.model.errors import UsageError
from crawler.model.settings import CommandSettings
from crawler.reports.formats import FORMATS

SETTINGS: Final = settings_of(CommandSettings)

TYPED: Final = frozenset(known.name for known in SETTINGS.values() if known.flags)
"""Settings that have a flag."""

_PLAIN: Final = {
    "expected one argument": "needs a value",
    "invalid choice: ": "cannot be ",
    "not allowed with argument": "cannot be combined with",
}
"""Phrases of argparse and their replacements."""


BRIEF: Final = re.compile(r"[;:(]")
"""The end of a flag's short help."""


def program() -> str:
    """The name under which the user called the command."""
    name = Path(sys.argv[0]).stem
    return name if name == "star-crawler" else "python -m crawler"


class Parser(argparse.ArgumentParser):
    """A parser that returns only given values, and does not accept abbreviated flags."""

    def __init__(
        self,
        verb: str,
        *,
        description: str,
        usage: str = "[LIST ...] [flags]",
        examples: Mapping[str, str] = MappingProxyType({}),
        common: Collection[str] = (),
        epilog: str | None = None,
    ) -> None:
        """`examples` are arguments of the verb, each with a description. The short help shows the
        flags of the settings in `common`; --help-all shows all."""
        prog = program() if verb == DEFAULT else f"{program()} {verb}"
        super().__init__(
            prog=prog,
            usage=f"{prog} {usage}",
            description=description,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            argument_default=argparse.SUPPRESS,
            allow_abbrev=False,
            add_help=False,
        )
        self._verb = verb
        self._examples = examples
        self._common = common
        self.add_argument("-h", "--help", action="help", help="show the common flags")
        self.add_argument("--help-all", action=_HelpAll, dest="help", help="show all flags")

    def format_help(self) -> str:
        """The short help: examples and common flags."""
        formatter = self._begin_help()
        common = {
            _flags_of(action): BRIEF.split(str(action.help))[0].strip()
            for action in self._actions
            if action.dest in self._common and _flags_of(action)
        }
        if common:
            formatter.start_section("common flags")
            formatter.add_text(listed(common))
            formatter.end_section()
            formatter.add_text(f"all flags: {program()} {self._verb} --help-all")
        else:
            formatter.add_text(self.epilog)
        return formatter.format_help()

    def format_all(self) -> str:
        """The help with every flag."""
        formatter = self._begin_help()
        for group in self._action_groups:
            formatter.start_section(group.title)
            formatter.add_arguments(group._group_actions)
            formatter.end_section()
        formatter.add_text(self.epilog)
        return formatter.format_help()

    def _begin_help(self) -> argparse.HelpFormatter:
        formatter = self._get_formatter()
        formatter.add_usage(self.usage, self._actions, self._mutually_exclusive_groups)
        formatter.add_text(_wrapped(str(self.description)))
        if self._examples:
            formatter.start_section("examples")
            formatter.add_text(listed(self._examples, f"{self.prog} "))
            formatter.end_section()
        return formatter

    def read(self, arguments: Sequence[str]) -> dict[str, Any]:
        """The given values, by the names of the settings.

        Raises: UsageError.
        """
        found, unknown = self.parse_known_intermixed_args(arguments)
        if unknown:
            self._refuse(unknown[0])
        return vars(found)

    def _refuse(self, argument: str) -> NoReturn:
        flag = argument.partition("=")[0]
        key = flag.removeprefix("--").replace("-", "_")
        if flag.startswith("--") and key in SETTINGS and not SETTINGS[key].flags:
            self.error(f"there is no flag {flag}: {key} is set in the config file")
        hint = did_you_mean(flag, self._option_string_actions)
        what = "is no flag" if flag.startswith("-") else "is one word too many"
        self.error(f"{flag} {what}{hint}")

    def error(self, message: str) -> NoReturn:
        """Raises: UsageError."""
        what = re.sub(r"^argument ([^:]+): ", r"\1 ", message)
        for words, plain in _PLAIN.items():
            what = what.replace(words, plain)
        raise UsageError(f"{what}; see {self.prog} --help")

    def add_settings(self, names: Collection[str] = TYPED) -> None:
        """Add the flags of these settings, under the headings of their groups."""
        for group in get_args(Group):
            found = [
                known
                for name, known in SETTINGS.items()
                if known.group == group and name in names and known.flags
            ]
            if found:
                box = self.add_argument_group(group)
                for known in found:
                    add_flag(box, known)

    def add_lists(self, about: str) -> None:
        """Add the argument for lists, which has no flag."""
        self.add_argument("lists", nargs="*", metavar="LIST", help=about)

    def add_config(self) -> None:
        """Add the flag that names the config file."""
        self.add_argument(
            "--config",
            metavar="PATH",
            help="take settings from this file (default: config.toml in the current folder, then "
            "in the user's config folder)",
        )


def _flags_of(action: argparse.Action) -> str:
    """Such as `-n, --top N`; empty if it only undoes another flag."""
    flags = ", ".join(each for each in action.option_strings if not each.startswith("--no-"))
    if action.nargs == 0 or not flags:
        return flags
    metavar = action.metavar or "{"
    return f"{flags} {'WORD' if str(metavar).startswith('{') else metavar}"


def _wrapped(text: str) -> str:
    """A text of one line in lines of 80 characters."""
    import textwrap  # not at the top: it is slow to load, and only help needs it

    return text if "\n" in text else textwrap.fill(text, 80)


class _HelpAll(argparse.Action):
    """Prints the help with every flag."""

    def __init__(self, **known: Any) -> None:
        super().__init__(**known, nargs=0)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        assert isinstance(parser, Parser)
        parser._print_message(parser.format_all(), sys.stdout)
        parser.exit()


def listed(about: Mapping[str, str], prefix: str = "") -> str:
    """Lines with two columns: words and their meanings."""
    width = max(map(len, about), default=0)
    return "\n".join(f"{prefix}{words:{width}}  {meaning}" for words, meaning in about.items())


def add_flag(box: argparse._ArgumentGroup, known: Setting, about: str | None = None) -> None:
    """Add the flag of a setting; `about` replaces its usual help."""
    about = about or help_of(known)
    metavar = known.metavar or f"{{{','.join(known.words)}}}"
    if known.kind is bool:
        box.add_argument(*known.flags, action=argparse.BooleanOptionalAction, help=about)
    elif bool in get_args(known.kind):
        either = box.add_mutually_exclusive_group()
        either.add_argument(*known.flags, metavar=metavar, help=about)
        off = f"--no-{known.name.replace('_', '-')}"
        either.add_argument(off, dest=known.name, action="store_false", help=known.off)
    else:
        box.add_argument(
            *known.flags,
            action="extend" if known.is_list else "store",
            type=partial(_read, known),
            metavar=metavar,
            help=about,
        )


def help_of(known: Setting) -> str:
    """The help of a setting's flag."""
    parts = [known.help, *([choice_of(known)] if known.metavar else [])]
    parts += ["repeatable"] if known.is_list else []
    default = known.unset
    if default is None and known.default not in (None, False, ()):
        default = "yes" if known.default is True else str(known.default)
    notes = [f"{known.low} to {known.high}"] if known.high and not known.is_duration else []
    notes += [f"default: {default}"] if default else []
    return "; ".join(filter(None, parts)) + (f" ({'; '.join(notes)})" if notes else "")


def choice_of(known: Setting) -> str:
    """The words that a setting accepts, such as `one of entries, all`; empty if it accepts any."""
    if known.name == "output":
        return f"suffixes are {', '.join(form.suffix for form in FORMATS.values() if form.suffix)}"
    words = words_of(known)
    if words and int in get_args(known.kind):
        return f"a number, or {' or '.join(words)}"
    return f"{'any' if known.is_list else 'one'} of {', '.join(words)}" if words else ""


def words_of(known: Setting) -> tuple[str, ...]:
    """The words that a setting accepts; empty if it accepts any."""
    return tuple(FORMATS) if known.name == "format" else known.words


def _read(known: Setting, text: str) -> Any:
    """The parsed value of a flag; a list for settings with several values.

    Raises: argparse.ArgumentTypeError, which argparse reports with the flag.
    """
    value: Any = text
    kinds = {known.kind, *get_args(known.kind)}
    if known.lacks_unit(text):
        raise argparse.ArgumentTypeError(
            f"{text} has no unit: write one, such as {known.flags[-1]} {known.example}"
        )
    if known.is_list:
        value = tuple(part.strip() for part in text.split(",")) if known.words else (text,)
    elif int in kinds and re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        value = int(text)
    if known.name == "format" and text not in FORMATS:
        raise argparse.ArgumentTypeError(f"must be {choice_of(known)}, not {text!r}")
    if problem := known.problem(value):
        raise argparse.ArgumentTypeError(problem)
    return value
