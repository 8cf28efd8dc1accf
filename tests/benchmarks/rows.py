"""What a run over a very long list costs: memory, and processor time for each repository.

The entries are handed over as an iterator, so that parsing is not measured. Each run is a process
of its own, and a stand-in in this one answers it, so that what the stand-in costs does not count.
The reports are JSON, CSV, JSON Lines and an HTML of the top 5,000; the first run keeps all it
learns in a new store, and the second one finds it there.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Final

from benchmarks.speed import Line, show
from command import clean_environment
from standin import TOKEN, Exchange, Repository, StandIn, World

from crawler.cli.demo.github import answer
from crawler.http.exchange import Request, Response

REPOSITORIES: Final = 100_000
SECTIONS: Final = 500
TOP: Final = 5_000

MAX_MIB: Final = 300.0
"""Resident, at the most."""

MAX_FIRST: Final = 150.0
"""Microseconds a repository, from the first byte of the answers to the last byte of the reports."""

MAX_AGAIN: Final = 60.0
"""The same where all is in the store, from the last entry on."""

HOST: Final = "github.com"


class Quick(StandIn):
    """A stand-in that does not hold each query against the schema, which takes longest."""

    def _answer(self, request: Request, exchange: Exchange) -> Response:
        return answer(self.world, request)


def main(arguments: Sequence[str]) -> int:
    """Measure with so many repositories, print the table, and return 1 where a bound is broken.

    With a folder and a store as well: make one run, and print what it spent as JSON.
    """
    count = int(arguments[0]) if arguments else REPOSITORIES
    if len(arguments) > 1:
        # Looks for cycles as seldom as the command does.
        import_module("crawler.__main__")
        is_again = bool(arguments[2]) and Path(arguments[2]).exists()
        spent = _crawl(count, Path(arguments[1]), arguments[2], is_again=is_again)
        print(json.dumps(asyncio.run(spent)))
        return 0
    with tempfile.TemporaryDirectory() as name:
        return show(measure_rows(Path(name), count))


def measure_rows(folder: Path, count: int) -> Iterator[Line]:
    """The lines of the table for a run, a rerun, and one without a store."""
    store, each = folder / "store.db", 1_000_000 / count
    with Quick(made_up(count)) as github:
        for name, kept, bound in (
            ("with a new store", store, MAX_FIRST),
            ("again, from the store", store, MAX_AGAIN),
            ("without a store", None, MAX_FIRST),
        ):
            github.world.graphql.used = 0
            spent = run(folder, github, count, kept)
            total = spent["answers"] + spent["reports"]
            yield Line(f"{count:,} {name}, MiB", spent["mib"], MAX_MIB)
            yield Line("  entries to tables, us each", spent["entries"] * each, None)
            yield Line("  answers to rows, us each", spent["answers"] * each, None)
            yield Line("  reports, us each", spent["reports"] * each, None)
            yield Line("  answers and reports, us each", total * each, bound)


def run(folder: Path, github: StandIn, count: int, store: Path | None) -> dict[str, float]:
    """What one run spent, in a process of its own: seconds, and MiB.

    Raises: subprocess.CalledProcessError where it fails.
    """
    process = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.benchmarks",
            "rows",
            str(count),
            str(folder),
            str(store or ""),
        ],
        env={
            **clean_environment(folder),
            "GITHUB_API_URL": github.url,
            "GITHUB_GRAPHQL_URL": github.graphql_url,
        },
        cwd=Path(__file__).parents[2],
        check=True,
        stdout=subprocess.PIPE,
    )
    found: dict[str, float] = json.loads(process.stdout)
    return found


def name_of(number: int) -> str:
    """The full name of a repository."""
    return f"owner-{number // 7}/repository-{number}"


def made_up(count: int) -> World:
    """A GitHub of so many repositories."""
    languages = ("Python", "Rust", "Go", "C#", "TypeScript", None)
    return World(
        [
            Repository(
                name_of(number),
                number * 7919 % 60_000,
                number + 1,
                forks=number % 500,
                language=languages[number % len(languages)],
                license="MIT",
                archived=number % 20 == 0,
                # One in ten is beyond ASCII, as on real lists.
                description=f"What GitHub says of repository {number}, which is "
                f"{'à peu près' if number % 10 == 0 else 'about'} as long.",
            )
            for number in range(count)
        ],
        [TOKEN],
    )


@dataclass(slots=True)
class Laps:
    """Seconds of processor time from lap to lap."""

    last: float

    def take(self) -> float:
        """Those since the last lap."""
        before, self.last = self.last, time.process_time()
        return self.last - before


async def _crawl(count: int, folder: Path, place: str, *, is_again: bool) -> dict[str, float]:
    from crawler.crawl.context import Context
    from crawler.crawl.reading import Lists, ReadList
    from crawler.crawl.run import crawl
    from crawler.crawl.scopes import Scope
    from crawler.http.exchange import Token
    from crawler.model.clock import Clock
    from crawler.model.settings import CommandSettings, Report
    from crawler.model.values import Entry, Progress, RepositoryName
    from crawler.reports.outputs import save_reports
    from crawler.store import Store

    class Unpaced(Clock):
        """Answers take no time on it, so that no limit of GitHub's holds a request back."""

        passed = 0.0

        def monotonic(self) -> float:
            return self.passed

        async def sleep(self, seconds: float) -> None:
            self.passed += seconds
            await asyncio.sleep(0)

    laps = Laps(0.0)
    spent: dict[str, float] = {}

    def entries() -> Iterator[Entry]:
        laps.take()
        for number in range(count):
            yield Entry(
                RepositoryName(name_of(number), HOST),
                f"Repository {number}",
                f"What the list says of repository {number}, which is about as long.",
                ("Made up", f"Section {number * SECTIONS // count}"),
                (number, number + 1),
            )
        spent["entries"] = laps.take()

    def progress(_: Progress) -> None:
        # The first time, when nothing has been asked yet; what the store said is in the next lap.
        if "answers" not in spent:
            spent["answers"] = 0.0
            if not is_again:
                spent["entries"] += laps.take()

    files = [
        Report(path=str(folder / f"report.{suffix}"), top=top)
        for suffix, top in (("json", 0), ("csv", 0), ("jsonl", 0), ("html", TOP))
    ]
    settings = CommandSettings(
        api_url=os.environ["GITHUB_API_URL"],
        graphql_url=os.environ["GITHUB_GRAPHQL_URL"],
        report=tuple(files),
        always_write=True,
    )
    scope = Scope(("entries made up",))
    store = Store(place) if place else None
    try:
        ranking = await crawl(
            settings,
            Context(token=Token(TOKEN), progress=progress, clock=Unpaced(), store=store),
            lists=Lists((ReadList(scope, "made/up", None, entries()),), scope),
        )
        assert (len(ranking.rows), len(ranking.failures)) == (count, 0)
        spent["answers"] += laps.take()
        failed = await save_reports(settings, ranking)
        assert not failed, failed
        spent["reports"] = laps.take()
    finally:
        if store is not None:
            store.close()
    return {**spent, "mib": _peak()}


def _peak() -> float:
    """The most memory that this process ever had, in MiB.

    What the system says of resources includes what the parent had before it started this program,
    https://man7.org/linux/man-pages/man2/getrusage.2.html, so that Linux is asked for its own.
    """
    status = Path("/proc/self/status")
    if status.exists():
        words = status.read_text().split()
        return int(words[words.index("VmHWM:") + 1]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
