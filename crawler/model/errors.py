"""All expected errors, as a tree ordered by consequence.

    CrawlerError
    ├── UsageError             before the run: exit status 2, nothing was asked
    │   ├── ConfigError        the config, a flag or an environment variable
    │   └── ListError          a list that is missing, too large, undecodable or empty
    └── RunError               ends the run: exit status 1
        ├── CredentialsError   the token is missing or refused
        ├── StoreError         the store cannot be opened, read or written
        ├── Interrupted        somebody ended it before there was anything to report
        └── AttemptError       one attempt at a request failed
            ├── Unreachable    it never got through: name, connect, TLS, proxy
            ├── BrokenAnswer   it got through, but no usable answer came back
            │   ├── TooLarge   the answer is larger than the limit
            │   ├── TooMuch    the server cannot answer so much at once
            │   └── ForeignAnswer  the answer is not the server's, but a proxy's or portal's
            ├── TokenRefused   the token was accepted before, and is refused now
            └── Throttled      the server's limit is used up

An `AttemptError` about a list ends the run. One about a repository is retried,
and then becomes a failure in the report. `Interrupted` ends with the status of
the signal.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self


class CrawlerError(Exception):
    """Base of all errors of this package; its text is one sentence for the user."""

    exit_status = 1

    def about(self, name: str) -> Self:
        """The same error, with what it concerns at the start of its sentence."""
        error = self.__class__.__new__(self.__class__)
        error.__dict__.update(self.__dict__)
        error.args = (f"{name}: {self}",)
        return error


class UsageError(CrawlerError):
    """The run cannot be done as it was requested."""

    exit_status = 2


class ConfigError(UsageError):
    """A setting is unknown, of the wrong type or out of its range."""


class ListError(UsageError):
    """A list cannot be ranked: missing, too large, undecodable or without repositories."""


class RunError(CrawlerError):
    """The run cannot go on."""


class CredentialsError(RunError):
    """A token is needed and missing, or was refused."""


class StoreError(RunError):
    """The store cannot be opened, read or written; a ranking continues without it."""


class Interrupted(RunError):
    """Somebody ended the run before there was anything to report."""


class AttemptError(RunError):
    """One attempt at a request failed; another may succeed."""


class Unreachable(AttemptError):
    """The request never got through to `host`; `cause` is a few words."""

    def __init__(self, host: str, cause: str) -> None:
        super().__init__(f"{host} cannot be reached: {cause}")
        self.host = host
        self.cause = cause


class BrokenAnswer(AttemptError):
    """The request got through, but its answer is missing, cut off, late or unusable."""


class TooLarge(BrokenAnswer):
    """The answer is larger than the request allows."""


class TooMuch(BrokenAnswer):
    """The request asks for more than the server answers at once."""


class ForeignAnswer(BrokenAnswer):
    """Something other than the server answered, such as a login portal or a gateway."""


class TokenRefused(AttemptError):
    """The server accepted the token before and now refuses it."""


class Throttled(AttemptError):
    """The server refuses further requests until `until` (UTC; None if it does not say).

    `is_waited_for` says whether a run may wait until then; otherwise it continues without further
    requests with the same token.
    """

    def __init__(
        self, message: str, until: datetime | None = None, *, is_waited_for: bool = True
    ) -> None:
        self.cause = message.rstrip(".")
        """The reason, without the time."""
        when = ""
        if until is not None:
            when = f"; ask again after {until.astimezone():%Y-%m-%d %H:%M:%S %Z}"
        super().__init__(self.cause + when)
        self.until = until
        self.is_waited_for = is_waited_for
