"""The formats of a check, whatever strangers wrote into the list."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from builders import entry
from cmarkgfm import github_flavored_markdown_to_html
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from crawler.model.checks import Exemption
from crawler.model.findings import Checked, Finding, Rule, Verdict
from crawler.model.text import printable
from crawler.reports import findings
from crawler.reports.findings import FORMATS, write
from crawler.reports.findings.json import Report, read
from crawler.reports.findings.markdown import LONGEST_COMMENT, MARK

SCHEMA = Path(findings.__file__).with_name("schema.json")

ATTACKS = [
    *("::error::x", "::set-output name=a::b", "##[error]x", "%0A::stop-commands::x"),
    *("\r\n::error::x", ",file=/etc/passwd,line=1", "<script>alert(1)</script>", "<!-- -->", "-->"),
    *("</details>", "|", "`", "](javascript:alert(1))", "https://example.org", "@everyone", "#1"),
    *("\x1b[2J", "\u202e", "\u2028", "\ud800", "漢"),
]
hostile = st.lists(st.sampled_from(ATTACKS) | st.text(max_size=5), min_size=1, max_size=4).map(
    "".join
)

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def written(checked: Checked, form: str) -> str:
    """The check in one of the formats."""
    stream = io.StringIO()
    write(checked, form, stream)
    return stream.getvalue()


def poisoned(text: str) -> Checked:
    """A check with `text` wherever a stranger could put it."""
    listed = replace(entry("o/a", text), lines=(60, 62))
    broken = (
        Finding(Rule.ARCHIVED, "o/a is archived", fails=False, silenced=text),
        Finding(Rule.ORDER, f"{text} stands on the wrong side of {text}", fails=True),
    )
    return Checked(
        name=f"{text}.md",
        path=f"{text}.md",
        entries=2,
        verdicts=(
            Verdict(listed, 0, broken, now="o/a", number=1),
            Verdict(replace(listed, lines=(70, 71)), 1, unknown=f"unavailable: {text}"),
        ),
        idle=(Exemption(repository=f"x{text}", rule="gone", reason=f"x{text}"),),
    )


@given(hostile)
def test_text_is_a_line_for_each_finding(text: str) -> None:
    """Nothing in it breaks a line, or moves the cursor of a terminal."""
    lines = written(poisoned(text), "text").split("\n")
    assert [line for line in lines if printable(line) != line] == []
    assert len(lines) == 5
    assert f":61: order: {printable(text)}"[:20] in lines[0]
    assert lines[-2].endswith(
        "2 entries: 0 passed, 1 failed, 0 warned, 1 unknown (1 finding does not count)"
    )


@given(hostile)
def test_json_gives_every_text_back(text: str) -> None:
    """As it was, with every finding and the counts."""
    found = json.loads(written(poisoned(text), "json"))
    first, second = found["entries"]
    assert (found["list"], first["title"], first["line"], first["end_line"]) == (
        *(f"{text}.md", text, 61, 62),
    )
    assert first["findings"][0]["silenced"] == text
    assert second["unknown"] == f"unavailable: {text}"
    assert found["idle_exemptions"][0]["reason"] == f"x{text}"


def test_json_keeps_to_its_schema() -> None:
    """The file is made from the type that reads a report, which takes all that is written.

    It is made anew by `PYTHONPATH=tests:. python tests/reports/test_findings.py`.
    """
    assert json.loads(SCHEMA.read_text("utf-8")) == msgspec.json.schema(Report)
    written_as = written(poisoned("x"), "json")
    found = msgspec.json.decode(written_as, type=Report)
    assert json.loads(msgspec.json.encode(found)) == json.loads(written_as)
    counts = found.counts
    assert counts.judged == counts.passed + counts.fail + counts.warn + counts.unknown
    assert counts.listed == counts.judged + counts.unchanged


def test_a_report_says_what_was_known() -> None:
    """Not what was exempt: that is new once it is exempt no longer."""
    content = written(poisoned("x"), "json").encode()
    assert read(content, "x.json").findings == {("order", "github.com/o/a", None): 1}


@given(hostile)
def test_a_runner_reads_one_command_a_line(text: str) -> None:
    """What it shows is what was written, and no property is added or closed."""
    *lines, last = written(poisoned(text), "github").split("\n")
    assert (last, len(lines)) == ("", 4)
    assert all("##[" not in line for line in lines)
    found = COMMAND.fullmatch(lines[0])
    assert found is not None
    properties = dict(each.split("=", 1) for each in found[2].split(","))
    assert [*properties] == ["title", "file", "line", "endLine"]
    shown = found[3].replace("%25", "%")
    told = printable(f"{text} stands on the wrong side of {text}").replace("##[", "## [")
    assert (found[1], shown, properties["line"]) == ("error", told, "61")
    file = properties["file"].replace("%2C", ",").replace("%3A", ":").replace("%25", "%")
    assert file == printable(f"{text}.md".removeprefix("./")).replace("##[", "## [")


@pytest.mark.parametrize(("fails", "level"), [(True, "error"), (False, "warning")])
def test_a_runner_shows_what_fails_as_an_error(fails: bool, level: str) -> None:
    """What is unknown as well, where that fails the check."""
    unknown = Verdict(entry("o/a"), 0, unknown="unavailable: x")
    made = written(Checked("x.md", 1, (unknown,), fails_unknown=fails), "github")
    assert made.startswith(f"::{level} title=check::unknown (line 1): unavailable: x\n")


@given(hostile)
def test_a_comment_shows_texts_as_they_stand(text: str) -> None:
    """No link, element or mention comes of them, and the first line stays the mark."""
    made = written(poisoned(text), "markdown")
    assert made.startswith(f"{MARK}\n**")
    body = LexborHTMLParser(github_flavored_markdown_to_html(made)).body
    assert body is not None
    allowed = {"body", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "ul", "li"}
    tags = {node.tag for node in body.traverse()} - {"-comment", "_comment"}
    assert tags <= {*allowed, "details", "summary", "span"}
    cell = body.css("td")[2].text()
    told = printable(f"{text} stands on the wrong side of {text}")
    assert " ".join(cell.split()) == " ".join(told.split())


def test_a_comment_fits_however_much_is_found() -> None:
    """Rows that have no room are counted."""
    moved = (Finding(Rule.MOVED, f"o/{'a' * 90} → o/{'b' * 90}", fails=False),)
    verdicts = tuple(Verdict(entry("o/a"), place, moved) for place in range(3000))
    made = written(Checked("README.md", 3000, verdicts), "markdown")
    assert LONGEST_COMMENT - 3000 < len(made) <= LONGEST_COMMENT
    shown = made.count("| moved |")
    assert made.endswith(f"\nand {3000 - shown:,} more\n")


@pytest.mark.parametrize("form", FORMATS)
def test_a_list_of_which_nothing_is_wrong(form: str) -> None:
    """One sentence says how much was judged."""
    verdicts = (Verdict(entry("o/a"), 0, number=1),)
    made = written(Checked("README.md", 7, verdicts, "README.md", "main"), form)
    told = "1 of 7 entries new or altered since main: 1 passed, 0 failed, 0 warned, 0 unknown"
    assert told in made or json.loads(made)["counts"]["pass"] == 1
    assert made.endswith("\n")
    none = written(Checked("README.md", 7, (), "README.md", "main"), form)
    assert "0 of 7 entries are new or altered since main" in none or json.loads(none)


if __name__ == "__main__":
    SCHEMA.write_text(f"{json.dumps(msgspec.json.schema(Report), indent=2)}\n", "utf-8")
