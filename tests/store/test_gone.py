"""What is gone or forbidden is remembered for the viewer who was told so; what is private or may
pass is not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from builders import NOON, facts
from store.samples import (
    VIEWER,
    bytes_of,
    figures,
    known,
    known_facts,
    known_refusal,
    query,
    save,
    undated,
)

from crawler.model.values import Reason, Refusal
from crawler.ranking.growth import Provenance
from crawler.store import Store
from crawler.store.figures import to_figures
from crawler.store.repositories import Known

GONE = Refusal(Reason.NOT_FOUND, "there is none")
LATER = NOON + timedelta(hours=1)
EARLIER = NOON - timedelta(hours=1)

LASTING = (Reason.NOT_FOUND, Reason.BLOCKED, Reason.FORBIDDEN)


@pytest.mark.parametrize("reason", LASTING)
async def test_a_refusal_is_remembered(tmp_path: Path, reason: Reason) -> None:
    """With its reason, its sentence and the time."""
    refusal = Refusal(reason, "a sentence")
    with Store(tmp_path / "store.db") as store:
        await save(store, {"a/a": refusal})
        assert await known(store, "A/A") == Known(None, refusal, NOON)


@pytest.mark.parametrize("reason", LASTING)
async def test_a_refusal_leaves_the_figures(tmp_path: Path, reason: Reason) -> None:
    """What was known before is known beside it, and so is the history."""
    refusal = Refusal(reason, "a sentence")
    with Store(tmp_path / "store.db") as store:
        await save(store, {"a/a": facts("a/a", 1, 1)})
        await save(store, {"a/a": refusal}, LATER)
        assert await known(store, "a/a") == Known(figures("a/a", 1, 1), refusal, LATER)
        assert await store.load_history("a/a") is not None


@pytest.mark.parametrize("reason", sorted(set(Reason) - set(LASTING)))
async def test_a_refusal_that_may_pass_is_not(tmp_path: Path, reason: Reason) -> None:
    """The figures before it stand, and so does a refusal that was none of these."""
    passing = Refusal(reason, "")
    with Store(tmp_path / "store.db") as store:
        await save(store, {"a/a": facts("a/a", 1, 1), "c/c": GONE})
        await save(store, {"a/a": passing, "b/b": passing, "c/c": passing}, LATER)
        assert await known(store, "a/a") == Known(figures("a/a", 1, 1))
        assert await known(store, "b/b") is None
        assert await known(store, "c/c") == Known(None, GONE, NOON)


async def test_only_who_was_told_takes_it_for_gone(tmp_path: Path) -> None:
    """Another token may see it; who asks for nobody in particular hears what anybody was told."""
    with Store(tmp_path / "store.db") as store:
        await save(store, {"a/a": facts("a/a", 1, 1, fetched_at=EARLIER)}, viewer="one")
        await save(store, {"a/a": GONE}, viewer="one")
        assert await known_refusal(store, "a/a", viewer="one") == GONE
        assert await known_refusal(store, "a/a", viewer=None) == GONE
        for other in ("two", ""):
            assert await known_refusal(store, "a/a", viewer=other) is None
        assert await known_facts(store, "a/a") == facts("a/a", 1, 1, fetched_at=EARLIER)


async def test_figures_make_it_forgotten(tmp_path: Path) -> None:
    """What is back is not gone, for nobody, and keeps its history."""
    with Store(tmp_path / "store.db") as store:
        await save(store, {"a/a": GONE}, EARLIER, viewer="one")
        await save(store, {"a/a": GONE}, EARLIER, viewer="two")
        await save(store, {"a/a": facts("a/a", 1, 1)}, viewer="one")
        for viewer in ("one", "two", None):
            assert await known_refusal(store, "a/a", viewer) is None
        assert await known_facts(store, "a/a") == facts("a/a", 1, 1)
    assert query(store.path, "SELECT key FROM absence") == []


@pytest.mark.parametrize("hours", [-48, 0, 48])
async def test_the_last_word_counts_whatever_the_clocks_say(tmp_path: Path, hours: float) -> None:
    """Of figures and a refusal the one that was saved last, also where a clock was wrong."""
    told = NOON + timedelta(hours=hours)
    with Store(tmp_path / "store.db") as store:
        await save(store, {"a/a": facts("a/a", 1, 1)})
        await save(store, {"a/a": GONE}, told)
        assert await known(store, "a/a") == Known(figures("a/a", 1, 1), GONE, told)
        await save(store, {"a/a": facts("a/a", 2, 1)})
        assert await known(store, "a/a") == Known(figures("a/a", 2, 1))


async def test_figures_under_a_canonical_name_lift_its_refusal(tmp_path: Path) -> None:
    """The name was gone, and now another one leads to it: it is there again, in any spelling."""
    with Store(tmp_path / "store.db") as store:
        await save(store, {"new/name": GONE}, EARLIER)
        await save(store, {"old/name": facts("New/Name", 1, 1)})
        assert await known(store, "new/name") == Known(figures("New/Name", 1, 1))
        await save(store, {"new/name": GONE}, LATER)
        assert await known_refusal(store, "new/name") == GONE


async def test_figures_under_another_name_lift_none(tmp_path: Path) -> None:
    """A former name that leads nowhere any more stays gone, however often its repository answers
    under the new one; only to ask for the former name itself lifts it."""
    with Store(tmp_path / "store.db") as store:
        await save(store, {"old/name": facts("old/name", 1, 1)})
        await save(store, {"old/name": GONE})
        for hours in (1, 2):
            now = NOON + timedelta(hours=hours)
            await save(store, {"new/name": facts("new/name", 2, 1, fetched_at=now)}, now)
        moved = facts("new/name", 2, 1, fetched_at=NOON + timedelta(hours=2))
        assert await known(store, "old/name") == Known(to_figures(moved), GONE, NOON)
        assert await known(store, "new/name") == Known(to_figures(moved))
        await save(store, {"Old/Name": moved}, LATER)
        assert await known(store, "old/name") == Known(to_figures(moved))


@pytest.mark.parametrize("viewer", [VIEWER, None])
async def test_deps_dev_tells_nothing_of_what_is_gone(tmp_path: Path, viewer: str | None) -> None:
    """Whoever asks for its figures gets them, or nothing, whatever GitHub refused."""
    with Store(tmp_path / "store.db") as store:
        await save(store, {"a/a": undated("a/a", 1)})
        await save(store, {"a/a": GONE, "b/b": GONE}, LATER)
        assert await known(store, "a/a", Provenance.GITHUB, viewer) == Known(None, GONE, LATER)
        assert await known(store, "a/a", Provenance.DEPSDEV, viewer) == Known(
            to_figures(undated("a/a", 1))
        )
        assert await known(store, "b/b", Provenance.DEPSDEV, viewer) is None


async def test_gone_again(tmp_path: Path) -> None:
    """The last time counts."""
    lawyer = Refusal(Reason.BLOCKED, "a lawyer")
    with Store(tmp_path / "store.db") as store:
        await save(store, {"a/a": GONE}, EARLIER)
        await save(store, {"a/a": lawyer}, LATER)
        assert await known(store, "a/a") == Known(None, lawyer, LATER)


async def test_private_figures_leave_no_trace(tmp_path: Path) -> None:
    """Not a byte of the file holds the name, nor anything that was said of it."""
    with Store(tmp_path / "store.db") as store:
        secret = facts("Hidden/Treasure", 123_456_789, 987_654_321, private=True, about="a plan")
        await save(store, {"hidden/treasure": secret, "a/a": facts("a/a", 1, 1)})
        assert await known(store, "hidden/treasure") is None
        assert await store.load_history("hidden/treasure") is None
        for content in bytes_of(store.path).values():
            for trace in (b"hidden", b"treasure", b"plan", (123_456_789).to_bytes(4, "big")):
                assert trace not in content.lower()


async def test_what_became_private_keeps_what_was_public(tmp_path: Path) -> None:
    """The figures from before are known still; the new ones are not."""
    with Store(tmp_path / "store.db") as store:
        await save(store, {"a/a": facts("a/a", 1, 1)})
        await save(store, {"a/a": facts("a/a", 2, 1, private=True, fetched_at=LATER)})
        assert await known_facts(store, "a/a") == facts("a/a", 1, 1)
