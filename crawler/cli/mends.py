"""The fixes of a check: print them as a patch, or write the list."""

from __future__ import annotations

import io
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.model.errors import ConfigError, RunError, UsageError
from crawler.model.frozen import frozen

if TYPE_CHECKING:
    from crawler.crawl.check import Outcome
    from crawler.reports.stream import Rewrite


@frozen
class Mends:
    """The requested fixes."""

    diff: bool
    """Print a patch instead of the report."""
    fix: bool
    """Write the list."""
    drop_gone: bool
    """Also remove entries of gone repositories."""
    saves: bool = False
    """Write a patch to a file."""

    @property
    def wanted(self) -> bool:
        """Whether any fix is requested."""
        return self.diff or self.fix or self.saves

    def check(self, name: str) -> None:
        """Raises: UsageError if this cannot be done for the list `name`."""
        if self.drop_gone and not self.wanted:
            raise UsageError("--drop-gone adds to what --diff and --fix do: give one of them")
        if self.fix and not Path(name).is_file():
            raise UsageError(f"--fix writes a local file, and {name} is not one: use --diff")
        if self.fix:
            _check_links(name)


def _check_links(name: str) -> None:
    """Raises: ConfigError if a link leads out of the current folder."""
    from crawler.model.confinement import within_folder

    try:
        within_folder(Path(name))
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or error
        raise ConfigError(f"{name} cannot be mended: {cause}") from None


def tell_left_out(outcome: Outcome, *, is_fixed: bool) -> None:
    """Report which fixes were not made, and why; in a list that `is_fixed` by the others or not."""
    from crawler.model.log import logger

    lines = {verdict.place: verdict.line for verdict in outcome.checked.verdicts}
    if is_fixed:
        lines |= {place: entry.lines[0] + 1 for place, entry in outcome.mended.entries.items()}
    for mend, cause in outcome.mended.left_out:
        place = f"{outcome.checked.name}:{lines[mend.places[0]]}"
        logger.warning("{}: not mended: {} ({})", place, mend.told, cause)


def write_list(outcome: Outcome) -> None:
    """Write the list with its fixes; every other byte stays. Blocks.

    Raises: ConfigError if a link leads out of the current folder; ListError if it cannot be read
        again; RunError if it cannot be written, or has changed since it was read.
    """
    from crawler.lists.decoding import decode_exactly
    from crawler.lists.loading import read_file
    from crawler.model.log import logger
    from crawler.reports.files import replacing
    from crawler.reports.findings.sums import counted

    name = outcome.checked.name
    if not outcome.mended.edits:
        return
    _check_links(name)
    exact = decode_exactly(name, read_file(name))
    if exact.text != outcome.text:
        raise RunError(f"{name} has changed while it was checked: run it again")
    with replacing(Path(name)) as file:
        file.write(exact.encode(name, outcome.mended.text))
    updated = sum(len(each.places) for each in outcome.mended.made if each.new is not None)
    removed = sum(len(each.places) for each in outcome.mended.made if each.new is None)
    logger.info("{}: {} updated, {} removed", name, counted(updated), f"{removed:,}")


def print_patch(outcome: Outcome) -> None:
    """Write the fixes to standard output as a patch.

    Raises: RunError if it cannot be written.
    """
    from crawler.cli.console import standard_output

    content = _patch(outcome)
    # No runner reads commands from a file.
    with standard_output("table", commands=_is_file()) as stream:
        binary = getattr(stream, "buffer", None)
        if binary is None:
            stream.write(content.decode(outcome.encoding, "replace"))
        else:
            binary.write(content)


def save_patch(outcome: Outcome, stream: Rewrite) -> None:
    """Write the fixes to a file as a patch."""
    stream.write_bytes(_patch(outcome))


def _patch(outcome: Outcome) -> bytes:
    """The fixes as a patch, in the encoding of the list; empty if no patch can be in that."""
    from crawler.model.log import logger
    from crawler.reports.findings.patch import write_patch

    stream = io.StringIO()
    name = _name_in_patch(outcome.checked.path)
    write_patch(name, outcome.text, outcome.mended.edits, stream)
    if "\n".encode(outcome.encoding) != b"\n":
        kind = outcome.encoding.upper()
        logger.warning("{} is {}, of which there is no patch: save it as UTF-8", name, kind)
        return b""
    # The list may be in an encoding that its own name is not in.
    names, hunk, rest = stream.getvalue().partition("\n@@")
    return os.fsencode(names) + f"{hunk}{rest}".encode(outcome.encoding, "surrogateescape")


def _name_in_patch(path: str | None) -> str:
    """The file as a patch names it, which is applied in the current folder."""
    if path is None:
        return "README.md"  # whatever its repository calls it
    relative = Path(os.path.relpath(path))
    return relative.name if relative.parts[0] == ".." else relative.as_posix()


def _is_file() -> bool:
    try:
        return stat.S_ISREG(os.fstat(sys.stdout.fileno()).st_mode)
    except (OSError, ValueError, AttributeError):
        return False
