"""Other hosts of repositories, known only to count entries that link there."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from crawler.lists.text import words

NO_REPOSITORY: Final = "no repository link"
"""Counts entries that link to no repository on any known host."""

_FORGES: Final = words(
    """gitlab.com codeberg.org bitbucket.org git.sr.ht sr.ht hg.sr.ht sourceforge.net gitee.com
    gitea.com notabug.org framagit.org salsa.debian.org invent.kde.org code.launchpad.net
    launchpad.net pagure.io savannah.gnu.org savannah.nongnu.org git.savannah.gnu.org
    huggingface.co disroot.org git.kernel.org repo.or.cz radicle.xyz gitcode.com gitverse.ru
    opendev.org chiselapp.com hub.darcs.net source.puri.sm foss.heptapod.net tangled.org
    tangled.sh gist.github.com"""
)
_FORGE_LIKE: Final = re.compile(
    r"(?:gitlab|gitea|forgejo|git|codeberg|forge)\.[a-z0-9.-]+\.[a-z]{2,}"
)
"""First labels of domains named after the software that they run."""
_NO_OWNERS: Final = words("help users explore about docs blog pages topics groups search models")


def place_of_url(url: str) -> tuple[str, str, str] | None:
    """The host, owner and name of the repository that an address belongs to, if its host is known
    to hold repositories."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not (
        host in _FORGES or _FORGE_LIKE.fullmatch(host)
    ):
        return None
    segments = [unquote(each) for each in parts.path.split("/") if each]
    if "-" in segments:
        segments = segments[: segments.index("-")]
    if host == "sourceforge.net":
        segments = segments[:2] if segments[:1] in (["projects"], ["p"]) else []
    if host.endswith("launchpad.net") and segments:
        segments = [segments[0], segments[0]]
    if len(segments) < 2 or segments[0].lower() in _NO_OWNERS:
        return None
    name = segments[1].removesuffix(".git")
    return host, segments[0].lstrip("~"), name
