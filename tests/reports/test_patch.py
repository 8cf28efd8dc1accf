"""The mends of a list as a patch."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.lists.edits import Edit
from crawler.reports.findings.patch import write_patch


def written(text: str, *edits: tuple[int, int, str]) -> str:
    """The patch of a file x.md."""
    stream = io.StringIO()
    write_patch("x.md", text, [Edit(*edit) for edit in edits], stream)
    return stream.getvalue()


def edited(text: str, *edits: tuple[int, int, str]) -> str:
    """The text with edits that are in its order."""
    for start, end, new in reversed(edits):
        text = text[:start] + new + text[end:]
    return text


def test_a_hunk_shows_three_lines_around() -> None:
    """Changes whose surroundings meet are one; a last line may have no end."""
    text = "".join(f"line {at}\n" for at in range(1, 30)) + "last"
    first, second, third = (text.index(each) for each in ("line 2\n", "line 7\n", "last"))
    made = written(text, (first, first + 7, ""), (second, second + 4, "row"), (third, third, "x"))
    assert made == (
        "--- a/x.md\n+++ b/x.md\n"
        "@@ -1,10 +1,9 @@\n line 1\n-line 2\n line 3\n line 4\n line 5\n line 6\n-line 7\n+row 7\n"
        " line 8\n line 9\n line 10\n"
        "@@ -27,4 +26,4 @@\n line 27\n line 28\n line 29\n-last\n\\ No newline at end of file\n"
        "+xlast\n\\ No newline at end of file\n"
    )


def test_nothing_changes_nothing() -> None:
    """Not even a head."""
    assert written("x\n") == ""


@settings(max_examples=40, deadline=None)
@given(
    st.text("ab\n\r \u2028é", max_size=60),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.text("xy", max_size=2))),
    st.data(),
)
def test_git_applies_it(
    tmp_path_factory: pytest.TempPathFactory,
    text: str,
    wanted: list[tuple[int, int, str]],
    data: st.DataObject,
) -> None:
    """What comes of it is what the edits make, byte for byte."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    edits: list[tuple[int, int, str]] = []
    at = 0
    for start, length, new in sorted(wanted):
        end = min(start + length % 7, len(text))
        if at <= start < end and text[start:end] != new:
            edits.append((start, end, new))
            at = end + 1
    folder: Path = tmp_path_factory.mktemp("patch")
    path = folder / "x.md"
    path.write_bytes(text.encode())
    made = written(text, *edits)
    if not edits:
        assert made == ""
        return
    subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "--unidiff-zero", "-"],
        input=made.encode(),
        cwd=folder,
        check=True,
        capture_output=True,
    )
    expected = edited(text, *edits).encode()
    assert (path.read_bytes() if path.exists() else b"") == expected


@pytest.mark.parametrize("program", [("git", "apply"), ("patch", "-p1", "--binary")])
def test_a_name_with_blanks(tmp_path: Path, program: tuple[str, ...]) -> None:
    """It ends where both programs look for its end."""
    if shutil.which(program[0]) is None:
        pytest.skip(f"{program[0]} is not installed")
    path = tmp_path / "my é list.md"
    path.write_text("a\n", "utf-8")
    stream = io.StringIO()
    write_patch(path.name, "a\n", [Edit(0, 1, "b")], stream)
    made = stream.getvalue().encode()
    subprocess.run(program, input=made, cwd=tmp_path, check=True, capture_output=True)
    assert path.read_text("utf-8") == "b\n"
