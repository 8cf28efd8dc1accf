"""The map of the house holds: a floor imports only floors below it.

The floors are those of the README's section "The code". What is imported inside a function
counts; what is imported for the type checker alone must lead downwards as well.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "crawler"

FLOORS = (
    (
        "0",
        (
            "models",
            "results",
            "errors",
            "exchange",
            "addresses",
            "settings",
            "text",
            "log",
            "clock",
            "durations",
            "finishing",
            "choice",
            "confinement",
        ),
    ),
    (
        "1",
        (
            "parser",
            "protocol",
            "ranking",
            "config",
            "reports",
            "pace",
            "spans",
            "growth",
            "changes",
            "choosing",
        ),
    ),
    ("2a", ("http", "store", "files", "locks", "transfer", "credentials", "config_files", "demo")),
    ("2b", ("clients",)),
    ("3", ("gate", "fetcher", "retries")),
    ("4", ("pipeline", "plan", "providers", "services", "memory", "snapshots", "outputs")),
    (
        "5",
        (
            "cli",
            "library",
            "history",
            "demonstration",
            "arguments",
            "console",
            "signals",
            "__main__",
        ),
    ),
)
NEIGHBOURS = {
    ("choice", "errors"),
    ("addresses", "errors"),
    ("exchange", "addresses"),
    ("settings", "choice"),
    ("settings", "durations"),
    ("settings", "errors"),
    ("settings", "models"),
    ("results", "models"),
    ("durations", "errors"),
    ("changes", "growth"),
    ("reports", "choosing"),
    ("reports", "growth"),
    ("transfer", "files"),
    ("fetcher", "retries"),
    ("pipeline", "memory"),
    ("pipeline", "snapshots"),
    ("services", "memory"),
    ("snapshots", "plan"),
    ("plan", "memory"),
    ("pipeline", "plan"),
    ("pipeline", "providers"),
    ("pipeline", "services"),
    ("plan", "services"),
    ("providers", "services"),
    ("cli", "console"),
    ("cli", "signals"),
    ("cli", "demonstration"),
    ("cli", "history"),
    ("history", "arguments"),
    ("history", "console"),
    ("cli", "arguments"),
    ("__main__", "cli"),
}
"""The only imports between rooms of one floor: what shares the floor is otherwise unconnected."""

DOORS = {"httpx": {"http", "demo"}, "sqlite3": {"store"}}
"""Libraries that only some rooms may import when they run."""

FACADE = "__init__"
"""The package's own module: it promises names of all floors and fetches them when asked."""

LEVEL = {room: level for level, (_, rooms) in enumerate(FLOORS) for room in rooms}


@dataclass(frozen=True)
class Import:
    """One import statement's target."""

    room: str
    """The room that the statement stands in."""
    target: str
    """Dotted; for a name imported from the package's own module, that of the name's home."""
    for_types: bool
    """Whether it stands under `if TYPE_CHECKING`."""
    place: str

    @property
    def target_room(self) -> str | None:
        """The room of this package that is imported; None for foreign libraries."""
        package, _, rest = self.target.partition(".")
        return rest.partition(".")[0] if package == "crawler" else None


def room_of(path: Path, package: Path) -> str:
    """The module or the subpackage that the file belongs to."""
    return path.relative_to(package).with_suffix("").parts[0]


def homes(package: Path) -> dict[str, str]:
    """For each name that the package's own module imports for the type checker, its home."""
    tree = ast.parse((package / "__init__.py").read_text("utf-8"))
    return {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("crawler.")
        for alias in node.names
    }


def imports_of(path: Path, package: Path, home_of: dict[str, str]) -> Iterator[Import]:
    """Every import statement of a file, wherever it stands."""
    tree = ast.parse(path.read_text("utf-8"), str(path))
    for_types = {
        id(statement)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for part in node.body
        for statement in ast.walk(part)
    }
    for node in ast.walk(tree):
        for target in _targets(node, path, package, home_of):
            place = f"{path.relative_to(package.parent)}:{getattr(node, 'lineno', 0)}"
            yield Import(room_of(path, package), target, id(node) in for_types, place)


def _targets(node: ast.AST, path: Path, package: Path, home_of: dict[str, str]) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            if level:
                folders = ("crawler", *path.relative_to(package).parts[:-1])
                folders = folders[: len(folders) - level + 1]
                module = ".".join([*folders, *([module] if module else [])])
            assert module is not None
            if module != "crawler":
                yield module
                return
            for alias in names:
                is_room = alias.name in {room_of(each, package) for each in package.iterdir()}
                yield f"crawler.{alias.name}" if is_room else home_of.get(alias.name, "crawler")


def breaches(package: Path) -> list[str]:
    """What in `package` does not keep to the floors, each as one line."""
    home_of = homes(package)
    found = []
    for path in sorted(package.rglob("*.py")):
        room = room_of(path, package)
        if room not in LEVEL and room != FACADE:
            found.append(f"{path.relative_to(package.parent)} is on no floor")
            continue
        for each in imports_of(path, package, home_of):
            found += _breach(each)
    return found


def _breach(each: Import) -> list[str]:
    library = each.target.partition(".")[0]
    if library in DOORS and not each.for_types and each.room not in DOORS[library]:
        return [f"{each.place}: {each.room} imports {library}"]
    target = each.target_room
    if target in (None, "", each.room) or (each.room == FACADE and each.for_types):
        return []
    below = each.room in LEVEL and LEVEL.get(str(target), len(FLOORS)) < LEVEL[each.room]
    if below or (each.room, target) in NEIGHBOURS:
        return []
    return [f"{each.place}: {each.room} imports {target}"]


def test_the_package_keeps_to_its_floors() -> None:
    """No module imports from its own floor or above, and only the doors import their library."""
    assert breaches(PACKAGE) == []


def test_every_room_has_one_floor() -> None:
    """A room is named once in the table, so that a new one must be given its place."""
    rooms = [room for _, on_floor in FLOORS for room in on_floor]
    assert len(rooms) == len(set(rooms))
    assert {room_of(path, PACKAGE) for path in PACKAGE.rglob("*.py")} <= {*rooms, FACADE}


def test_the_neighbours_share_a_floor() -> None:
    """The exceptions are imports within one floor, and none of them runs both ways."""
    assert all(LEVEL[room] == LEVEL[target] for room, target in NEIGHBOURS)
    assert not NEIGHBOURS & {(target, room) for room, target in NEIGHBOURS}


def test_the_readme_draws_the_same_map() -> None:
    """The README's table names each room on the floor that this test gives it."""
    text = (ROOT / "README.md").read_text("utf-8")
    table = text.partition("| floor | rooms |")[2].partition("\n\n")[0]
    rows = dict(re.findall(r"^\| (\w+) \| (.+) \|$", table, re.M))
    assert rows.keys() == dict(FLOORS).keys()
    for floor, rooms in FLOORS:
        missing = [room for room in rooms if f"`{room}`" not in rows[floor]]
        assert not missing, f"the README's floor {floor} lacks {missing}"


@pytest.mark.parametrize(
    ("file", "statement", "breach"),
    [
        ("models.py", "from crawler.ranking import rank", "models imports ranking"),
        ("ranking.py", "import crawler.pipeline", "ranking imports pipeline"),
        ("ranking.py", "from crawler import pipeline", "ranking imports pipeline"),
        ("ranking.py", "from crawler import rank_repos", "ranking imports pipeline"),
        ("ranking.py", "from . import config", "ranking imports config"),
        ("ranking.py", "def f():\n    from crawler.cli import main", "ranking imports cli"),
        ("clients/github.py", "from ..fetcher import retrying", "clients imports fetcher"),
        ("clients/github.py", "import httpx", "clients imports httpx"),
        ("clients/github.py", "from httpx import Client", "clients imports httpx"),
        ("cli.py", "import sqlite3", "cli imports sqlite3"),
        ("cli.py", "from crawler.nowhere import x", "cli imports nowhere"),
        (
            "models.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from crawler.cli import main",
            "models imports cli",
        ),
        ("__init__.py", "import crawler.models", "__init__ imports models"),
        ("attic.py", "", "attic.py is on no floor"),
        ("attic/__init__.py", "", "attic/__init__.py is on no floor"),
    ],
)
def test_a_breach_is_found(tmp_path: Path, file: str, statement: str, breach: str) -> None:
    """Each way of importing upwards, sideways or past a door is seen."""
    package = _small_package(tmp_path)
    (package / file).parent.mkdir(exist_ok=True)
    with (package / file).open("a", encoding="utf-8") as source:
        source.write(f"\n{statement}\n")
    (found,) = breaches(package)
    assert found.endswith(breach)


def test_imports_downwards_are_no_breach(tmp_path: Path) -> None:
    """Floors below, the own subpackage, the version and types of a door may be imported."""
    package = _small_package(tmp_path)
    (package / "clients" / "github.py").write_text(
        "from typing import TYPE_CHECKING\n"
        "from crawler import __version__, Ranking\n"
        "from crawler.clients.other import x\n"
        "from .other import x\n"
        "from .. import models\n"
        "if TYPE_CHECKING:\n"
        "    import httpx\n",
        "utf-8",
    )
    assert breaches(package) == []


def _small_package(folder: Path) -> Path:
    package = folder / "crawler"
    (package / "clients").mkdir(parents=True)
    for name in ("models.py", "ranking.py", "pipeline.py", "config.py", "clients/other.py"):
        (package / name).write_text("", "utf-8")
    (package / "__init__.py").write_text(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n"
        "    from crawler.models import Ranking\n"
        "    from crawler.pipeline import rank_repos\n",
        "utf-8",
    )
    return package
