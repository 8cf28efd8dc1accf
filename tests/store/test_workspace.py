"""The tables of one run: what lists name, what is known of it, and what becomes of both."""

from __future__ import annotations

import gc
import tempfile
import threading
import weakref
from pathlib import Path

import pytest
from builders import NOON, entry, facts, named
from store.tables import listings_of, outcomes_of, workspace_of

from crawler.model.errors import RunError
from crawler.model.values import Answer, Entry, Reason, Refusal, RepositoryName
from crawler.store.figures import to_figures
from crawler.store.make_rows import make_rows
from crawler.store.rows import StoredRun
from crawler.store.workspace import AT_ONCE, WHOLE, Workspace

GONE = Refusal(Reason.NOT_FOUND, "It is away.")
LATE = Refusal(Reason.UNAVAILABLE, "Not now.")


def names_in(workspace: Workspace, host: str = "github.com") -> list[str]:
    """Those that are not settled, as they are handed out."""
    return [str(name) for names in workspace.unsettled_names(host) for name in names]


def test_entries_of_one_name_are_one_listing() -> None:
    """In the place and the spelling of the first, with all that the others say besides."""
    workspace = workspace_of(
        ("a/list", [entry("B/b"), entry("a/a", "A", "", "X"), entry("b/B", "B", "is it", "Y")])
    )
    first, second = listings_of(workspace)
    assert (first.repository, first.title, first.description) == (named("B/b"), "B", "is it")
    assert (first.sections, second.sections) == ((("Y",),), (("X",),))
    assert (workspace.count_listings(), workspace.count_names()) == (2, 2)


def test_lists_are_merged_in_their_order() -> None:
    """Each keeps its own listings; a name that several have is one of the whole."""
    workspace = workspace_of(
        ("a", [entry("a/a", "A"), entry("b/b")]), ("b", [entry("c/c"), entry("A/a", "Else", "is")])
    )
    whole = [(str(each.repository), each.title, each.sources) for each in listings_of(workspace)]
    assert whole == [("a/a", "A", ("a", "b")), ("b/b", None, ("a",)), ("c/c", None, ("b",))]
    assert [str(each.repository) for each in listings_of(workspace, 2)] == ["c/c", "a/a"]
    assert [workspace.count_listings(part) for part in (WHOLE, 1, 2)] == [3, 2, 2]


def test_names_are_handed_out_until_they_are_settled() -> None:
    """Part by part, each read when its turn comes; other hosts' names are none of them."""
    names = [f"o/r{number}" for number in range(AT_ONCE + 2)]
    elsewhere = Entry(RepositoryName("o/r", "gitlab.example"), "", "", (), (0, 1))
    workspace = workspace_of(("a/list", [*map(entry, names), elsewhere]))
    parts = workspace.unsettled_names("github.com")
    assert [str(name) for name in next(parts)] == names[:AT_ONCE]
    workspace.put_answers([(named(names[-1]), GONE)])
    assert [str(name) for name in next(parts)] == names[AT_ONCE:-1]
    assert names_in(workspace, "gitlab.example") == ["o/r"]
    assert workspace.count_unsettled("github.com") == AT_ONCE + 1


def test_an_answer_takes_the_place_of_what_was_known() -> None:
    """Where it says nothing of the repository, the last known figures still stand."""
    workspace = workspace_of(("a/list", map(entry, ("a/a", "b/b", "c/c", "d/d"))))
    known = {name: to_figures(facts(name, 3)) for name in ("a/a", "b/b", "c/c")}
    workspace.put_known(
        [(named(name).key, figures) for name, figures in known.items()], is_settled=False
    )
    assert workspace.count_outcomes() == (3, {})
    answers: dict[str, Answer] = {
        "a/a": facts("a/a", 4),
        "b/b": LATE,
        "c/c": GONE,
        "d/d": LATE,
    }
    workspace.put_answers([(named(name), answer) for name, answer in answers.items()])
    assert workspace.count_outcomes() == (2, {Reason.NOT_FOUND: 1, Reason.UNAVAILABLE: 1})
    assert (names_in(workspace), workspace.first_message()) == ([], "It is away.")
    found = outcomes_of(workspace)
    assert (found["a/a"], found["c/c"], found["d/d"]) == (facts("a/a", 4), GONE, LATE)
    assert [answer for _, answer in workspace.answers()] == [facts("a/a", 4), LATE, GONE, LATE]


def test_known_figures_may_be_the_answer() -> None:
    """Then nobody is asked; what a host said may also be forgotten."""
    workspace = workspace_of(("a/list", map(entry, ("a/a", "b/b"))))
    workspace.put_known([(named("a/a").key, to_figures(facts("a/a", 3)))], is_settled=True)
    assert names_in(workspace) == ["b/b"]
    workspace.forget("gitlab.example")
    assert names_in(workspace) == ["b/b"]
    workspace.forget("github.com")
    assert (names_in(workspace), workspace.count_outcomes()) == (["a/a", "b/b"], (0, {}))


def test_whatever_is_left_can_be_refused() -> None:
    """All of it, that of one host, or all but that of some; what is settled stays as it is."""
    elsewhere = Entry(RepositoryName("o/r", "gitlab.example"), "", "", (), (0, 1))
    workspace = workspace_of(("a/list", [entry("a/a"), entry("b/b"), elsewhere]))
    workspace.put_answers([(named("a/a"), facts("a/a"))])
    assert workspace.refuse_unsettled(GONE, but_on=["github.com", "gitlab.example"]) == 0
    assert workspace.refuse_unsettled(GONE, on="codeberg.org") == 0
    assert workspace.refuse_unsettled(GONE, but_on=["github.com"]) == 1
    assert names_in(workspace) == ["b/b"]
    assert workspace.refuse_unsettled(LATE) == 1
    assert workspace.count_outcomes() == (1, {Reason.NOT_FOUND: 1, Reason.UNAVAILABLE: 1})


def test_private_repositories_are_noticed() -> None:
    """So that they are kept nowhere else."""
    workspace = workspace_of(("a/list", map(entry, ("a/a", "b/b"))))
    workspace.put_answers([(named("a/a"), facts("a/a", private=False))])
    assert not workspace.has_private
    workspace.put_answers([(named("b/b"), facts("b/b", private=True))])
    assert workspace.has_private


def test_a_transaction_counts_as_a_whole() -> None:
    """What goes wrong in one leaves nothing behind."""
    workspace = workspace_of(("a/list", [entry("a/a")]))

    def fail() -> None:
        with workspace.transaction() as connection:
            connection.execute("DELETE FROM name")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert names_in(workspace) == ["a/a"]


def test_tables_that_cannot_grow_end_the_run() -> None:
    """With a sentence; what was taken before is there still."""
    workspace = workspace_of(("a/list", [entry("a/a")]))
    workspace.read("PRAGMA max_page_count = 1")
    long = (entry(f"o/r{number}", "long" * 1000) for number in range(AT_ONCE))
    with pytest.raises(RunError, match=r"the tables of the run cannot be kept: .*full"):
        workspace.add_list(1, "b/list", long)
    assert names_in(workspace) == ["a/a"]


@pytest.fixture
def no_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nowhere can a temporary file be written."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))


def spills(workspace: Workspace) -> bool:
    """Whether what does not fit the cache goes to a file."""
    in_memory = 2  # https://www.sqlite.org/pragma.html#pragma_temp_store
    return bool(workspace.read("PRAGMA temp_store") != [(in_memory,)])


def test_what_does_not_fit_goes_to_a_file_where_it_may() -> None:
    """Without a store nothing does, so that private names are never on a disk."""
    assert spills(Workspace())
    assert not spills(Workspace(on_disk=False))


@pytest.mark.usefixtures("no_disk")
def test_without_a_disk_all_is_in_memory() -> None:
    """A run on a read-only system goes on, however long its lists are."""
    workspace = Workspace()
    assert not spills(workspace)
    count = 3 * AT_ONCE
    workspace.add_list(WHOLE, "a/list", (entry(f"o/r{n}", "long" * 100) for n in range(count)))
    workspace.put_answers((named(f"o/r{n}"), facts(f"o/r{n}", n, n)) for n in range(count))
    assert make_rows(workspace, 0, WHOLE, follows=True).ranked == count
    assert [row.stars for row in StoredRun(workspace, 0, NOON).rows] == [*range(count)][::-1]


def test_it_goes_with_whoever_held_it() -> None:
    """Its file is closed, and so is gone, once nobody can read it any more."""
    workspace = Workspace()
    closed = weakref.ref(workspace)
    workspace.close()
    workspace.close()
    del workspace
    gc.collect()
    assert closed() is None


def test_any_thread_may_use_it() -> None:
    """Reports are written in another one than answers are taken in."""
    workspace = workspace_of(("a/list", [entry("a/a")]))
    thread = threading.Thread(target=lambda: workspace.put_answers([(named("a/a"), GONE)]))
    thread.start()
    thread.join()
    assert outcomes_of(workspace) == {"a/a": GONE}
