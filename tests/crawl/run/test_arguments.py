"""`rank_repos()`: settings as keywords, or as one value."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from standin import TOKEN, StandIn

from crawler import ConfigError, RunError, Settings, rank_repos, rank_repos_sync


async def test_a_settings_value_takes_the_place_of_keywords(github: StandIn) -> None:
    """The same run, whichever way it is asked for; lists may stand beside the value."""
    settings = Settings(top=2, sort="name", batch_size=1, timeout="1m", lists=("a/list",))
    by_value = await rank_repos(settings=settings, token=TOKEN, transport=github.local)
    beside = await rank_repos(
        "a/list", settings=Settings(top=2, sort="name"), transport=github.local, token=TOKEN
    )
    by_keywords = await rank_repos(
        "a/list",
        top=2,
        sort="name",
        batch_size=1,
        timeout=60.0,
        token=TOKEN,
        transport=github.local,
    )
    names = [row.repository for row in by_keywords]
    assert len(names) == 2
    assert [row.repository for row in by_value] == [row.repository for row in beside] == names
    assert by_value.usage.requests == by_keywords.usage.requests


@pytest.mark.parametrize("said", [{"top": 0}, {"archived": False}, {"max_age": 1}])
async def test_a_keyword_beside_the_value_is_refused(github: StandIn, said: dict[str, Any]) -> None:
    """Which of the two was meant is not guessed, and the sentence says how to change one."""
    (name,) = said
    with pytest.raises(ConfigError, match=rf"dataclasses\.replace\(settings, {name}=\.\.\.\)"):
        await rank_repos("a/list", settings=Settings(), token=TOKEN, transport=github.local, **said)
    assert github.log.exchanges == []


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"concurrency": "many"}, 'concurrency must be a whole number from 1 to 100, not "many"'),
        ({"max_age": "12"}, 'max_age must be a duration such as "12h", from 0s to 100y, not "12"'),
        ({"language": [3]}, "language must be a list of texts, not [3]"),
        ({"links": "some"}, 'links must be entries or all, not "some"'),
    ],
)
def test_wrong_values_are_refused_when_they_are_made(
    github: StandIn, wrong: dict[str, Any], sentence: str
) -> None:
    """A value that is there is right; keywords are checked in the same way."""
    with pytest.raises(ConfigError) as by_value:
        Settings(**wrong)
    with pytest.raises(ConfigError) as by_keyword:
        rank_repos_sync("a/list", token=TOKEN, transport=github.local, **wrong)
    assert str(by_value.value) == str(by_keyword.value) == sentence


@pytest.mark.parametrize("needs", [{"offline": True}, {"since": "7d"}, {"since": timedelta(7)}])
async def test_what_needs_a_store_is_refused_without(
    github: StandIn, needs: dict[str, Any]
) -> None:
    """In either form, before anything is asked."""
    for said in (needs, {"settings": replace(Settings(), **needs)}):
        with pytest.raises(ConfigError, match="leave out --no-store"):
            await rank_repos("a/list", token=TOKEN, transport=github.local, **said)
    assert github.log.exchanges == []


async def test_addresses_of_the_environment_count_in_either_form(
    github: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What neither a keyword nor the value says comes from there."""
    monkeypatch.setenv("GITHUB_API_URL", "https://env.example")
    with pytest.raises(RunError, match=r"repositories of env\.example alone"):
        await rank_repos("a/list", settings=Settings(), token=TOKEN, transport=github.local)
    with pytest.raises(RunError, match=r"repositories of env\.example alone"):
        await rank_repos("a/list", token=TOKEN, transport=github.local)
    assert {each.host for each in github.log.exchanges} == {"env.example"}
    github.log.exchanges.clear()
    settings = Settings(api_url="https://mine.example")
    with pytest.raises(RunError, match=r"repositories of mine\.example alone"):
        await rank_repos("a/list", settings=settings, token=TOKEN, transport=github.local)
    assert {each.host for each in github.log.exchanges} == {"mine.example"}
