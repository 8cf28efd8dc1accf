"""Where the token comes from, and that it stays hidden."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.http.exchange import LOOPBACK, Request, Token
from crawler.http.limiter import RateLimiter
from crawler.model.errors import ConfigError, CrawlerError, CredentialsError
from crawler.sources.github.client import GitHub
from crawler.sources.github.credentials import ask_gh, check_origin, find_token, make_token

SECRET = "ghp_0123456789abcdef"
Gh = Callable[[str], dict[str, str]]

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="the fake gh is a shell script")


@pytest.fixture
def gh(tmp_path: Path) -> Gh:
    """Puts a `gh` that runs a shell script on a PATH of its own; gives the environment."""

    def write(script: str) -> dict[str, str]:
        program = tmp_path / "gh"
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        program.chmod(0o755)
        return {"PATH": str(tmp_path)}

    return write


def test_order_of_the_variables() -> None:
    """GH_TOKEN comes before GITHUB_TOKEN; one that is empty or blank counts as not set."""
    both = {"GH_TOKEN": "one", "GITHUB_TOKEN": "two", "PATH": ""}
    assert find_token(environ=both) == "one"
    assert find_token(environ=both | {"GH_TOKEN": ""}) == "two"
    assert find_token(environ=both | {"GH_TOKEN": " \n"}) == "two"
    assert find_token(environ={"PATH": ""}) is None


def test_token_knows_where_it_was_found() -> None:
    """A message can name the place, since the token itself is not shown."""
    for name in ("GH_TOKEN", "GITHUB_TOKEN"):
        token = find_token(environ={name: f" {SECRET}\n", "PATH": ""})
        assert token == SECRET
        assert token.found_in == name


def test_named_variable_is_the_only_place() -> None:
    """With a variable named, no other place is looked at, and its absence is an error."""
    environ = {"MINE": SECRET, "GH_TOKEN": "other", "PATH": ""}
    token = find_token("MINE", environ=environ)
    assert token == SECRET
    assert token.found_in == "MINE"
    for absent in ({}, {"MINE": ""}, {"MINE": "  "}):
        with pytest.raises(CredentialsError, match="MINE"):
            find_token("MINE", environ={"GH_TOKEN": "other", **absent})


GITHUB = {"GH_TOKEN": "gh", "GITHUB_TOKEN": "github"}
SERVER = {"GH_ENTERPRISE_TOKEN": "ghe", "GITHUB_ENTERPRISE_TOKEN": "server"}
GHES = "https://ghe.example.com/api/v3"
RUNNER = {"GITHUB_ACTIONS": "true", "GITHUB_API_URL": GHES}


@pytest.mark.parametrize(
    ("environ", "api_url", "found"),
    [
        (GITHUB | SERVER, None, "gh"),
        (GITHUB | SERVER, "https://api.octocorp.ghe.com", "gh"),
        (GITHUB | SERVER, "http://127.0.0.1:80", "gh"),
        (GITHUB | SERVER, GHES, "ghe"),
        (SERVER | {"GH_ENTERPRISE_TOKEN": " "}, GHES, "server"),
        (GITHUB, GHES, None),
        (GITHUB, "https://api.ghe.com.example.org", None),
        (GITHUB, "https://notghe.com/api/v3", None),
        (SERVER, None, None),
        (SERVER, "https://api.octocorp.ghe.com", None),
        # GH_HOST says which server the enterprise tokens are for, and is asked by default.
        (GITHUB | SERVER | {"GH_HOST": "GHE.example.com"}, None, "ghe"),
        (GITHUB | SERVER | {"GH_HOST": "ghe.example.com"}, "https://other.example/api/v3", None),
        (GITHUB | SERVER | {"GH_HOST": "octocorp.ghe.com"}, None, "gh"),
        # On a runner the usual tokens are those of its server, and of no other.
        (GITHUB | RUNNER, None, "gh"),
        ({"GITHUB_TOKEN": "github"} | RUNNER, None, "github"),
        (GITHUB | SERVER | RUNNER, None, "ghe"),
        (GITHUB | RUNNER, "https://other.example/api/v3", None),
        ({"GITHUB_TOKEN": "github"} | RUNNER, "https://api.github.com", None),
        ({"GITHUB_TOKEN": "github", "GITHUB_ACTIONS": "true"}, None, "github"),
        (GITHUB | {"GITHUB_API_URL": GHES}, None, None),
    ],
)
def test_a_token_goes_to_its_own_server(
    environ: dict[str, str], api_url: str | None, found: str | None
) -> None:
    """No server is shown the token of another, whatever else is set."""
    assert find_token(api_url=api_url, environ={"PATH": "", **environ}) == found


@posix_only
def test_gh_is_asked_last(gh: Gh) -> None:
    """`gh auth token` is asked where no variable is set, and not where one is."""
    environ = gh(f"echo {SECRET}")
    token = find_token(environ=environ)
    assert token == SECRET
    assert token.found_in == "gh auth token"
    assert find_token(environ=environ | {"GITHUB_TOKEN": "two"}) == "two"


@posix_only
@pytest.mark.parametrize(
    ("api_url", "arguments"),
    [
        (None, "auth token --hostname github.com"),
        ("https://api.github.com", "auth token --hostname github.com"),
        ("https://github.example.com/api/v3", "auth token --hostname github.example.com"),
        ("https://api.octocorp.ghe.com", "auth token --hostname octocorp.ghe.com"),
        ("http://127.0.0.1:8080", "auth token --hostname github.com"),
        ("http://[::1]:8080/api", "auth token --hostname github.com"),
    ],
)
def test_gh_is_asked_for_the_host(
    gh: Gh, tmp_path: Path, api_url: str | None, arguments: str
) -> None:
    """The token asked for is that of the server it will be sent to, and gh sees the environment."""
    environ = gh(f'echo "$@" > "{tmp_path}/asked"; echo "$GH_CONFIG_DIR"')
    environ["GH_CONFIG_DIR"] = SECRET
    assert find_token(api_url=api_url, environ=environ) == SECRET
    assert (tmp_path / "asked").read_text(encoding="utf-8").strip() == arguments


@posix_only
def test_gh_is_asked_for_the_host_of_the_environment(gh: Gh, tmp_path: Path) -> None:
    """Where no API is given, GITHUB_API_URL says which."""
    environ = gh(f'echo "$@" > "{tmp_path}/asked"; echo {SECRET}')
    find_token(environ=environ | {"GITHUB_API_URL": "https://github.example.com/api/v3"})
    assert "github.example.com" in (tmp_path / "asked").read_text(encoding="utf-8")


@posix_only
@pytest.mark.parametrize("api_url", ["https://[::1", "nothing", "https://host:port"])
def test_gh_and_an_address_that_is_none(gh: Gh, api_url: str) -> None:
    """An address that cannot be one is told as such, or leads to no token; it raises no bug."""
    with suppress(CrawlerError):
        find_token(environ=gh("exit 1") | {"GITHUB_API_URL": api_url})


@posix_only
@pytest.mark.parametrize(
    "script",
    ["exit 4", f"echo {SECRET}; exit 1", "exit 0", "echo", r"printf '\377\376'", "kill -9 $$"],
    ids=["logged out", "fails", "silent", "blank", "not text", "killed"],
)
def test_gh_without_a_token(gh: Gh, script: str) -> None:
    """A `gh` that has none, or breaks, is as good as no `gh`."""
    assert find_token(environ=gh(script)) is None


@posix_only
def test_gh_that_cannot_be_run(gh: Gh, tmp_path: Path) -> None:
    """A `gh` that is no program is as good as none."""
    environ = gh("")
    (tmp_path / "gh").write_bytes(b"\x7fELF is not what this is")
    assert find_token(environ=environ) is None


@posix_only
def test_gh_that_hangs(gh: Gh) -> None:
    """A `gh` that does not answer is ended when its time is over."""
    assert ask_gh("github.com", gh("exec /bin/sleep 1000"), timeout=0.05) is None


@posix_only
def test_gh_is_not_asked_for_input(gh: Gh) -> None:
    """A `gh` that reads its input finds none, instead of holding up the terminal."""
    assert find_token(environ=gh(f'read line || echo "{SECRET}"')) == SECRET


@posix_only
def test_gh_that_talks(gh: Gh) -> None:
    """More than a token, such as a notice of a newer version, is refused, and not shown."""
    with pytest.raises(CredentialsError, match="gh auth token prints more than a token") as caught:
        find_token(environ=gh(f"echo welcome; echo {SECRET}"))
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "value", ["", "  ", f"{SECRET} x", f"{SECRET}\r\nX-Evil: 1", f"{SECRET}\u2026", f"{SECRET}\0"]
)
def test_token_that_cannot_be_sent(value: str) -> None:
    """It is refused before a request, and not shown."""
    with pytest.raises(CredentialsError, match="GH_TOKEN") as caught:
        make_token(value, "GH_TOKEN")
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_token_in_quotes(quote: str) -> None:
    """As docker's --env-file leaves it: the sentence says what is wrong, and does not show it."""
    with pytest.raises(CredentialsError, match="from GH_TOKEN stands in quotes") as caught:
        find_token(environ={"GH_TOKEN": f"{quote}{SECRET}{quote}"})
    assert SECRET not in str(caught.value)


@given(st.text())
def test_every_token_made_can_be_sent(value: str) -> None:
    """What is accepted stands in a header as it is."""
    try:
        token = make_token(value, "GH_TOKEN")
    except CredentialsError:
        return
    request = httpx.Request("GET", "https://x", headers={"Authorization": f"Bearer {token}"})
    assert request.headers["authorization"] == f"Bearer {value.strip()}"


def test_token_is_text_that_hides() -> None:
    """It is a string where it is sent, and hidden wherever something else is shown with it."""
    token = Token(SECRET, "GH_TOKEN")
    assert f"Bearer {token}" == f"Bearer {SECRET}"
    limiter = RateLimiter(lambda _: None, concurrency=1, timeout=1)  # type: ignore[arg-type, return-value]
    github = GitHub(limiter.send, "https://api.test", "https://api.test/graphql", token)
    for holder in (
        token,
        [token],
        {"token": token},
        Request("GET", "https://api.test", token=token),
        github,
        limiter,
    ):
        assert SECRET not in repr(holder)
        assert SECRET not in f"{holder!r}"
    assert repr(token) == "<token from GH_TOKEN>"


@pytest.mark.parametrize(
    "url",
    [
        "https://api.github.com",
        "https://github.example.com/api/v3/",
        "https://github.example.com:8443/api/graphql",
        "http://127.0.0.1:8080/api",
        "http://localhost/",
        "http://LOCALHOST:1",
        "http://[::1]:8080",
    ],
)
def test_origins_that_may_see_the_token(url: str) -> None:
    """https anywhere, plain http on loopback."""
    check_origin(url, Token(SECRET))


@pytest.mark.parametrize(
    "url",
    [
        "http://api.github.com",
        "http://192.168.0.1",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://127.0.0.1@example.com",
        "http://example.com#@127.0.0.1",
        "http://0.0.0.0",
    ],
)
def test_plain_http_is_for_loopback(url: str) -> None:
    """A token is not sent in the clear; without one the address may do."""
    with pytest.raises(ConfigError) as caught:
        check_origin(url, Token(SECRET))
    assert SECRET not in str(caught.value)


def test_plain_http_without_a_token() -> None:
    """Where no token goes along, plain http is the user's choice."""
    check_origin("http://github.internal/api", None)


@pytest.mark.parametrize(
    "url",
    [
        *("", "api.github.com", "ftp://api.github.com", "https://", "https://:443"),
        *("https://host:port", "https://host:99999", "https://[::1", "https://host?x=1"),
        *("https://host/#x", "https://exa mple.com", "https://api.github.com/\x00"),
    ],
)
def test_addresses_that_are_none(url: str) -> None:
    """An address that cannot be asked is found out before anything is."""
    with pytest.raises(ConfigError):
        check_origin(url, None)


def test_credentials_in_an_address_are_not_shown() -> None:
    """An address with a password in it is refused without repeating it."""
    with pytest.raises(ConfigError) as caught:
        check_origin(f"https://user:{SECRET}@github.example.com", None)
    assert SECRET not in str(caught.value)
    assert "credentials" in str(caught.value)


HOST_PIECES = [
    *("localhost", "127.0.0.1", "[::1]", "[", "]", "@", ":", "80", ".", "evil.test", "0"),
    *("\\", "/", "#", "?", "%2e", "\t", "\n", " ", "\u3002", "\u2024", "LOCALHOST"),
]
HOSTS = st.lists(st.sampled_from(HOST_PIECES), min_size=1, max_size=5).map("".join)


@given(HOSTS)
def test_loopback_is_loopback_to_httpx(host: str) -> None:
    """No crafted address passes for loopback here and is another host to the library that asks."""
    url = f"http://{host}"
    try:
        check_origin(url, Token(SECRET))
    except CrawlerError:
        return
    try:
        asked = httpx.URL(url)
    except httpx.InvalidURL:
        return
    assert asked.host in LOOPBACK
    assert urlsplit(url).hostname == asked.host
