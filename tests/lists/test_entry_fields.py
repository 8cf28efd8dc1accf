"""What is kept of an entry: title, description, section and lines."""

from __future__ import annotations

import pytest

from crawler.lists import parse_list
from crawler.model.values import Entry

G = "https://github.com"


def only(text: str) -> Entry:
    """The one entry of `text`."""
    (entry,) = parse_list(text).entries
    return entry


@pytest.mark.parametrize(
    ("text", "title", "description"),
    [
        (f"- [Saw *it*]({G}/t/s) - Cuts `wood` & **more**.", "Saw it", "Cuts wood & more."),
        (f"- [Saw]({G}/t/s): cuts\n  wood", "Saw", "cuts wood"),
        (f"- [ ] :star: [Saw]({G}/t/s) – cuts", "Saw", "cuts"),
        (f"- [Saw]({G}/t/s)", "Saw", ""),
        (
            f"- [Saw](h) - Cuts ([Demo](d), [Source]({G}/t/s)) `MIT`",
            "Saw",
            "Cuts (Demo, Source) `MIT`".replace("`", ""),
        ),
        (f"- **Saw** - Cuts. [GitHub]({G}/t/s)", "Saw", "Cuts. GitHub"),
        (f"- Saw: [GitHub]({G}/t/s)", "Saw", ""),
        (f"- [![Saw](b)]({G}/t/s) cuts", "Saw", "cuts"),
        (f"- {G}/t/s cuts", "s", "cuts"),
        (f"- [Saw]({G}/t/s) - cuts\n\n  ```\n  code\n  ```\n", "Saw", "cuts"),
        (f"| A | B |\n|---|---|\n| [Saw]({G}/t/s) | cuts |", "Saw", "cuts"),
        (f"> **[Saw]({G}/t/s)**<br>cuts", "Saw", ""),
        (f"- [&lt;b&gt;]({G}/t/s) \\*x\\*", "<b>", "x"),
        (f"- [Saw]({G}/t/s)) - cuts", "Saw", "cuts"),
        (f"- [Saw]({G}/t/s). Cuts.", "Saw", "Cuts."),
        (f"- ([Saw]({G}/t/s)).", "Saw", ""),
        (f"- [Saw]({G}/t/s) .NET saw", "Saw", ".NET saw"),
        (f"- Saw: <{G}/t/s>", "Saw", ""),
        (f"- Saw ({G}/t/s)", "Saw", ""),
        (f"- [GitHub]({G}/t/s)", "s", ""),
        (f"- \u3164 [Saw]({G}/t/s) \u2800\u3164- cuts\u3164", "Saw", "cuts"),
    ],
)
def test_title_and_description(text: str, title: str, description: str) -> None:
    """Both are plain text, without the punctuation between them."""
    entry = only(text)
    assert (entry.title, entry.description) == (title, description)


def test_sections_are_paths_of_headings() -> None:
    """A heading ends those as deep or deeper, whether Markdown or HTML wrote it."""
    text = f"""# List
## Tools
### Saws
- [A]({G}/t/a)

<h2>Wood</h2>

- [B]({G}/t/b)

Nails
-----
- [C]({G}/t/c)
"""
    assert [entry.section for entry in parse_list(text).entries] == [
        ("List", "Tools", "Saws"),
        ("List", "Wood"),
        ("List", "Nails"),
    ]


def test_a_summary_is_a_heading_that_its_details_end() -> None:
    """What stands in `<details>` lies in the section that its `<summary>` names."""
    text = f"""## Tools
<details><summary>Saws <b>2</b></summary>

- [A]({G}/t/a)

### Small
- [B]({G}/t/b)

</details>

- [C]({G}/t/c)
"""
    assert [entry.section for entry in parse_list(text).entries] == [
        ("Tools", "Saws 2"),
        ("Tools", "Small"),
        ("Tools",),
    ]


def test_lines_are_those_of_the_unit_alone() -> None:
    """Lines count from 0 and end before what is nested; blank lines do not belong to them."""
    text = f"""# H

- [A]({G}/t/a)
  goes on
  - [B]({G}/t/b)

- [C]({G}/t/c)

| x |
|---|
| [D]({G}/t/d) |

[E]({G}/t/e)
[F]({G}/t/f)

<p>
 <a
   href="{G}/t/g">G</a>
 x<br>
 <a href="{G}/t/h">H</a>
</p>
"""
    lines = {entry.title: entry.lines for entry in parse_list(text).entries}
    assert lines == {
        "A": (2, 4),
        "B": (4, 5),
        "C": (6, 7),
        "D": (10, 11),
        "E": (12, 13),
        "F": (13, 14),
        "G": (16, 18),
        "H": (19, 20),
    }


def test_lines_ignore_how_they_end() -> None:
    """CRLF and CR end lines as LF does."""
    for end in ("\n", "\r\n", "\r"):
        assert only(f"a{end}{end}- [A]({G}/t/a){end}").lines == (2, 3)


def test_forged_positions_do_no_harm() -> None:
    """An attribute in the list's own HTML does not move its lines."""
    text = f'a\n\n<div data-at="99"><a data-at="x" href="{G}/t/a">A</a></div>'
    assert only(text).lines == (2, 3)


def test_what_an_item_folds_in() -> None:
    """A folded row of badges is titled like the item around it, not like its fold."""
    text = f"""
- **[Saw](https://saw.example)** - cuts
  - <details><summary>Figures</summary>

    [![stars](b)]({G}/t/saw)
    </details>
- [Tools](https://tools.example)
  - <details><summary>Drill</summary><a href="{G}/t/drill">code</a></details>
- [Nail]({G}/t/nail)
  - <details><summary>Hammer</summary>

    [![stars](b)]({G}/t/hammer)
    </details>
"""
    entries = [(entry.title, entry.description) for entry in parse_list(text).entries]
    assert entries == [("Saw", "cuts"), ("Drill", ""), ("Nail", ""), ("Hammer", "")]
