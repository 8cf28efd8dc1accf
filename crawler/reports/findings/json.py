"""A check as JSON: every entry that was judged, with its findings; `schema.json` is its schema.

In `counts`, `judged` + `unchanged` = `listed`, and `pass` + `fail` + `warn` + `unknown` = `judged`.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from crawler.model.checks import RuleName
from crawler.model.errors import ListError
from crawler.model.findings import Checked, Finding, Verdict
from crawler.model.values import Identity, RepositoryName
from crawler.ranking.silence import KNOWN, Earlier, Known

if TYPE_CHECKING:
    from crawler.reports.stream import Stream

SCHEMA_VERSION: Final = 1
"""It is raised when the meaning of a key changes."""


def write(checked: Checked, stream: Stream) -> None:
    """One object, with an entry on each line."""
    judged = len(checked.verdicts)
    head = {
        "schema_version": SCHEMA_VERSION,
        "list": checked.name,
        "base": checked.base,
        "status": str(checked.status),
        "counts": {
            "listed": checked.entries,
            "unchanged": checked.entries - judged,
            "judged": judged,
            **{str(status): count for status, count in checked.counts.items()},
        },
        "idle_exemptions": [
            {"repository": each.repository, "rule": each.rule, "reason": each.reason}
            for each in checked.idle
        ],
    }
    stream.write(f'{_dumped(head)[:-1]}, "entries": [')
    for number, verdict in enumerate(checked.verdicts):
        stream.write(f"{',' if number else ''}\n  {_dumped(_plain(verdict))}")
    stream.write("\n]}\n" if judged else "]}\n")


class _Counts(msgspec.Struct, rename={"passed": "pass"}):
    listed: int
    unchanged: int
    judged: int
    passed: int
    fail: int
    warn: int
    unknown: int


class _Exemption(msgspec.Struct):
    repository: str
    rule: RuleName
    reason: str


class _Finding(msgspec.Struct):
    rule: RuleName
    fails: bool
    message: str
    now: str | None
    other_line: int | None
    formerly: int | None
    silenced: str | None


class _Entry(msgspec.Struct):
    line: int
    end_line: int
    repository: str
    host: str
    title: str
    now: str | None
    id: int | None
    status: Literal["pass", "fail", "warn", "unknown"]
    unknown: str | None
    findings: tuple[_Finding, ...]


class Report(msgspec.Struct, rename={"list_": "list"}):
    """What `write` writes, for reading it again."""

    schema_version: int
    list_: str
    base: str | None
    status: Literal["pass", "fail", "unknown"]
    counts: _Counts
    idle_exemptions: tuple[_Exemption, ...]
    entries: tuple[_Entry, ...]


def read(content: bytes, name: str) -> Earlier:
    """The findings of an earlier check, from the content of the file `name`.

    Raises: ListError if it is not a report of a check.
    """
    try:
        report = msgspec.json.decode(content, type=Report)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise ListError(f"{name} is not a report of check -f json: {problem}") from None
    if report.schema_version != SCHEMA_VERSION:
        raise ListError(f"{name} was written by another version of check: make it again")
    findings: Counter[Known] = Counter()
    identities = {}
    for entry in report.entries:
        listed = RepositoryName(entry.repository, entry.host)
        formerly = next((each.formerly for each in entry.findings if each.formerly), None)
        # An exempt finding counts as new once the exemption ends.
        findings.update(
            (each.rule, listed.key, each.now)
            for each in entry.findings
            if each.silenced in (None, KNOWN)
        )
        if entry.now is not None or entry.id is not None:
            now = RepositoryName(entry.now or entry.repository, entry.host).key
            identities[listed.key] = Identity(entry.host, entry.id, now, formerly or entry.id)
    return Earlier(findings, identities)


def _plain(verdict: Verdict) -> dict[str, Any]:
    return {
        "line": verdict.line,
        "end_line": verdict.last_line,
        "repository": verdict.entry.repository.full_name,
        "host": verdict.entry.repository.host,
        "title": verdict.entry.title,
        "now": verdict.now,
        "id": verdict.number,
        "status": str(verdict.status),
        "unknown": verdict.unknown,
        "findings": [_plain_finding(finding) for finding in verdict.findings],
    }


def _plain_finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": str(finding.rule),
        "fails": finding.fails,
        "message": finding.message,
        "now": finding.now,
        "other_line": finding.other_line,
        "formerly": finding.formerly,
        "silenced": finding.silenced,
    }


def _dumped(value: Any) -> str:
    # In ASCII: not every reader accepts a lone surrogate in UTF-8.
    return json.dumps(value)
