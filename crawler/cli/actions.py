"""Keep text from being read as commands by a runner of GitHub Actions.

A runner executes lines that begin with `::` and a command, and `##[command]` anywhere in a line:
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from crawler.reports.stream import Stream

_COMMANDS: Final = re.compile(r":(?=:)|(?<=##)\[")
_OURS: Final = re.compile(r"(</?(?:style|script)>)")
"""Encloses text in which character references are not resolved. Only this program writes it:
in formats with such references, text from others cannot contain a tag."""


def is_runner() -> bool:
    """Whether the output is read by a runner."""
    return bool(os.environ.get("GITHUB_ACTIONS"))


def broken(text: str, reference: str | None = None) -> str:
    """`text` without commands. `reference` is how its format writes a character by its number,
    which does not change the meaning; None: a space is inserted instead."""

    def respelled(found: re.Match[str]) -> str:
        if reference is not None:
            return reference % ord(found[0])
        return ": " if found[0] == ":" else " ["

    return _COMMANDS.sub(respelled, text)


class Broken:
    """A stream that lets no command through, however the text is split."""

    def __init__(self, stream: Stream, reference: str | None) -> None:
        self._stream = stream
        self._reference = reference
        self._held = ""
        self._is_ours = False

    def write(self, text: str, /) -> None:
        """Write `text`, except for an ending that may be the beginning of a command."""
        text = self._held + text
        whole = text.rstrip(":#")
        self._held = text[len(whole) :]
        self._pass(whole)

    def finish(self) -> None:
        """Write what was held back."""
        self._pass(self._held)
        self._held = ""

    def _pass(self, text: str) -> None:
        has_tags = self._reference is not None and self._reference.startswith("&")
        for part in _OURS.split(text) if has_tags else [text]:
            if part in ("<style>", "<script>"):
                self._is_ours = True
            elif part in ("</style>", "</script>"):
                self._is_ours = False
            self._stream.write(part if self._is_ours else broken(part, self._reference))
