"""Which formats there are, and what it costs to know."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from reports.samples import SINCE

from crawler.model.errors import ConfigError
from crawler.reports.formats import FORMATS, format_of
from crawler.reports.render import render


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("report.json", "json"),
        ("some.folder/report.jsonl", "jsonl"),
        ("REPORT.CSV", "csv"),
        ("report.md", "markdown"),
        ("report.digest.md", "digest"),
        (Path("/tmp/a.b.csv"), "csv"),
    ],
)
def test_suffix_names_the_format(path: str | Path, form: str) -> None:
    """The last suffix counts, in either case."""
    assert format_of(path) is FORMATS[form]


@pytest.mark.parametrize("path", ["report", "report.txt", "report.json.bak", "json", "a.json/b"])
def test_unknown_suffix_is_refused(path: str) -> None:
    """The sentence names every suffix that would do, and the path."""
    with pytest.raises(ConfigError) as caught:
        format_of(path)
    assert all((form.suffix or "") in str(caught.value) for form in FORMATS.values())
    assert path in str(caught.value)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_renders(form: str) -> None:
    """Each member has its module, and a report ends with exactly one line end."""
    text = render(SINCE, form)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_knowing_the_formats_loads_none() -> None:
    """`--help` names the formats: their libraries are not imported for that."""
    code = "import sys; old = {*sys.modules}; import crawler.reports; print(*{*sys.modules} - old)"
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    ).stdout.split()
    assert "crawler.reports" in loaded
    assert not {"rich", "csv", "json", "jinja2", "crawler.model.text"} & set(loaded)


def test_one_format_does_not_load_another() -> None:
    """JSON for a cron job does not pay for the table's library."""
    code = (
        "import sys; sys.path.insert(0, 'tests'); from reports.samples import EVERY_KIND;"
        "from crawler.reports.render import render; render(EVERY_KIND, 'jsonl');"
        "render(EVERY_KIND, 'csv'); print(*sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    ).stdout.split()
    assert "crawler.reports.csv" in loaded
    assert "rich" not in loaded
