"""What `import crawler` promises, and what it costs."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import crawler

ROOT = Path(__file__).parents[1]

LATE = {
    "argparse",
    "asyncio",
    "csv",
    "dataclasses",
    "httpx",
    "loguru",
    "markdown_it",
    "msgspec",
    "platformdirs",
    "rich",
    "selectolax",
    "ssl",
    "subprocess",
    "tqdm",
}
"""What must not be loaded before a name of the package is used."""

_PROBE = """
import json, sys
before = set(sys.modules)
import crawler
imported = sorted(set(sys.modules) - before)
crawler.CrawlerError, crawler.Ranking
print(json.dumps([imported, sorted(set(sys.modules) - before)]))
"""

_LOG = """
import crawler
from loguru import logger

def run():
    # An existing file that could be a repository is worth a line of the log.
    try:
        crawler.rank_repos_sync("owner/list")
    except crawler.ListError:
        pass

run()
print("enabled", flush=True)
logger.enable("crawler")
run()
"""

_FIRST_REQUEST = """
import json, sys
from contextlib import asynccontextmanager
import httpx  # which loads rich where click is installed
before = set(sys.modules)
from crawler.cli.commands.rank import rank
from crawler.cli.session import Scene

class Nobody(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request):
        print(json.dumps(sorted(set(sys.modules) - before)))
        raise httpx.ConnectError("nobody is there")

@asynccontextmanager
async def scene(settings):
    yield Scene(settings, None, transport=Nobody())

rank({"lists": ["owner/list"], "retries": 0, "store": False, "history": "none"}, scene)
"""

_HELP = """
import importlib, pkgutil, pydoc
import crawler

names = [each.name for each in pkgutil.walk_packages(crawler.__path__, "crawler.")]
modules = [importlib.import_module(name) for name in names if not name.endswith("__main__")]
for module in [crawler, *modules]:
    print(pydoc.render_doc(module, renderer=pydoc.plaintext))
"""


def _run(
    code: str,
    folder: Path = ROOT,
    *,
    merged: bool = False,
    check: bool = True,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if merged else subprocess.PIPE,
        text=True,
        check=check,
        timeout=50,
    )


@pytest.fixture(scope="module")
def probe() -> list[list[str]]:
    """What a fresh interpreter has loaded after the import and after first uses."""
    result: list[list[str]] = json.loads(_run(_PROBE).stdout)
    return result


def test_importing_the_package_loads_nothing_else(probe: list[list[str]]) -> None:
    """`import crawler` loads no library and no other module of its own."""
    imported = probe[0]
    assert not LATE & set(imported)
    assert [name for name in imported if name.partition(".")[0] == "crawler"] == ["crawler"]


def test_errors_and_models_load_no_library(probe: list[list[str]]) -> None:
    """A tool that only names the errors and values does not pay for the network or the parser."""
    assert not (LATE - {"dataclasses"}) & set(probe[1])


def test_the_list_is_asked_for_before_the_rest_is_loaded(tmp_path: Path) -> None:
    """Neither the parser nor the tables of a run, which there is time for until the answer."""
    loaded = json.loads(_run(_FIRST_REQUEST, tmp_path, check=False).stdout)
    late = {"markdown_it", "selectolax", "sqlite3", "tqdm"}
    if importlib.util.find_spec("click") is None:
        late.add("rich")  # which httpx loads for a command of its own, where both are there
    assert not (late | {"crawler.model.results", "crawler.store.store"}) & set(loaded)


def test_the_log_is_silent_until_it_is_enabled(tmp_path: Path) -> None:
    """Importers hear nothing of the log before `logger.enable("crawler")`, and all after it."""
    (tmp_path / "owner").mkdir()
    (tmp_path / "owner" / "list").write_text("no repository\n", "utf-8")
    before, _, after = _run(_LOG, tmp_path, merged=True).stdout.partition("enabled\n")
    assert before == ""
    assert "owner/list is read as the local file" in after


def test_help_shows_no_environment() -> None:
    """No signature, default or constant holds a variable of the environment, a token least of
    all: `help()` prints them, and so do notebooks and generated documentation."""
    canaries = {"GH_TOKEN": "ghp_canary", "GITHUB_TOKEN": "ghs_canary", "OTHER": "other-canary"}
    shown = _run(_HELP, env=canaries).stdout
    assert "find_token(" in shown
    assert "canary" not in shown


def _promised() -> dict[str, str]:
    """The names that type checkers see in the package, each with its module."""
    tree = ast.parse(Path(crawler.__file__).read_text("utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    return {
        alias.name: str(node.module)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_the_promised_names_are_the_delivered_ones() -> None:
    """What type checkers see, what `__all__` lists and what can be had are the same."""
    assert set(crawler.__all__) == {"__version__", *_promised()}
    assert len(crawler.__all__) == len(set(crawler.__all__))
    for name, home in _promised().items():
        value = getattr(crawler, name)
        assert value is getattr(sys.modules[home], name)


def test_type_checkers_see_the_names_as_exported() -> None:
    """A strict type checker takes no name from a package that does not plainly export it: by a
    literal `__all__`, or by `import X as X`. https://peps.python.org/pep-0484/#stub-files"""
    tree = ast.parse(Path(crawler.__file__).read_text("utf-8"))
    listed = {
        element.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        for element in getattr(node.value, "elts", [])
        if isinstance(element, ast.Constant)
    }
    renamed = {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert set(_promised()) <= listed | renamed


@pytest.mark.parametrize(
    "name",
    ["rank_repos", "rank_repos_sync", "find_token", "Ranking", "Progress", "CrawlerError"],
)
def test_the_names_of_the_documentation_exist(name: str) -> None:
    """The names that callers are told of are part of the package, with a docstring."""
    assert name in crawler.__all__
    value: Callable[..., Any] = getattr(crawler, name)
    assert value.__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A name that is not promised is refused as Python does it, and `hasattr` works."""
    assert not hasattr(crawler, "nothing_of_the_kind")
    with pytest.raises(AttributeError, match="'crawler' has no attribute 'nothing'"):
        _ = crawler.nothing


def test_dir_names_what_is_promised() -> None:
    """Completion in a shell shows every name before it was used."""
    assert set(crawler.__all__) <= set(dir(crawler))


def test_every_error_is_exported() -> None:
    """Each class of the tree of errors can be caught by a name of the package."""
    from crawler.model import errors

    classes = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.CrawlerError)
    }
    assert classes <= set(crawler.__all__)


def test_the_package_says_that_it_is_typed() -> None:
    """`py.typed` is there, so that type checkers believe the annotations (PEP 561)."""
    assert (Path(crawler.__file__).parent / "py.typed").is_file()


def test_no_module_prints() -> None:
    """Only the console writes to the standard streams: a library does not print."""
    package = Path(crawler.__file__).parent
    prints = [
        path.name
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
    ]
    assert set(prints) <= {"console.py"}
