"""Deliver a ranking: write files, print a report, and determine the exit status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from crawler.cli.statuses import FAILED_ON, INCOMPLETE
from crawler.model.errors import RunError

if TYPE_CHECKING:
    from crawler.cli.signals import Signals
    from crawler.model.results import Ranking
    from crawler.model.settings import CommandSettings, FailOn


async def deliver(ranking: Ranking, settings: CommandSettings, signals: Signals) -> int:
    """Write the files, print the report, and return the exit status."""
    from crawler.cli.console import knows_links, standard_output, terminal_width, wants_color
    from crawler.model.log import logger
    from crawler.ranking.advice import unmatched
    from crawler.ranking.filters import apply_filters
    from crawler.reports.formats import View
    from crawler.reports.outputs import printed, save_reports
    from crawler.reports.render import write

    ended = signals.stop.is_set()
    # An interrupted run leaves files unchanged, but writing that has begun is finished.
    unwritten = [] if ended else await save_reports(settings, ranking)
    signals.release()
    for report in printed(settings, ended=ended):
        view = View(
            width=terminal_width(),
            color=wants_color(),
            links=knows_links(),
            ages=settings.offline,
            csv_bom=settings.csv_bom,
        )
        form = report.format or "table"
        with standard_output(form) as stream:
            write(ranking, stream, form, report, view)
    asked = dict.fromkeys(
        sentence
        for filters in (settings, *settings.files)
        for sentence in unmatched(ranking, filters)
    )
    for sentence in asked:
        logger.warning("{}", sentence)
    if not asked and ranking.rows and not apply_filters(ranking, settings).rows:
        logger.warning("no repository passes the filters")
    status = _conclude(ranking, settings)
    return conclude_files(unwritten) or status


def conclude_files(unwritten: Iterable[str]) -> int:
    """Report the files that could not be written, and return the exit status; 0 if there are
    none."""
    from crawler.model.log import logger

    status = 0
    for sentence in unwritten:
        logger.error("{}", sentence)
        status = RunError.exit_status
    return status


def _conclude(ranking: Ranking, settings: CommandSettings) -> int:
    """Report what is wrong with the ranking, and return the exit status."""
    from crawler.model.log import logger
    from crawler.model.values import Reason, follows_repositories

    # Only for the log file: the report itself shows it to the user.
    logger.bind(for_file=True).info(
        "{} listed, {} ranked, {} stale, {} failed; {} requests",
        ranking.sums.listed,
        ranking.sums.ranked,
        ranking.sums.stale,
        sum(count for _, count in ranking.sums.failed),
        ranking.usage.requests,
    )
    for failure in ranking.failures:
        logger.debug("{}: {} ({})", failure.repository, failure.message, failure.reason.words)
    sums = ranking.sums
    failed = Counter(dict(sums.failed))
    throttled = [each for each in ranking.failures if each.reason is Reason.THROTTLED]
    if throttled:
        # The message says until when, if that is known.
        logger.warning("{}", throttled[0].message)
    open_ends = sum(count for reason, count in sums.failed if reason.retryable) + sums.stale
    # Even with --quiet this is worth one line.
    warn = logger.bind(even_if_quiet=True).warning
    found = {
        "gone": failed[Reason.NOT_FOUND] + failed[Reason.BLOCKED],
        "archived": sums.archived or 0,
        "incomplete": open_ends,
        **_new(ranking, settings.fail_on),
    }
    unread = len(ranking.unread) if "incomplete" in settings.fail_on else 0
    # Of a short list GitHub was asked about every row, and the sums are known.
    if (
        not follows_repositories(ranking.provider)
        and sums.archived is None
        and any(what.startswith(("gone", "archived")) for what in settings.fail_on)
    ):
        warn("--fail-on: what is gone or archived is unknown to deps.dev; use a token")
    fatal = [f"{found[what]} {what}" for what in settings.fail_on if found[what]]
    if fatal:
        logger.error("of {} repositories {} (--fail-on)", sums.listed, ", ".join(fatal))
    if unread:
        lists = len(ranking.sources) + unread
        logger.error("of {} lists {} could not be read (--fail-on)", lists, unread)
    files = ranking.unread_files if "incomplete" in settings.fail_on else ()
    if files:
        logger.error("{} files of lists were not read (--fail-on)", len(files))
    if fatal or unread or files:
        return FAILED_ON
    unknown = failed[Reason.UNKNOWN_TO_SOURCE]
    if open_ends and open_ends == unknown:
        warn(
            "the report is incomplete: {} of {} repositories are unknown to deps.dev; a GitHub "
            "token would settle them",
            open_ends,
            sums.listed,
        )
    elif open_ends:
        warn(
            "the report is incomplete: {} of {} repositories have no fresh answer; run it again {} "
            "(-v says why)",
            open_ends,
            sums.listed,
            "without --offline" if settings.offline else "later",
        )
    return 0 if ranking.complete else INCOMPLETE


def _new(ranking: Ranking, fail_on: Iterable[FailOn]) -> dict[str, int]:
    """How many became gone or archived since the last run; all if there was none."""
    from crawler.model.rows import EventKind
    from crawler.model.values import GONE

    def is_new(changed: Iterable[EventKind] | None, kind: EventKind) -> bool:
        return changed is None or not {kind, EventKind.LISTED}.isdisjoint(changed)

    found = {}
    if "gone:new" in fail_on:
        found["gone:new"] = sum(
            failure.reason in GONE and is_new(failure.changed, EventKind.GONE)
            for failure in ranking.failures
        )
    if "archived:new" in fail_on:
        found["archived:new"] = sum(
            bool(row.archived) and is_new(row.changed, EventKind.ARCHIVED) for row in ranking.rows
        )
    return found
