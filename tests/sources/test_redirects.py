"""Where a redirect may lead: the token goes along, so never to another origin."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.http.exchange import Response
from crawler.sources.github.rest import redirect_of

URL = "https://api.github.com/repos/owner/repo"


def redirected(location: str, url: str = URL, status: int = 301) -> str | None:
    """Where a redirect of `url` to `location` leads."""
    return redirect_of(Response(status, {"location": location}, b"", url))


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://api.github.com/repositories/1", "https://api.github.com/repositories/1"),
        ("/repositories/1", "https://api.github.com/repositories/1"),
        ("https://api.github.com:443/repositories/1", "/repositories/1"),
        ("HTTPS://API.GitHub.com/repositories/1", "/repositories/1"),
    ],
)
def test_redirects_on_the_same_origin(location: str, target: str) -> None:
    """They are followed, whether relative or absolute, in any case, with or without the port."""
    for status in (301, 302, 307, 308):
        found = redirected(location, status=status)
        assert found is not None
        assert found.endswith(target)


def test_redirects_of_an_address_in_capitals() -> None:
    """The origin is compared as an origin also where the user wrote it in another way."""
    for api in ("https://API.GitHub.com", "https://api.github.com:443"):
        assert redirected("https://api.github.com/repositories/1", f"{api}/repos/a/b") is not None
    assert redirected("http://127.0.0.1/x", "http://127.0.0.1:80/y") is not None


@pytest.mark.parametrize(
    "location",
    [
        "http://api.github.com/repositories/1",
        "http://api.github.com:443/repositories/1",
        "https://api.github.com:8443/repositories/1",
        "https://github.com/repositories/1",
        "https://api.github.com.evil.test/x",
        "https://api.github.com@evil.test/x",
        "https://user:password@api.github.com/x",
        "//evil.test/x",
        "https://evil.test\\@api.github.com/x",
        "https://[::1",
        "https://api.github.com:port/x",
        "https://api.github.com:99999/x",
        "javascript:alert(1)",
        "data:text/plain,x",
    ],
)
def test_redirects_to_elsewhere(location: str) -> None:
    """No other origin is followed, and no credentials of somebody else are taken over."""
    assert redirected(location) is None


@pytest.mark.parametrize(
    "location",
    [
        "../../user/repos",
        "https://api.github.com/repositories/1/../../user",
        "https://api.github.com/repositories/1/%2e%2E/%2e./user",
        "/repositories/1/..%2f..%2fuser",
        "/repositories/1\\..\\..\\user",
        "/repositories/1/.\t./user",
        "/repositories/./1?a=b",
    ],
)
def test_redirects_with_dot_segments(location: str) -> None:
    """They are not followed: no renamed repository is told of in that way."""
    assert redirected(location) is None
    assert redirected("/repositories/1?a=../..#../..") is not None


@pytest.mark.parametrize("status", [200, 300, 303, 304, 404])
def test_statuses_that_are_no_redirect(status: int) -> None:
    """A `Location` means nothing beside them."""
    assert redirected("/repositories/1", status=status) is None


def test_redirect_to_nowhere() -> None:
    """Without a `Location` there is nothing to follow."""
    assert redirect_of(Response(301, {}, b"", URL)) is None


PIECES = [
    *("https:", "http:", "/", "//", "api.github.com", "evil.test", "@", ":", "443", "\\", "?", "#"),
    *("\t", " ", "%2f", "%40", ".", "..", "[", "]", "\u3002", "\u2024", "API.GITHUB.COM", "x"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=7).map("".join))
def test_redirect_is_on_the_same_origin_to_httpx(location: str) -> None:
    """No crafted `Location` passes for this origin here and is another one to the library that
    asks: the token would go there."""
    target = redirected(location)
    if target is None:
        return
    try:
        asked = httpx.URL(target)
        host = asked.host
    except (httpx.InvalidURL, UnicodeError):
        return
    assert (asked.scheme, host, asked.port or 443) == ("https", "api.github.com", 443)
    assert not asked.userinfo
