"""Where the GitHub token comes from. It is looked for, never stored."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from crawler.http.exchange import LOOPBACK, Token
from crawler.model.addresses import bare
from crawler.model.errors import ConfigError, CredentialsError
from crawler.model.settings import API_URL

TOKEN_VARIABLES: Final = ("GH_TOKEN", "GITHUB_TOKEN")
"""In the order of `gh` itself. https://cli.github.com/manual/gh_help_environment"""

GH_SECONDS: Final = 10
"""How long `gh` may take; it reads a file or asks the keyring."""

_SENDABLE: Final = re.compile(r"[!-~]+")
"""Visible ASCII: anything else cannot stand in a header, and httpx would quote it in its error."""


def find_token(
    variable: str | None = None,
    *,
    api_url: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Token | None:
    """Look for a token where the command does: GH_TOKEN, GITHUB_TOKEN, `gh auth token`.

    With `variable`, that environment variable is the only place. `api_url` is the
    API that the token is meant for, by default GITHUB_API_URL or GitHub's own:
    `gh` is asked for the token of that host. `environ` are the variables, by default
    those of the process. Blocks while `gh` runs.

    Raises: CredentialsError where `variable` is not set, or a token cannot be one.
    """
    if environ is None:  # no default of the signature: help() would show every variable
        environ = os.environ
    if variable is not None:
        if not environ.get(variable, "").strip():
            raise CredentialsError(f"the environment variable {variable} holds no token")
        return make_token(environ[variable], variable)
    for name in TOKEN_VARIABLES:
        if environ.get(name, "").strip():
            return make_token(environ[name], name)
    return _ask_gh(api_url or environ.get("GITHUB_API_URL") or API_URL, environ)


def make_token(value: str, origin: str) -> Token:
    """Check that `value` can be sent at all.

    Raises: CredentialsError, without showing it.
    """
    if not _SENDABLE.fullmatch(value.strip()):
        raise CredentialsError(
            f"the token from {origin} is empty or has characters that no token has: set it anew"
        )
    return Token(value.strip(), origin)


def check_origin(url: str, token: Token | None) -> None:
    """Refuse an API address that is none, or that would carry `token` in the clear.

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
            f"{bare(url, '…')!r} is no address of an API: give one such as https://HOST/api/v3"
        )
    if token is not None and parts.scheme == "http" and host not in LOOPBACK:
        raise ConfigError(f"a token is not sent over plain http to {host}: use https")


def _ask_gh(api_url: str, environ: Mapping[str, str]) -> Token | None:
    """The token that GitHub's own command keeps; it exits with 4 when not logged in."""
    program = shutil.which("gh", path=environ.get("PATH"))
    if program is None:
        return None
    try:
        host = urlsplit(api_url).hostname or ""
    except ValueError:
        return None
    # Without a host, gh answers for whichever is its default: not always the one that is asked.
    # A server on loopback stands in for GitHub, and gh knows no such host.
    which = [] if host in LOOPBACK else ["--hostname", host.removeprefix("api.")]
    try:
        answer = subprocess.run(
            [program, "auth", "token", *which],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=GH_SECONDS,
            env=dict(environ),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return None
    if answer.returncode != 0 or not answer.stdout.strip():
        return None
    return make_token(answer.stdout, "gh auth token")
