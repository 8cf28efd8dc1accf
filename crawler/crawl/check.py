"""The check of a list: the steps of a run, with rules instead of a ranking."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from crawler.crawl.context import Context, Run, open_run, unless
from crawler.crawl.inquiries import ask_details, ask_lives
from crawler.crawl.providers import providers_of
from crawler.crawl.reading import Lists, ReadList
from crawler.crawl.run import fetch, look_up, plan_for, read_texts
from crawler.http.exchange import Token
from crawler.lists.decoding import ExactText, decode_exactly
from crawler.lists.difference import added
from crawler.lists.loading import RENDERED, read_file
from crawler.lists.locations import FileLocation, Location, locate
from crawler.lists.mending import Mended, mend
from crawler.lists.section_cache import SectionCache
from crawler.model.checks import Checks, Exemption
from crawler.model.errors import ConfigError, ListError, StoreError
from crawler.model.files import Markup
from crawler.model.findings import Checked, Rule, Verdict
from crawler.model.frozen import frozen
from crawler.model.settings import Settings
from crawler.model.shielded import in_thread
from crawler.model.values import (
    Entry,
    Facts,
    Identity,
    Provider,
    RepositoryName,
    follows_repositories,
)
from crawler.ranking.requirements import wants_details, wants_life
from crawler.ranking.rules import Evidence, judge
from crawler.ranking.silence import KNOWN, Earlier, silence
from crawler.sources import hosts_of


@frozen
class Base:
    """What a list is compared with."""

    name: str
    """As the user named it."""
    text: str


@frozen
class Outcome:
    """The result of a check, with the edits that mend the list."""

    checked: Checked
    text: str
    """The list; for a file that is to be mended, as `decode_exactly` returns it."""
    mended: Mended
    """The text after the requested mends."""

    remaining: Checked
    """The check of the text after the mends: what they leave."""
    encoding: str = "utf-8"
    """Of the list."""


async def check_list(
    settings: Settings,
    context: Context,
    *,
    checks: Checks = Checks(),
    exemptions: Sequence[Exemption] = (),
    base: Base | None = None,
    earlier: Earlier = Earlier(),
    mend_moved: bool = False,
    drop_gone: bool = False,
) -> Outcome:
    """Read the one list that the settings name, fetch its repositories, and judge its entries.

    With `base`, only entries that it does not have are fetched and judged. Findings that are in
    `earlier` are ignored. Without a token, repositories are fetched one by one. The mends fix
    findings that count and those known before.

    Raises: ConfigError if the source cannot tell whether repositories still exist, or entries are
        to fail for a rule that is off; ListError if a list to mend was read as rendered by its
        host; ListError and RunError as in `crawl()`, but not if there is no answer: the entries are
        then unknown.
    """
    checks.check_fail_on()
    # Findings have line numbers of the one file that is mended. Nobody is told that a repository is
    # gone which has come back since.
    settings = replace(settings, follow=0, gone_grace="0s")
    providers = providers_of(settings, _choose_provider(settings, context.token))
    async with open_run(settings, context) as run:
        parses_again = base is not None or mend_moved or drop_gone
        lists = await read_texts(run, SectionCache() if parses_again else None)
        (found,) = lists.read
        location = locate(settings.lists[0], hosts_of(settings))
        if mend_moved and found.text.startswith(RENDERED) and not _is_file(location):
            raise ListError(f"{found.name} is read as its host renders it: mend the file itself")
        entries = tuple(found.entries)
        judged: Sequence[int] = range(len(entries))
        if base is not None:
            judged = await _find_added(found, base)
        evidence = Evidence({})
        if judged:
            before = {**await _load_identities(run, entries), **earlier.identities}
            chosen = replace(found, entries=tuple(entries[place] for place in judged))
            evidence = await _ask(run, replace(lists, read=(chosen,)), providers, before, checks)
        now = run.clock.now()
        groups = await _groups(found, entries) if checks.order and judged else ()
        verdicts = judge(entries, judged, evidence, checks, now=now, groups=groups)
        verdicts, idle = silence(verdicts, exemptions, earlier.findings, now.date(), checks.rules)
        checked = Checked(
            name=found.name,
            entries=len(entries),
            verdicts=verdicts,
            path=found.name if _is_file(location) else None,
            base=None if base is None else base.name,
            # An exemption for an entry that was not judged may still be needed.
            idle=idle if base is None else (),
            fails_unknown="unknown" in checks.fail_on,
        )
        moved = _moved(verdicts) if mend_moved else {}
        gone = _gone(verdicts) if drop_gone else frozenset()
        if not (moved or gone):
            return Outcome(checked, found.text, Mended(found.text), checked)
        exact = ExactText(found.text, "utf-8")
        if checked.path is not None:
            exact = await in_thread(lambda: decode_exactly(found.name, read_file(found.name)))
        mended = await in_thread(
            lambda: mend(
                exact.text,
                entries,
                moved=moved,
                gone=gone,
                parse=found.parse,
                domains=partial(_domains, settings),
            )
        )
        remaining = checked
        if mended.made:
            kept = [groups[place] for place in mended.entries] if groups else ()
            again = partial(judge, checks=checks, now=now, groups=kept)
            remaining = _remaining(checked, mended, evidence, again)
        return Outcome(checked, exact.text, mended, remaining, exact.encoding)


async def _groups(found: ReadList, entries: Sequence[Entry]) -> Sequence[int | None]:
    """The list that each entry is an item of, by the line on which it begins; None outside of
    lists."""
    if found.markup is not Markup.MARKDOWN:
        return ()
    from crawler.lists.sorting import lists_of_items

    lists = await in_thread(lambda: lists_of_items(found.text))
    return [lists.get(entry.lines[0]) for entry in entries]


def _remaining(
    checked: Checked,
    mended: Mended,
    evidence: Evidence,
    judge: Callable[[Sequence[Entry], Sequence[int], Evidence], Sequence[Verdict]],
) -> Checked:
    """The check of a list after its mends, with the same answers."""
    places = [*mended.entries]
    former = {
        mended.entries[verdict.place].repository.key: verdict.entry.repository.key
        for verdict in checked.verdicts
        if verdict.place in mended.entries
    }
    judged = {verdict.place for verdict in checked.verdicts}
    verdicts = judge(
        [*mended.entries.values()],
        [number for number, place in enumerate(places) if place in judged],
        evidence.renamed(former),
    )
    silenced = {
        (verdict.place, finding.rule): finding.silenced
        for verdict in checked.verdicts
        for finding in verdict.findings
    }
    return replace(
        checked,
        entries=len(places),
        verdicts=tuple(
            replace(
                verdict,
                findings=tuple(
                    replace(each, silenced=silenced.get((places[verdict.place], each.rule)))
                    for each in verdict.findings
                ),
            )
            for verdict in verdicts
        ),
    )


def _is_file(location: Location) -> bool:
    return isinstance(location, FileLocation)


def _domains(settings: Settings, name: str) -> Sequence[str]:
    host = hosts_of(settings).get(name)
    return () if host is None else host.domains


def _moved(verdicts: Sequence[Verdict]) -> dict[int, RepositoryName]:
    """The current names, by the places of entries to mend."""
    return {
        verdict.place: RepositoryName(verdict.now, verdict.entry.repository.host)
        for verdict in verdicts
        if verdict.now is not None
        and _is_wanted(verdict, Rule.MOVED)
        # The name now leads to another repository, not to the listed one.
        and all(finding.rule is not Rule.REPLACED for finding in verdict.findings)
    }


def _gone(verdicts: Sequence[Verdict]) -> frozenset[int]:
    return frozenset(verdict.place for verdict in verdicts if _is_wanted(verdict, Rule.GONE))


def _is_wanted(verdict: Verdict, rule: Rule) -> bool:
    """Whether an entry breaks a rule without an exemption."""
    return any(
        finding.rule is rule and finding.silenced in (None, KNOWN) for finding in verdict.findings
    )


async def _ask(
    run: Run,
    lists: Lists,
    providers: dict[str, str],
    before: Mapping[str, Identity],
    checks: Checks,
) -> Evidence:
    """Fetch all entries of `lists`, and details for those whose rules need them."""
    plan = await plan_for(run, lists)
    await fetch(run, plan, await look_up(run, plan, providers))
    found = dict(plan.workspace.answers())
    answers = {name.key: answer for name, answer in found.items()}
    if run.settings.offline:
        return Evidence(answers, before)
    now = run.clock.now()
    doubtful = [name for name, answer in found.items() if wants_details(answer, checks, now)]
    lively = {
        key: answer
        for key, answer in answers.items()
        if isinstance(answer, Facts) and wants_life(answer, checks)
    }
    details = await unless(run.stop, ask_details(run, doubtful, providers)) if doubtful else {}
    lives = await unless(run.stop, ask_lives(run, lively, providers)) if lively else {}
    return Evidence(answers, before, details or {}, lives or {})


def _choose_provider(settings: Settings, token: Token | None) -> Provider:
    """The provider that knows whether repositories still exist: deps.dev does not."""
    if settings.provider == "auto":
        return Provider.REST if token is None else Provider.GRAPHQL
    provider = Provider(settings.provider)
    if not follows_repositories(provider):
        raise ConfigError(
            f"{provider} does not tell what is gone, moved or archived: check asks graphql or rest"
        )
    return provider


async def _find_added(found: ReadList, base: Base) -> tuple[int, ...]:
    if base.text == found.text:
        return ()
    former = await in_thread(lambda: found.parse(base.text))
    return added(former.entries, tuple(found.entries))


async def _load_identities(run: Run, entries: Sequence[Entry]) -> dict[str, Identity]:
    """What the store knows about the entries, before this run writes to it."""
    records = run.cache.records
    if records is None or run.cache.is_new:
        return {}
    try:
        return await records.load_identities({entry.repository for entry in entries})
    except StoreError as error:
        run.cache.give_up(error)
        return {}
