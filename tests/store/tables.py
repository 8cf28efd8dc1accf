"""Rankings in the tables of a run, for tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.model.results import Ranking, Sums
from crawler.model.rows import Failure, Row
from crawler.model.values import Answer, Entry, Facts, Listing, Reason, Refusal
from crawler.ranking.growth import Provenance
from crawler.store import Store
from crawler.store.columns import failure_columns, row_columns
from crawler.store.figures import to_facts, to_figures
from crawler.store.make_rows import make_rows
from crawler.store.records import Records
from crawler.store.rows import StoredRun
from crawler.store.runs import Header
from crawler.store.workspace import WHOLE, Workspace


@dataclass(frozen=True, slots=True)
class Stale:
    """Last known facts about a repository that was asked about again in vain."""

    facts: Facts
    refusal: Refusal
    """Why; a passing reason."""


Outcome = Facts | Stale | Refusal


def workspace_of(*lists: tuple[str, Iterable[Entry]]) -> Workspace:
    """The tables of a run over lists with these names and entries."""
    workspace = Workspace(on_disk=False)
    for number, (name, entries) in enumerate(lists, start=0 if len(lists) == 1 else 1):
        workspace.add_list(number, name, entries)
    if len(lists) > 1:
        workspace.merge_lists()
    return workspace


def outcomes_of(workspace: Workspace) -> dict[str, Outcome]:
    """What became of each name that is settled."""
    found: dict[str, Outcome] = {}
    for name, figures, reason, message in workspace.read(
        "SELECT full_name, figures, reason, message FROM name WHERE is_settled"
    ):
        if reason is None:
            found[name] = to_facts(figures)
        else:
            refusal = Refusal(Reason(reason), message)
            found[name] = refusal if figures is None else Stale(to_facts(figures), refusal)
    return found


def listings_of(workspace: Workspace, part: int = WHOLE) -> list[Listing]:
    """What a list says of each repository."""
    return [
        Listing(name, said.title, said.description, said.sections, said.sources)
        for name, said in workspace.read_listings(part, 0, 9999)
    ]


def ranked(
    entries: Sequence[Entry], outcomes: Sequence[Outcome], now: datetime, *, follows: bool = True
) -> tuple[tuple[Row, ...], tuple[Failure, ...], Sums]:
    """The rows, failures and sums of a list of which each entry has an outcome."""
    workspace = workspace_of(("a/list", entries))
    for entry, outcome in zip(entries, outcomes, strict=True):
        answer: Answer
        if isinstance(outcome, Stale):
            known = entry.repository.key, to_figures(outcome.facts)
            workspace.put_known([known], is_settled=False)
            answer = outcome.refusal
        else:
            answer = outcome
        workspace.put_answers([(entry.repository, answer)])
    run = StoredRun(workspace, 0, now)
    sums = make_rows(workspace, 0, WHOLE, follows=follows)
    return tuple(run.rows), tuple(run.failures), sums


def tabled(ranking: Ranking) -> StoredRun:
    """A run with these rows and failures."""
    run = StoredRun(Workspace(on_disk=False), 0, ranking.generated_at)
    run.workspace.put_rows(
        (row_columns(0, place, row) for place, row in enumerate(ranking.rows)),
        (failure_columns(0, place, each) for place, each in enumerate(ranking.failures)),
    )
    return run


def header_of(ranking: Ranking) -> Header:
    """What is said of a run as a whole."""
    return Header(
        ranking.sources,
        ranking.sums,
        ranking.usage,
        ranking.provider,
        ranking.generated_at,
        ranking.sections,
    )


async def save_run(
    store: Store,
    scope: str,
    ranking: Ranking,
    *,
    is_lasting: bool = True,
    parts: Sequence[int] = (),
) -> int:
    """Keep a ranking, and what happened since the one before."""
    return await Records(store).save_run(
        scope, header_of(ranking), tabled(ranking), is_lasting=is_lasting, parts=parts
    )


async def load_run(
    store: Store, scope: str | None = None, origin: Provenance | None = None
) -> tuple[str, Ranking] | None:
    """The newest run, of `scope` and `origin` unless they are None, all in memory."""
    found = await Records(store).load_run(Workspace(on_disk=False), scope, origin)
    return (found[0][0], found[0][1].held()) if found else None
