"""The JSON document and JSON Lines."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from builders import ranking
from reports.samples import BARE, CHANGES, EVERY_KIND, FULL, GONE, SINCE
from reports.writing import tells_the_same

from crawler.model.filters import Filters
from crawler.ranking.filters import apply_filters
from crawler.reports.json import encode, encode_list
from crawler.reports.render import render


def test_document_is_the_ranking() -> None:
    """A parser reads the very values of `to_dict`, with the keys in its order."""
    document = json.loads(render(EVERY_KIND, "json"))
    assert document == EVERY_KIND.to_dict()
    assert list(document) == list(EVERY_KIND.to_dict())
    assert list(document["ranking"][0]) == list(EVERY_KIND.to_dict()["ranking"][0])


def test_lines_are_the_repositories() -> None:
    """Each line is one repository: its object of the document, and how it ended."""
    document = EVERY_KIND.to_dict()
    lines = [json.loads(line) for line in render(EVERY_KIND, "jsonl").splitlines()]
    assert [line.pop("status") for line in lines] == ["ranked"] * 3 + ["failed"] * 2
    assert lines == document["ranking"] + document["failures"]


def test_lines_name_what_the_lists_dropped() -> None:
    """Last come those that are listed no more; where nobody knows of any, there are none."""
    *others, last = [json.loads(line) for line in render(SINCE, "jsonl").splitlines()]
    assert last == {
        "status": "dropped",
        "repository": "once/listed",
        "host": "github.com",
        "changed": ["dropped"],
        "changed_since": "2026-05-01",
    }
    assert [line["status"] for line in others] == ["ranked"] * 4 + ["failed"] * 2
    assert others[0]["gained"] == 1234
    unknown = replace(SINCE, changes=replace(CHANGES, baseline_at=None, dropped=None))
    assert render(unknown, "jsonl").splitlines() == [
        json.dumps(line, ensure_ascii=False) for line in others
    ]


def test_limited_ranking_keeps_its_failures() -> None:
    """`--top` leaves rows out; what failed is still told."""
    limited = apply_filters(ranking(FULL, BARE, failures=(GONE,)), Filters(top=1))
    document = json.loads(render(limited, "json"))
    assert [row["repository"] for row in document["ranking"]] == ["owner/first"]
    assert [failure["repository"] for failure in document["failures"]] == ["nobody/gone"]
    assert len(render(limited, "jsonl").splitlines()) == 2


@pytest.mark.parametrize(
    "text", ['}, {"rank": 1, "repository": "x", "age": 5, ', "a}, {", '\\"age": 7', "age", "\\"]
)
def test_texts_that_look_like_json_are_texts(text: str) -> None:
    """They part no lines, and are not taken for what differs from run to run."""
    odd = ranking(replace(FULL, title=text, sections=((text,),)), BARE)
    assert json.loads(render(odd, "json")) == odd.to_dict()
    lines = [json.loads(line) for line in render(odd, "jsonl").splitlines()]
    assert [line["title"] for line in lines] == [text, BARE.title]
    other = ranking(replace(FULL, title=f"{text}9", sections=((text,),)), BARE)
    for form in ("json", "jsonl"):
        assert tells_the_same(form, odd, odd)
        assert not tells_the_same(form, odd, other)


def test_times_are_told_to_the_second() -> None:
    """What looks like a time and is none stays as it is."""
    moment = FULL.fetched_at.replace(microsecond=123456)
    row = replace(FULL, fetched_at=moment, pushed_at=moment, title="2026-05-08T12:00:00.5Z")
    document = json.loads(render(ranking(row), "json"))
    assert document["ranking"] == [row.to_dict()]
    assert document["ranking"][0]["fetched_at"] == "2026-05-08T12:00:00Z"
    assert document["ranking"][0]["title"] == "2026-05-08T12:00:00.5Z"


def test_each_list_is_encoded_as_it_is() -> None:
    """Also after one that begins with the same records, as long as it or not."""
    first, second, third = ({"stars": number} for number in range(3))
    for records in ([first, second], [first, second, third], [first, third], [first, third], []):
        assert json.loads(encode_list(records)) == records


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("ünïcode 漢字 🎨", '"ünïcode 漢字 🎨"'),
        ("👩\u200d💻 ❤\ufe0f", '"👩\u200d💻 ❤\ufe0f"'),
        ("\x00\x1b\n", r'"\u0000\u001b\n"'),
        ("\x7f\x9b", r'"\u007f\u009b"'),
        ("\u202e\u2066\u2028", r'"\u202e\u2066\u2028"'),
        ("\ud800", r'"\ud800"'),
        ("\U000e0041", r'"\udb40\udc41"'),
    ],
)
def test_readable_is_written_and_hidden_is_escaped(text: str, written: str) -> None:
    """People read any script; a terminal sees no character that it would obey."""
    assert encode(text) == written
    assert json.loads(written) == text
