"""Rows of tables, read by their column headers, or as cards if there are none."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.lists.naming import belongs
from crawler.lists.reading import (
    Found,
    own_repository,
    plain_title,
    read_lines,
    title_link,
    title_of,
)
from crawler.lists.text import has_name, has_word, without_edges
from crawler.lists.units import Link, Part, Unit
from crawler.lists.vocabulary import Role, is_place_name, role_of
from crawler.model.frozen import frozen

_TELLING = frozenset({Role.NAME, Role.REPOSITORY, Role.DESCRIPTION})
"""Roles that show that a row is about one thing."""


@frozen
class _Column:
    part: Part
    role: Role | None
    header: str


def read_row(row: Unit) -> list[Found]:
    """The things that a row of a table lists."""
    parts = [Part(row, cell.start, cell.end) for cell in row.cells]
    headers = [*row.headers, *("" for _ in parts)]
    columns = [_Column(*each) for each in zip(parts, map(role_of, headers), headers, strict=False)]
    found = _read_cards(parts) if _are_cards(columns) else _read_columns(columns)
    lead = next((link for part in parts for link in part.links if has_name(link.text)), None)
    if found or lead is None or not row.leads_with_link:
        return found
    # Whatever the header of its column is.
    title, is_untitled = title_of(lead)
    return [Found(title, _description(columns) or "", lead, is_untitled)]


def _are_cards(columns: Sequence[_Column]) -> bool:
    """Whether each cell of a row lists something."""
    if any(column.role in _TELLING for column in columns):
        return False
    has_headers = any(column.header for column in columns)
    titled = [link for column in columns if (link := title_link(column.part))]
    if not has_headers:
        titled = [link for column in columns if (link := _card_link(column.part))]
    listed = {link.target.repository.key for link in titled if link.target}
    return len(listed) > 1 or (len(titled) > 1 and not has_headers)


def _card_link(part: Part) -> Link | None:
    """The link at the start of a card, which may be a picture."""
    first = next(iter(part.links), None)
    is_picture = first and first.target and not first.is_badge and not has_name(first.text)
    if first and is_picture and not has_word(part.text(None, first.start)):
        return first
    return title_link(part)


def _read_cards(parts: Sequence[Part]) -> list[Found]:
    """Each cell with a title is a card; other cells belong to the card before them."""
    cards: list[tuple[Part, list[Part]]] = []
    for part in parts:
        link = _card_link(part)
        before = _card_link(cards[-1][0]) if cards else None
        is_repository = before and link and not before.target and belongs(link, before.text)
        if not cards or (link and not is_repository):
            cards.append((part, []))
        else:
            cards[-1][1].append(part)
    found: list[Found] = []
    for card, others in cards:
        said = next((text for part in others if has_word(text := part.text())), "")
        for each in read_lines(card, [link for part in others for link in part.links]):
            each.description = each.description or ("" if is_place_name(said) else said)
            found.append(each)
    return found


def _read_columns(columns: Sequence[_Column]) -> list[Found]:
    """The thing in the cell with the title, with its repository from the column that has it."""
    column = _title_column(columns)
    if column is None:
        own = _repository("", "", columns)
        return [Found(own.place[2], "", own, is_untitled=True)] if own and own.place else []
    others = [each for each in columns if each is not column]
    found: list[Found]
    if any(has_name(link.text) for link in column.part.links):
        found = read_lines(column.part)
        if len(found) == 1 and found[0].link.target is None:
            own = _repository(found[0].title, found[0].link.url, others)
            found[0].link = own or found[0].link
    else:
        title = plain_title(without_edges(column.part.text()))
        own = next((link for link in column.part.links if link.target), None)
        own = own or _repository(title, "", others)
        found = [Found(title, "", own)] if own else []
    said = _description(others)
    for each in found:
        each.description = each.description if said is None else said
    return found


def _title_column(columns: Sequence[_Column]) -> _Column | None:
    """The column with the title of what a row lists; a column without a header or with another
    role only if there is no better one."""
    named = [
        column for column in columns if has_word(column.part.text()) or title_link(column.part)
    ]
    worded = [column for column in columns if has_word(column.part.text())]
    return (
        next((each for each in named if each.role is Role.NAME), None)
        or next(
            (
                each
                for each in worded
                if title_link(each.part)
                and ((each.role is None and each.header) or each.role is Role.REPOSITORY)
            ),
            None,
        )
        or next((each for each in worded if each.role is None and each.header), None)
        or next((each for each in named if each.role is Role.REPOSITORY), None)
        or next((each for each in worded if each.role is None), None)
        or next((each for each in worded if each.role is Role.DESCRIPTION), None)
    )


def _repository(title: str, url: str, columns: Sequence[_Column]) -> Link | None:
    """The link to the repository of what a row lists."""
    told = [link for each in columns if each.role is Role.REPOSITORY for link in each.part.links]
    own = [each for each in columns if each.role not in (Role.MENTION, Role.DESCRIPTION)]
    said = [each for each in columns if each.role is Role.DESCRIPTION]
    alone = [
        each.part.links[0]
        for each in own
        if len(each.part.links) == 1 and each.part.text() == each.part.links[0].text
    ]
    return (
        next((link for link in told if link.target), None)
        or own_repository([link for each in [*own, *said] for link in each.part.links], title, url)
        or (next((link for link in alone if link.target), None) if not url else None)
        or next((link for link in alone if link.target and link.is_address), None)
        or next((link for link in told if link.place), None)
        or (next((link for link in told if link.url.startswith("http")), None) if not url else None)
    )


def _description(columns: Sequence[_Column]) -> str | None:
    """The description of a title from the other cells; None if there is none."""
    told = [each for each in columns if each.role is Role.DESCRIPTION]
    if told:
        return next((text for each in told if (text := each.part.text())), "")
    for each in columns:
        text = each.part.text()
        if (
            each.role is None
            and has_word(text)
            and not (title_link(each.part) or is_place_name(text))
        ):
            return text
    return None
