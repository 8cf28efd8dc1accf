"""The verb `check`: find problems with the entries of one list."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from crawler.cli.parser import SETTINGS, Parser, add_flag
from crawler.model.checks import Checks
from crawler.model.definitions import settings_of
from crawler.model.errors import UsageError

if TYPE_CHECKING:
    from crawler.cli.mends import Mends
    from crawler.cli.session import Scene
    from crawler.cli.signals import Signals
    from crawler.crawl.check import Base
    from crawler.ranking.silence import Earlier

SUMMARY: Final = "find what is gone, moved, archived or listed twice in one list"

NAMES: Final = {"links", "quiet", "verbose"} | {
    name
    for name, known in SETTINGS.items()
    if known.group in ("crawl", "store", "server") and name not in ("since", "lock", "follow")
}
"""The settings that it has flags for."""

_OWN: Final[dict[str, Any]] = {
    "output": [],
    "report": [],
    "index": None,
    "since": None,
    "lock": None,
}
"""Settings that only concern rankings and are ignored in a config file."""

EXAMPLES: Final = {
    "": "every entry of README.md",
    "--base origin/main": "only new or altered entries",
    "--diff": "a patch for what moved",
    "-f github": "annotations in GitHub Actions",
}

RULES: Final = settings_of(Checks)

COMMON: Final = (
    "base",
    "baseline",
    "fail_on",
    "diff",
    "fix",
    "drop_gone",
    "form",
    "quiet",
    "config",
)
"""The flags of the short help."""


def run(arguments: Sequence[str]) -> int:
    """Run the verb with the arguments after it, and return the exit status.

    Raises: CrawlerError.
    """
    given = build_parser().read(arguments)
    from crawler.cli.base import open_base
    from crawler.cli.config import load_settings
    from crawler.cli.mends import Mends
    from crawler.cli.session import open_world, run_job
    from crawler.ranking.silence import Earlier
    from crawler.reports.findings import PATCH, check_outputs
    from crawler.reports.findings.json import read

    named = given.pop("lists", [])
    if len(named) > 1:
        raise UsageError(f"check takes one list, and {named[1]!r} is a second one")
    form, base = given.pop("form", "text"), given.pop("base", None)
    baseline, outputs = given.pop("baseline", None), given.pop("outputs", [])
    config = given.pop("config", None)
    check_outputs(outputs)
    checks = {name: given.pop(name) for name in RULES if name in given}
    mends = Mends(
        diff=given.pop("diff", False),
        fix=given.pop("fix", False),
        drop_gone=given.pop("drop_gone", False),
        saves=any(path.endswith(PATCH) for path in outputs),
    )
    lists = [*named] if named else [_find_list()]
    mends.check(lists[0])
    with open_base(base, lists[0], os.environ) as (compared, files, read_baseline):
        settings = load_settings(
            {**_OWN, **given, "lists": lists}, config, environ=os.environ, files=files
        )
        known = None if baseline is None else read_baseline(baseline)
    earlier = Earlier() if known is None or baseline is None else read(known, baseline)
    settings = replace(settings, check=replace(settings.check or Checks(), **checks))
    return run_job(
        settings,
        partial(_check, form=form, outputs=outputs, base=compared, earlier=earlier, mends=mends),
        open_world,
    )


def build_parser() -> Parser:
    """The parser of the verb."""
    from crawler.reports.findings import FORMATS, PATCH, SUFFIXES

    parser = Parser(
        "check",
        description="Find the entries of a list whose repository is gone, moved, archived or "
        "listed twice.",
        usage="[LIST] [flags]",
        examples=EXAMPLES,
        common=COMMON,
        epilog="Exit status: 4 if an entry fails, else 3 if one is unknown, else 0.",
    )
    parser.add_lists("owner/repo, URL, path, or - (default: the README of the current folder)")
    parser.add_config()
    parser.add_argument(
        "--base",
        metavar="REV",
        help="check only entries that this revision does not have (or a file: ./FILE or FILE.md), "
        "with its config and exemptions; what it removed after a branch left it is new in there",
    )
    parser.add_argument(
        "--baseline",
        metavar="FILE",
        help="ignore the findings in this report (of check -f json)",
    )
    for flag, about in (
        ("--diff", "print a patch that mends addresses of moved repositories"),
        ("--fix", "apply that patch to the list"),
        ("--drop-gone", "also remove the entries of gone repositories"),
    ):
        parser.add_argument(flag, action="store_true", help=about)
    parser.add_argument(
        "-f",
        "--format",
        dest="form",
        choices=FORMATS,
        metavar="FORMAT",
        help=f"one of {', '.join(FORMATS)} (default: text)",
    )
    parser.add_argument(
        "-o",
        "--output",
        dest="outputs",
        action="append",
        metavar="PATH",
        help=f"also write a file in the format of its suffix; suffixes are {', '.join(SUFFIXES)} "
        f"and {PATCH}; repeatable",
    )
    box = parser.add_argument_group("rules")
    for known in RULES.values():
        add_flag(box, known)
    parser.add_settings(NAMES)
    return parser


def _find_list() -> str:
    """Raises: UsageError if the current folder has no README."""
    from pathlib import Path

    from crawler.lists.loading import find_readme

    found = find_readme(Path())
    if found is None:
        raise UsageError("the current folder has no README: name the list to check")
    return str(found)


async def _check(
    scene: Scene,
    signals: Signals,
    *,
    form: str,
    outputs: Sequence[str],
    base: Base | None,
    earlier: Earlier,
    mends: Mends,
) -> int:
    from crawler.cli.console import progress_bar, standard_output
    from crawler.cli.mends import print_patch, save_patch, tell_left_out, write_list
    from crawler.cli.session import open_store
    from crawler.cli.statuses import FAILED_ON, INCOMPLETE
    from crawler.crawl.check import check_list
    from crawler.model.findings import Status
    from crawler.model.shielded import in_thread
    from crawler.reports.findings import save_all, write

    settings = scene.settings
    async with open_store(settings) as store:
        with progress_bar(wanted=settings.progress and not settings.quiet) as progress:
            outcome = await check_list(
                settings,
                scene.context(signals, store, progress),
                checks=settings.check or Checks(),
                exemptions=settings.exempt,
                base=base,
                earlier=earlier,
                mend_moved=mends.wanted,
                drop_gone=mends.drop_gone,
            )
    # An interrupted check leaves the list unchanged.
    is_fixed = mends.fix and not signals.stop.is_set()
    if is_fixed:
        await in_thread(lambda: write_list(outcome))
    checked = outcome.remaining if is_fixed else outcome.checked
    tell_left_out(outcome, is_fixed=is_fixed)
    signals.release()
    save_all(checked, outputs, partial(save_patch, outcome))
    if mends.diff:
        print_patch(outcome)
    else:
        shape = form if form in ("json", "markdown") else "table"
        with standard_output(shape, commands=form == "github") as stream:
            write(checked, form, stream)
    return {Status.FAIL: FAILED_ON, Status.UNKNOWN: INCOMPLETE}.get(checked.status, 0)
