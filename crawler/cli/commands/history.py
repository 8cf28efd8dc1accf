"""The verb `history`: show stars over time and the largest gains, import and export figures."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from crawler.cli.nearest import did_you_mean
from crawler.cli.parser import SETTINGS, Parser, add_flag
from crawler.model.errors import ConfigError, RunError, UsageError
from crawler.model.filters import TABLE_TOP

if TYPE_CHECKING:
    from crawler.model.hosts import Hosts
    from crawler.model.settings import CommandSettings
    from crawler.store import Store

SUMMARY: Final = "show stars over time; import and export figures"

IMPORT: Final = "import"
EXPORT: Final = "export"
FETCH: Final = "fetch"

_NEEDS: Final = {
    IMPORT: "a file: one with rows of date,repository,stars",
    FETCH: "a repository: owner/repo",
}
_VERBS: Final = (*_NEEDS, EXPORT)

BAD_ROWS_NAMED: Final = 20
"""Bad rows of a file to report individually."""


def run(arguments: Sequence[str]) -> int:
    """Run the verb with the arguments after it, and return the exit status.

    Raises: UsageError; StoreError.
    """
    given = build_parser().read(arguments)
    import asyncio

    from crawler.cli.config import load_settings
    from crawler.cli.console import set_up_log

    names: list[str] = given.pop("names", [])
    output: str | None = given.pop("output", None)
    ranked: str | None = given.pop("list", None)
    since: str | None = given.get("since")
    has_verb = bool(names) and names[0] in _VERBS
    if has_verb and (beside := [flag for flag in ("since", "top", "format") if flag in given]):
        raise ConfigError(f"--{beside[0]} is for what history shows")
    settings = load_settings(given, given.pop("config", None), environ=os.environ)
    form: str = given.get("format", "table")
    set_up_log(quiet=settings.quiet, verbose=False)
    if settings.store is False:
        raise ConfigError("the history is kept in the store: leave out --no-store")
    if not has_verb or names[0] == FETCH:
        _check_names(names[has_verb:])
    if not has_verb:
        if output is not None or ranked is not None:
            path = _check_chart(names, ranked, output, form=given.get("format"))
            from crawler.cli.history.chart import draw

            return asyncio.run(draw(settings, names, ranked, since, path))
    elif ranked is not None or (output is not None and names != [EXPORT]):
        raise ConfigError("-o is for a chart and for history export, and --list for a chart")
    match names:
        case [verb] if verb in _NEEDS:
            raise ConfigError(f"history {verb} needs {_NEEDS[verb]}")
        case [verb, *files] if verb == IMPORT:
            return asyncio.run(_import(settings, files))
        case [verb, *repositories] if verb == FETCH:
            from crawler.cli.history.fetch import fetch
            from crawler.cli.session import open_world

            return fetch(settings, repositories, open_world)
        case [verb] if verb == EXPORT:
            # While blocked by a slow reader, the event loop would not notice Ctrl-C.
            if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
                signal.signal(signal.SIGINT, signal.SIG_DFL)
            return asyncio.run(_export(settings, output))
    from crawler.cli.history.show import show_movers, show_stars

    if not names:
        return asyncio.run(show_movers(settings, since, form))
    return asyncio.run(show_stars(settings, names, since, form))


def _check_chart(
    names: Sequence[str], ranked: str | None, output: str | None, *, form: str | None
) -> Path:
    """The file of the chart.

    Raises: ConfigError if the arguments do not describe a chart.
    """
    if output is None:
        raise ConfigError("--list is for a chart: name a file by -o, such as chart.svg")
    if not output.lower().endswith(".svg"):
        raise ConfigError(f"a chart is an SVG file, and {output} does not end in .svg")
    if form is not None:
        raise ConfigError("-f is for what is printed, and -o writes a chart")
    if bool(names) == (ranked is not None):
        raise ConfigError("a chart is of repositories that are named, or of a --list")
    return Path(output)


def _check_names(names: Sequence[str]) -> None:
    """Refuse names that are not repositories, such as a misspelt verb.

    Raises: UsageError.
    """
    for name in names:
        if "/" not in name:
            hint = did_you_mean(name, _VERBS)
            raise UsageError(f"{name!r} is not an owner/repo{hint}")


async def _import(settings: CommandSettings, paths: Sequence[str]) -> int:
    from crawler.cli.session import store_of
    from crawler.sources import hosts_of

    hosts = hosts_of(settings)
    failed = []
    async with store_of(settings) as store:
        for path in paths:
            try:
                await _import_file(store, path, hosts)
            except OSError as error:
                raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
            except UsageError as error:
                failed.append(f"nothing could be taken from {path}: {error}")
    if failed:
        raise RunError("; ".join(failed))
    return 0


async def _import_file(store: Store, path: str, hosts: Hosts) -> None:
    """Import a file.

    Raises: UsageError if nothing could be imported; OSError.
    """
    from crawler.cli.history.imports import Figure, read_file
    from crawler.model.log import logger

    taken = left_out = 0
    why = "it has no rows"
    broken: UsageError | None = None

    def complain(line: int, what: str) -> None:
        nonlocal left_out, why
        left_out += 1
        if left_out == 1:
            why = f"line {line}: {what}"
        if left_out <= BAD_ROWS_NAMED:
            logger.warning("{}, line {} is skipped: {}", path, line, what)

    def figures() -> Iterator[Figure]:
        nonlocal taken, broken
        try:
            for figure in read_file(Path(path), _now().date(), complain, hosts):
                taken += 1
                yield figure
        except UsageError as error:
            # The store keeps the rows before it: it would undo a transaction that fails.
            broken = error

    await store.import_figures(figures())
    if broken is not None:
        if not taken:
            raise broken
        logger.error("{} ends early: {}", path, broken)
    if left_out > BAD_ROWS_NAMED:
        logger.warning("{}: {:,} more lines are left out", path, left_out - BAD_ROWS_NAMED)
    if not taken:
        raise UsageError(why)
    rows = "row" if taken == 1 else "rows"
    logger.info("{}: {:,} {} taken in, {:,} left out", path, taken, rows, left_out)


async def _export(settings: CommandSettings, output: str | None) -> int:
    from crawler.cli.console import standard_output
    from crawler.cli.history.exports import save_figures, write_figures
    from crawler.cli.history.imports import Figure
    from crawler.cli.session import store_of
    from crawler.model.log import logger

    def print_figures(figures: Iterator[Figure]) -> None:
        with standard_output("csv") as stream:
            write_figures(figures, stream)

    async with store_of(settings) as store:
        store.check_exists()
        if output is None:
            await store.export(print_figures)
            return 0
        path = Path(output)
        count = await store.export(lambda figures: save_figures(figures, path))
    logger.info("{}: {:,} rows", output, count)
    return 0


def _now() -> datetime:
    return datetime.now(UTC)


def build_parser() -> Parser:
    """The parser of the verb."""
    parser = Parser(
        "history",
        usage="[OWNER/REPO ...] [flags]",
        description="Show how the stars of repositories developed, from the figures in the store.",
        examples={
            "dotnet/runtime": "its stars, week by week",
            "--since 30d": "who gained most in 30 days",
            "mono/mono -o mono.svg": "its growth as a picture",
            "fetch mono/mono": "its whole star history",
            "import stars.csv": "add figures of your own",
            "export -o stars.parquet": "every figure, for others",
        },
        common=("since", "top", "format", "output", "store"),
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="OWNER/REPO",
        help="repositories (default: those that gained most)",
    )
    parser.add_config()
    box = parser.add_argument_group("history")
    add_flag(
        box,
        SETTINGS["since"],
        "show the time since then, such as 90d or a date (default: all; 30d for those that "
        "gained most)",
    )
    add_flag(
        box, SETTINGS["top"], f"show at most this many that gained most (default: {TABLE_TOP})"
    )
    box.add_argument(
        "-f",
        "--format",
        choices=("table", "json", "csv"),
        help="print the history in this format (default: table)",
    )
    box.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        help="write a growth chart of the repositories (.svg); of export: .csv or .parquet",
    )
    box.add_argument(
        "--list", metavar="LIST", help="draw the most starred of the last run over this list"
    )
    parser.add_settings(("quiet", "store"))
    return parser
