"""The command: what was asked for in, exit status out.

Whatever a run does not need (httpx, the parser, rich) is imported where it is
used, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crawler.arguments import DEMO, HISTORY, build_parser
from crawler.demonstration import Scene, open_demo
from crawler.errors import ConfigError, CrawlerError, Interrupted
from crawler.settings import TABLE_TOP, Settings

if TYPE_CHECKING:
    import asyncio

    from crawler.results import Ranking
    from crawler.store import Store

SIGNALLED: Final = 128
"""Added to the number of the signal that ended the run, as shells do: 130 after Ctrl-C."""

INCOMPLETE: Final = 3
"""Exit status of a report in which repositories are missing that a rerun may bring."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv` (default: the process's) and return its exit status."""
    from crawler.console import complain, print_out

    arguments = sys.argv[1:] if argv is None else argv
    try:
        try:
            if arguments[:1] == [HISTORY]:
                from crawler.history import start_history

                return start_history(arguments[1:])
            given = vars(build_parser().parse_intermixed_args(arguments))
        except SystemExit:
            # What --help printed may have no reader any more.
            print_out("")
            raise
        return _start(given)
    except CrawlerError as error:
        complain(str(error))
        return error.exit_status
    except KeyboardInterrupt:
        complain("interrupted")
        return SIGNALLED + signal.SIGINT


def _start(given: dict[str, Any]) -> int:
    import asyncio

    from crawler.config_files import load_settings
    from crawler.console import set_up_log

    config = given.pop("config", None)
    dry_run = given.pop("dry_run", False)
    is_demo = given.get("lists", [])[:1] == [DEMO]
    if is_demo and given.pop("lists") != [DEMO]:
        raise ConfigError(f"{DEMO} has a list of its own and takes no other")
    if is_demo:
        # What a config file keeps up to date are real reports.
        given.setdefault("output", [])
    settings = load_settings(given, config, environ=os.environ)
    set_up_log(quiet=settings.quiet, verbose=settings.verbose)
    return asyncio.run(_run(settings, is_demo=is_demo, dry_run=dry_run))


async def _run(settings: Settings, *, is_demo: bool, dry_run: bool) -> int:
    """The one coroutine that `asyncio.run` runs."""
    from crawler.console import complain
    from crawler.files import check_writable
    from crawler.reports import format_of

    for path in settings.output:
        format_of(path)
        check_writable(Path(path))
    job = _print_plan if dry_run else _rank
    async with open_demo(settings) if is_demo else _open_world(settings) as scene:
        with _stopping_on_signals() as signals:
            try:
                status = await job(scene, signals)
            except Interrupted as error:
                complain(str(error))
    return SIGNALLED + signals.received[0] if signals.received else status


@asynccontextmanager
async def _open_world(settings: Settings) -> AsyncIterator[Scene]:
    import asyncio

    from crawler.credentials import find_token

    # gh is another process, and may ask the keyring.
    token = await asyncio.to_thread(find_token, settings.token_env, api_url=settings.api_url)
    yield Scene(settings, token)


@dataclass(frozen=True, slots=True)
class _Signals:
    """What Ctrl-C and SIGTERM do to a run; the second of a kind ends it at once."""

    stop: asyncio.Event
    """Set by the first."""
    release: Callable[[], None]
    """From now on the first ends it at once, too: a reader that is slow to take the report would
    keep the event loop from hearing of it."""
    received: list[int] = field(default_factory=list)


@contextmanager
def _stopping_on_signals() -> Iterator[_Signals]:
    """Have the signals stop the run in good order."""
    import asyncio

    loop = asyncio.get_running_loop()

    def release() -> None:
        for number in handled:
            loop.remove_signal_handler(number)

    signals = _Signals(asyncio.Event(), release)
    handled: set[int] = set()

    def receive(number: int) -> None:
        signals.received.append(number)
        signals.stop.set()
        handled.discard(number)
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        # Where the loop knows no signals (Windows, threads), Ctrl-C stays a KeyboardInterrupt.
        with suppress(NotImplementedError, RuntimeError):
            loop.add_signal_handler(number, receive, number)
            handled.add(number)
    yield signals


async def _print_plan(scene: Scene, signals: _Signals) -> int:
    from crawler.console import print_out, terminal_width, wants_color
    from crawler.files import save_text
    from crawler.pipeline import read_plan
    from crawler.reports import Format, format_of
    from crawler.reports.plan import render_plan

    settings = scene.settings
    plan = await read_plan(
        settings, token=scene.token, transport=scene.transport, stop=signals.stop
    )
    for path in settings.output:
        await save_text(Path(path), render_plan(plan.sources, plan.listings, format_of(path)))
    signals.release()
    if settings.format or not settings.output:
        form = Format(settings.format or Format.TABLE)
        width, color = terminal_width(), wants_color()
        print_out(render_plan(plan.sources, plan.listings, form, width=width, color=color))
    return 0


async def _rank(scene: Scene, signals: _Signals) -> int:
    from crawler.console import print_out, progress_bar, terminal_width, wants_color
    from crawler.files import save_text
    from crawler.pipeline import crawl
    from crawler.reports import Format, format_of, render

    settings = scene.settings
    async with _open_store(settings) as store:
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
    ended = signals.stop.is_set()
    # A run that is ended leaves files as they were; one that has begun to write them, finishes.
    for path in () if ended else settings.output:
        await save_text(Path(path), render(ranking.limited(settings.top), format_of(path)))
    signals.release()
    if settings.format or ended or not settings.output:
        form = Format(settings.format or Format.TABLE)
        top = TABLE_TOP if settings.top is None and form is Format.TABLE else settings.top
        print_out(
            render(
                ranking.limited(top),
                form,
                width=terminal_width(),
                color=wants_color(),
                ages=settings.offline,
            )
        )
    _log_failures(ranking)
    return 0 if ranking.complete else INCOMPLETE


@asynccontextmanager
async def _open_store(settings: Settings) -> AsyncIterator[Store | None]:
    """The store that the settings name, if any."""
    if settings.store is False:
        yield None
        return
    from crawler.store import Store

    async with Store(None if settings.store is True else settings.store) as store:
        yield store


def _log_failures(ranking: Ranking) -> None:
    from crawler.log import logger
    from crawler.models import Reason

    for failure in ranking.failures:
        logger.debug("{} is {}: {}", failure.repository, failure.reason, failure.message)
    throttled = [each for each in ranking.failures if each.reason is Reason.THROTTLED]
    if throttled:
        # It says until when, if anybody knows.
        logger.warning("{}", throttled[0].message)
    open_ends = sum(failure.retryable for failure in ranking.failures) + ranking.sums.stale
    if open_ends:
        logger.warning(
            "the report is incomplete: {} of {} repositories have no fresh answer; run it again "
            "later (-v says why)",
            open_ends,
            ranking.sums.listed,
        )
