"""How long the command takes against a GitHub with real latencies, held against its bounds.

The list is quozd/awesome-dotnet where the real lists lie beside the checkout,
else one of 570 made-up repositories. Every figure is the median of several runs.
"""

from __future__ import annotations

import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

from command import clean_environment
from standin import TOKEN, Latency, Repository, StandIn, World, shared_folder, shared_world
from standin.schema import schema

LATENCY: Final = Latency(rest=0.12, query=0.25, alias=0.012)
"""Seconds, like GitHub's on a good day."""

AT_ONCE: Final = 16
"""Requests in flight."""

BATCH: Final = 35
"""Repositories a query: 557 fill all requests in flight."""

WIRE: Final = LATENCY.rest + LATENCY.query + BATCH * LATENCY.alias
"""Seconds that cannot be avoided: the README, then one query beside all others."""

MAX_WIRES: Final = 1.10 / 0.79
"""The main job, as a multiple of these."""

MAX_KEEPING: Final = 1.1
"""A first run that keeps what it learns, beside one that does not."""

MAX_TEN: Final = LATENCY.rest + 0.1
MAX_ALL: Final = 5.5
"""Seconds for the star histories of the first ten rows on top, and of a run that asks for all."""

MAX_REQUESTS: Final = 17
MAX_CPU: Final = 0.42
MAX_HELP: Final = 0.06
MAX_IMPORT: Final = 0.02
"""Seconds; the last two above bare Python."""

CRAWLS: Final = 5
ALLS: Final = 3
STARTS: Final = 21

LIST: Final = "quozd/awesome-dotnet"


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of a child process, in seconds."""

    started: float
    """Monotonic."""
    wall: float
    cpu: float
    """User and system time."""

    @property
    def ended(self) -> float:
        """Monotonic."""
        return self.started + self.wall


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    name: str
    measured: float
    bound: float | None
    """The most that is allowed; None if the figure is only told."""
    note: str = ""

    @property
    def kept(self) -> bool:
        """Whether the bound holds."""
        return self.bound is None or self.measured <= self.bound

    def __str__(self) -> str:
        bound = "" if self.bound is None else f"{self.bound:8.3f}"
        verdict = "" if self.bound is None else "ok" if self.kept else "TOO MUCH"
        return f"{self.name:<44}{self.measured:8.3f} {bound:>8}  {verdict:<9} {self.note}".rstrip()


def main() -> int:
    """Measure, print the table, and return 1 where a bound is broken."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("cwd", "home", "bin"):
            (folder / part).mkdir()
        return show(chain(measure_starts(folder), measure_crawl(folder)))


def show(lines: Iterable[Line]) -> int:
    """Print the table as it is measured, and return 1 where a bound is broken."""
    print(f"{'':<44}{'measured':>8} {'bound':>8}")
    is_kept = True
    for line in lines:
        print(line, flush=True)
        is_kept = is_kept and line.kept
    load, cores = os.getloadavg()[0], os.cpu_count()
    print(f"load of the machine: {load:.1f} on {cores} cores; more than 1.5 spoils the figures")
    return 0 if is_kept else 1


def measure_starts(folder: Path) -> list[Line]:
    """What starting costs: help, the import, and what they are beside importing asyncio."""
    commands = {
        "bare": ["-c", "pass"],
        "asyncio": ["-c", "import asyncio"],
        "help": ["-m", "crawler", "--help"],
        "import": ["-c", "import crawler"],
    }
    walls: dict[str, list[float]] = {name: [] for name in commands}
    # In turns, so that a busy moment of the machine befalls all of them; the first turn warms up.
    for turn in range(1 + STARTS):
        for name, arguments in commands.items():
            sample = run(arguments, folder, {})
            if turn:
                walls[name].append(sample.wall)
    bare, asyncio, help_, import_ = (statistics.median(walls[name]) for name in commands)
    return [
        Line("bare python, s", bare, None),
        Line("python -c 'import asyncio', s above bare", asyncio - bare, None),
        Line("python -m crawler --help, s above bare", help_ - bare, MAX_HELP),
        Line("  as a multiple of importing asyncio", help_ / asyncio, None),
        Line("import crawler, s above bare", import_ - bare, MAX_IMPORT),
        Line("  as a multiple of importing asyncio", import_ / asyncio, None),
    ]


def measure_crawl(folder: Path) -> list[Line]:
    """The main job: its time beside the wire's, where the rest goes, its requests, its CPU."""
    shared = shared_folder()
    world = made_up_world() if shared is None else shared_world(shared)
    schema()
    samples: list[Sample] = []
    keepers: list[Sample] = []
    alls: list[Sample] = []
    tens: list[float] = []
    before: list[float] = []
    between: list[float] = []
    after: list[float] = []
    requests = 0
    with StandIn(world, LATENCY) as github:
        env = {
            "GITHUB_API_URL": github.url,
            "GITHUB_GRAPHQL_URL": github.graphql_url,
            "GH_TOKEN": TOKEN,
        }
        for turn in range(1 + CRAWLS):
            seen = len(github.log.exchanges)
            crawl = run(["-m", "crawler", LIST, "--no-store", "--history", "none"], folder, env)
            readme, *queries = github.log.exchanges[seen:]
            # Each into a new store: what a rerun finds there would cost nothing.
            kept, ten = (
                run(
                    ["-m", "crawler", LIST, "--history", history, "--store", f"{turn}{history}.db"],
                    folder,
                    env,
                )
                for history in ("none", "top")
            )
            if turn:
                samples.append(crawl)
                keepers.append(kept)
                tens.append(ten.wall - kept.wall)
                requests = max(requests, 1 + len(queries))
                before.append(readme.arrived - crawl.started)
                between.append(queries[-1].arrived - (readme.done or 0))
                after.append(crawl.ended - max(each.done or 0 for each in queries))
        for turn in range(ALLS):
            argv = ["-m", "crawler", LIST, "--history", "all", "--store", f"{turn}all.db"]
            alls.append(run(argv, folder, env))
        asked = len({name for each in github.log.of("graphql") for name in each.names})
    wall, histories = _median(samples), math.ceil(asked / AT_ONCE) * LATENCY.rest
    source = "made up" if shared is None else LIST
    return [
        Line("crawl, s", wall, None, f"{asked} repositories ({source})"),
        Line("  beside the wire", wall / WIRE, MAX_WIRES, f"which takes {WIRE:.2f} s"),
        Line("  before the first request, s", statistics.median(before), None),
        Line("  from the list to the last query, s", statistics.median(between), None),
        Line("  after the last answer, s", statistics.median(after), None),
        Line("  with a new store, beside without", _median(keepers) / wall, MAX_KEEPING),
        Line("  with ten star histories, s more", statistics.median(tens), MAX_TEN),
        Line(
            "  with all star histories, s",
            _median(alls),
            MAX_ALL,
            f"of which the wire takes {WIRE + histories:.2f} s",
        ),
        Line("  requests", requests, MAX_REQUESTS),
        Line("  CPU, s", statistics.median(sample.cpu for sample in samples), MAX_CPU),
    ]


def _median(samples: Sequence[Sample]) -> float:
    return statistics.median(sample.wall for sample in samples)


def run(
    arguments: Sequence[str],
    folder: Path,
    env: dict[str, str],
    statuses: Container[int] = (0,),
) -> Sample:
    """Run Python with `arguments` to its end.

    Raises: RuntimeError where it ends with none of the statuses.
    """
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder / "cwd",
        env={**clean_environment(folder), **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in statuses:
        raise RuntimeError(f"python {' '.join(arguments)} exited with {process.returncode}")
    return Sample(started, wall, used.ru_utime + used.ru_stime)


def made_up_world() -> World:
    """A list of 570 repositories in 19 sections."""
    names = [f"owner-{number}/repository-{number}" for number in range(570)]
    lines = ["# Made up"]
    for number, name in enumerate(names):
        if number % 30 == 0:
            lines += ["", f"## Section {number // 30}", ""]
        lines.append(f"* [Repository {number}](https://github.com/{name}) - What it is for.")
    world = World([Repository(name, number) for number, name in enumerate(names)], [TOKEN])
    world.add(Repository(LIST, readme="\n".join(lines).encode()))
    return world
