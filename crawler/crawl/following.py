"""Read the other files that continue a list, and append their entries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from crawler.crawl.folders import LONGEST_CAUSE, MAX_BYTES, MAX_FILES, TOO_MANY, Folder, Recalled
from crawler.lists.loading import ListText
from crawler.lists.text import plain_words
from crawler.model.errors import ListError
from crawler.model.files import Home, NoFile
from crawler.model.frozen import frozen
from crawler.model.log import logger
from crawler.model.text import cut
from crawler.model.values import Elsewhere, Entry, OwnFile, ParsedList, UnreadFile

LONGEST_LINE: Final = 500
LONGEST_TITLE: Final = 200
"""Characters of a link's text in the section of its entries; headings have the same limit."""

Parse = Callable[[ListText, Home], Awaitable[ParsedList]]
"""Parses a text at a given place among the files of a list. Raises: ListError."""


@dataclass(slots=True)
class Followed:
    """The result of reading the files of a list."""

    name: str
    """The name of the list."""
    entries: list[Entry] = field(default_factory=list)
    elsewhere: list[Elsewhere] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    """The paths of the files that were read."""
    unread: list[UnreadFile] = field(default_factory=list)

    def tell(self) -> None:
        """Log one line about the files that were read, and one about the others."""
        if self.read:
            paths = cut(", ".join(self.read), LONGEST_LINE)
            files = _files(len(self.read))
            logger.info("{}: this list continues in {}, read too: {}", self.name, files, paths)
        if self.unread:
            causes: dict[str, list[str]] = {}
            for each in self.unread:
                causes.setdefault(each.message, []).append(each.path)
            told = "; ".join(f"{', '.join(paths)} ({cause})" for cause, paths in causes.items())
            files = _files(len(self.unread))
            logger.error("{}: {} cannot be read: {}", self.name, files, cut(told, LONGEST_LINE))


@frozen
class _Link:
    """A link to a file that is to be read."""

    file: OwnFile
    section: tuple[str, ...]
    """The section of the file's entries."""


def depth_of(wanted: int | Literal["auto"], name: str, found: ParsedList) -> int:
    """How many levels of a list's own files to read.

    `name` is that of the list, `wanted` the setting; files that are left unread are logged.
    """
    count = len(found.files)
    keys = {entry.repository.key for entry in found.entries}
    depth = int(count > len(keys)) if wanted == "auto" else wanted
    if count and wanted == "auto" and not depth:
        logger.info("{}: this list continues in {}; --follow 1 reads them", name, _files(count))
    return depth if count else 0


class Follower:
    """Reads the files that continue a list."""

    def __init__(self, name: str, home: Home, folder: Folder, parse: Parse) -> None:
        """`name` and `home` are those of the list."""
        self._home = home
        self._folder = folder
        self._parse = parse
        self._room = MAX_BYTES
        self._seen = {home.path.casefold()}
        self._found = Followed(name)

    async def follow(self, files: Sequence[OwnFile], depth: int) -> Followed:
        """Read `files`, and the files that continue them, this many levels deep.

        Raises: CredentialsError, StoreError; RunError if the run was stopped.
        """
        level = self._unseen(_Link(file, (cut(file.title, LONGEST_TITLE),)) for file in files)
        for _ in range(depth):
            level = self._unseen(await self._read(level))
        return self._found

    def _unseen(self, links: Iterable[_Link]) -> list[_Link]:
        """The links to files that no earlier link led to."""
        unseen = []
        for link in links:
            key = link.file.path.casefold()
            if key not in self._seen:
                self._seen.add(key)
                unseen.append(link)
        return unseen

    async def _read(self, level: Sequence[_Link]) -> list[_Link]:
        """Read the files that some links lead to, and return the links in them."""
        found = self._found
        left = max(MAX_FILES - len(found.read) - len(found.unread), 0)
        paths = [link.file.path for link in level[:left]]
        texts = await self._folder.read(paths, self._room)
        deeper: list[_Link] = []
        for link in level:
            text = texts.get(link.file.path, TOO_MANY)
            if isinstance(text, Recalled):
                cause = f"its last known text is used: {text.cause}"
                found.unread.append(UnreadFile(found.name, link.file.path, cause))
                text = text.text
            if isinstance(text, ListText):
                self._room -= len(text.text)
                lack = await self._take(link, text, deeper)
            else:
                lack = text
            if lack is not None:
                found.unread.append(UnreadFile(found.name, link.file.path, lack.cause))
        return deeper

    async def _take(self, link: _Link, text: ListText, deeper: list[_Link]) -> NoFile | None:
        """Append the entries of a file, or record why it cannot be read."""
        found, path = self._found, link.file.path
        try:
            parsed = await self._parse(text, replace(self._home, path=path))
        except ListError as error:
            return NoFile(cut(str(error).removeprefix(f"{path}: "), LONGEST_CAUSE))
        found.read.append(path)
        for entry in parsed.entries:
            found.entries.append(replace(entry, section=_below(link.section, entry.section)))
        for each in parsed.elsewhere:
            section = _below(link.section, each.section)
            found.elsewhere.append(replace(each, section=section, file=path))
        for file in parsed.files:
            deeper.append(_Link(file, (*link.section, cut(file.title, LONGEST_TITLE))))
        return None


def _below(above: tuple[str, ...], section: tuple[str, ...]) -> tuple[str, ...]:
    """`section` without the title of its file, which often repeats the link."""
    is_same = bool(section) and plain_words(section[0]) == plain_words(above[-1])
    return above + section[is_same:]


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
