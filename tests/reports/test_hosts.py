"""Whose repository it is, in reports over several hosts and over one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from builders import failure, listing, ranking, row
from reports.samples import CHANGES
from reports.writing import plan

from crawler.model.results import Ranking
from crawler.model.values import RepositoryName
from crawler.reports.formats import FORMATS
from crawler.reports.render import render

GITHUB, GITLAB = "github.com", "gitlab.com"


def run(*hosts: str) -> Ranking:
    """A ranking of a repository and a loss of each host, with changes that name them."""
    rows = [row("one/name", host=host, gained=1, listed_as=("old/name",)) for host in hosts]
    names = tuple(RepositoryName("one/name", host).qualified for host in hosts)
    nothing = replace(CHANGES, new=(), dropped=(), archived=(), renamed=(), gone=())
    return replace(
        ranking(*rows, failures=tuple(failure("gone/name", host=host) for host in hosts)),
        changes=replace(nothing, new=names, renamed=tuple((name, name) for name in names)),
    )


FOR_PEOPLE = [form.name for form in FORMATS.values() if form.is_for_people]


@pytest.mark.parametrize("form", FOR_PEOPLE)
@pytest.mark.parametrize("host", [GITHUB, GITLAB])
def test_one_host_is_not_named(form: str, host: str) -> None:
    """Beside a name: it is the same for all."""
    text = render(run(host), form)
    assert "one/name" in text
    for before in (" ", ">", "(", "["):
        assert f"{before}{host}/" not in text


@pytest.mark.parametrize("form", FOR_PEOPLE)
def test_several_hosts_are_named(form: str) -> None:
    """Before each name: in rows, losses, changes and renames."""
    text = render(run(GITHUB, GITLAB), form).replace("://", "")
    for host in (GITHUB, GITLAB):
        assert f"{host}/one/name" in text
        if form != "svg":
            assert text.count(f"{host}/one/name") > 1
        if form in ("markdown", "html"):
            assert f"{host}/gone/name" in text
    assert " one/name" not in text
    assert ">one/name" not in text
    assert "[one/name" not in text


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
@pytest.mark.parametrize("hosts", [(GITHUB,), (GITHUB, GITLAB)])
def test_data_have_the_host_apart(form: str, hosts: tuple[str, ...]) -> None:
    """Whatever the number of hosts, behind the name."""
    text = render(run(*hosts), form)
    assert GITHUB in text
    match form:
        case "json":
            keys = list(json.loads(text)["ranking"][0])
        case "jsonl":
            keys = list(json.loads(text.splitlines()[0]))
        case _:
            keys = text.splitlines()[0].split(",")
    assert keys.index("host") == keys.index("repository") + 1


def test_a_dry_run_names_several_hosts_as_well() -> None:
    """In its table, before each name."""
    names = [RepositoryName("o/r", host) for host in (GITHUB, GITLAB)]
    listings = [replace(listing("o/r"), repository=name) for name in names]
    table = plan("table", listings)
    assert all(f"{host}/o/r" in table for host in (GITHUB, GITLAB))
    assert GITHUB not in plan("table", listings[:1])


def test_a_notebook_names_several_hosts_as_well() -> None:
    """In its table, before each name."""
    assert ">gitlab.com/one/name<" in run(GITHUB, GITLAB)._repr_html_()
    assert ">one/name<" in run(GITLAB)._repr_html_()
