"""Rank what a run knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from crawler.crawl.plan import ListPlan, Plan
from crawler.model.results import Ranking, Usage
from crawler.model.values import Source, follows_repositories
from crawler.ranking.listings import count_by_host
from crawler.store.make_rows import make_rows
from crawler.store.rows import StoredRun
from crawler.store.runs import Header, ranking_of
from crawler.store.workspace import WHOLE


def rank_plan(
    plan: Plan, usage: Usage, provider: str, now: datetime, *, public: bool = False
) -> Ranking:
    """The ranking of the whole plan, and one for each list if there are several.

    `public` treats private repositories as missing, which is what others see.
    """

    def ranked(sources: tuple[Source, ...], number: int, part: Plan | ListPlan) -> Ranking:
        made = StoredRun(plan.workspace, -1 - number if public else number, now)
        follows = follows_repositories(provider)
        sums = make_rows(plan.workspace, made.number, number, follows=follows, public=public)
        sums = replace(sums, elsewhere=count_by_host(part.elsewhere))
        rechecked = 0 if follows else len(made.find_numbered())
        header = Header(sources, sums, usage, provider, now, part.sections, rechecked)
        return replace(ranking_of(header, made), unread_files=part.unread_files)

    whole = replace(ranked(plan.sources, WHOLE, plan), unread=plan.unread)
    if plan.is_single:
        return whole
    parts = tuple(ranked((part.source,), part.number, part) for part in plan.parts)
    return replace(whole, parts=parts)
