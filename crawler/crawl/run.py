"""One run, in five steps: read the lists, look up what is known, fetch the rest, rank, compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from crawler.crawl.asking import Asking
from crawler.crawl.cache import Cache
from crawler.crawl.context import Context, Run, open_run, unless
from crawler.crawl.histories import Histories, first_rows
from crawler.crawl.plan import Plan, make_plan
from crawler.crawl.progress import Arrivals
from crawler.crawl.providers import choose_providers
from crawler.crawl.reading import Lists, read_lists
from crawler.crawl.recheck import ROWS, recheck
from crawler.lists.section_cache import SectionCache
from crawler.model.errors import Interrupted, RunError, StoreError
from crawler.model.frozen import frozen
from crawler.model.log import logger
from crawler.model.preload import preload
from crawler.model.settings import Report, Settings
from crawler.model.shielded import in_thread
from crawler.model.values import Provider, Reason, Refusal, follows_repositories
from crawler.sources.github.host import GITHUB

if TYPE_CHECKING:
    from crawler.model.results import Ranking, Usage
    from crawler.store.workspace import Workspace

_RANK: Final = "crawler.crawl.rank"
_COMPARISON: Final = "crawler.crawl.comparison"
"""Modules of the last two steps, loaded while waiting for answers; the second if there is a store
to compare with."""

_INTERRUPTED: Final = Refusal(Reason.INTERRUPTED, "the run was ended before there was an answer")
_NEVER_ASKED: Final = Refusal(
    Reason.NEVER_ASKED, "nothing is known about it yet, and --offline makes no requests"
)


async def crawl(
    settings: Settings,
    context: Context,
    *,
    lists: Lists | None = None,
    shown: Sequence[Report] = (),
    preloads: Sequence[str] = (),
) -> Ranking:
    """Read the lists, fetch every repository that the store does not know, and rank.

    `lists` have been read already and replace those that the settings name. `shown` are the
    reports for people, whose first rows need star histories. `preloads` are modules to load while
    waiting for answers.

    Raises: as `crawler.api.rank_repos()`; Interrupted if the run is stopped before any answer.
    """
    providers = choose_providers(settings, context.token)
    async with open_run(settings, context) as run:
        plan = await read(run, lists)
        lookup = await look_up(run, plan, providers)
        preload(_RANK, *preloads, *([] if context.store is None else [_COMPARISON]))
        await fetch(run, plan, lookup)
        ranking = await rank(run, plan, lookup, shown)
        return await compare(run, plan, lookup, ranking, shown)


async def read_plan(settings: Settings, context: Context) -> Plan:
    """Read the lists without fetching any repository.

    Raises: as `crawl()`.
    """
    async with open_run(settings, context) as run:
        return await read(run)


@frozen
class Lookup:
    """What the store knows about the repositories of a run."""

    providers: dict[str, str]
    """The provider for each host, by name; the first is for the server that the settings name."""
    found: int
    """Number of repositories that need not be fetched."""

    @property
    def provider(self) -> str:
        """The provider for the server that the settings name."""
        return next(iter(self.providers.values()))


async def read(run: Run, lists: Lists | None = None) -> Plan:
    """Read the lists, unless they are given.

    Raises: ListError, RunError; Interrupted if the run is stopped before they are read.
    """
    return await plan_for(run, lists or await read_texts(run))


async def read_texts(run: Run, sections: SectionCache | None = None) -> Lists:
    """Read and parse the lists that the settings name; `sections` as for `read_lists`.

    Raises: as `read()`.
    """
    reading = read_lists(
        run.settings,
        run.services,
        run.cache,
        run.clock,
        run.policy.backoff,
        sections=sections,
    )
    lists = await unless(run.stop, reading)
    if lists is None:
        raise Interrupted("stopped before any repository was fetched")
    return lists


async def plan_for(run: Run, lists: Lists) -> Plan:
    """Put the names in the lists into tables of the run."""
    run.cache.start_writing()
    from crawler.store.workspace import Workspace

    return await in_thread(partial(make_plan, Workspace(on_disk=run.on_disk), lists))


async def look_up(run: Run, plan: Plan, providers: dict[str, str]) -> Lookup:
    """Find the repositories that need not be fetched, for the provider of each host.

    Raises: StoreError if no requests are allowed and the store cannot be read.
    """
    workspace, asked = plan.workspace, " and ".join(providers)
    others = workspace.refuse_unsettled(
        Refusal(Reason.OTHER_HOST, f"this run asks about repositories of {asked} alone"),
        but_on=providers,
    )
    if others:
        logger.warning(
            "{} of {} repositories are not on {}, and this run asks about no others",
            others,
            workspace.count_names(),
            asked,
        )
    found = {
        host: await run.cache.lookup(workspace, host, provider)
        for host, provider in providers.items()
    }
    if run.settings.offline and run.settings.provider == "auto":
        providers = providers | await _recall_depsdev(run.cache, workspace, found)
    return Lookup(providers, sum(found.values()))


async def _recall_depsdev(
    cache: Cache, workspace: Workspace, found: dict[str, int]
) -> dict[str, str]:
    """Use deps.dev's figures if the store has more of them, and say so."""
    if not (GITHUB in found and workspace.count_unsettled(GITHUB)):
        return {}
    ranked, _ = workspace.count_outcomes()
    workspace.forget(GITHUB)
    count = await cache.lookup(workspace, GITHUB, Provider.DEPSDEV)
    if workspace.count_outcomes()[0] > ranked:
        found[GITHUB] = count
        return {GITHUB: Provider.DEPSDEV}
    workspace.forget(GITHUB)
    await cache.lookup(workspace, GITHUB, Provider.GRAPHQL)
    return {}


async def fetch(run: Run, plan: Plan, lookup: Lookup) -> None:
    """Fetch the missing repositories until all are answered or the run is stopped.

    Raises: RunError if the run cannot go on.
    """
    workspace, is_offline = plan.workspace, run.settings.offline
    arrivals = Arrivals(workspace, run.cache, run.meter)
    if not is_offline:
        asking = Asking(run.settings, run.services, workspace, arrivals, run.policy, run.clock)
        await unless(run.stop, asking.ask_all(lookup.providers))
    workspace.refuse_unsettled(_NEVER_ASKED if is_offline else _INTERRUPTED)


async def rank(run: Run, plan: Plan, lookup: Lookup, shown: Sequence[Report]) -> Ranking:
    """Order the repositories by stars. If figures come from deps.dev and the user did not choose
    it, current ones of the first rows are fetched from GitHub.

    Raises: RunError or Interrupted if no repository has an answer.
    """
    _check_answered(plan.workspace, is_stopped=run.stop.is_set())
    ranking = await _in_order(run, plan, lookup)
    is_needed = run.settings.provider == "auto" and not follows_repositories(lookup.provider)
    if not (shown and is_needed):
        return ranking
    # The answers of the two are different figures, so that neither may replace the other unwritten.
    await run.cache.flush()
    rows = [row for row in first_rows(ranking, shown, ROWS, is_cut=False) if row.host == GITHUB]
    checking = recheck(run.settings, run.services, run.cache, plan.workspace, rows[:ROWS])
    if not await unless(run.stop, checking):
        return ranking
    await run.cache.flush()
    plan.workspace.drop_rankings()
    return await _in_order(run, plan, lookup)


async def _in_order(run: Run, plan: Plan, lookup: Lookup) -> Ranking:
    from crawler.crawl.rank import rank_plan

    now = run.clock.now()
    return await in_thread(partial(rank_plan, plan, _usage(run, lookup), lookup.provider, now))


async def _learn_histories(
    run: Run, plan: Plan, lookup: Lookup, ranking: Ranking, shown: Sequence[Report]
) -> Ranking:
    """Fetch the star histories of some rows, and keep them for the comparison."""
    histories = histories_of(run, lookup.providers, plan.workspace.find_private())
    await unless(run.stop, histories.ask(ranking, shown))
    await run.cache.flush()
    usage = _usage(run, lookup)
    parts = tuple(replace(part, usage=usage) for part in ranking.parts)
    return replace(ranking, usage=usage, parts=parts)


def histories_of(
    run: Run, providers: Mapping[str, str], private: frozenset[str] = frozenset()
) -> Histories:
    """What asks for star histories in a run; nothing is kept of those whose keys are `private`."""
    return Histories(
        settings=run.settings,
        services=run.services,
        cache=run.cache,
        clock=run.clock,
        backoff=run.policy.backoff,
        providers=providers,
        private=private,
    )


def _usage(run: Run, lookup: Lookup) -> Usage:
    """The cost of the run so far."""
    from crawler.model.results import Usage

    return Usage(
        requests=run.services.requests,
        graphql_points=run.services.points,
        rest_requests=run.services.rest_requests,
        seconds=round(run.clock.monotonic() - run.started, 3),
        from_store=lookup.found,
    )


async def compare(
    run: Run, plan: Plan, lookup: Lookup, ranking: Ranking, shown: Sequence[Report]
) -> Ranking:
    """Fetch the star histories that the settings and `shown` need, save the run, and compare it
    with earlier ones. If the store fails, the ranking stays as it is."""
    ranking = await _learn_histories(run, plan, lookup, ranking, shown)
    cache, records = run.cache, run.cache.records
    if records is None:
        return ranking
    from crawler.crawl.comparison import compare_run, save_snapshots

    # A run that was interrupted is not a snapshot of its lists.
    if cache.is_writable and not run.stop.is_set():
        try:
            await save_snapshots(records, plan, ranking)
        except StoreError as error:
            cache.stop_writing(error)
    # A store that this run creates has no earlier runs.
    if not (cache.is_new and run.settings.since is None):
        try:
            parts = [part.scope for part in plan.parts]
            return await compare_run(records, run.settings, plan.named_scope, ranking, parts)
        except StoreError as error:
            cache.give_up(error)
    return ranking


def _check_answered(workspace: Workspace, *, is_stopped: bool) -> None:
    """Raise the failure of a run without any answer, since it has nothing else to report."""
    ranked, failed = workspace.count_outcomes()
    if not ranked and failed.keys() == {Reason.OTHER_HOST}:
        raise RunError(f"no repository of the lists can be fetched: {workspace.first_message()}")
    # It is an answer of deps.dev that it does not know a repository.
    unanswered = [
        reason for reason in failed if reason.retryable and reason is not Reason.UNKNOWN_TO_SOURCE
    ]
    if ranked or len(unanswered) < len(failed):
        return
    if is_stopped:
        raise Interrupted("stopped before there was any answer")
    if unanswered == [Reason.NEVER_ASKED]:
        raise RunError(
            "the store knows nothing about these repositories yet: run it once without --offline"
        )
    causes = ", ".join(reason.words for reason in unanswered)
    raise RunError(f"no repository has an answer ({causes}): {workspace.first_message()}")
