"""The verb `annotate`: write the stars of a list's entries after their titles."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from crawler.cli.parser import SETTINGS, Parser
from crawler.model.errors import ConfigError, ListError, RunError, UsageError
from crawler.model.frozen import frozen
from crawler.model.settings import Extra

if TYPE_CHECKING:
    from crawler.cli.session import Scene
    from crawler.cli.signals import Signals
    from crawler.lists.decoding import ExactText

SUMMARY: Final = "write the stars of a list's entries after their titles"

NAMES: Final = {"quiet", "verbose", "progress", "since"} | {
    name
    for name, known in SETTINGS.items()
    if known.group in ("crawl", "store", "server") and name not in ("links", "follow", "lock")
}
"""The settings that it has flags for."""

_OWN: Final[dict[str, Any]] = {
    **{"output": [], "report": [], "lock": None, "links": "entries", "fail_on": []},
}
"""Settings that only concern rankings and are ignored in a config file."""

EXAMPLES: Final = {
    "README.md": "into README.stars.md",
    "README.md --in-place": "into the list itself",
    "README.md --with pushed": "more than the stars",
    "README.md --remove": "take them out again",
}

EXTRAS: Final = get_args(Extra)

_MOST_NAMES: Final = 5000
"""Characters of the titles of entries that are left as they are."""

_EPILOG: Final = """\
The stars stand between two comments that GitHub does not show, by which they
are found again: <!--★--> ★ 39k<!--/★-->. A number stays as it is until it is
off by over 5 %, so that a weekly run changes few lines. --with adds, each where
it is known: gained, the stars of 30 days or since --since (+310); pushed, the
month of the last push (it stays for three); archived; language.

Exit status: 0 all are known, 1 nothing was written, 2 usage, 3 some entries
could not be fetched.
"""

COMMON: Final = (
    *("extras", "in_place", "sort_sections", "remove", "dry_run"),
    *("offline", "quiet", "config"),
)
"""The flags of the short help."""


@frozen
class _Task:
    path: Path
    """The list."""
    in_place: bool
    extras: Sequence[Extra]
    sort_sections: bool
    dry_run: bool

    @property
    def target(self) -> Path:
        """The file to write."""
        if self.in_place:
            return self.path
        return self.path.with_name(f"{self.path.stem}.stars{self.path.suffix}")


def run(arguments: Sequence[str]) -> int:
    """Run the verb with the arguments after it, and return the exit status.

    Raises: CrawlerError.
    """
    given = build_parser().read(arguments)
    from crawler.cli.config import load_settings
    from crawler.cli.session import open_world, run_job
    from crawler.model.text import printable

    named = given.pop("lists", [])
    if not named:
        raise UsageError("annotate needs a list: the path of its file, such as README.md")
    if len(named) > 1:
        raise UsageError(f"annotate takes one list, and {named[1]!r} is a second one")
    if not Path(named[0]).is_file():
        raise UsageError(f"annotate reads a local file, and {printable(named[0])} is not one")
    remove = given.pop("remove", False)
    task = _Task(
        Path(named[0]),
        given.pop("in_place", remove),
        given.pop("extras", ()),
        given.pop("sort_sections", False),
        given.pop("dry_run", False),
    )
    settings = load_settings(
        {**_OWN, **given, "lists": named}, given.pop("config", None), environ=os.environ
    )
    if remove:
        if task.extras or task.sort_sections:
            raise UsageError("--remove cannot be combined with --with or --sort-sections")
        from crawler.cli.console import set_up_log

        set_up_log(quiet=settings.quiet, verbose=settings.verbose, file=settings.log_file)
        _remove(task)
        return 0
    if "gained" not in task.extras:
        settings = replace(settings, history="none")
    return run_job(settings, partial(_annotate, task=task), open_world)


def build_parser() -> Parser:
    """The parser of the verb."""
    parser = Parser(
        "annotate",
        description="Write the stars of each entry after its title, into a copy of the list or "
        "into the list itself.",
        usage="LIST [flags]",
        examples=EXAMPLES,
        common=COMMON,
        epilog=_EPILOG,
    )
    parser.add_lists("path of the list's file")
    parser.add_config()
    parser.add_argument(
        "--with",
        dest="extras",
        action="extend",
        type=_read_extras,
        metavar="WHAT",
        help=f"show more than the stars; any of {', '.join(EXTRAS)}",
    )
    for flag, about in (
        ("--in-place", "write into the list itself (default: NAME.stars.md beside it)"),
        ("--sort-sections", "sort the items of each list by stars; those without stay last"),
        ("--remove", "take the annotations out of the list; no request is sent"),
        ("--dry-run", "say what would change, and write nothing"),
    ):
        parser.add_argument(flag, action="store_true", help=about)
    parser.add_settings(NAMES)
    return parser


def _read_extras(text: str) -> tuple[str, ...]:
    import argparse

    words = tuple(word.strip() for word in text.split(","))
    for word in words:
        if word not in EXTRAS:
            raise argparse.ArgumentTypeError(f"must be any of {', '.join(EXTRAS)}, not {word!r}")
    return words


async def _annotate(scene: Scene, signals: Signals, *, task: _Task) -> int:
    from crawler.cli.console import progress_bar
    from crawler.cli.session import open_store
    from crawler.cli.statuses import INCOMPLETE
    from crawler.crawl.annotate import annotate_list
    from crawler.lists.decoding import decode_exactly
    from crawler.model.log import logger
    from crawler.model.text import cut, printable
    from crawler.reports.files import check_writable
    from crawler.reports.findings.sums import counted

    settings, name = scene.settings, str(task.path)
    content = _read(task.path)
    source = decode_exactly(name, content)
    old = source.text
    if not task.in_place:
        shown = str(task.target)
        old = decode_exactly(shown, _read(task.target)).text if task.target.exists() else ""
    place, is_confined = _target_of(task)
    check_writable(place, confined=is_confined)
    async with open_store(settings) as store:
        with progress_bar(wanted=settings.progress and not settings.quiet) as progress:
            outcome = await annotate_list(
                settings,
                scene.context(signals, store, progress),
                task.path,
                source.text,
                earlier=old,
                extras=task.extras,
                sort_sections=task.sort_sections,
            )
    if signals.stop.is_set():
        return 0
    signals.release()
    annotated = outcome.annotated
    _write(task, source, annotated.text, old or source.text, content)
    if not task.dry_run:
        told = "{}: {:,} of {:,} entries have their stars"
        logger.info(told, task.target, annotated.count, outcome.entries)
    for left, why in (
        (
            annotated.left,
            "without stars, as a link leads to their heading or nothing can be put in",
        ),
        (annotated.unsorted, "not sorted, as they stand in no list with bullets that can be"),
    ):
        if left:
            named = ", ".join(f"{printable(each.title)} {each.lines[0] + 1}" for each in left)
            logger.warning(
                "{}: {} left {} (title and line): {}",
                name,
                counted(len(left)),
                why,
                cut(named, _MOST_NAMES),
            )
    if outcome.unknown:
        logger.warning(
            "{}: {} could not be fetched; existing annotations stay",
            name,
            counted(outcome.unknown),
        )
        return INCOMPLETE
    return 0


def _remove(task: _Task) -> None:
    from crawler.lists.annotations import find_annotations, plain_text
    from crawler.lists.decoding import decode_exactly
    from crawler.model.log import logger

    content = _read(task.path)
    source = decode_exactly(str(task.path), content)
    plain = plain_text(source.text)
    _write(task, source, plain, source.text, content)
    if not task.dry_run:
        count = sum(1 for _ in find_annotations(source.text))
        logger.info("{}: {:,} annotations taken out", task.path, count)


def _read(path: Path) -> bytes:
    """The content of a file.

    Raises: ListError if it cannot be read, or is too large; ConfigError if a link leads out
        of the current folder.
    """
    from crawler.lists.loading import MAX_LIST_BYTES, read_file

    content = read_file(str(_place(path)[0]))
    if len(content) > MAX_LIST_BYTES:
        raise ListError(f"{path} is over {MAX_LIST_BYTES // 2**20} MiB, too large for a list")
    return content


def _place(path: Path) -> tuple[Path, bool]:
    """Where a path leads, and whether that is in the current folder, which no link may lead out
    of.

    Raises: ConfigError.
    """
    from crawler.model.confinement import within_folder

    try:
        inside = within_folder(path)
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or error
        raise ConfigError(f"{path} cannot be used: {cause}") from None
    return (path, False) if inside is None else (inside, True)


def _target_of(task: _Task) -> tuple[Path, bool]:
    """`_place` of the file to write.

    Raises: ConfigError; also if the user did not name the file and it is a link, which may have
        come with the list.
    """
    place = _place(task.target)
    if not task.in_place and task.target.is_symlink():
        raise ConfigError(f"{task.target} is a link, and is not written through: take it away")
    return place


def _write(task: _Task, source: ExactText, text: str, old: str, before: bytes) -> None:
    """Write the file, or show how the current content `old` would change.

    Raises: ListError; RunError if it cannot be written, or the list has changed from `before`.
    """
    from crawler.cli.console import print_out
    from crawler.lists.titles import LINE_END
    from crawler.model.text import printable
    from crawler.reports.files import save

    content = source.encode(str(task.path), text)
    if not task.dry_run:
        place, is_confined = _target_of(task)
        if task.in_place and _read(task.path) != before:
            raise RunError(f"{task.path} has changed while it was annotated: run it again")
        save(place, lambda stream: stream.write_bytes(content), confined=is_confined)
        return
    known = Counter(LINE_END.split(old))
    lines = []
    for number, line in enumerate(LINE_END.split(text), start=1):
        if known[line]:
            known[line] -= 1
        else:
            lines.append(f"{task.target}:{number}: {printable(line)}\n")
    print_out("".join(lines))
