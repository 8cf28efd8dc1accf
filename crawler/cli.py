"""The command: what was asked for in, exit status out.

Whatever a run does not need (httpx, the parser, rich) is imported where it is
used, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crawler.arguments import DEMO, build_parser
from crawler.errors import ConfigError, CrawlerError, Interrupted
from crawler.settings import TABLE_TOP, Settings

if TYPE_CHECKING:
    import asyncio

    from crawler.exchange import Token
    from crawler.http import Transport
    from crawler.results import Ranking

SIGNALLED: Final = 128
"""Added to the number of the signal that ended the run, as shells do: 130 after Ctrl-C."""

INCOMPLETE: Final = 3
"""Exit status of a report in which repositories are missing that a rerun may bring."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with `argv` (default: the process's) and return its exit status."""
    from crawler.console import complain, print_out

    try:
        try:
            given = vars(build_parser().parse_intermixed_args(argv))
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

    from crawler.console import set_up_log

    config = given.pop("config", None)
    dry_run = given.pop("dry_run", False)
    is_demo = given.get("lists", [])[:1] == [DEMO]
    if is_demo and given.pop("lists") != [DEMO]:
        raise ConfigError(f"{DEMO} has a list of its own and takes no other")
    if is_demo:
        # What a config file keeps up to date are real reports.
        given.setdefault("output", [])
    settings = _settle(given, config)
    set_up_log(quiet=settings.quiet, verbose=settings.verbose)
    return asyncio.run(_run(settings, is_demo=is_demo, dry_run=dry_run))


def _settle(given: dict[str, Any], config: str | None) -> Settings:
    """Flags beat environment beats config file beats defaults."""
    from crawler.config import find_addresses, make_settings
    from crawler.config_files import load_config

    if given.get("verbose"):
        given.setdefault("quiet", False)
    stored = load_config(config)
    values = {**stored, **given, **find_addresses(given, stored, environ=os.environ)}
    if not values.get("lists"):
        values.pop("lists", None)
    return make_settings(values)


async def _run(settings: Settings, *, is_demo: bool, dry_run: bool) -> int:
    """The one coroutine that `asyncio.run` runs."""
    from crawler.console import complain
    from crawler.files import check_writable
    from crawler.reports import format_of

    for path in settings.output:
        format_of(path)
        check_writable(Path(path))
    token: Token | None
    transport: Transport | None = None
    if is_demo:
        settings, token, transport = _set_up_demo(settings)
    else:
        token = await _find_token(settings)
    job = _print_plan if dry_run else _rank
    with _stopping_on_signals() as signals:
        try:
            status = await job(settings, token, transport, signals)
        except Interrupted as error:
            complain(str(error))
    return SIGNALLED + signals.received[0] if signals.received else status


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


async def _find_token(settings: Settings) -> Token | None:
    import asyncio

    from crawler.credentials import find_token

    # gh is another process, and may ask the keyring.
    return await asyncio.to_thread(find_token, settings.token_env, api_url=settings.api_url)


def _set_up_demo(settings: Settings) -> tuple[Settings, Token, Transport]:
    """The same run, but for where its requests go."""
    from datetime import UTC, datetime

    from crawler.config import find_addresses
    from crawler.credentials import make_token
    from crawler.demo import DEMO_DATE, DEMO_LIST, DEMO_TOKEN, DemoTransport
    from crawler.log import logger

    logger.info(
        "this is a demonstration: no network is used, and its star counts are of {}, {} days ago",
        DEMO_DATE,
        (datetime.now(UTC).date() - DEMO_DATE).days,
    )
    addresses = find_addresses({}, environ={})
    settings = replace(
        settings,
        lists=(DEMO_LIST,),
        provider="auto" if settings.provider == "depsdev" else settings.provider,
        api_url=addresses["api_url"],
        graphql_url=addresses["graphql_url"],
        depsdev_url=addresses["depsdev_url"],
    )
    return settings, make_token(DEMO_TOKEN, "the demonstration"), DemoTransport()


async def _print_plan(
    settings: Settings, token: Token | None, transport: Transport | None, signals: _Signals
) -> int:
    from crawler.console import print_out, terminal_width, wants_color
    from crawler.files import save_text
    from crawler.pipeline import read_plan
    from crawler.reports import Format, format_of
    from crawler.reports.plan import render_plan

    plan = await read_plan(settings, token=token, transport=transport, stop=signals.stop)
    for path in settings.output:
        await save_text(Path(path), render_plan(plan.sources, plan.listings, format_of(path)))
    signals.release()
    if settings.format or not settings.output:
        form = Format(settings.format or Format.TABLE)
        width, color = terminal_width(), wants_color()
        print_out(render_plan(plan.sources, plan.listings, form, width=width, color=color))
    return 0


async def _rank(
    settings: Settings, token: Token | None, transport: Transport | None, signals: _Signals
) -> int:
    from crawler.console import print_out, progress_bar, terminal_width, wants_color
    from crawler.files import save_text
    from crawler.pipeline import crawl
    from crawler.reports import Format, format_of, render

    with progress_bar(wanted=settings.progress and not settings.quiet) as progress:
        ranking = await crawl(
            settings, token=token, progress=progress, transport=transport, stop=signals.stop
        )
    ended = signals.stop.is_set()
    # A run that is ended leaves files as they were; one that has begun to write them, finishes.
    for path in () if ended else settings.output:
        await save_text(Path(path), render(ranking.limited(settings.top), format_of(path)))
    signals.release()
    if settings.format or ended or not settings.output:
        form = Format(settings.format or Format.TABLE)
        top = TABLE_TOP if settings.top is None and form is Format.TABLE else settings.top
        print_out(render(ranking.limited(top), form, width=terminal_width(), color=wants_color()))
    _log_failures(ranking)
    return 0 if ranking.complete else INCOMPLETE


def _log_failures(ranking: Ranking) -> None:
    from crawler.log import logger
    from crawler.models import Reason

    for failure in ranking.failures:
        logger.debug("{} is {}: {}", failure.repository, failure.reason, failure.message)
    throttled = [each for each in ranking.failures if each.reason is Reason.THROTTLED]
    if throttled:
        # It says until when, if anybody knows.
        logger.warning("{}", throttled[0].message)
    open_ends = sum(failure.retryable for failure in ranking.failures)
    if open_ends:
        logger.warning(
            "the report is incomplete: {} of {} repositories have no answer yet; run it again "
            "later (-v says why)",
            open_ends,
            ranking.sums.listed,
        )
