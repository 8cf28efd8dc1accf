"""The verb `recipe`: files for unattended runs, with the paths of this machine filled in."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from crawler.cli.console import print_out
from crawler.cli.nearest import did_you_mean
from crawler.cli.parser import Parser, listed
from crawler.model.errors import UsageError
from crawler.model.frozen import frozen

SUMMARY: Final = "print a file for cron, systemd, docker or GitHub Actions"


@frozen
class Machine:
    """The paths that a recipe needs."""

    python: str
    """The interpreter that runs the crawler."""
    script: str | None
    """The installed command; None if a clone is running."""
    clone: Path | None
    """The folder of the clone, if one is running."""
    here: Path
    """The current folder."""
    settings: Path
    """The user's config folder."""
    actions: tuple[str, str] | None = None
    """The published repository and commit of the clone's actions: `owner/repo` and hash; None:
    unknown."""

    @property
    def folder(self) -> Path:
        """The working folder of a job."""
        return self.clone or self.here

    @property
    def command(self) -> tuple[str, ...]:
        """The words of the command that runs the crawler in that folder."""
        return (self.script,) if self.script else (self.python, "-m", "crawler")


def run(arguments: Sequence[str]) -> int:
    """Print a recipe, or the list of them, and return the exit status.

    Raises: UsageError.
    """
    match build_parser().read(arguments).get("names", []):
        case [name] if name in recipes():
            print_out(fill(name, this_machine()))
            return 0
        case [name]:
            hint = did_you_mean(name, recipes())
            raise UsageError(f"there is no recipe {name}{hint}; there are {', '.join(recipes())}")
    raise UsageError(f"recipe needs a name, one of {', '.join(recipes())}")


def build_parser() -> Parser:
    """The parser of the verb."""
    parser = Parser(
        "recipe",
        usage="NAME",
        description="Print a file for unattended runs, with the paths of this machine filled in. "
        "It ends with the remaining steps.",
        examples={
            "github > stars.yml": "print it into a file",
        },
        epilog=f"recipes:\n{listed({name: _about(name) for name in recipes()}, '  ')}",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(recipes())}")
    return parser


def recipes() -> dict[str, str]:
    """The texts of the recipes, by name, with the parts that several share."""
    folder = resources.files("crawler.cli").joinpath("recipes")
    parts = _texts(folder.joinpath("parts"))
    found = _texts(folder)
    for name, part in parts.items():
        found = {each: text.replace(f"@{name.upper()}@\n", part) for each, text in found.items()}
    return dict(sorted(found.items()))


def _texts(folder: Traversable) -> dict[str, str]:
    files = [file for file in folder.iterdir() if file.is_file()]
    return {file.name.partition(".")[0]: file.read_text("utf-8") for file in files}


def fill(name: str, machine: Machine) -> str:
    """A recipe with the paths of a machine filled in.

    Raises: UsageError if it needs a clone and none is running.
    """
    text = recipes()[name]
    if "@CLONE@" in text and machine.clone is None:
        raise UsageError(f"the recipe {name} builds from a clone: run it there")
    quote = _for_systemd if name == "systemd" else shlex.quote
    values = {
        "@FOLDER@": quote(str(machine.folder)),
        "@CLONE@": quote(str(machine.clone)),
        "@SECRET@": quote(str(machine.settings / "token.env")),
        "@COMMAND@": " ".join(map(quote, machine.command)),
        "@PATH@": quote(f"PYTHONPATH={machine.clone}"),
    }
    values["@ACTIONS@"], values["@COMMIT@"] = machine.actions or ("OWNER/STAR-CRAWLER", "COMMIT")
    if machine.clone is None:
        text = text.replace("Environment=@PATH@\n", "")
    for mark, value in values.items():
        # cron ends a command at a percent sign:
        # https://man7.org/linux/man-pages/man5/crontab.5.html
        text = text.replace(mark, value.replace("%", r"\%") if name == "cron" else value)
    return text


def this_machine() -> Machine:
    """The machine that this runs on."""
    import crawler
    from crawler.model.places import user_folder

    root = Path(crawler.__file__).resolve().parents[1]
    is_clone = (root / "pyproject.toml").exists()
    return Machine(
        python=sys.executable,
        script=None if is_clone else str(Path(sys.argv[0]).resolve()),
        clone=root if is_clone else None,
        here=Path.cwd(),
        settings=user_folder("config") or Path.cwd(),
        actions=_published(root) if is_clone else None,
    )


def _published(clone: Path) -> tuple[str, str] | None:
    """The GitHub repository that a clone comes from, and the commit that is checked out."""
    import subprocess

    from crawler.lists.itself import repository_around
    from crawler.lists.locations import FileLocation

    origin = repository_around(FileLocation(clone / "README.md"))
    if origin is None or origin.host != "github.com":
        return None
    try:
        head = subprocess.run(
            ["git", "-C", clone, "rev-parse", "HEAD"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return origin.full_name, head.stdout.strip()


def _about(name: str) -> str:
    """The first comment of a recipe."""
    lines = recipes()[name].splitlines()
    return next(line for line in lines if line.startswith("# "))[2:].rstrip(".")


def _for_systemd(word: str) -> str:
    """As a word of a unit:
    https://www.freedesktop.org/software/systemd/man/latest/systemd.syntax.html"""
    word = word.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{word}"' if any(each in word for each in " '\"\\") else word
