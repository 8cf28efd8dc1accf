"""The texts of lists, for a time without a network."""

from __future__ import annotations

from pathlib import Path

import pytest
from store.samples import query

from crawler.store import Store
from crawler.store.records import Records


@pytest.mark.parametrize(
    "text",
    ["", "* [a](https://github.com/a/a)\r\n", "ünïcode \x00 \U0001f600", "x" * 1_000_000],
    ids=["empty", "lines", "unicode", "long"],
)
async def test_a_text_comes_back(tmp_path: Path, text: str) -> None:
    """Character by character, also in a later run."""
    with Store(tmp_path / "store.db") as store:
        assert await Records(store).load_list("a/list") is None
        await Records(store).save_list("a/list", text)
        assert await Records(store).load_list("a/list") == text
    with Store(tmp_path / "store.db") as store:
        assert await Records(store).load_list("a/list") == text


async def test_the_last_text_of_a_place_counts(tmp_path: Path) -> None:
    """It takes the place of the one before, and of no other's; places are told apart as spelled."""
    with Store(tmp_path / "store.db") as store:
        for place, text in (("a/list", "one"), ("b/list", "two"), ("a/list", "three")):
            await Records(store).save_list(place, text)
        assert await Records(store).load_list("a/list") == "three"
        assert await Records(store).load_list("b/list") == "two"
        for other in ("A/list", "a", "", "a/list?"):
            assert await Records(store).load_list(other) is None
    assert query(store.path, "SELECT count(*) FROM list") == [2]


async def test_a_text_is_kept_small(tmp_path: Path) -> None:
    """Lists are long, and say much the same in each line."""
    with Store(tmp_path / "store.db") as store:
        await Records(store).save_list("a/list", "* [name](https://github.com/owner/name)\n" * 5000)
    assert query(store.path, "SELECT length(text) FROM list")[0] < 5000
