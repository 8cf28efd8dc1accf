"""Print the stars of repositories over time, and which gained most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crawler.cli.console import print_out, standard_output, terminal_width, wants_color
from crawler.cli.session import store_of
from crawler.lists.targets import repository_of
from crawler.model.durations import parse_since, time_since
from crawler.model.errors import RunError
from crawler.model.filters import TABLE_TOP
from crawler.model.values import RepositoryName
from crawler.ranking.growth import GAINS_SINCE, Provenance, rate_of
from crawler.reports.history import (
    Mover,
    history_document,
    movers_document,
    render_history,
    render_movers,
    write_movers,
    write_points,
)
from crawler.reports.json import encode
from crawler.sources import hosts_of
from crawler.store.baselines import Compared
from crawler.store.moments import encode_day
from crawler.store.records import Records

if TYPE_CHECKING:
    from crawler.model.results import Point
    from crawler.model.rows import Burst
    from crawler.model.settings import CommandSettings
    from crawler.store import Store


async def show_stars(
    settings: CommandSettings, names: Sequence[str], since: str | None, form: str
) -> int:
    """Print the stars of the repositories `names` in the format `form`.

    Raises: RunError if the store knows none of one of them; StoreError.
    """
    async with store_of(settings) as store:
        store.check_exists()
        known, unknown = await load_stars(store, settings, names, since)
        bursts = await _load_bursts(store, known)
    match form:
        case "json":
            document = [history_document(name, points, bursts.get(name)) for name, points in known]
            print_out(f"{encode(document, indent=2)}\n", form)
        case "csv":
            with standard_output(form) as stream:
                write_points(known, stream)
        case _:
            width, color = terminal_width(), wants_color()
            reports = [
                render_history(name, points, bursts.get(name), width=width, color=color)
                for name, points in known
            ]
            print_out("\n".join(reports))
    complain_unknown(unknown, since)
    return 0


async def show_movers(settings: CommandSettings, said: str | None, form: str) -> int:
    """Print the repositories that gained most.

    Raises: StoreError.
    """
    since, today = parse_since(said or GAINS_SINCE, _now()), _now().date()
    async with store_of(settings) as store:
        store.check_exists()
        records = Records(store)
        # GitHub's figures, or deps.dev's if there are none.
        for provenance in (Provenance.GITHUB, Provenance.DEPSDEV):
            newest = await records.load_newest(provenance, after=since.day, until=today)
            if newest:
                break
        baselines = await records.load_baselines(
            newest.values(), provenance, day=since.day, today=today
        )
    movers = []
    for name, figure in newest.items():
        baseline = baselines.get(figure.key)
        if baseline is not None:
            gained, known = figure.stars - baseline.stars, RepositoryName.parse(name)
            movers.append(
                Mover(
                    known.full_name,
                    known.host,
                    figure.stars,
                    gained,
                    rate_of(gained, figure.stars),
                    baseline.day,
                    baseline.kind,
                    baseline.distant,
                    baseline.suspicious,
                )
            )
    movers.sort(key=lambda each: (each.baseline_distant, -each.gained, each.repository))
    shown = movers[: (TABLE_TOP if settings.top is None else settings.top) or None]
    match form:
        case "json":
            print_out(f"{encode(movers_document(shown), indent=2)}\n", form)
        case "csv":
            with standard_output(form) as stream:
                write_movers(shown, stream)
        case _:
            count, unit = time_since(since.moment, _now())
            head = f"+{count} {unit}"
            print_out(render_movers(shown, head, width=terminal_width(), color=wants_color()))
    return 0


async def load_stars(
    store: Store, settings: CommandSettings, names: Sequence[str], since: str | None
) -> tuple[list[tuple[str, Sequence[Point]]], list[str]]:
    """The stars of each of `names` since then, and the names without any."""
    today = _now().date()
    start = None if since is None else parse_since(since, _now()).day
    known: list[tuple[str, Sequence[Point]]] = []
    unknown = []
    for text in names:
        found = await store.load_history(named(text, settings))
        full_name, points = found or (text, ())
        points = tuple(
            each for each in points if each.day <= today and (start is None or each.day >= start)
        )
        if points:
            known.append((full_name, points))
        else:
            unknown.append(text)
    return known, unknown


async def _load_bursts(
    store: Store, known: Sequence[tuple[str, Sequence[Point]]]
) -> Mapping[str, Burst]:
    """The largest burst of each repository whose whole history is known."""
    figures = {
        name: Compared(RepositoryName.parse(name).key, encode_day(points[-1].day), points[-1].stars)
        for name, points in known
    }
    found = await Records(store).load_bursts(figures.values(), Provenance.GITHUB)
    return {name: found[each.key] for name, each in figures.items() if each.key in found}


def complain_unknown(unknown: Sequence[str], since: str | None) -> None:
    """Raises: RunError if a repository is unknown."""
    if unknown:
        when = "" if since is None else f" since {parse_since(since, _now()).day}"
        raise RunError(f"the store knows no stars of {', '.join(unknown)}{when}")


def named(text: str, settings: CommandSettings) -> str:
    """The repository that a user names: by its address, with or without the scheme, or as
    owner/repo on the usual host."""
    hosts = hosts_of(settings)
    address = text if "://" in text else f"https://{text}"
    name = repository_of(address, hosts) or RepositoryName(text, hosts.home.name)
    return name.qualified


def _now() -> datetime:
    return datetime.now(UTC)
