"""The check of a list: the steps of a run, and the rules in the place of the ranking."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from crawler.crawl.providers import providers_of
from crawler.crawl.reading import ReadList
from crawler.crawl.run import Run, fetch, look_up, open_run, plan_for, read_texts
from crawler.http.exchange import Token
from crawler.lists import parse_list
from crawler.lists.difference import added
from crawler.lists.itself import repository_around
from crawler.lists.locations import FileLocation, Location, locate
from crawler.model.checks import Checks, Exemption
from crawler.model.clock import Clock
from crawler.model.errors import ConfigError, StoreError
from crawler.model.findings import Checked
from crawler.model.settings import Settings
from crawler.model.shielded import in_thread
from crawler.model.values import (
    Answer,
    Entry,
    Identity,
    Links,
    Progress,
    Provider,
    follows_repositories,
)
from crawler.ranking.rules import Evidence, judge
from crawler.ranking.silence import Earlier, silence
from crawler.sources import hosts_of

if TYPE_CHECKING:
    from crawler.http.client import Transport
    from crawler.store import Store


@dataclass(frozen=True, slots=True)
class Base:
    """What a list is compared with."""

    name: str
    """As the user named it."""
    text: str


async def check_list(
    settings: Settings,
    *,
    token: Token | None,
    tokens: Mapping[str, Token] = MappingProxyType({}),
    checks: Checks = Checks(),
    exemptions: Sequence[Exemption] = (),
    base: Base | None = None,
    earlier: Earlier = Earlier(),
    progress: Callable[[Progress], object] | None = None,
    transport: Transport | None = None,
    clock: Clock | None = None,
    stop: asyncio.Event | None = None,
    store: Store | None = None,
) -> Checked:
    """Read the one list that the settings name, ask about its entries, and judge them.

    With `base` only entries that it does not have are judged, and asked about. What `earlier`
    found, does not count again. Without a token they are asked for one by one.

    Raises: ConfigError where the source cannot tell what becomes of repositories; ListError,
        RunError as `crawl()`, but not where there is no answer: entries are unknown then.
    """
    providers = providers_of(settings, _choose_provider(settings, token))
    async with open_run(
        settings,
        token=token,
        tokens=tokens,
        progress=progress,
        transport=transport,
        clock=clock,
        stop=stop,
        store=store,
    ) as run:
        lists = await read_texts(run)
        (found,) = lists.read
        location = locate(settings.lists[0], hosts_of(settings))
        entries = tuple(found.entries)
        judged: Sequence[int] = range(len(entries))
        if base is not None:
            judged = await _find_added(run, found, location, base)
        before: Mapping[str, Identity] = {}
        answers: Mapping[str, Answer] = {}
        if judged:
            before = {**await _load_identities(run, entries), **earlier.identities}
            chosen = replace(found, entries=tuple(entries[place] for place in judged))
            plan = await plan_for(run, replace(lists, read=(chosen,)))
            await fetch(run, plan, await look_up(run, plan, providers))
            answers = {name.key: answer for name, answer in plan.workspace.answers()}
        verdicts = judge(entries, judged, Evidence(answers, before), checks)
        today = run.clock.now().date()
        verdicts, idle = silence(verdicts, exemptions, earlier.findings, today)
        return Checked(
            name=found.name,
            entries=len(entries),
            verdicts=verdicts,
            path=found.name if isinstance(location, FileLocation) else None,
            base=None if base is None else base.name,
            # Of what was not judged, nobody knows whether it silences anything.
            idle=idle if base is None else (),
            fails_unknown="unknown" in checks.fail_on,
        )


def _choose_provider(settings: Settings, token: Token | None) -> Provider:
    """Who tells what becomes of repositories: deps.dev does not."""
    if settings.provider == "auto":
        return Provider.REST if token is None else Provider.GRAPHQL
    provider = Provider(settings.provider)
    if not follows_repositories(provider):
        raise ConfigError(
            f"{provider} does not tell what is gone, moved or archived: check asks graphql or rest"
        )
    return provider


async def _find_added(run: Run, found: ReadList, location: Location, base: Base) -> tuple[int, ...]:
    if base.text == found.text:
        return ()
    links, hosts = Links(run.settings.links), hosts_of(run.settings)
    itself = repository_around(location, hosts)
    former = await in_thread(lambda: parse_list(base.text, links, hosts=hosts, itself=itself))
    return added(former.entries, tuple(found.entries))


async def _load_identities(run: Run, entries: Sequence[Entry]) -> dict[str, Identity]:
    """What the store knows of the entries, before this run writes to it."""
    records = run.cache.records
    if records is None or run.cache.is_new:
        return {}
    try:
        return await records.load_identities({entry.repository for entry in entries})
    except StoreError as error:
        run.cache.give_up(error)
        return {}
