"""The Atom feed, read again by a parser and held against RFC 4287."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from builders import NOON, SOURCES, ranking
from hypothesis import given
from hypothesis import strategies as st
from reports.samples import FULL
from reports.samples_history import EVENTS, HISTORIC
from reports.test_hostile import assert_harmless, hostile, poisoned
from reports.writing import written

from crawler.model.results import Event, Ranking
from crawler.model.rows import EventKind
from crawler.model.values import Source
from crawler.reports.atom import ENTRIES, NAMESPACE

render = partial(written, "atom")

TAG_URI = re.compile(r"tag:[a-z0-9.-]+,\d{4}(-\d\d){0,2}:[A-Za-z0-9;/?:@&=+$.\-_!~*'(),%]*")
"""https://www.rfc-editor.org/rfc/rfc4151#section-2.1"""


def feed(known: Ranking) -> Element:
    """The report as an XML parser reads it."""
    return ElementTree.fromstring(render(known).encode())


def part(element: Element, name: str) -> Element:
    """The only child of that name."""
    (only,) = element.findall(f"{{{NAMESPACE}}}{name}")
    return only


def word(element: Element, name: str) -> str:
    """The text of the only child of that name."""
    text = part(element, name).text
    assert text
    return text


def entries(root: Element) -> list[Element]:
    """The entries in their order."""
    return root.findall(f"{{{NAMESPACE}}}entry")


def links(element: Element) -> list[tuple[str | None, str | None]]:
    """Relations and addresses."""
    found = element.findall(f"{{{NAMESPACE}}}link")
    return [(each.get("rel"), each.get("href")) for each in found]


def ids(root: Element) -> list[str]:
    """The ids of the entries."""
    return [word(each, "id") for each in entries(root)]


def happened(*events: Event, sources: tuple[Source, ...] = SOURCES) -> Ranking:
    """A ranking of one row that knows these events."""
    return replace(ranking(FULL), events=events, sources=sources)


def assert_valid(root: Element) -> None:
    """What sections 4.1.1 and 4.1.2 of RFC 4287 want is there, once."""
    assert root.tag == f"{{{NAMESPACE}}}feed"
    assert word(part(root, "author"), "name")
    alternates = [link for link in links(root) if link[0] == "alternate"]
    assert len(alternates) <= 1
    for element in (root, *entries(root)):
        assert TAG_URI.fullmatch(word(element, "id"))
        assert word(element, "title")
        assert datetime.fromisoformat(word(element, "updated")).utcoffset() == timedelta(0)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", word(element, "updated"))
    for entry in entries(root):
        ((relation, address),) = links(entry)
        assert relation == "alternate"
        assert address
        assert address.startswith("https://")
    assert len(set(ids(root))) == len(ids(root)) <= ENTRIES


def test_the_feed_is_valid() -> None:
    """Every element that RFC 4287 requires is there."""
    assert_valid(feed(HISTORIC))
    assert_valid(feed(ranking()))


def test_titles_tell_what_happened() -> None:
    """Each kind of event in words, newest first."""
    assert [word(each, "title") for each in entries(feed(HISTORIC))] == [
        "owner/first reached 10,000 stars",
        "owner/first entered the top 10",
        "somebody/wide is archived",
        "somebody/else belongs to another repository now",
        "nobody/gone is gone (not found)",
        "old-owner/first is now owner/first",
        "other/woken is no longer archived",
        "other/found is back",
        "somebody/bare was added to the lists",
        "other/past was dropped from the lists",
    ]
    assert {event.kind for event in EVENTS} == set(EventKind)


def test_one_list_is_named() -> None:
    """An entry tells which list a repository was added to, if there is one or the event knows."""
    added = Event(EventKind.LISTED, NOON, "a/b", "github.com", 1)
    for event, sources, where in (
        (added, SOURCES[:1], "a/list"),
        (added, SOURCES, "the lists"),
        (replace(added, detail="b/list"), SOURCES, "b/list"),
    ):
        for kind, verb in ((EventKind.LISTED, "added to"), (EventKind.DROPPED, "dropped from")):
            (entry,) = entries(feed(happened(replace(event, kind=kind), sources=sources)))
            assert word(entry, "title") == f"a/b was {verb} {where}"


def test_the_feed_leads_to_the_lists() -> None:
    """The first list with an address is the feed's alternate, the others are related."""
    sources = (*SOURCES, Source("c/list", "https://github.com/c/list", 1))
    assert links(feed(replace(HISTORIC, sources=sources))) == [
        ("alternate", "https://github.com/a/list"),
        ("related", "https://github.com/c/list"),
    ]


@pytest.mark.parametrize(
    ("name", "address"), [("changes.atom", "changes.atom"), ("a b:ü.atom", "a%20b%3A%C3%BC.atom")]
)
def test_a_feed_in_a_file_names_itself(name: str, address: str) -> None:
    """By an address that holds wherever the file is published: RFC 4287, section 4.1.1."""
    root = ElementTree.fromstring(written("atom", HISTORIC, name=name).encode())
    assert_valid(root)
    assert links(root)[1:] == [("self", address)]


def test_an_entry_says_what_the_repository_is() -> None:
    """The row of an event gives address and description, by its number or else by its name."""
    gone_name = Event(EventKind.MILESTONE, NOON, "former/name", "github.com", 11, "1000")
    by_name = Event(EventKind.ARCHIVED, NOON, "Owner/First", "github.com", 999)
    unknown = Event(EventKind.DROPPED, NOON, "a b/ü", "github.com", None)
    first, second, third = entries(feed(happened(gone_name, by_name, unknown)))
    for entry in (first, second):
        assert links(entry) == [("alternate", "https://github.com/owner/first")]
        assert word(entry, "summary") == "Draws ünïcode, quickly; and more."
        assert part(entry, "summary").get("type") == "text"
    assert links(third) == [("alternate", "https://github.com/a%20b/%C3%BC")]
    assert third.find(f"{{{NAMESPACE}}}summary") is None


def test_ids_stay() -> None:
    """An event has the same id in every later feed, whatever the lists and rows are by then."""
    before = feed(HISTORIC)
    newer = Event(
        EventKind.MILESTONE, NOON + timedelta(days=1), "owner/first", "github.com", 11, "50000"
    )
    later = feed(
        replace(
            HISTORIC,
            events=(newer, *EVENTS),
            rows=(),
            sources=SOURCES[::-1],
            generated_at=NOON + timedelta(days=1),
        )
    )
    assert ids(later)[1:] == ids(before)
    assert word(later, "id") == word(before, "id")
    assert word(later, "updated") == "2026-05-09T12:00:00Z"


def test_a_rename_does_not_change_an_id() -> None:
    """A repository with a number is known by it."""
    event = Event(EventKind.ARCHIVED, NOON, "a/b", "github.com", 1)
    assert ids(feed(happened(event))) == ids(feed(happened(replace(event, repository="c/d"))))
    nameless = replace(event, id=None)
    assert ids(feed(happened(nameless))) != ids(feed(happened(replace(nameless, repository="c/d"))))


OTHERS = [
    replace(EVENTS[0], kind=EventKind.ENTERED_TOP),
    replace(EVENTS[0], at=NOON + timedelta(days=1)),
    replace(EVENTS[0], id=12),
    replace(EVENTS[0], id=None, repository="11/10000", detail=None),
    replace(EVENTS[0], detail="50000"),
    replace(EVENTS[0], detail=None),
]


@pytest.mark.parametrize("other", OTHERS)
def test_two_events_have_two_ids(other: Event) -> None:
    """Whatever differs between two events makes another id."""
    assert len(ids(feed(happened(EVENTS[0], other)))) == 2


def test_parts_of_an_id_do_not_run_together() -> None:
    """A slash in a name is not one between the parts."""
    one = Event(EventKind.RENAMED, NOON, "a/b", "github.com", None, "c/d")
    two = Event(EventKind.RENAMED, NOON, "a/b/c", "github.com", None, "d")
    assert len(ids(feed(happened(one, two)))) == 2


def test_two_sets_of_lists_have_two_ids() -> None:
    """The same event of other lists is another entry, in another feed."""
    one = feed(happened(EVENTS[0], sources=SOURCES[:1]))
    two = feed(happened(EVENTS[0], sources=SOURCES[1:]))
    assert ids(one) != ids(two)
    assert word(one, "id") != word(two, "id")


def test_what_happens_twice_on_a_day_is_one_entry() -> None:
    """It keeps the time of the first notice, so that no reader shows it again."""
    early = Event(EventKind.GONE, NOON - timedelta(hours=3), "a/b", "github.com", 1, "not_found")
    back = Event(EventKind.BACK, NOON - timedelta(hours=2), "a/b", "github.com", 1)
    late = replace(early, at=NOON)
    root = feed(happened(late, back, early))
    assert [word(each, "updated") for each in entries(root)] == [
        "2026-05-08T10:00:00Z",
        "2026-05-08T09:00:00Z",
    ]
    assert word(root, "updated") == "2026-05-08T10:00:00Z"


def test_without_events_the_feed_is_always_the_same() -> None:
    """A run in which nothing happened leaves not one byte changed."""
    later = NOON + timedelta(days=9)
    for events in ((), EVENTS):
        one = replace(HISTORIC, events=events)
        assert render(one) == render(replace(one, generated_at=later))
    assert word(feed(ranking(FULL)), "updated") == "1970-01-01T00:00:00Z"


def test_the_newest_are_kept() -> None:
    """A feed holds no more than `ENTRIES`, the newest of them."""
    events = [
        Event(EventKind.ARCHIVED, NOON - timedelta(days=n), "a/b", "github.com", 1)
        for n in range(ENTRIES + 5)
    ]
    root = feed(happened(*events))
    assert len(entries(root)) == ENTRIES
    assert word(entries(root)[0], "updated") == word(root, "updated") == "2026-05-08T12:00:00Z"
    assert word(entries(root)[-1], "updated") == "2026-01-29T12:00:00Z"


def test_odd_details_are_told_as_they_are() -> None:
    """A milestone that is no number and a loss without a reason are still sentences."""
    events = [
        Event(EventKind.MILESTONE, NOON, "a/b", "github.com", 1, "lots of"),
        Event(EventKind.GONE, NOON, "a/b", "github.com", 1),
    ]
    titles = [word(each, "title") for each in entries(feed(happened(*events)))]
    assert titles == ["a/b reached lots of stars", "a/b is gone"]


@given(hostile, st.sampled_from(EventKind), st.none() | st.integers(0, 9))
def test_hostile_texts_are_only_texts(text: str, kind: EventKind, number: int | None) -> None:
    """Whatever a name or a description holds, the feed is valid and shows it as text."""
    text = f"{text}\uffff\ufffe"
    event = Event(kind, NOON, f"owner/{text}", "github.com", number, text)
    report = render(replace(poisoned(text), events=(event, EVENTS[0])))
    assert_harmless(report)
    root = ElementTree.fromstring(report.encode())
    assert_valid(root)
    names = {each.tag.partition("}")[2] for each in root.iter()}
    assert names <= {"feed", "id", "title", "updated", "author", "name", "link", "entry", "summary"}
    assert len(entries(root)) == 2


def test_a_megabyte_is_only_long() -> None:
    """A text without end is cut; the id holds all of it, so that it stays the only one."""
    text = "<" * 2**20
    event = Event(EventKind.RENAMED, NOON, "a/b", "github.com", 11, "c/d")
    known = replace(ranking(replace(FULL, description=text)), events=(event,))
    assert len(render(known)) < 4000
