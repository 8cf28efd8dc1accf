"""The command: what was asked for in, exit status out.

Whatever a run does not need (httpx, the parser, rich) is imported where it is
used, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from crawler.cli.commands.demo import Scene, open_demo
from crawler.cli.parser import DEMO, HISTORY, REPORT, build_parser, build_report_parser
from crawler.model.errors import ConfigError, CrawlerError, Interrupted
from crawler.model.settings import DEFAULTS, Settings

if TYPE_CHECKING:
    from crawler.cli.signals import Signals
    from crawler.model.results import Ranking
    from crawler.store import Store

    Job = Callable[[Scene, Signals], Awaitable[int]]
    """What the command does; returns its exit status."""

SIGNALLED: Final = 128
"""Added to the number of the signal that ended the run, as shells do: 130 after Ctrl-C."""

FAILED_ON: Final = 4
"""Exit status of a report that is there, but with something in it that --fail-on names."""

INCOMPLETE: Final = 3
"""Exit status of a report in which repositories are missing that a rerun may bring."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv` (default: the process's) and return its exit status."""
    from crawler.cli.console import complain, print_out

    arguments = sys.argv[1:] if argv is None else argv
    try:
        try:
            match arguments:
                case [verb, *rest] if verb == HISTORY:
                    from crawler.cli.commands.history import start_history

                    return start_history(rest)
                case [verb, *rest] if verb == REPORT:
                    return _start(vars(build_report_parser().parse_intermixed_args(rest)), _render)
            return _start(vars(build_parser().parse_intermixed_args(arguments)), _rank)
        except SystemExit:
            # What --help printed may have no reader any more.
            print_out("")
            raise
    except CrawlerError as error:
        complain(str(error))
        return error.exit_status
    except KeyboardInterrupt:
        complain("interrupted")
        return SIGNALLED + signal.SIGINT


_OF_A_DEMO: Final[dict[str, Any]] = {
    **{"output": [], "report": [], "since": None, "refresh": False, "offline": False},
    **{"store": True, "max_age": DEFAULTS.max_age, "gone_grace": DEFAULTS.gone_grace},
}
"""What a config file says of these is about real lists."""


def _start(given: dict[str, Any], job: Job) -> int:
    import asyncio

    from crawler.cli.config import load_config, load_settings
    from crawler.cli.console import set_up_log

    config = given.pop("config", None)
    if given.pop("dry_run", False):
        job = _print_plan
        # What a config file keeps up to date are rankings.
        given = {"output": [], "report": [], **given}
    named = tuple(given.get("lists", ()))
    if job is _render and not named and config is not None:
        named = tuple(load_config(config).get("lists", ()))
    is_demo = job is not _render and named[:1] == (DEMO,)
    if is_demo and given.pop("lists") != [DEMO]:
        raise ConfigError(f"{DEMO} has a list of its own and takes no other")
    if is_demo:
        # What a config file keeps up to date are real reports.
        given = {**_OF_A_DEMO, **given}
        if isinstance(given["store"], str):
            raise ConfigError(f"{DEMO} has a store of its own")
    settings = load_settings(given, config, environ=os.environ)
    set_up_log(quiet=settings.quiet, verbose=settings.verbose, file=settings.log_file)
    return asyncio.run(_run(settings, job, named, is_demo=is_demo))


async def _run(settings: Settings, job: Job, named: tuple[str, ...], *, is_demo: bool) -> int:
    """The one coroutine that `asyncio.run` runs."""
    from datetime import UTC, datetime

    from crawler.cli.console import complain
    from crawler.cli.signals import stopping_on_signals
    from crawler.reports.outputs import check_reports

    check_reports(settings, datetime.now(UTC))
    # Who asks nobody needs no token.
    open_scene = open_demo if is_demo else _open_nothing if job is _render else _open_world
    async with open_scene(settings) as scene:
        with stopping_on_signals() as signals:
            try:
                status = await job(replace(scene, named=named), signals)
            except Interrupted as error:
                complain(str(error))
    return SIGNALLED + signals.received[0] if signals.received else status


@asynccontextmanager
async def _open_nothing(settings: Settings) -> AsyncIterator[Scene]:
    yield Scene(settings, None)


@asynccontextmanager
async def _open_world(settings: Settings) -> AsyncIterator[Scene]:
    import asyncio

    from crawler.sources.github.credentials import find_token

    # gh is another process, and may ask the keyring.
    token = await asyncio.to_thread(find_token, settings.token_env, api_url=settings.api_url)
    yield Scene(settings, token)


async def _print_plan(scene: Scene, signals: Signals) -> int:
    from datetime import UTC, datetime

    from crawler.cli.console import print_out, terminal_width, wants_color
    from crawler.crawl.run import read_plan
    from crawler.reports import Format, format_of
    from crawler.reports.files import save_text
    from crawler.reports.outputs import path_of
    from crawler.reports.plan import render_plan

    settings = scene.settings
    async with _open_store(settings) as store:
        plan = await read_plan(
            settings,
            token=scene.token,
            transport=scene.transport,
            stop=signals.stop,
            store=store,
        )
    now = datetime.now(UTC)
    for report in settings.files:
        form = format_of(report.path)
        text = render_plan(plan.sources, plan.listings, form)
        await save_text(path_of(report, now, "list"), text, confined=report.confined)
    signals.release()
    if settings.format or not settings.files:
        form = Format(settings.format or Format.TABLE)
        width, color = terminal_width(), wants_color()
        print_out(render_plan(plan.sources, plan.listings, form, width=width, color=color))
    return 0


async def _rank(scene: Scene, signals: Signals) -> int:
    from crawler.cli.console import progress_bar
    from crawler.crawl.run import crawl

    settings = scene.settings
    async with _open_store(settings) as store, _locked(scene, store, signals) as is_ours:
        if not is_ours:
            return 0
        with progress_bar(wanted=settings.progress and not settings.quiet) as progress:
            ranking = await crawl(
                settings,
                token=scene.token,
                progress=progress,
                transport=scene.transport,
                clock=scene.clock,
                stop=signals.stop,
                store=store,
            )
        return await _deliver(ranking, settings, signals)


async def _render(scene: Scene, signals: Signals) -> int:
    from crawler.crawl.comparison import load_last
    from crawler.model.log import logger

    if scene.settings.store is False:
        raise ConfigError("the last run is kept in the store, and there is to be none")
    async with _open_store(scene.settings) as store:
        assert store is not None  # by the check above
        store.check_exists()
        ranking = await load_last(store, scene.settings, scene.named)
    logger.info(
        "the run of {:%Y-%m-%d %H:%M} UTC over {}",
        ranking.generated_at,
        ", ".join(source.name for source in ranking.sources),
    )
    return await _deliver(ranking, scene.settings, signals)


async def _deliver(ranking: Ranking, settings: Settings, signals: Signals) -> int:
    """Write the files, print what is to be printed, and say how it ended."""
    from crawler.cli.console import print_out, terminal_width, wants_color
    from crawler.model.log import logger
    from crawler.ranking.filters import apply_filters
    from crawler.reports import Format, render
    from crawler.reports.outputs import save_reports

    ended = signals.stop.is_set()
    # A run that is ended leaves files as they were; one that has begun to write them, finishes.
    if not ended:
        await save_reports(settings, ranking)
    signals.release()
    if settings.format or ended or not settings.files:
        text = render(
            ranking,
            Format(settings.format or Format.TABLE),
            settings,
            width=terminal_width(),
            color=wants_color(),
            ages=settings.offline,
        )
        print_out(text)
    if ranking.rows and not apply_filters(ranking, settings).rows:
        logger.warning("no repository passes the filters")
    return _conclude(ranking, settings)


def _conclude(ranking: Ranking, settings: Settings) -> int:
    """Say what is wrong with the report, and return the exit status."""
    from crawler.model.log import logger
    from crawler.model.values import Reason

    # For the log file alone: whoever looks at the report sees it there.
    logger.bind(for_file=True).info(
        "{} listed, {} ranked, {} stale, {} failed; {} requests",
        ranking.sums.listed,
        ranking.sums.ranked,
        ranking.sums.stale,
        sum(count for _, count in ranking.sums.failed),
        ranking.usage.requests,
    )
    for failure in ranking.failures:
        logger.debug("{} is {}: {}", failure.repository, failure.reason, failure.message)
    sums = ranking.sums
    failed = Counter(dict(sums.failed))
    throttled = [each for each in ranking.failures if each.reason is Reason.THROTTLED]
    if throttled:
        # It says until when, if anybody knows.
        logger.warning("{}", throttled[0].message)
    open_ends = sum(count for reason, count in sums.failed if reason.retryable) + sums.stale
    # Whoever wants silence wants to hear of this all the same, in one line.
    level = "ERROR" if settings.quiet else "WARNING"
    found = {
        "gone": failed[Reason.NOT_FOUND] + failed[Reason.BLOCKED],
        "archived": sums.archived or 0,
        "incomplete": open_ends,
    }
    if not ranking.provider.follows_repositories and {"gone", "archived"} & set(settings.fail_on):
        logger.log(level, "--fail-on: what is gone or archived is unknown to deps.dev; use a token")
    fatal = [f"{found[what]} {what}" for what in settings.fail_on if found[what]]
    if fatal:
        logger.log(level, "of {} repositories {} (--fail-on)", sums.listed, ", ".join(fatal))
        return FAILED_ON
    unknown = failed[Reason.UNKNOWN_TO_SOURCE]
    if open_ends and open_ends == unknown:
        logger.log(
            level,
            "the report is incomplete: {} of {} repositories are unknown to deps.dev; a GitHub "
            "token would settle them: set GH_TOKEN, or log in with gh auth login",
            open_ends,
            sums.listed,
        )
    elif open_ends:
        logger.log(
            level,
            "the report is incomplete: {} of {} repositories have no fresh answer; run it again {} "
            "(-v says why)",
            open_ends,
            sums.listed,
            "without --offline" if settings.offline else "later",
        )
    return 0 if ranking.complete else INCOMPLETE


@asynccontextmanager
async def _locked(scene: Scene, store: Store | None, signals: Signals) -> AsyncIterator[bool]:
    """Whether this run has the store for itself, if it is to; as long as it lasts."""
    when_taken = scene.settings.lock
    if store is None or when_taken is None:
        yield True
        return
    from crawler.model.clock import Clock
    from crawler.store.locks import hold_lock

    path = store.path.with_name(f"{store.path.name}.lock")
    confined = "store" in scene.settings.confined
    clock = scene.clock or Clock()
    async with hold_lock(path, when_taken, signals.stop, clock, confined=confined) as is_ours:
        yield is_ours


@asynccontextmanager
async def _open_store(settings: Settings) -> AsyncIterator[Store | None]:
    """The store that the settings name, if any."""
    if settings.store is False:
        yield None
        return
    from crawler.reports.files import expanded
    from crawler.store import Store

    path = None if settings.store is True else expanded(settings.store)
    async with Store(path, confined="store" in settings.confined) as store:
        yield store
