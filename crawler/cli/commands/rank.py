"""The verb `rank`, the default: read lists, fetch their repositories, write reports."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crawler import __version__
from crawler.cli.commands import DEFAULT, verbs
from crawler.cli.nearest import did_you_mean
from crawler.cli.parser import Parser, program
from crawler.model.errors import UsageError
from crawler.model.settings import DEFAULT_LIST

if TYPE_CHECKING:
    from crawler.cli.session import OpenScene, Scene
    from crawler.cli.signals import Signals
    from crawler.model.settings import CommandSettings
    from crawler.store import Store

SUMMARY: Final = "rank lists by stars; the default verb"

EXAMPLES: Final = {
    "avelino/awesome-go -n 25": "another list, 25 rows",
    "--sort gained --since 7d": "who is rising",
    "-q -o stars.html -o stars.json": "only files, no output",
    "--section Game --min-stars 100": "only some of the entries",
    "-f json a/list ./mine.md": "for other programs",
}

COMMON: Final = (
    *("format", "output", "top", "sort", "section", "since", "offline"),
    *("fail_on", "quiet", "config", "dry_run"),
)
"""The flags of the short help."""


def run(arguments: Sequence[str]) -> int:
    """Run the verb with the arguments after it, and return the exit status.

    Raises: CrawlerError.
    """
    given = build_parser().read(arguments)
    from crawler.cli.session import open_world

    return rank(given, open_world)


def build_parser() -> Parser:
    """The parser of the verb."""
    parser = Parser(
        DEFAULT,
        description="Rank by stars the repositories listed in awesome lists.",
        examples=EXAMPLES,
        common=COMMON,
    )
    add_flags(parser)
    parser.add_argument(
        "--version",
        action="version",
        version=f"star-crawler {__version__}",
        help="show the version",
    )
    return parser


def add_flags(parser: Parser) -> None:
    """Add the lists and flags of a run."""
    parser.add_lists(f"owner/repo, URL, path, or - for standard input (default: {DEFAULT_LIST})")
    parser.add_config()
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="print the entries of the lists; fetch no repository",
    )
    parser.add_settings()


def rank(given: dict[str, Any], open_scene: OpenScene) -> int:
    """Rank in a scene according to the flags, and return the exit status.

    Raises: CrawlerError.
    """
    from crawler.cli.config import load_settings
    from crawler.cli.session import run_job

    _check_words(given.get("lists", ()))
    job = _rank
    if given.pop("dry_run", False):
        job = _print_plan
        # The files that a config file names are for rankings with its own lists.
        given = {"output": [], "report": [], "index": None, **given}
    settings = load_settings(given, given.pop("config", None), environ=os.environ)
    return run_job(settings, job, open_scene)


def _check_words(names: Sequence[str]) -> None:
    """Refuse arguments that look like a misplaced or misspelt verb.

    Raises: UsageError.
    """
    for name in names:
        if "/" not in name and not Path(name).exists():
            if name in verbs():
                raise UsageError(
                    f"{name} is a verb, and stands first: {program()} {name} ...; "
                    f"see {program()} --help"
                )
            if hint := did_you_mean(name, verbs()):
                raise UsageError(
                    f"{name!r} is neither a list nor a verb{hint} See {program()} --help"
                )


async def _print_plan(scene: Scene, signals: Signals) -> int:
    from datetime import UTC, datetime
    from functools import partial

    from crawler.cli.console import standard_output, terminal_width, wants_color
    from crawler.cli.delivery import conclude_files
    from crawler.cli.session import open_store
    from crawler.cli.statuses import INCOMPLETE
    from crawler.crawl.run import read_plan
    from crawler.reports.formats import View, format_of
    from crawler.reports.outputs import path_of, printed, save_all, saved
    from crawler.reports.plan import write_plan

    settings = scene.settings
    async with open_store(settings) as store:
        plan = await read_plan(settings, scene.context(signals, store))
    now = datetime.now(UTC)
    write = partial(write_plan, plan.sources, plan.listings, elsewhere=plan.elsewhere)
    unwritten = await save_all(
        (
            report,
            path_of(report, now, "list"),
            partial(write, format_of(report.path).name),
        )
        for report in saved(settings)
    )
    signals.release()
    for report in printed(settings):
        view = View(width=terminal_width(), color=wants_color())
        form = report.format or "table"
        with standard_output(form) as stream:
            write(form, stream, view)
    return conclude_files(unwritten) or (INCOMPLETE if plan.unread or plan.unread_files else 0)


async def _rank(scene: Scene, signals: Signals) -> int:
    from crawler.cli.console import progress_bar
    from crawler.cli.delivery import deliver
    from crawler.crawl.run import crawl
    from crawler.reports.outputs import for_people

    settings = scene.settings
    preloads = ["crawler.reports.render", f"crawler.reports.{settings.format or 'table'}"]
    async with _store_of_run(settings) as store, _locked(scene, store, signals) as is_ours:
        if not is_ours:
            return 0
        with progress_bar(wanted=settings.progress and not settings.quiet) as progress:
            ranking = await crawl(
                settings,
                scene.context(signals, store, progress),
                shown=for_people(settings),
                preloads=preloads,
            )
        return await deliver(ranking, settings, signals)


@asynccontextmanager
async def _store_of_run(settings: CommandSettings) -> AsyncIterator[Store | None]:
    """The store. If there is none, star histories to show are kept until the end of the run."""
    from tempfile import TemporaryDirectory

    from crawler.cli.session import open_store
    from crawler.crawl.histories import history_mode
    from crawler.reports.outputs import for_people

    async with open_store(settings) as store:
        if store is not None or history_mode(settings, for_people(settings)) == "none":
            yield store
            return
        try:
            folder = TemporaryDirectory(prefix="star-crawler-", ignore_cleanup_errors=True)
        except OSError:  # there is no folder for temporary files
            yield None
            return
        from crawler.store import Store

        with folder as name:
            async with Store(Path(name, "store.db")) as temporary:
                yield temporary


@asynccontextmanager
async def _locked(scene: Scene, store: Store | None, signals: Signals) -> AsyncIterator[bool]:
    """Whether this run may use the store; the lock, if any, lasts as long as the context."""
    when_taken = scene.settings.lock
    if store is None or when_taken is None:
        yield True
        return
    from crawler.model.clock import Clock
    from crawler.store.locks import hold_lock

    path = store.path.with_name(f"{store.path.name}.lock")
    clock = scene.clock or Clock()
    async with hold_lock(path, when_taken, signals.stop, clock) as is_ours:
        yield is_ours
