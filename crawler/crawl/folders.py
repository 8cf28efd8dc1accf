"""Find files that continue a list: in a local folder or in a repository."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, Protocol, TypeVar

from crawler.crawl.cache import Cache
from crawler.crawl.services import Services
from crawler.http.retries import Backoff, retry
from crawler.lists.loading import (
    MAX_LIST_BYTES,
    ListText,
    decode_list,
    fetch_url,
    named,
    read_below,
)
from crawler.lists.locations import BlobLocation, FileLocation, Location, UrlLocation
from crawler.model.clock import Clock
from crawler.model.errors import (
    CredentialsError,
    ListError,
    RunError,
    StoreError,
    TooLarge,
    TooMuch,
)
from crawler.model.files import NoFile, RepositoryFile, RepositoryPath, markup_of
from crawler.model.frozen import frozen
from crawler.model.hosts import Hosts, Target
from crawler.model.settings import Settings
from crawler.model.shielded import in_thread
from crawler.model.text import cut
from crawler.sources import hosts_of
from crawler.sources.base import FILES_AT_ONCE, FetchFiles

T = TypeVar("T")

MAX_FILES: Final = 200
MAX_FILES_ALONE: Final = 10
"""The limit if each file needs a request and there is no token."""
MAX_BYTES: Final = MAX_LIST_BYTES
"""For all files of a list together."""

SINGLES_AT_ONCE: Final = 4
"""Files to request separately at a time; each may have 10 MiB."""

LONGEST_CAUSE: Final = 200

_POINTER: Final = b"version https://git-lfs.github.com/spec/"
"""The beginning of a placeholder for a file that is stored elsewhere.
https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md"""

_MISSING: Final = NoFile("it does not exist")
TOO_MANY: Final = NoFile(f"the limit is {MAX_FILES} files, {MAX_FILES_ALONE} without a token")
_TOO_LONG: Final = NoFile(f"the limit is {MAX_BYTES // 2**20} MiB")


@frozen
class Means:
    """What is needed to read lists."""

    settings: Settings
    services: Services
    cache: Cache
    clock: Clock
    backoff: Backoff

    async def retry(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Await `attempt()` with the retries in the settings. Raises: as `http.retries.retry`."""
        return await retry(
            attempt,
            attempts=lambda _: 1 + self.settings.retries,
            clock=self.clock,
            backoff=self.backoff,
        )


@frozen
class Recalled:
    """A text as it was last read, because it cannot be read now."""

    text: ListText
    cause: str
    """The reason, as in `NoFile`."""


Read = ListText | Recalled | NoFile
"""The result of reading a file."""


class Folder(Protocol):
    """The folder that contains the files of one list."""

    async def read(self, paths: Sequence[str], room: int) -> Mapping[str, Read]:
        """The texts at `paths`, which may have this many bytes in total."""
        ...


@frozen
class LocalFolder:
    """The folder of a local list, with everything below it."""

    base: Path
    below: Path = Path()
    """The path of the list below `base`; no link below that is followed."""

    @classmethod
    def of(cls, location: FileLocation) -> LocalFolder:
        """The folder of a list; if a stranger named the list, it must be below the current
        folder."""
        if location.confined:
            return cls(Path(), location.path.parent)
        return cls(location.path.resolve().parent)

    async def read(self, paths: Sequence[str], room: int) -> Mapping[str, Read]:
        """As `Folder.read`."""
        found: dict[str, Read] = {}
        for path in paths:
            content = await in_thread(partial(self._read, path))
            if isinstance(content, NoFile):
                found[path] = content
                continue
            room -= len(content)
            text = _text_of(path, FileLocation(Path(path)), content) if room >= 0 else _TOO_LONG
            found[path] = text
        return found

    def _read(self, path: str) -> bytes | NoFile:
        try:
            return read_below(self.base, self.below / path)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR):
                return _MISSING
            if error.errno in (errno.EPERM, errno.ELOOP):
                return NoFile("it is a link, or no regular file")
            return NoFile(error.strerror or str(error))


def _text_of(
    path: str, location: Location, content: bytes, file: RepositoryFile | None = None
) -> ListText | NoFile:
    """The text of a file, or why it cannot be part of a list."""
    if content.startswith(_POINTER):
        return NoFile("it is kept in Git LFS")
    try:
        return named(path, location, decode_list(path, content), file)
    except ListError as error:
        return NoFile(cut(str(error).replace(path, "it", 1), LONGEST_CAUSE))


@dataclass(slots=True)
class RepositoryFolder:
    """The files of a repository at the ref of its list."""

    place: RepositoryPath
    """Of the list."""
    means: Means
    asked: int = 0
    """Number of files requested so far."""

    @property
    def _batches(self) -> FetchFiles | None:
        return self.means.services.batches(self.place.repository)

    async def read(self, paths: Sequence[str], room: int) -> Mapping[str, Read]:
        """As `Folder.read`."""
        places = {path: replace(self.place, path=path) for path in paths}
        if self.means.settings.offline:
            never = NoFile("it was never read, and --offline makes no requests")
            return {path: await self._recall(each) or never for path, each in places.items()}
        left = MAX_FILES if self._batches else MAX_FILES_ALONE - self.asked
        within = paths[: max(left, 0)]
        self.asked += len(within)
        found: dict[str, Read] = {}
        for start in range(0, len(within), FILES_AT_ONCE):
            part = within[start : start + FILES_AT_ONCE]
            for path, text in (await self._fetch(part, room) if room > 0 else {}).items():
                room -= len(text.text) if isinstance(text, ListText) else 0
                found[path] = text if room > 0 else _TOO_LONG
        beyond = {
            path: await self._instead(places[path], TOO_MANY.cause) for path in paths[len(within) :]
        }
        return {**dict.fromkeys(within, _TOO_LONG), **found, **beyond}

    async def _fetch(self, paths: Sequence[str], room: int) -> Mapping[str, Read]:
        places = {path: replace(self.place, path=path) for path in paths}
        batches = self._batches
        together = [path for path in paths if batches and markup_of(path).is_source]
        found: dict[str, Read] = {}
        if batches and together:
            asked = [places[path] for path in together]
            found = dict(zip(together, await self._fetch_batch(batches, asked, room), strict=True))
        slots = asyncio.Semaphore(SINGLES_AT_ONCE)
        alone = [path for path in paths if path not in found]
        texts = await asyncio.gather(
            *(self._fetch_alone(places[path], room, slots) for path in alone),
            return_exceptions=True,
        )
        for path, text in zip(alone, texts, strict=True):
            if isinstance(text, BaseException):
                raise text
            found[path] = text
        return found

    async def _fetch_batch(
        self, batches: FetchFiles, places: Sequence[RepositoryPath], room: int
    ) -> list[Read]:
        try:
            files = await self.means.retry(lambda: batches(places, room))
        except (TooLarge, TooMuch) as error:
            if len(places) == 1:
                return [NoFile(str(error))]
            middle = len(places) // 2
            halves = places[:middle], places[middle:]
            return [
                each for half in halves for each in await self._fetch_batch(batches, half, room)
            ]
        except (CredentialsError, StoreError):
            raise
        except RunError as error:
            return [await self._instead(place, str(error)) for place in places]
        return [self._keep(place, file) for place, file in zip(places, files, strict=True)]

    async def _fetch_alone(
        self, place: RepositoryPath, room: int, slots: asyncio.Semaphore
    ) -> Read:
        url = url_of(place, hosts_of(self.means.settings))

        async def fetch() -> RepositoryFile | None:
            if url is None or not markup_of(place.path).is_source:
                return await self.means.services.fetch_file(place, room)
            try:
                body = await fetch_url(UrlLocation(url), self.means.services.fetch_page, room)
            except ListError as error:
                raise ListError(str(error).replace(url, "it", 1)) from None
            return RepositoryFile(place, body)

        async with slots:
            try:
                file = await self.means.retry(fetch)
            except TooLarge:
                return _TOO_LONG
            except ListError as error:
                return NoFile(cut(str(error), LONGEST_CAUSE))
            except (CredentialsError, StoreError):
                raise
            except RunError as error:
                return await self._instead(place, str(error))
        return self._keep(place, file or _MISSING)

    def _keep(self, place: RepositoryPath, file: RepositoryFile | NoFile) -> ListText | NoFile:
        """The text of a file, which is kept for later runs without a network."""
        if isinstance(file, NoFile):
            return file
        text = _text_of(place.path, BlobLocation(place, ""), file.body, file)
        if isinstance(text, ListText) and (url := url_of(place, hosts_of(self.means.settings))):
            self.means.cache.put_list(url, text.text)
        return text

    async def _instead(self, place: RepositoryPath, cause: str) -> Recalled | NoFile:
        """The text as it was last read, so that entries do not seem to be dropped just because a
        file cannot be read now."""
        text = await self._recall(place)
        cause = cut(cause, LONGEST_CAUSE)
        return Recalled(text, cause) if isinstance(text, ListText) else NoFile(cause)

    async def _recall(self, place: RepositoryPath) -> ListText | NoFile | None:
        """The stored text of a file. Raises: StoreError, if there is no alternative."""
        url = url_of(place, hosts_of(self.means.settings))
        try:
            text = await self.means.cache.lookup_list(url) if url else None
        except StoreError as error:
            if self.means.settings.offline:
                raise
            self.means.cache.give_up(error)
            return None
        if text is None:
            return None
        return _text_of(place.path, BlobLocation(place, ""), text.encode())


@frozen
class NoFolder:
    """For a list whose location is unknown."""

    async def read(self, paths: Sequence[str], room: int) -> Mapping[str, Read]:
        """As `Folder.read`."""
        return dict.fromkeys(paths, NoFile("its place is not known: give owner/repo, or a path"))


def folder_of(location: Location, text: ListText, means: Means) -> Folder:
    """The folder of the files that may continue a list."""
    if isinstance(location, FileLocation):
        return LocalFolder.of(location)
    return NoFolder() if text.place is None else RepositoryFolder(text.place, means)


def url_of(place: RepositoryPath, hosts: Hosts) -> str | None:
    """The address of a file's source; without a ref it means the default branch."""
    host = hosts.get(place.repository.host)
    page = ("blob", place.ref or "HEAD", *place.path.split("/"))
    return host.file_url(Target(place.repository, page, "")) if host else None
