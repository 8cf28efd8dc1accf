"""The house has ten rooms in one order, and a room imports only rooms below it.

What is imported inside a function counts, and so does what is imported for the type checker.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "crawler"

ROOMS = (
    "cli",
    "api",
    "crawl",
    "reports",
    "store",
    "lists",
    "sources",
    "http",
    "ranking",
    "model",
)
"""From the top. Each may import those after it."""

DOORS = {"httpx": "http", "sqlite3": "store"}
"""Libraries that one room alone may import."""

ENTRANCES = ("__init__", "__main__")
"""Modules of the package itself: they lead to every room, and no room imports them."""


def imports(path: Path) -> Iterator[str]:
    """The dotted target of every import statement of a file, wherever it stands."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module="crawler", names=names, level=0):
                yield from (f"crawler.{alias.name}" for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module
            case ast.ImportFrom():
                yield "crawler.relative"  # names are absolute, so that they can be searched for


def breaches(package: Path) -> list[str]:
    """What in `package` does not keep to the order, each as one line."""
    found = []
    for path in sorted(package.rglob("*.py")):
        place = str(path.relative_to(package))
        room = path.relative_to(package).with_suffix("").parts[0]
        if room not in (*ROOMS, *ENTRANCES):
            found.append(f"{place} is in no room")
            continue
        below = ROOMS if room in ENTRANCES else ROOMS[ROOMS.index(room) :]
        for target in imports(path):
            library, _, rest = target.partition(".")
            name = rest.partition(".")[0]
            if library == "crawler" and name not in (*below, "__version__", ""):
                found.append(f"{place} imports {target}")
            if room != DOORS.get(library, room):
                found.append(f"{place} imports {library}")
    return found


def test_every_room_imports_only_rooms_below_it() -> None:
    """One total order, without an exception."""
    assert breaches(PACKAGE) == []


def test_the_package_holds_its_rooms_and_nothing_else() -> None:
    """Folders are rooms; only what other programs import stands beside them."""
    found = {path.name for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    assert found == {"__init__.py", "__main__.py", "api.py", "py.typed", *ROOMS} - {"api"}


def test_the_map_shows_the_same_rooms() -> None:
    """The table of the documentation names every room, in this order."""
    text = (ROOT / ".github" / "CONTRIBUTING.md").read_text("utf-8")
    table = text.partition("| room | what is in it |")[2].partition("\n\n")[0]
    assert tuple(re.findall(r"^\| `(\w+)/?` \|", table, re.M)) == ROOMS


@pytest.mark.parametrize(
    ("file", "statement", "breach"),
    [
        ("model/values.py", "from crawler.ranking.growth import rate_of", "crawler.ranking.growth"),
        ("ranking/changes.py", "import crawler.crawl.run", "crawler.crawl.run"),
        ("ranking/changes.py", "from crawler import crawl", "crawler.crawl"),
        ("ranking/changes.py", "from crawler import rank_repos", "crawler.rank_repos"),
        ("ranking/changes.py", "from . import growth", "crawler.relative"),
        ("ranking/changes.py", "def f():\n    from crawler.cli import main", "crawler.cli"),
        ("api.py", "from crawler.cli import main", "crawler.cli"),
        ("model/values.py", "if TYPE_CHECKING:\n    import crawler.api", "crawler.api"),
        ("cli/demo/transport.py", "import httpx", "httpx"),
        ("ranking/changes.py", "from sqlite3 import Row", "sqlite3"),
    ],
)
def test_a_breach_is_found(tmp_path: Path, file: str, statement: str, breach: str) -> None:
    """Each way of importing upwards or past a door is seen."""
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(statement, "utf-8")
    assert breaches(tmp_path) == [f"{file} imports {breach}"]


def test_a_module_in_no_room_is_found(tmp_path: Path) -> None:
    """A new module has to be given a room."""
    (tmp_path / "attic.py").write_text("", "utf-8")
    assert breaches(tmp_path) == ["attic.py is in no room"]
