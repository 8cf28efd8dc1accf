"""How far a run is: what it has learned so far, and whoever hears of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from crawler.crawl.cache import Cache, Lookup
from crawler.crawl.providers import QuotaWatch
from crawler.model.values import Answer, Pause, Progress, Refusal, RepositoryName


class Meter:
    """Tells a callable how far the run is, each time that changes."""

    def __init__(self, progress: Callable[[Progress], object] | None) -> None:
        self._progress = progress
        self._now = Progress(done=0, total=0, failed=0)

    def update(self, **news: Any) -> None:
        """Change some fields of the `Progress`, and tell it."""
        self._now = replace(self._now, **news)
        if self._progress is not None:
            self._progress(self._now)

    def pause(self, pause: Pause | None) -> None:
        """A pause has begun; None: it is over."""
        self.update(pause=pause)


class Arrivals:
    """Takes answers, as they arrive, to all who need them: the ranking, the cache, the meter."""

    def __init__(
        self, lookup: Lookup, total: int, cache: Cache, watch: QuotaWatch, meter: Meter
    ) -> None:
        self.answers = dict(lookup.answers)
        """What is known by now."""
        self._failed = sum(isinstance(each, Refusal) for each in self.answers.values())
        self._total = total
        self._cache = cache
        self._watch = watch
        self._meter = meter
        meter.update(done=len(self.answers), total=total, failed=self._failed)

    async def save(self, outcomes: Sequence[tuple[RepositoryName, Answer]]) -> None:
        """Take what became of a batch."""
        self._cache.put(dict(outcomes))
        self.answers.update(outcomes)
        self._failed += sum(isinstance(answer, Refusal) for _, answer in outcomes)
        self._watch.look(self._total - len(self.answers))
        self._meter.update(done=len(self.answers), failed=self._failed)
