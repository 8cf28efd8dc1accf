"""What a runner of GitHub Actions reads from the output is no command of a stranger."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loguru import logger
from reports.test_hostile import poisoned

from crawler.cli.actions import Broken
from crawler.cli.console import complain, set_up_log, standard_output
from crawler.reports.formats import FORMATS, View
from crawler.reports.render import write

ATTACK = "::stop-commands::x ##[add-mask]e ##[set-output name=a;]b :::set-env name=X::y"


def commands(output: str) -> list[str]:
    """What an Actions runner might obey, wherever it stands."""
    return re.findall(r"::.*|##\[.*", output)


@pytest.fixture
def on_a_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment that GitHub gives to each step."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")


def printed(capsys: pytest.CaptureFixture[str], form: str, text: str) -> str:
    """A report on standard output with `text` wherever a stranger could put it."""
    with standard_output(form) as stream:
        write(poisoned(text), stream, form, view=View())
    return capsys.readouterr().out


@pytest.mark.usefixtures("on_a_runner")
@pytest.mark.parametrize("form", FORMATS)
def test_no_format_lets_a_command_through(capsys: pytest.CaptureFixture[str], form: str) -> None:
    """Each breaks it, and where it can without a change of what is said."""
    out = printed(capsys, form, ATTACK)
    match form:
        case "json":
            assert json.loads(out)["ranking"][0]["language"] == ATTACK
        case "jsonl":
            assert json.loads(out.splitlines()[0])["language"] == ATTACK
        case "csv":
            cells = next(csv.DictReader(io.StringIO(out)))
            assert cells["language"] == ATTACK.replace(":", ": ").replace("##[", "## [").replace(
                ": s", ":s"
            ).replace(": x", ":x").replace(": y", ":y")
        case "html":
            # What stands in its own style and script is no text of anybody else.
            out = re.sub(r"(?s)<(style|script)>.*?</\1>", "", out)
            assert ATTACK in html.unescape(out)
        case "atom" | "svg":
            ElementTree.fromstring(out)
    assert commands(out) == []


@pytest.mark.parametrize("form", FORMATS)
def test_elsewhere_nothing_is_changed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """Off a runner texts stand as they are."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    stream = io.StringIO()
    write(poisoned(ATTACK), stream, form)
    assert printed(capsys, form, ATTACK) == stream.getvalue()


def test_the_page_has_no_command_of_its_own() -> None:
    """Its style and script are not broken, and begin no line with one."""
    page = Path(__file__).parents[2] / "crawler" / "reports" / "page"
    for name in ("page.css", "page.js"):
        lines = (page / name).read_text("utf-8").splitlines()
        assert not [line for line in lines if line.lstrip().startswith("::") or "##[" in line]


@pytest.mark.usefixtures("on_a_runner")
def test_standard_error_is_read_as_well(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log and the last sentence of a run quote strangers, too."""
    set_up_log(quiet=False, verbose=True)
    try:
        logger.info("{}", ATTACK)
        complain(ATTACK)
    finally:
        logger.remove()
        logger.disable("crawler")
    err = capsys.readouterr().err
    assert "stop-commands" in err
    assert commands(err) == []


@given(st.lists(st.text(":#[ax\n", max_size=4), max_size=8), st.sampled_from([*FORMATS]))
def test_however_it_is_cut(parts: list[str], form: str) -> None:
    """A command that comes in pieces is one as well, and no piece is lost."""
    written: list[str] = []

    class Stream:
        def write(self, text: str) -> None:
            written.append(text)

    stream = Broken(Stream(), FORMATS[form].reference)
    for part in parts:
        stream.write(part)
    stream.finish()
    out = "".join(written)
    assert commands(out) == []
    plain = re.sub(r"(?<=:) (?=:)|(?<=##) (?=\[)", "", html.unescape(out))
    plain = plain.replace(r"\u003a", ":").replace(r"\u005b", "[")
    assert plain == re.sub(r"(?<=:) (?=:)|(?<=##) (?=\[)", "", "".join(parts))
