"""Find the GitHub token. It is never stored."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from crawler.http.exchange import LOOPBACK, Token
from crawler.model.addresses import bare
from crawler.model.errors import ConfigError, CredentialsError
from crawler.model.settings import API_URL
from crawler.sources.addresses import find_addresses
from crawler.sources.github.host import GITHUB, TENANTS, host_of_api

GH_TOKEN: Final = "GH_TOKEN"
GITHUB_TOKEN: Final = "GITHUB_TOKEN"
"""For github.com and the tenants of ghe.com; on a runner of GitHub Actions the second belongs to
the runner's server. https://cli.github.com/manual/gh_help_environment"""

ENTERPRISE_VARIABLES: Final = ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
"""For an Enterprise Server."""

GH_COMMAND: Final = "gh auth token"

GH_SECONDS: Final = 10
"""Timeout of `gh`, which reads a file or asks the keyring."""

_SENDABLE: Final = re.compile(r"[!-~]+")
"""Visible ASCII: other characters are not allowed in a header, and httpx would quote the token in
its error."""


def find_token(
    variable: str | None = None,
    *,
    api_url: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Token | None:
    """Find a token as the command does: in the environment variables for the server, then with
    `gh auth token`.

    GH_TOKEN and GITHUB_TOKEN are for github.com and ghe.com, GH_ENTERPRISE_TOKEN and
    GITHUB_ENTERPRISE_TOKEN for an Enterprise Server (the one that GH_HOST names, if it is set). On
    a runner of GitHub Actions the first two are for the server that GITHUB_API_URL names.
    With `variable`, only that environment variable is used. The token is for the server of
    `api_url`, by default that of GH_HOST or GITHUB_API_URL, else github.com. `environ` are the
    variables, by default those of the process. Blocks while `gh` runs.

    Raises: CredentialsError if `variable` is not set, or a value cannot be a token.
    """
    # Not a default in the signature, since help() would show every variable.
    found = _find(variable, api_url, os.environ if environ is None else environ)
    environ = None  # a traceback may show what this frame holds
    if found is None and variable is not None:
        raise CredentialsError(f"the environment variable {variable} holds no token")
    return found if found is None else check_token(found)


def _find(variable: str | None, api_url: str | None, environ: Mapping[str, str]) -> Token | None:
    """The unprocessed value from the first place that has one."""
    if variable is None:
        host = host_of_api(api_url or find_addresses({}, environ=environ)["api_url"])
        names = [*_variables_for(host, environ)]
    else:
        names = [variable]
    for name in names:
        if environ.get(name, "").strip():
            return Token(environ[name].strip(), name)
    return ask_gh(host, environ) if variable is None else None


def _variables_for(host: str, environ: Mapping[str, str]) -> Iterator[str]:
    """The environment variables whose tokens are for a host."""
    is_runner = environ.get("GITHUB_ACTIONS") == "true"
    runners = host_of_api(environ.get("GITHUB_API_URL") or API_URL) if is_runner else None
    if host == GITHUB or host.endswith(TENANTS):
        yield GH_TOKEN
        if runners in (None, host):
            yield GITHUB_TOKEN
        return
    if environ.get("GH_HOST", "").strip().lower() in ("", host):
        yield from ENTERPRISE_VARIABLES
    if host == runners:
        yield from (GH_TOKEN, GITHUB_TOKEN)


def make_token(value: str, found_in: str) -> Token:
    """A token that can be sent in a header.

    Raises: CredentialsError, which does not show the value.
    """
    value = token = Token(value.strip(), found_in)  # hides it in a traceback of this frame
    return check_token(token)


def check_token(token: Token) -> Token:
    """The same token, after a check that it can be sent in a header.

    Raises: CredentialsError, which does not show the value.
    """
    if token[:1] in ("'", '"') and token[:1] == token[-1:]:
        raise CredentialsError(
            f"the token from {token.found_in} stands in quotes, which are taken for a part of it "
            "(as in a file for --env-file): leave them out"
        )
    if token.found_in == GH_COMMAND and "\n" in token:
        raise CredentialsError(
            f"{GH_COMMAND} prints more than a token: run it to see what, or set GH_TOKEN"
        )
    if not _SENDABLE.fullmatch(token):
        raise CredentialsError(
            f"the token from {token.found_in} is empty or has characters that no token has: set it "
            "anew"
        )
    return token


def check_origin(url: str, token: Token | None) -> None:
    """Refuse an invalid API address, and one to which `token` would be sent unencrypted.

    Raises: ConfigError.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if "@" in url:
        raise ConfigError("the address of the API holds credentials: leave them out")
    if not url.isprintable() or " " in url:
        host = None
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise ConfigError(
            f"{bare(url, '…')!r} is not the address of an API: give one such as https://HOST/api/v3"
        )
    if token is not None and parts.scheme == "http" and host not in LOOPBACK:
        raise ConfigError(f"a token is not sent over plain http to {host}: use https")


def ask_gh(host: str, environ: Mapping[str, str], timeout: float = GH_SECONDS) -> Token | None:
    """The token that the command `gh` keeps; None if it has none or does not answer.

    Raises: CredentialsError if its output cannot be a token.
    """
    program = shutil.which("gh", path=environ.get("PATH"))
    if program is None or not host:
        return None
    try:
        answer = subprocess.run(
            # Without a host, gh answers for its default, which may be a different one.
            [program, "auth", "token", "--hostname", host],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            env=dict(environ),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
    # It exits with status 4 if it is not logged in.
    if answer.returncode != 0 or not answer.stdout.strip():
        return None
    return Token(answer.stdout.strip(), GH_COMMAND)
