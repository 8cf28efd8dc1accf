"""Keep one comment or one issue on GitHub up to date with what a check found.

It is found again by the mark in its first line, if its author is the bot that writes it. A comment
is made where there is something to say, and kept from then on. The issue is closed while nothing is
left, opened again when something is, and stays as it is while entries are only unknown. Only the
standard library is used: this runs with a token that may write.
"""

from __future__ import annotations

import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

MARK = "<!-- star-crawler check -->"
LONGEST = 65_536
"""Characters of a comment or an issue on GitHub."""
MOST_PAGES = 50
SECONDS = 30
HINTS = {
    **dict.fromkeys((401, 403, 404), "the token needs the permission that the recipe gives it"),
    410: "the repository's settings turn issues off",
}
"""What to do, by the status of an answer."""


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """The token goes to no other address."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow none: the answer is an error."""
        return


class Failed(Exception):
    """GitHub did not do what it was asked to."""


def main(environ: Mapping[str, str]) -> int:
    """Publish what the environment names, and return the exit status."""
    folder = Path(environ["FOLDER"])
    body = (folder / "check.md").read_text("utf-8")
    counts = json.loads((folder / "check.json").read_text("utf-8"))["counts"]
    patch = folder / "check.patch"
    is_found = bool(counts["fail"] or counts["warn"])
    is_unknown = bool(counts["unknown"])
    if not body.startswith(MARK):
        print(f"{folder / 'check.md'} was not written by check", file=sys.stderr)
        return 1
    if patch.is_file():
        body = with_patch(body, patch.read_bytes().decode("utf-8", "replace"))
    api = Api(environ)
    try:
        if number := environ.get("PULL_REQUEST"):
            api.keep_comment(int(number), body, is_wanted=is_found or is_unknown)
        elif is_found or not is_unknown:
            api.keep_issue(environ["TITLE"], body, "open" if is_found else "closed")
        else:
            # Nobody knows whether something is left.
            api.keep_issue(environ["TITLE"], body, None)
    except Failed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def with_patch(body: str, patch: str) -> str:
    """The body with the patch folded below it, where both fit."""
    if not patch.strip():
        return body
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", patch)), 3)
    folded = (
        f"{body}\n<details><summary>Patch (git apply)</summary>\n\n"
        f"{fence}diff\n{patch.rstrip()}\n{fence}\n\n</details>\n"
    )
    return folded if len(folded) <= LONGEST else f"{body}\nThe patch is too long for this place.\n"


class Api:
    """The part of GitHub's REST API that is used."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        root = environ.get("GITHUB_API_URL", "https://api.github.com").rstrip("/")
        self._url = f"{root}/repos/{environ['GITHUB_REPOSITORY']}"
        self._token = environ["GH_TOKEN"]
        self._opener = urllib.request.build_opener(NoRedirects)
        self._author = environ.get("AUTHOR", "github-actions[bot]")

    def keep_comment(self, number: int, body: str, *, is_wanted: bool) -> None:
        """Write the one comment on a pull request; make it if it `is_wanted`."""
        found = next(self._ours(f"/issues/{number}/comments?"), None)
        if found is not None:
            self._ask("PATCH", f"/issues/comments/{found['id']}", {"body": body})
        elif is_wanted:
            self._ask("POST", f"/issues/{number}/comments", {"body": body})

    def keep_issue(self, title: str, body: str, state: str | None) -> None:
        """Write the one issue, and open or close it; with None it stays as it is."""
        # Without a creator, a list with thousands of pull requests would hide it behind them.
        issues = self._ours(f"/issues?state=all&creator={quote(self._author, safe='')}&")
        found = next((each for each in issues if "pull_request" not in each), None)
        if found is not None:
            wanted = {"state": state} if state else {}
            self._ask("PATCH", f"/issues/{found['number']}", {"body": body, **wanted})
        elif state == "open":
            self._ask("POST", "/issues", {"title": title, "body": body})

    def _ours(self, path: str) -> Iterator[dict[str, Any]]:
        """What this has written before."""
        for page in range(1, MOST_PAGES + 1):
            found = self._ask("GET", f"{path}per_page=100&page={page}")
            for each in found:
                is_marked = str(each.get("body") or "").startswith(MARK)
                if is_marked and (each.get("user") or {}).get("login") == self._author:
                    yield each
            if len(found) < 100:
                return

    def _ask(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> Any:
        """The answer's JSON.

        Raises: Failed.
        """
        request = urllib.request.Request(
            f"{self._url}{path}",
            data=None if content is None else json.dumps(content).encode(),
            method=method,
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/json",
                "User-Agent": "star-crawler",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        what = f"{method} {path.partition('?')[0]}"
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            hint = HINTS.get(error.code, "run it again")
            raise Failed(f"GitHub answered {error.code} to {what}: {hint}") from None
        except (OSError, ValueError) as error:
            raise Failed(f"GitHub did not answer {what}: {error}") from None


if __name__ == "__main__":
    raise SystemExit(main(os.environ))
