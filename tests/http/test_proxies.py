"""Which proxy stands before which server, and which entries of NO_PROXY are about it."""

from __future__ import annotations

import pytest

from crawler.http.proxies import Proxy, proxy_of

PROXY = "http://proxy.test:3128"


@pytest.mark.parametrize(
    ("url", "exceptions"),
    [
        ("https://api.github.com/x", "*"),
        ("https://api.github.com/x", "api.github.com"),
        ("https://API.GitHub.com./x", "api.github.com"),
        ("https://api.github.com/x", "a.test, GitHub.com"),
        ("https://api.github.com/x", "a.test .github.com"),
        ("https://api.github.com/x", "*.github.com"),
        ("https://api.github.com/x", "github.com:443"),
        ("http://github.test/x", "github.test:80"),
        ("https://github.test:8443/x", "github.test:8443"),
        ("https://github.test/x", "https://github.test"),
        ("http://10.1.2.3/x", "10.1.2.3"),
        ("http://10.1.2.3/x", "10.0.0.0/8"),
        ("http://10.1.2.3/x", "10.1.2.7/8"),
        ("http://[fe80::1]/x", "fe80::/10"),
        ("http://[fe80::1]/x", "[fe80::]/10"),
        ("http://[fe80::1]:81/x", "[fe80::1]:81"),
        ("http://[2001:db8::1]/x", "2001:DB8:0::1"),
        ("https://[::1]/x", "[::1]"),
        ("https://[::1]/x", "::1"),
        ("https://api.github.com/x", "fe80::/10,[::1],[,],:,::,/,//,%,[::1,*.,.,api.github.com"),
    ],
)
def test_servers_that_are_asked_directly(url: str, exceptions: str) -> None:
    """A name, a domain around it, an address or a range of addresses, with or without a port."""
    assert proxy_of(url, {"all": PROXY, "no": exceptions}) is None


@pytest.mark.parametrize(
    "exceptions",
    [
        *("", ",", " ", ".", "*.", ":", "::", "/", "[", "[]", "[::1", "fe80::/200", "10.0.0.0/33"),
        *("fe80::/10", "[::1]", "::1", "10.0.0.0/8", "hub.com", "api.github.com.test"),
        *("github.com:80", "x.api.github.com", "https://", "\ud800", "a" * 100_000),
    ],
)
def test_exceptions_that_are_about_others(exceptions: str) -> None:
    """Whatever else stands in NO_PROXY changes nothing, and nothing of it is an error."""
    found = proxy_of("https://api.github.com/x", {"https": PROXY, "no": exceptions})
    assert found == Proxy(PROXY, "HTTPS_PROXY")


@pytest.mark.parametrize(
    ("url", "proxies", "expected"),
    [
        ("https://a.test/", {}, None),
        ("https://a.test/", {"http": PROXY}, None),
        ("https://a.test/", {"https": ""}, None),
        ("https://a.test/", {"all": "socks5://s.test"}, Proxy("socks5://s.test", "ALL_PROXY")),
        (
            "https://a.test/",
            {"all": "socks5://s.test", "https": PROXY},
            Proxy(PROXY, "HTTPS_PROXY"),
        ),
        ("http://a.test/", {"all": PROXY, "https": "x"}, Proxy(PROXY, "ALL_PROXY")),
        ("https://a.test/", {"https": "p.test:1"}, Proxy("http://p.test:1", "HTTPS_PROXY")),
        ("http://127.0.0.1/", {"all": PROXY}, None),
        ("http://[::1]:9/", {"http": PROXY}, None),
        ("https://localhost/", {"https": PROXY}, Proxy(PROXY, "HTTPS_PROXY")),
    ],
)
def test_the_variable_of_a_server(
    url: str, proxies: dict[str, str], expected: Proxy | None
) -> None:
    """That of its scheme before the one for all; a plain request to loopback has none."""
    assert proxy_of(url, proxies) == expected
