"""The command: which of flag, environment, file and default holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.command.runs import Crawl
from crawl.run.double import GRAPHQL, TOKEN, GitHubDouble


def test_flags_beat_environment_beats_file(
    github: GitHubDouble, crawl: Crawl, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The address of the API is taken from the first that names it."""
    config = tmp_path / "named.toml"

    def hosts(*argv: str) -> set[str]:
        github.asked.clear()
        assert crawl("a/list", "--no-store", *argv).status == 0
        return {request.url.host for request in github.asked}

    config.write_text('[crawler]\napi_url = "https://file.example"\n', "utf-8")
    assert hosts() == {"api.github.com"}
    assert hosts("--config", str(config)) == {"file.example"}
    monkeypatch.setenv("GITHUB_API_URL", "https://env.example")
    assert hosts("--config", str(config)) == {"env.example"}
    assert hosts("--config", str(config), "--api-url", "https://flag.example") == {"flag.example"}
    monkeypatch.setenv("GITHUB_GRAPHQL_URL", "https://graphql.example/graphql")
    monkeypatch.setenv("GH_ENTERPRISE_TOKEN", TOKEN)
    github.lists["a/list"] = "".join(
        f"* [one](https://{host}/o/r00)\n" for host in ("env.example", "flag.example")
    )
    assert hosts() == {"env.example", "graphql.example"}
    assert hosts("--api-url", "https://flag.example") == {"flag.example"}


def test_flags_beat_the_file_beats_the_default(github: GitHubDouble, crawl: Crawl) -> None:
    """A setting of the file in the current folder holds until a flag says otherwise."""
    Path("config.toml").write_text(
        '[crawler]\nlists = ["a/list"]\nformat = "json"\ntop = 3\nbatch_size = 4\n', "utf-8"
    )
    assert len(crawl().document["ranking"]) == 3
    assert len(github.of(GRAPHQL)) == 3
    assert len(crawl("-n", "2").document["ranking"]) == 2
    assert crawl("-f", "csv").out.startswith("rank,")


def test_the_token_of_a_named_variable(
    github: GitHubDouble, crawl: Crawl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--token-env takes the token from that variable alone."""
    monkeypatch.setenv("OTHER", "ghp_other")
    assert crawl("a/list", "--token-env", "OTHER").status == 0
    assert {each.headers["authorization"] for each in github.asked} == {"Bearer ghp_other"}


@pytest.mark.parametrize("lists", ["", "lists = []\n"])
def test_no_list_named_anywhere(github: GitHubDouble, crawl: Crawl, lists: str) -> None:
    """Neither the line nor the config names one: quozd/awesome-dotnet is ranked."""
    Path("config.toml").write_text(f"[crawler]\n{lists}", "utf-8")
    github.publish("quozd/awesome-dotnet", "o/r03")
    assert crawl("-f", "json").document["sources"][0]["name"] == "quozd/awesome-dotnet"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("concurency = 3", "unknown key crawler.concurency; did you mean 'concurrency'?"),
        ("top = 'ten'", 'top must be a whole number of at least 0, not "ten"'),
        ("format = 'xml'", "there is no format 'xml'"),
        ("api_url = 'https://evil.example'", "crawler.api_url is only taken from"),
        ("token_env = 'GH_TOKEN'", "crawler.token_env is only taken from"),
        ("output = ['x.txt']", "the name of a report ends in"),
    ],
)
def test_a_config_that_is_refused(github: GitHubDouble, crawl: Crawl, text: str, said: str) -> None:
    """Status 2 with the path of what is wrong, and nothing is asked."""
    Path("config.toml").write_text(f"[crawler]\n{text}\n", "utf-8")
    run = crawl("a/list")
    assert (run.status, run.out, github.asked) == (2, "", [])
    assert said in run.err
