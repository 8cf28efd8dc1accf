"""Report the progress of a run to its observers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crawler.crawl.cache import Cache
from crawler.crawl.providers import QuotaWatch
from crawler.http.limiter import Hold
from crawler.model.values import GONE, Answer, Pace, Pause, Progress, Refusal, RepositoryName

if TYPE_CHECKING:
    from crawler.store.workspace import Workspace


class Meter:
    """Calls a callable with the progress of the run whenever it changes."""

    def __init__(self, progress: Callable[[Progress], object] | None) -> None:
        self._progress = progress
        self._now = Progress(done=0, total=0, failed=0)
        self._known = 0

    def begin(self, done: int, total: int, failed: int, gone: int) -> None:
        """Start with this many repositories that need not be fetched."""
        self._known = done
        self.update(done=done, total=total, failed=failed, gone=gone)

    def update(self, **news: Any) -> None:
        """Change some fields of the `Progress`, and report it."""
        self._now = replace(self._now, **news)
        if self._progress is not None:
            self._progress(self._now)

    def pause(self, pause: Pause | Hold | None) -> None:
        """A pause has begun, or requests are held back; None: it is over."""
        if isinstance(pause, Hold):
            asked = self._now.done - self._known
            a_repository = pause.sent / asked if asked else 1.0
            requests = math.ceil((self._now.total - self._now.done) * a_repository)
            self.update(pause=None, pace=Pace(pause.limit, pause.estimate(requests)))
        else:
            self.update(pause=pause, pace=None)


class Arrivals:
    """Passes answers to everything that needs them: the tables, the cache, the meter."""

    def __init__(self, workspace: Workspace, cache: Cache, meter: Meter) -> None:
        ranked, failed = workspace.count_outcomes()
        self._failed = sum(failed.values())
        self._gone = sum(count for reason, count in failed.items() if reason in GONE)
        self._done = ranked + self._failed
        self._workspace = workspace
        self._cache = cache
        self._meter = meter
        meter.begin(self._done, workspace.count_names(), self._failed, self._gone)

    async def save(
        self, watch: QuotaWatch, outcomes: Sequence[tuple[RepositoryName, Answer]]
    ) -> None:
        """Save the outcomes of a batch that counted against the quota of `watch`."""
        self._workspace.put_answers(outcomes)
        self._done += len(outcomes)
        for _, answer in outcomes:
            if isinstance(answer, Refusal):
                self._failed += 1
                self._gone += answer.reason in GONE
        watch.look(len(outcomes))
        self._meter.update(done=self._done, failed=self._failed, gone=self._gone)
        await self._cache.put(outcomes)
