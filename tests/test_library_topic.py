"""The examples of the topic `library` run as they stand."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest
from standin import TOKEN, StandIn, World, publish

from crawler.cli.commands.help import text_of

BLOCKS = re.findall(r":\n\n((?: {4}.*\n|\n(?= {4}))+)", text_of("library"))
"""Each is preceded by what it shows."""


@pytest.fixture(autouse=True)
def place(world: World, github: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a README, and a GitHub that knows the list of the examples."""
    publish(world, "quozd/awesome-dotnet", "alpha/tool", "beta/tool")
    (tmp_path / "README.md").write_text("* [a](https://github.com/alpha/tool)\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GH_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_API_URL", github.url)
    monkeypatch.setenv("GITHUB_GRAPHQL_URL", github.graphql_url)
    return tmp_path


def run(block: str) -> dict[str, object]:
    """What the block defines."""
    defined: dict[str, object] = {"__name__": "example"}
    exec(compile(textwrap.dedent(block), "library.txt", "exec"), defined)
    return defined


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_an_example_runs(block: str) -> None:
    """Without an error."""
    run(block)


def test_the_examples_show_what_they_say(
    world: World, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows and sums are printed, a page is written, and a list with a dead entry fails."""
    program, rising, frame, progress, report, check = BLOCKS
    run(program)
    assert re.findall(r"^(\d) (\w+/tool) \d+$", capsys.readouterr().out, re.M)
    run(rising)
    assert re.findall(r"^\w+/tool (?:\d+|None) (?:retained|None)$", capsys.readouterr().out, re.M)
    run(frame)
    assert "stars" in capsys.readouterr().out
    run(progress)
    assert "2 of 2\r" in capsys.readouterr().out
    run(report)
    assert (place / "stars.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    test = run(check)["test_no_entry_of_the_list_is_gone"]
    assert callable(test)
    test()
    (place / "README.md").write_text(
        "* [a](https://github.com/alpha/tool)\n* [b](https://github.com/none/such)\n", "utf-8"
    )
    with pytest.raises(AssertionError, match="none/such"):
        test()
