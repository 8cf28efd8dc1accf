"""Which entries a change adds or alters."""

from __future__ import annotations

import pytest

from crawler.lists import parse_list
from crawler.lists.difference import added

BASE = """\
# List

## Contents

- [Tools](#tools)

## Tools

- [A](https://github.com/o/a) - First.
- [B](https://github.com/o/b) - Second.

## Games

- [C](https://github.com/o/c) - Third.
- [B](https://github.com/o/b) - Second.
"""


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("", "", []),
        ("\n", "\r\n", []),
        ("- [C]", "- [D](https://github.com/o/d) - New.\n- [C]", [14]),
        ("- [A](https://github.com/o/a) - First.\n", "", []),
        (") - First.", ") - Best.", [9]),
        ("[A](https://github.com/o/a)", "[A](https://github.com/o/z)", [9]),
        ("## Games", "## Toys", []),
        ("- [Tools](#tools)", "- [Tools](#tools)\n- [Games](#games)", []),
        ("# List", "# List\n\n[中文](README-zh.md)", []),
        # Of equal ones, that which is in a new place is the added one.
        ("- [A]", "- [C](https://github.com/o/c) - Third.\n- [A]", [9]),
    ],
)
def test_only_new_and_altered_entries_are_added(old: str, new: str, lines: list[int]) -> None:
    """Where an entry stands, and how its line ends, does not count."""
    head = parse_list(BASE.replace(old, new)).entries
    places = added(parse_list(BASE).entries, head)
    assert [head[place].lines[0] + 1 for place in places] == lines


def test_an_entry_that_is_moved_is_not_added() -> None:
    """Another order, and another section, add nothing."""
    base = parse_list(BASE).entries
    head = parse_list(BASE.replace("[A](https://github.com/o/a) - First.", "[x](#x)")).entries
    assert added(base, base[::-1]) == added(base, head) == ()
