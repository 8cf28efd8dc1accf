"""Links of a list that are about the list itself: contents, translations, contributing."""

from __future__ import annotations

import re
from typing import Final

from crawler.lists.naming import is_named
from crawler.lists.text import has_name, has_word, plain_words
from crawler.lists.units import Kind, Link, Unit
from crawler.model.hosts import Target
from crawler.model.values import RepositoryName

_LICENCE: Final = re.compile(r"(?:.*/)?(?:licen[cs]e|copying)(?:[-_.][^/]*)?", re.I)
_BADGED: Final = re.compile(
    rf"{_LICENCE.pattern}"
    r"|graphs/contributors|stargazers|network/members|commits(?:[./].*)?|actions(?:/.*)?",
    re.I,
)
"""Pages that a project's badges lead to."""
_ABOUT_THE_LIST: Final = re.compile(
    rf"{_BADGED.pattern}"
    r"|(?:.*/)?(?:contributing|contributors?|code[-_]of[-_]conduct)(?:[-_.][^/]*)?"
    r"|pulls|issues(?:/new.*)?|fork|edit/.*|discussions(?:/(?!\d).*)?",
    re.I,
)
"""Pages of a repository about contributing to it, not about the project."""
_TRANSLATION: Final = re.compile(
    r"(?:blob|tree)/[^/]+/(?:.*/)?readme[-_.][a-z]{2,3}(?:[-_][a-z]+)?\.[a-z]+", re.I
)
"""READMEs in other languages."""
_THREAD: Final = re.compile(r"(?:issues|pull|discussions)/\d.*", re.I)
"""Pages on which people publish articles."""
_TAKING_PART: Final = re.compile(
    r"contribut|licen[cs]e|issue|pull request|\bprs?\b|code of conduct|\bfork|\bstar\b|report"
    r"|suggest|discuss|edit|submit|sponsor|贡献|許可|许可|提交|建议|投稿",
    re.I,
)
_WAY_BACK: Final = re.compile(
    r"(?:go |jump )?(?:back|return) to (?:the )?(?:top|contents|table of contents|toc|index)"
    r"|返回(?:顶部|目录)|回到(?:顶部|目录)"
)
_MAX_NAME: Final = 40
"""Longest text of a link that leads back to the top."""


def links_about_list(unit: Unit, itself: RepositoryName | None) -> list[Link]:
    """The links of a unit that serve the list itself: contents, translations, contributing."""
    linked = [link for link in unit.links if link.target]
    if not linked:
        return []
    lead = next((link for link in unit.links if has_name(link.text)), None)
    worded = any(map(has_word, unit.pieces))
    keys = {link.target.repository.key for link in linked if link.target}
    is_one = len(keys) == 1 and len(linked) == len(unit.links) > 1
    return [
        link
        for link in linked
        if link.target
        and (
            (itself is not None and link.target.repository.key == itself.key)
            or (is_one and _TRANSLATION.fullmatch("/".join(link.target.page)))
            or _is_about_the_list(
                unit, link, link.target, itself, leads=link is lead, worded=worded
            )
        )
    ]


def _is_about_the_list(
    unit: Unit,
    link: Link,
    target: Target,
    itself: RepositoryName | None,
    *,
    leads: bool,
    worded: bool,
) -> bool:
    """Whether a link leads to a page for contributing to a list, or back to its top."""
    page = "/".join(target.page)
    short = len(link.text) <= _MAX_NAME
    if not page or not (_THREAD.fullmatch(page) or _ABOUT_THE_LIST.fullmatch(page)):
        return short and bool(_WAY_BACK.fullmatch(plain_words(link.text)))
    if _THREAD.fullmatch(page):
        return leads and unit.kind in (Kind.LINE, Kind.HEADING)
    if not has_name(link.text):
        return not (_BADGED.fullmatch(page) and worded)
    if is_named(link.text, target.repository.owner, target.repository.name):
        return False
    if (not leads and _LICENCE.fullmatch(page)) or (page == "issues" and "?" in link.url):
        return False
    return itself is None or bool(_TAKING_PART.search(link.text)) or not leads
