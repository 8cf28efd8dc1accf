"""Annotate a list: write what is known about each entry's repository after its title."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from crawler.lists.annotations import (
    EntryFigures,
    find_annotations,
    plain_text,
    say,
    stars_said,
    wrapped,
)
from crawler.lists.edits import Edit, apply_edits
from crawler.lists.sorting import sort_items
from crawler.lists.titles import TitledList, guess_titles
from crawler.model.files import Markup
from crawler.model.frozen import frozen
from crawler.model.settings import Extra
from crawler.model.values import Entry


@frozen
class Annotated:
    """A list with annotations."""

    text: str
    count: int
    """Number of annotated entries."""
    left: tuple[Entry, ...]
    """Entries whose facts are known but that have no place for an annotation."""
    unsorted: tuple[Entry, ...] = ()
    """Entries with stars that could not be sorted, since they are not in a list that can be."""


def annotate(
    titled: TitledList,
    figures: Mapping[str, EntryFigures | None],
    extras: Collection[Extra] = (),
    before: Mapping[str, str] | None = None,
    *,
    sort_sections: bool = False,
) -> Annotated:
    """Write the known facts after the titles, and sort by them on request.

    `figures` are by `RepositoryName.key`: None means gone; a missing one could not be requested,
    and its old annotation stays. `before` are the old annotations, as `said_before` finds them.
    """
    edits = []
    left = []
    stars: dict[int, float] = {}
    """By the lines on which entries begin, as a reader sees them."""
    for entry, place in zip(titled.parsed.entries, titled.ends, strict=True):
        key = entry.repository.key
        said = (before or {}).get(key, "")
        if key in figures:
            known = figures[key]
            said = say(known, extras, said) if known else ""
        if said and (told := stars_said(said)) is not None:
            stars.setdefault(entry.lines[0], told)
        if said and place is None:
            left.append(entry)
        elif said and place is not None:
            edits.append(Edit(place, place, wrapped(said)))
    text = apply_edits(titled.text, edits)
    stay: Collection[int] = stars if sort_sections else ()
    if sort_sections and titled.markup is Markup.MARKDOWN:
        text, stay = sort_items(titled, text, stars)
    there = tuple(entry for entry in titled.parsed.entries if entry.lines[0] in stay)
    return Annotated(text, len(edits), tuple(left), there)


def said_before(text: str, titled: TitledList) -> dict[str, str]:
    """The content of an earlier annotation of a list, by `RepositoryName.key`.

    `text` may be an earlier state of the list than `titled`, in another order.

    Raises: as `crawler.lists.parse.parse_list`.
    """
    said = {each.place: each.said for each in find_annotations(text)}
    if not said:
        return {}
    plain = plain_text(text)
    places: Iterable[Collection[int | None]] = [(end,) for end in titled.ends]
    entries: Sequence[Entry] = titled.parsed.entries
    if plain != titled.text:
        entries, places = guess_titles(plain, titled)
    found: dict[str, str] = {}
    for entry, likely in zip(entries, places, strict=True):
        for place in likely:
            if place in said:
                found.setdefault(entry.repository.key, said[place])
    return found
