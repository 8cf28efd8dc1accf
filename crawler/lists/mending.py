"""Mend a list: give moved repositories their new address, and remove entries that are gone.

No other character changes. The text with all mends is parsed again; if its entries differ in
anything but the mends, a search by halves finds the mends that break something, and leaves them
out.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from typing import Final

from crawler.lists.edits import Edit, apply_edits, keep_sound
from crawler.model.errors import ListError, RunError
from crawler.model.frozen import frozen
from crawler.model.values import Entry, ParsedList, RepositoryName

Parse = Callable[[str], ParsedList]
"""Parses a text in the same way as the list."""

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_MARKER: Final = re.compile(r"((?:[ \t]*>)*[ \t]*)([-*+]|\d{1,9}[.)])([ \t]+)")
"""The beginning of an item of a Markdown list."""
_ELEMENT: Final = re.compile(r"[ \t]*<(li|tr)[\s>]", re.I)
_NO_LINE: Final = re.compile(r"[ \t]*(?:[#<]|[=+|-]+[ \t]*$)")
"""The beginning of a line that cannot be removed alone: a heading, HTML, or a rule."""
_RULE: Final = re.compile(r"[ \t]*(?:=+|-+)[ \t]*$|[ \t]*\|?[ \t:|-]*-[ \t:|-]*\|[ \t:|-]*$")
"""The line below a heading, or below the header of a table."""
_DEFINITION: Final = re.compile(
    r"(?<![^\r\n])[ ]{0,3}\[[^\]\r\n]+\]:[ \t]*<?https?://[^/\s]+/+([^\s?#>]+)", re.I
)
"""A link reference definition; the group is the path of its address."""
_MOST_SEGMENTS: Final = 8
"""Segments of a repository's name: two on github.com, more on some hosts."""
_TAB: Final = 4
_ARROW: Final = " → "


@frozen
class Mend:
    """A fix for a moved repository or a gone entry."""

    told: str
    """Its effect: `old/name → new/name`."""
    places: tuple[int, ...]
    """The entries, by their indexes in the list."""
    edits: tuple[Edit, ...] = ()
    new: RepositoryName | None = None
    """The current name; None to remove the entry."""


@frozen
class Mended:
    """The result of fixing a list."""

    text: str
    """The text with all fixes that were made."""
    edits: tuple[Edit, ...] = ()
    """The edits, in the order of the text."""
    made: tuple[Mend, ...] = ()
    left_out: tuple[tuple[Mend, str], ...] = ()
    """The fixes that were not made, and why."""
    entries: Mapping[int, Entry] = field(default_factory=dict)
    """The entries of the fixed text, by their indexes in the list before; empty without edits."""


def mend(
    text: str,
    entries: Sequence[Entry],
    *,
    moved: Mapping[int, RepositoryName],
    gone: Collection[int],
    parse: Parse,
    domains: Callable[[str], Collection[str]],
) -> Mended:
    """Fix a list whose `entries`, by their indexes, have `moved` to other names or are `gone`.

    `domains` returns the domains of a host by its name.

    Raises: RunError if the text has other entries; otherwise as `parse`.
    """
    if not moved and not gone:
        return Mended(text)
    before = parse(text)
    if [*map(_place_of, before.entries)] != [*map(_place_of, entries)]:
        raise RunError("the list has changed while it was checked: run it again")
    lines = [0, *(found.end() for found in _LINE_END.finditer(text))]
    if lines[-1] < len(text):
        lines.append(len(text))
    source = _Source(text, lines, before)
    mends, left_out = [], []
    for each in (*_renamings(source, moved, domains), *_removals(source, gone)):
        if isinstance(each, Mend):
            mends.append(each)
        else:
            left_out.append(each)
    made, after = _sound(source, mends, parse)
    kept = {*made}
    broken = (each for each in mends if each not in kept)
    left_out += [(each, "the list would be read otherwise") for each in broken]
    edits = _merged(made)
    return Mended(apply_edits(text, edits), edits, tuple(made), tuple(left_out), after)


def _place_of(entry: Entry) -> tuple[RepositoryName, tuple[int, int]]:
    return entry.repository, entry.lines


@frozen
class _Source:
    """A list before it is fixed."""

    text: str
    lines: Sequence[int]
    """The beginning of each line, and the end of the last one."""
    parsed: ParsedList

    def span(self, first: int, last: int) -> tuple[int, int]:
        """The beginning and the end of a range of lines."""
        return self.lines[first], self.lines[min(last, len(self.lines) - 1)]

    def line(self, number: int) -> str:
        """A line without its end."""
        return self.text[slice(*self.span(number, number + 1))].rstrip("\r\n")

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self.lines) - 1


def _renamings(
    source: _Source,
    moved: Mapping[int, RepositoryName],
    domains: Callable[[str], Collection[str]],
) -> Iterator[Mend | tuple[Mend, str]]:
    """A fix for each moved repository, at all of its entries."""
    entries = source.parsed.entries
    places: dict[str, list[int]] = {}
    for place in sorted(moved):
        places.setdefault(entries[place].repository.key, []).append(place)
    definitions: dict[str, list[tuple[int, int]]] = {}
    for definition in _DEFINITION.finditer(source.text):
        segments = definition[1].casefold().split("/")
        for count in range(2, min(len(segments), _MOST_SEGMENTS) + 1):
            name = "/".join(segments[:count]).rstrip(".").removesuffix(".git")
            definitions.setdefault(name, []).append(definition.span())
    for each in places.values():
        old, new = entries[each[0]].repository, moved[each[0]]
        told = f"{old}{_ARROW}{new}"
        find = partial(_addresses, source.text, old, domains(old.host))
        defined = [*find(definitions.get(old.full_name.casefold(), []))]
        own = {place: [*find([source.span(*entries[place].lines)])] for place in each}
        inline = tuple(place for place in each if own[place])
        # They have their address by a definition, if there is one.
        others = tuple(place for place in each if not own[place])
        spans = [span for place in inline for span in own[place]]
        groups = [(inline, spans), (others, defined)] if others else [(inline, [*spans, *defined])]
        for group, spans in groups:
            edits = dict.fromkeys(
                edit for span in spans for edit in _respelt(source.text, span, new)
            )
            if group and edits:
                yield Mend(told, group, tuple(edits), new)
            elif group:
                yield Mend(told, group), "its address is spelt in another way"


def _addresses(
    text: str,
    name: RepositoryName,
    domains: Collection[str],
    spans: Iterable[tuple[int, int]],
) -> Iterator[tuple[int, int]]:
    """The places of `owner/repo` in links to the repository, within `spans`."""
    wanted = re.compile(
        rf"//(?:{'|'.join(map(re.escape, domains))})/+({re.escape(name.full_name)})"
        # The end of the name: nothing that a name can have, but for `.git` and a full stop.
        r"(?=(?:\.git)?\.*(?![\w.-]))",
        re.I,
    )
    for start, end in spans:
        for found in wanted.finditer(text, start, end):
            yield found.span(1)


def _respelt(text: str, span: tuple[int, int], new: RepositoryName) -> Iterator[Edit]:
    """The replacement of `owner/repo`: a part that stays the same keeps its case."""
    start, end = span
    parts = list(zip(text[start:end].split("/"), new.full_name.split("/"), strict=False))
    if text[start:end].count("/") != new.full_name.count("/"):
        yield Edit(start, end, new.full_name)
        return
    for old_part, new_part in parts:
        if old_part.casefold() != new_part.casefold():
            yield Edit(start, start + len(old_part), new_part)
        start += len(old_part) + 1


def _removals(source: _Source, gone: Collection[int]) -> Iterator[Mend | tuple[Mend, str]]:
    """A fix for each gone entry, with all of its lines."""
    entries = source.parsed.entries
    by_line = sorted(range(len(entries)), key=lambda place: entries[place].lines)
    starts = [entries[place].lines[0] for place in by_line]
    longest = max(last - first for first, last in (entry.lines for entry in entries))
    for place in sorted(gone):
        told = Mend(f"{entries[place].repository} taken out", (place,))
        bounds = _extent(source, *entries[place].lines)
        if bounds is None:
            yield told, "where it ends is not plain"
            continue
        near = slice(bisect_left(starts, bounds[0] - longest), bisect_left(starts, bounds[1]))
        others = (
            entries[other].repository
            for other in by_line[near]
            if other not in gone and bounds[0] < entries[other].lines[1]
        )
        if other := next(others, None):
            yield told, f"{other} stands in the same lines"
        else:
            yield replace(told, edits=(Edit(*source.span(*bounds), ""),))


def _extent(source: _Source, first: int, last: int) -> tuple[int, int] | None:
    """The lines of an entry with everything that belongs to it; None if that is not clear."""
    head = source.line(first)
    end: int | None
    if marker := _MARKER.match(head):
        end = _end_of_item(source, last, marker)
    elif element := _ELEMENT.match(head):
        end = _end_of_element(source, first, element[1])
    elif head.lstrip().startswith("|") and last == first + 1:
        end = None if _is_rule(source, last) else last
    elif _NO_LINE.match(head) or _is_rule(source, last):
        end = None
    else:
        end = last
    if end is None:
        return None
    after = end
    while after < source.count and not source.line(after).strip():
        after += 1
    # One of the two runs of blank lines around it is kept.
    is_apart = first == 0 or not source.line(first - 1).strip()
    return (first, after if is_apart else end)


def _is_rule(source: _Source, number: int) -> bool:
    return number < source.count and _RULE.match(source.line(number)) is not None


def _end_of_item(source: _Source, last: int, marker: re.Match[str]) -> int:
    """The line after the last one that is indented as part of the item."""
    quotes = marker[1].count(">")
    indent = len(marker[0].expandtabs(_TAB))
    if len(marker[3].expandtabs(_TAB)) > _TAB:
        indent = len((marker[1] + marker[2]).expandtabs(_TAB)) + 1
    end = last
    for number in range(last, source.count):
        line = source.line(number)
        if not line.replace(">", "", quotes).strip():
            continue
        line = line.expandtabs(_TAB)
        bare = len(line) - len(line.lstrip(" >" if quotes else " "))
        if line.count(">", 0, bare) < quotes or bare < indent:
            break
        end = number + 1
    return end


def _end_of_element(source: _Source, first: int, tag: str) -> int | None:
    """The line after the one that ends with the end of the element."""
    opened = 0
    wanted = re.compile(rf"<(/?){tag}[\s>]", re.I)
    for number in range(first, source.count):
        line = source.line(number)
        for found in wanted.finditer(line + " "):
            opened += -1 if found[1] else 1
            if opened == 0:
                return number + 1 if not line[found.end() :].strip() else None
    return None


def _sound(
    source: _Source, mends: Sequence[Mend], parse: Parse
) -> tuple[list[Mend], Mapping[int, Entry]]:
    """The largest part found of `mends` that changes no other entries, and the entries after it."""
    after: Mapping[int, Entry] = {}

    def faults(some: Sequence[Mend]) -> Collection[Mend]:
        nonlocal after
        found = _entries_after(source, some, parse)
        if found is None:
            return some
        after = found
        return ()

    return keep_sound(mends, faults)[0], after


def _entries_after(
    source: _Source, mends: Sequence[Mend], parse: Parse
) -> Mapping[int, Entry] | None:
    """The entries after these fixes; None if they change how anything else is parsed."""
    edits = _merged(mends)
    before = source.parsed
    try:
        after = parse(apply_edits(source.text, edits))
    except ListError:
        return None
    renamed = {place: each.new for each in mends if each.new for place in each.places}
    dropped = {place for each in mends if each.new is None for place in each.places}
    kept = [(place, entry) for place, entry in enumerate(before.entries) if place not in dropped]
    if (len(kept), len(before.elsewhere)) != (len(after.entries), len(after.elsewhere)):
        return None
    cuts = _Cuts(source, edits)
    is_sound = all(
        new.repository.key == renamed.get(place, old.repository).key
        and new.section == old.section
        and new.lines == (cuts.line(old.lines[0]), cuts.line(old.lines[1]))
        and _says_same(old.title, new.title, mends)
        and _says_same(old.description, new.description, mends)
        for (place, old), new in zip(kept, after.entries, strict=True)
    ) and all(
        (new.title, new.host, new.section, new.line - 1)
        == (old.title, old.host, old.section, cuts.line(old.line - 1))
        for old, new in zip(before.elsewhere, after.elsewhere, strict=True)
    )
    if not is_sound:
        return None
    return {place: new for (place, _), new in zip(kept, after.entries, strict=True)}


def _says_same(old: str, new: str, mends: Iterable[Mend]) -> bool:
    """Whether a text is the same, except for the names of moved repositories."""
    if old == new:
        return True
    told = old.casefold()
    for each in mends:
        if each.new is not None:
            former, _, now = each.told.casefold().partition(_ARROW)
            if told == former.rpartition("/")[2]:
                told = now.rpartition("/")[2]
            told = told.replace(former, now)
    return told == new.casefold()


class _Cuts:
    """The lines that edits remove."""

    def __init__(self, source: _Source, edits: Sequence[Edit]) -> None:
        self._ends = [0]
        self._sums = [0]
        for edit in edits:
            first, last = (bisect_left(source.lines, each) for each in (edit.start, edit.end))
            if not edit.text and source.lines[first] == edit.start:
                self._ends.append(last)
                self._sums.append(self._sums[-1] + last - first)

    def line(self, number: int) -> int:
        """The number of a line after they are removed."""
        return number - self._sums[bisect_right(self._ends, number) - 1]


def _merged(mends: Iterable[Mend]) -> tuple[Edit, ...]:
    """The edits of the fixes in the order of the text, without those inside others."""
    edits = {edit for each in mends for edit in each.edits}
    found: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, -edit.end)):
        if not found or edit.start >= found[-1].end:
            found.append(edit)
    return tuple(found)
