"""The verbs of the command: each module of this package is one and has the interface `Verb`.

It imports what a run needs only when it runs, so that `--help` answers at once.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

if TYPE_CHECKING:
    from crawler.cli.parser import Parser

DEFAULT: Final = "rank"
"""The verb that is used if none is named."""


class Verb(Protocol):
    """The interface of a verb's module."""

    SUMMARY: str
    """Its line in the help of all verbs."""

    def build_parser(self) -> Parser:
        """Its flags, and its own help."""

    def run(self, arguments: Sequence[str], /) -> int:
        """Run the verb with the arguments after it, and return the exit status.

        Raises: CrawlerError.
        """


def verbs() -> tuple[str, ...]:
    """The names of all verbs."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def load(verb: str) -> Verb:
    """The verb of that name."""
    return cast(Verb, import_module(f"{__name__}.{verb}"))
