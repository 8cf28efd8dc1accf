"""Choose the proxy for a server by the environment variables that most programs respect.

https://curl.se/libcurl/c/libcurl-env.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from crawler.http.exchange import LOOPBACK
from crawler.model.frozen import frozen

_PORTS: Final = {"http": 80, "https": 443}


@frozen
class Proxy:
    """A proxy from an environment variable."""

    url: str
    """Its address, which may contain a password."""
    variable: str
    """The variable, such as HTTPS_PROXY; for messages."""

    @property
    def is_tls(self) -> bool:
        """Whether the connection to the proxy itself is encrypted."""
        return self.url[:8].lower() == "https://"


def proxy_of(url: str, proxies: Mapping[str, str]) -> Proxy | None:
    """The proxy for `url`; None if it is requested directly.

    `proxies` are what `urllib.request.getproxies()` gives: addresses by scheme, `all` for any
    scheme, and in `no` the servers without a proxy.
    """
    if not proxies:
        return None
    parts = urlsplit(url)
    scheme, host = parts.scheme, (parts.hostname or "").rstrip(".")
    # Only loopback may receive a token over plain http, so such a request must not pass
    # through a proxy.
    if scheme == "http" and host in LOOPBACK:
        return None
    key = scheme if proxies.get(scheme) else "all"
    address = proxies.get(key)
    if not address or _is_excepted(host, parts.port or _PORTS.get(scheme), proxies.get("no", "")):
        return None
    return Proxy(address if "://" in address else f"http://{address}", f"{key.upper()}_PROXY")


def _is_excepted(host: str, port: int | None, exceptions: str) -> bool:
    """Whether one of `exceptions` matches a server. Invalid ones are ignored."""
    return any(_names(each, host, port) for each in re.split(r"[\s,]+", exceptions))


def _names(exception: str, host: str, port: int | None) -> bool:
    """Whether it is `*`, the host's name, a parent domain, its address or a range with it."""
    if exception == "*":
        return True
    name, colon, its_port = exception.rpartition(":")
    has_port = bool(colon) and its_port.isdecimal() and (":" not in name or name.endswith("]"))
    if has_port and int(its_port) != port:
        return False
    if not has_port:
        name = exception
    try:
        network = ip_network(name.replace("[", "").replace("]", ""), strict=False)
    except ValueError:
        domain = name.partition("://")[2] or name
        domain = domain.removeprefix("*").strip(".").lower()
        return bool(domain) and f".{host}".endswith(f".{domain}")
    address = _address(host)
    return address is not None and address in network


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
