"""Random faults over a thousand repositories: what they are, and what holds after every run."""

from __future__ import annotations

import asyncio
import math
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from standin import TOKEN, Fault, Forbidden, StandIn, World, faults
from standin.faults import Action
from trial import Departure, Trial, assert_nothing_left, made_list, made_world, run_trial

from crawler.model.rows import Failure
from crawler.model.values import Reason

REPOSITORIES = 1000
NEVER = 86_400.0
"""Seconds; a patience that no limit exhausts."""

RETRIES = 3
REST_A_MINUTE = 900
LONGEST_BURST = 5
"""Requests in a row that one fault hits; more would use up the retries of a repository."""

BREAKING: tuple[Callable[[], Action], ...] = (
    faults.server_error,
    lambda: faults.server_error(504),
    faults.html,
    lambda: faults.html(200),
    lambda: faults.respond(200),
    lambda: faults.respond(503),
    faults.invalid_json,
    lambda: faults.cut_off(20),
    faults.reset,
    faults.hang_up,
    lambda: faults.gzip_bomb(33 * 2**20),
)
LIMITING: tuple[Callable[[], Action], ...] = (
    faults.secondary_limit,
    lambda: faults.secondary_limit(429),
    lambda: faults.secondary_limit(403, retry_after=17),
    lambda: faults.secondary_limit(429, retry_after=0),
    lambda: faults.respond(
        403, {"message": "API rate limit exceeded."}, {"x-ratelimit-remaining": "0"}
    ),
)
LIMITING_QUERIES: tuple[Callable[[], Action], ...] = (
    lambda: faults.respond(200, {"errors": [{"type": "RATE_LIMITED", "message": "Used up."}]}),
)
TOO_MUCH: tuple[Callable[[], Action], ...] = (
    faults.resources_exceeded,
    lambda: faults.respond(
        200, {"data": None, "errors": [{"type": "MAX_NODE_LIMIT_EXCEEDED", "message": "Too many."}]}
    ),
)


@dataclass(slots=True)
class Storm:
    """What one seed brings."""

    random: random.Random
    world: World = field(default_factory=lambda: made_world(REPOSITORIES))
    settings: dict[str, Any] = field(default_factory=dict)
    token: str | None = TOKEN
    faults: list[Fault] = field(default_factory=list)
    max_aliases: int | None = None
    reasons: dict[str, str] = field(default_factory=dict)
    """Listed name to the reason for which it has to fail, for as long as anything is answered."""
    excuses: set[str] = field(default_factory=set)
    """Reasons for which all others may fail: the run was not let to its end."""
    stop_after: int | None = None
    """Requests after which somebody ends the run."""
    latency: float = 0.0
    """The longest, in seconds."""

    @property
    def provider(self) -> str:
        """Who is asked."""
        return str(self.settings["provider"])


def brew(seed: int) -> Storm:
    """The storm of a seed."""
    storm = Storm(random.Random(seed))
    dice = storm.random
    provider = dice.choices(("graphql", "rest", "depsdev"), (8, 1, 1))[0]
    storm.settings = {
        "provider": provider,
        "concurrency": dice.choice((1, 2, 5, 16, 40)),
        "batch_size": dice.choice((10, 37, 50, 100)),
        "retries": RETRIES,
        "max_wait": NEVER,
        # A busy machine must not pass for a slow server.
        "timeout": 30.0,
    }
    storm.latency = dice.choice((0.0, 0.3, 2.0))
    if provider == "depsdev":
        storm.token = None
    _change_the_world(storm)
    for _ in range(dice.randrange(8)):
        storm.faults.append(_passing_fault(storm))
    if provider == "graphql" and dice.random() < 0.3:
        storm.max_aliases = dice.choice((1, 7, 30))
    _poison(storm, dice.choice((0, 0, 1, 1, 3)))
    dice.choice((_let_be, _let_be, _let_be, _set_a_budget, _lose_the_network, _stop, _use_up))(
        storm
    )
    return storm


def _change_the_world(storm: Storm) -> None:
    """A few repositories of each kind that has no figures, or has them elsewhere."""
    dice = storm.random
    knows_all = storm.provider != "depsdev"
    for number in dice.sample(range(REPOSITORIES), 40):
        name = f"o/r{number}"
        old = storm.world.named(name)
        assert old is not None
        match dice.randrange(5):
            case 0:
                storm.world.remove(name)
                storm.reasons[name] = "not_found"
            case 1:
                storm.world.add(replace(old, block=dice.choice(("dmca", "tos"))))
                storm.reasons[name] = "blocked"
            case 2:
                storm.world.add(replace(old, private=True))
                storm.reasons[name] = "not_found"
            case 3 if knows_all:
                # The anonymous hour suffices for them.
                storm.world.add(replace(old, forbidden=Forbidden("By its organisation.")))
            case 4 if knows_all:
                storm.world.add(replace(old, full_name=f"new/r{number}", old_names=(name,)))
    if not knows_all:
        storm.reasons = dict.fromkeys(storm.reasons, "unknown_to_source")


def _kind(storm: Storm) -> Any:
    return {"graphql": "graphql", "rest": "repository", "depsdev": "depsdev"}[storm.provider]


def _passing_fault(storm: Storm) -> Fault:
    dice = storm.random
    makes = {
        "graphql": (BREAKING, BREAKING, LIMITING + LIMITING_QUERIES, TOO_MUCH),
        "rest": (BREAKING[:-1], LIMITING),
        "depsdev": (BREAKING,),
    }[storm.provider]
    longest = {"graphql": LONGEST_BURST, "rest": RETRIES, "depsdev": 1}[storm.provider]
    return Fault(
        dice.choice(dice.choice(makes))(),
        kind=_kind(storm),
        # Anonymous requests are few, and not waited for.
        authorized=storm.provider != "depsdev",
        skip=dice.randrange(30 if storm.provider != "depsdev" else 2),
        times=dice.randint(1, longest),
    )


def _poison(storm: Storm, count: int) -> None:
    """Repositories whose every request fails."""
    if storm.provider == "depsdev":
        return
    for number in storm.random.sample(range(REPOSITORIES), count):
        name = f"o/r{number}"
        if name in storm.reasons:
            continue
        storm.reasons[name] = "unavailable"
        action = storm.random.choice(BREAKING[:-1])()
        storm.faults.insert(0, Fault(action, kind=_kind(storm), repository=name, times=None))


def _let_be(storm: Storm) -> None:
    """The run comes to its end."""


def _set_a_budget(storm: Storm) -> None:
    storm.settings["budget"] = storm.random.randint(1, 30)
    storm.excuses = {"throttled"}


def _lose_the_network(storm: Storm) -> None:
    skip = storm.random.randrange(15)
    action = storm.random.choice((faults.reset, faults.hang_up, faults.server_error))()
    storm.faults.insert(0, Fault(action, skip=skip, times=None))
    storm.excuses = {"unavailable"}


def _stop(storm: Storm) -> None:
    storm.stop_after = storm.random.randrange(1, 25)
    storm.excuses = {"interrupted"}


def _use_up(storm: Storm) -> None:
    storm.world.graphql.used = storm.world.graphql.limit - storm.random.randrange(25)
    storm.world.core.used = storm.world.core.limit - storm.random.randrange(25)
    storm.settings["max_wait"] = storm.random.choice((900.0, NEVER))
    if storm.settings["max_wait"] < NEVER:
        storm.excuses = {"throttled"}


async def weather_the(seed: int, folder: Path) -> str:
    """Run a seed's storm and hold the outcome against all that must be true of it.

    Raises: AssertionError with the seed in it.
    """
    storm = brew(seed)
    path = made_list(folder, REPOSITORIES)
    stop = asyncio.Event()
    left = 0

    def latency() -> float:
        nonlocal left
        left += 1
        if left == storm.stop_after:
            stop.set()
        return storm.random.uniform(0, storm.latency)

    with StandIn(storm.world) as github:
        github.faults = storm.faults
        github.max_aliases = storm.max_aliases
        trial = await run_trial(
            github,
            token=storm.token,
            latency=latency,
            stop=stop,
            lists=(str(path),),
            **storm.settings,
        )
        summary = (
            f"{storm.provider} {trial.status} {dict(trial.outcomes)} {trial.requests} requests"
        )
        try:
            await assert_nothing_left(github)
            check(storm, trial, github)
        except Exception as error:
            error.add_note(f"seed {seed}: {summary}; {storm.settings}")
            raise
    return summary


def check(storm: Storm, trial: Trial, github: StandIn) -> None:
    """What holds of every run, whatever befell it."""
    assert not github.log.problems, github.log.problems
    assert trial.early() == []
    assert github.log.max_in_flight <= storm.settings["concurrency"]
    budget = storm.settings.get("budget")
    assert budget is None or storm.provider == "depsdev" or trial.requests <= budget
    _check_pace(trial)
    _check_attempts(storm, github)
    if trial.ranking is None:
        assert trial.status == 1
        assert storm.excuses, trial.said
        return
    sums = trial.ranking.sums
    failed = {failure.repository: str(failure.reason) for failure in trial.ranking.failures}
    ranked = {name: row for row in trial.ranking.rows for name in row.listed_as}
    assert sums.listed == REPOSITORIES == sums.ranked + sums.duplicates + len(failed)
    assert sorted(failed.keys() | ranked.keys()) == sorted(f"o/r{n}" for n in range(REPOSITORIES))
    for name, row in ranked.items():
        assert row.stars == REPOSITORIES - int(name.removeprefix("o/r"))
    wrong = [
        failure
        for failure in trial.ranking.failures
        if not _is_due(storm, failure.repository, failure.reason)
        and not _is_exhausted(storm, github, failure)
    ]
    assert wrong == [], wrong[:5]
    assert not ranked.keys() & storm.reasons.keys()
    assert trial.ranking.complete == (trial.status == 0)


def _is_due(storm: Storm, name: str, reason: str) -> bool:
    if reason == storm.reasons.get(name):
        return True
    # Who may be asked anonymously when the run ends has GitHub's sentence about the token.
    repository = storm.world.named(name)
    is_forbidden = repository is not None and repository.forbidden is not None
    return reason in storm.excuses or bool(storm.excuses and is_forbidden and reason == "forbidden")


def _is_exhausted(storm: Storm, github: StandIn, failure: Failure) -> bool:
    """Whether it met faults each time that its retries allow, or until the run was ended."""
    asked = github.log.asked(failure.repository)
    alone = [each for each in asked if len(each.names) == 1]
    # Nobody asks again for what is too large.
    enough = 1 if "MiB" in failure.message else 2 if storm.provider == "graphql" else 1 + RETRIES
    cut_short = bool(storm.excuses and asked)
    return failure.reason is Reason.UNAVAILABLE and (len(alone) >= enough or cut_short)


def _check_pace(trial: Trial) -> None:
    """Never more REST requests in any minute than GitHub allows."""
    times = [
        event.at
        for event in trial.events
        if isinstance(event, Departure) and event.path.startswith("/repos")
    ]
    for first, last in zip(times, times[REST_A_MINUTE:], strict=False):
        assert last - first >= 60 - 1e-6


def _check_attempts(storm: Storm, github: StandIn) -> None:
    """No repository is asked more often than its retries and what befell it allow."""
    size = storm.settings["batch_size"]
    by_query = 2 + math.ceil(math.log2(size)) + 2
    own = {"graphql": 2 * by_query + 1, "rest": 2 * (1 + RETRIES), "depsdev": 2 * 16}
    refused = sum(fault.hits for fault in storm.faults if fault.times is not None)
    asked = Counter(
        name.casefold()
        for each in github.log.of("graphql", "repository", "depsdev")
        for name in each.names
    )
    most = own[storm.provider] + min(refused, 40) + 2
    assert not [name for name, count in asked.items() if count > most]
