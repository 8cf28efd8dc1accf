"""The verb `history`: show stars over time and the largest gains, import and export figures."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from crawler.cli.nearest import did_you_mean
from crawler.cli.parser import SETTINGS, Parser, add_flag
from crawler.model.durations import parse_since, time_since
from crawler.model.errors import ConfigError, RunError, UsageError
from crawler.model.filters import TABLE_TOP

if TYPE_CHECKING:
    from crawler.cli.session import OpenScene, Scene
    from crawler.cli.signals import Signals
    from crawler.model.hosts import Hosts
    from crawler.model.results import Point
    from crawler.model.rows import Burst
    from crawler.model.settings import CommandSettings
    from crawler.store import Store

SUMMARY: Final = "show stars over time; import and export figures"

IMPORT: Final = "import"
EXPORT: Final = "export"
FETCH: Final = "fetch"

_NEEDS: Final = {
    IMPORT: "a file: one with rows of date,repository,stars",
    FETCH: "a repository: owner/repo",
}
_VERBS: Final = (*_NEEDS, EXPORT)

BAD_ROWS_NAMED: Final = 20
"""Bad rows of a file to report individually."""


def run(arguments: Sequence[str]) -> int:
    """Run the verb with the arguments after it, and return the exit status.

    Raises: UsageError; StoreError.
    """
    given = build_parser().read(arguments)
    import asyncio

    from crawler.cli.config import load_settings
    from crawler.cli.console import set_up_log

    names: list[str] = given.pop("names", [])
    output: str | None = given.pop("output", None)
    ranked: str | None = given.pop("list", None)
    since: str | None = given.get("since")
    has_verb = bool(names) and names[0] in _VERBS
    if has_verb and (beside := [flag for flag in ("since", "top", "format") if flag in given]):
        raise ConfigError(f"--{beside[0]} is for what history shows")
    settings = load_settings(given, given.pop("config", None), environ=os.environ)
    form: str = given.get("format", "table")
    set_up_log(quiet=settings.quiet, verbose=False)
    if settings.store is False:
        raise ConfigError("the history is kept in the store: leave out --no-store")
    if not has_verb or names[0] == FETCH:
        _check_names(names[has_verb:])
    if not has_verb:
        if output is not None or ranked is not None:
            path = _check_chart(names, ranked, output, form=given.get("format"))
            return asyncio.run(_draw(settings, names, ranked, since, path))
    elif ranked is not None or (output is not None and names != [EXPORT]):
        raise ConfigError("-o is for a chart and for history export, and --list for a chart")
    match names:
        case [verb] if verb in _NEEDS:
            raise ConfigError(f"history {verb} needs {_NEEDS[verb]}")
        case [verb, *files] if verb == IMPORT:
            return asyncio.run(_import(settings, files))
        case [verb, *repositories] if verb == FETCH:
            from crawler.cli.session import open_world

            return _fetch(settings, repositories, open_world)
        case [verb] if verb == EXPORT:
            # While blocked by a slow reader, the event loop would not notice Ctrl-C.
            if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
                signal.signal(signal.SIGINT, signal.SIG_DFL)
            return asyncio.run(_export(settings, output))
        case []:
            return asyncio.run(_show_movers(settings, since, form))
    return asyncio.run(_show(settings, names, since, form))


def _check_chart(
    names: Sequence[str], ranked: str | None, output: str | None, *, form: str | None
) -> Path:
    """The file of the chart.

    Raises: ConfigError if the arguments do not describe a chart.
    """
    if output is None:
        raise ConfigError("--list is for a chart: name a file by -o, such as chart.svg")
    if not output.lower().endswith(".svg"):
        raise ConfigError(f"a chart is an SVG file, and {output} does not end in .svg")
    if form is not None:
        raise ConfigError("-f is for what is printed, and -o writes a chart")
    if bool(names) == (ranked is not None):
        raise ConfigError("a chart is of repositories that are named, or of a --list")
    return Path(output)


def _check_names(names: Sequence[str]) -> None:
    """Refuse names that are not repositories, such as a misspelt verb.

    Raises: UsageError.
    """
    for name in names:
        if "/" not in name:
            hint = did_you_mean(name, _VERBS)
            raise UsageError(f"{name!r} is not an owner/repo{hint}")


def _open_store(settings: CommandSettings) -> Store:
    from crawler.reports.files import expanded
    from crawler.store import Store

    path = expanded(settings.store) if isinstance(settings.store, str) else None
    return Store(path)


def _named(text: str, settings: CommandSettings) -> str:
    """The repository that a user names: by its address, with or without the scheme, or as
    owner/repo on the usual host."""
    from crawler.lists.targets import repository_of
    from crawler.model.values import RepositoryName
    from crawler.sources import hosts_of

    hosts = hosts_of(settings)
    address = text if "://" in text else f"https://{text}"
    name = repository_of(address, hosts) or RepositoryName(text, hosts.home.name)
    return name.qualified


async def _show(
    settings: CommandSettings, names: Sequence[str], since: str | None, form: str
) -> int:
    from crawler.cli.console import print_out, standard_output, terminal_width, wants_color
    from crawler.reports.history import history_document, render_history, write_points
    from crawler.reports.json import encode

    async with _open_store(settings) as store:
        store.check_exists()
        known, unknown = await _load(store, settings, names, since)
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
    _complain(unknown, since)
    return 0


def _complain(unknown: Sequence[str], since: str | None) -> None:
    """Raises: RunError if a repository is unknown."""
    if unknown:
        when = "" if since is None else f" since {parse_since(since, _now()).day}"
        raise RunError(f"the store knows no stars of {', '.join(unknown)}{when}")


async def _load(
    store: Store, settings: CommandSettings, names: Sequence[str], since: str | None
) -> tuple[list[tuple[str, Sequence[Point]]], list[str]]:
    """The stars of each of `names` since then, and the names without any."""
    today = _now().date()
    start = None if since is None else parse_since(since, _now()).day
    known: list[tuple[str, Sequence[Point]]] = []
    unknown = []
    for text in names:
        found = await store.load_history(_named(text, settings))
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
    from crawler.model.values import RepositoryName
    from crawler.ranking.growth import Provenance
    from crawler.store.baselines import Compared
    from crawler.store.moments import encode_day
    from crawler.store.records import Records

    figures = {
        name: Compared(RepositoryName.parse(name).key, encode_day(points[-1].day), points[-1].stars)
        for name, points in known
    }
    found = await Records(store).load_bursts(figures.values(), Provenance.GITHUB)
    return {name: found[each.key] for name, each in figures.items() if each.key in found}


async def _draw(
    settings: CommandSettings,
    names: Sequence[str],
    ranked: str | None,
    since: str | None,
    path: Path,
) -> int:
    """Write the growth chart of `names`, or of the most starred repositories of the list
    `ranked`."""
    from functools import partial

    from crawler.crawl.comparison import load_last
    from crawler.model.values import RepositoryName
    from crawler.reports.chart import MOST_CURVES, Curve
    from crawler.reports.files import check_writable, expanded, save_in_thread
    from crawler.reports.news import title_of
    from crawler.reports.picture import write_chart
    from crawler.store.records import Records

    path = expanded(str(path))
    check_writable(path)
    title = ""
    async with _open_store(settings) as store:
        store.check_exists()
        if ranked is not None:
            ranking = await load_last(Records(store), settings, [ranked])
            top = min(settings.top or MOST_CURVES, MOST_CURVES)
            names = [row.name.qualified for row in ranking.rows[:top]]
            title = f"Top {len(names)} of {title_of(ranking.sources)}"
        known, unknown = await _load(store, settings, names, since)
    curves = [
        Curve(RepositoryName.parse(name).full_name, tuple(points))
        for name, points in known
        if len(points) > 1
    ]
    _complain(unknown if ranked is None else (), since)
    if not curves:
        raise RunError("a chart takes the stars of two days, and the store knows those of one")
    if len(curves) > MOST_CURVES:
        raise RunError(f"a chart has room for {MOST_CURVES} repositories, not for {len(curves)}")
    title = title or " · ".join(curve.name for curve in curves)
    await save_in_thread(path, partial(write_chart, curves, title))
    return 0


async def _show_movers(settings: CommandSettings, said: str | None, form: str) -> int:
    from crawler.cli.console import print_out, standard_output, terminal_width, wants_color
    from crawler.model.values import RepositoryName
    from crawler.ranking.growth import GAINS_SINCE, Provenance, rate_of
    from crawler.reports.history import Mover, movers_document, render_movers, write_movers
    from crawler.reports.json import encode
    from crawler.store.records import Records

    since, today = parse_since(said or GAINS_SINCE, _now()), _now().date()
    async with _open_store(settings) as store:
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


def _fetch(settings: CommandSettings, names: Sequence[str], open_scene: OpenScene) -> int:
    """Fetch the whole star histories of some repositories into the store."""
    from dataclasses import replace

    from crawler.cli.session import run_job

    # A config file names the files of rankings, not of this verb.
    return run_job(
        replace(settings, output=(), report=()), partial(_fetch_lives, names), open_scene
    )


async def _fetch_lives(names: Sequence[str], scene: Scene, signals: Signals) -> int:
    from crawler.cli.statuses import INCOMPLETE
    from crawler.crawl.lives import fetch_lives
    from crawler.model.log import logger
    from crawler.model.values import RepositoryName, StarHistory
    from crawler.sources import hosts_of

    settings = scene.settings
    hosts = hosts_of(settings)
    wanted = [RepositoryName.parse(_named(name, settings)) for name in names]
    for text, name in zip(names, wanted, strict=True):
        host = hosts.get(name.host)
        if host is None or not host.is_name(name.full_name):
            raise UsageError(
                f"{text!r} is not an owner/repo on {' or '.join(h.name for h in hosts)}"
            )
    async with _open_store(settings) as store:
        told = await fetch_lives(
            settings,
            wanted,
            token=scene.token,
            tokens=scene.tokens,
            transport=scene.transport,
            clock=scene.clock,
            stop=signals.stop,
            store=store,
        )
    known = [each for each in told if isinstance(each, StarHistory)]
    for each in told:
        if isinstance(each, StarHistory):
            logger.info("{}: {:,} stars, by day since {}", each.name, each.stars, each.first)
        elif known:
            logger.error("{}", each)
    if not known:
        raise RunError("; ".join(dict.fromkeys(map(str, told))))
    return INCOMPLETE if len(known) < len(told) else 0


async def _import(settings: CommandSettings, paths: Sequence[str]) -> int:
    from crawler.sources import hosts_of

    hosts = hosts_of(settings)
    failed = []
    async with _open_store(settings) as store:
        for path in paths:
            try:
                await _import_file(store, path, hosts)
            except OSError as error:
                raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
            except UsageError as error:
                failed.append(f"nothing could be taken from {path}: {error}")
    if failed:
        raise RunError("; ".join(failed))
    return 0


async def _import_file(store: Store, path: str, hosts: Hosts) -> None:
    """Import a file.

    Raises: UsageError if nothing could be imported; OSError.
    """
    from crawler.cli.imports import Figure, read_file
    from crawler.model.log import logger

    taken = left_out = 0
    why = "it has no rows"

    def complain(line: int, what: str) -> None:
        nonlocal left_out, why
        left_out += 1
        if left_out == 1:
            why = f"line {line}: {what}"
        if left_out <= BAD_ROWS_NAMED:
            logger.warning("{}, line {} is skipped: {}", path, line, what)

    def figures() -> Iterator[Figure]:
        nonlocal taken
        for figure in read_file(Path(path), _now().date(), complain, hosts):
            taken += 1
            yield figure

    try:
        await store.import_figures(figures())
    except UsageError as error:
        if not taken:
            raise
        logger.error("{} ends early: {}", path, error)
    if left_out > BAD_ROWS_NAMED:
        logger.warning("{}: {:,} more lines are left out", path, left_out - BAD_ROWS_NAMED)
    if not taken:
        raise UsageError(why)
    logger.info("{}: {:,} rows taken in, {:,} left out", path, taken, left_out)


async def _export(settings: CommandSettings, output: str | None) -> int:
    from crawler.cli.console import standard_output
    from crawler.cli.imports import Figure
    from crawler.cli.transfer import save_figures, write_figures
    from crawler.model.log import logger

    def print_figures(figures: Iterator[Figure]) -> None:
        with standard_output("csv") as stream:
            write_figures(figures, stream)

    async with _open_store(settings) as store:
        store.check_exists()
        if output is None:
            await store.export(print_figures)
            return 0
        path = Path(output)
        count = await store.export(lambda figures: save_figures(figures, path))
    logger.info("{}: {:,} rows", output, count)
    return 0


def _now() -> datetime:
    return datetime.now(UTC)


def build_parser() -> Parser:
    """The parser of the verb."""
    parser = Parser(
        "history",
        usage="[OWNER/REPO ...] [flags]",
        description="Show how the stars of repositories developed, as far as the store knows.",
        examples={
            "dotnet/runtime": "its stars, week by week",
            "--since 30d": "who gained most in 30 days",
            "mono/mono -o mono.svg": "its growth as a picture",
            "fetch mono/mono": "its whole star history",
            "import stars.csv": "add figures of your own",
            "export -o stars.parquet": "every figure, for others",
        },
        common=("since", "top", "format", "output", "store"),
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="OWNER/REPO",
        help="repositories (default: those that gained most)",
    )
    parser.add_config()
    box = parser.add_argument_group("history")
    add_flag(
        box,
        SETTINGS["since"],
        "show the time since then, such as 90d or a date (default: all; 30d for those that "
        "gained most)",
    )
    add_flag(
        box, SETTINGS["top"], f"show at most this many that gained most (default: {TABLE_TOP})"
    )
    box.add_argument(
        "-f",
        "--format",
        choices=("table", "json", "csv"),
        help="print the history in this format (default: table)",
    )
    box.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        help="write a growth chart of the repositories (.svg); of export: .csv or .parquet",
    )
    box.add_argument(
        "--list", metavar="LIST", help="draw the most starred of the last run over this list"
    )
    parser.add_settings(("quiet", "store"))
    return parser
