"""What type checkers see of the library: every type can be imported, every mistake is found."""

from __future__ import annotations

import ast
import builtins
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from mypy import api as mypy

import crawler
from crawler.model.definitions import settings_of
from crawler.model.settings import Settings

ROOT = Path(__file__).parents[1]

_RIGHT = """\
from datetime import date, timedelta
from pathlib import Path
from crawler import Filters, Settings, find_token, rank_repos, rank_repos_sync, Ranking

settings = Settings(sort="rate", links="all", provider="rest", timeout="30s", max_age=3600)
filters: Filters = settings

async def use() -> Ranking:
    await rank_repos(Path("a.md"), settings=settings, token=find_token(), store="stars.db")
    return await rank_repos(
        "o/r", sort="gained", links="entries", provider="auto", batch_size="auto",
        timeout=30, max_wait=1.5, max_age=timedelta(1), gone_grace="7d", since=date(2026, 5, 1),
    )

ranking: Ranking = rank_repos_sync("o/r", token="x", top=3, since=timedelta(days=7))
"""

WRONG = (
    "rank_repos_sync('o/r', tokn='x')",
    "rank_repos_sync('o/r', sort='size')",
    "rank_repos_sync('o/r', links='some')",
    "rank_repos_sync('o/r', provider='ftp')",
    "rank_repos_sync('o/r', max_age=[12])",
    "rank_repos_sync(3)",
    "later = rank_repos('o/r', tokn='x')",
    "later = rank_repos('o/r', sort='size')",
    "Settings(sort='size')",
    "Settings(quiet=True)",
)


def test_a_strict_type_checker_finds_each_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelt parameter, a word that is none, a wrong type: also in the form without a loop."""
    monkeypatch.chdir(ROOT)
    file = tmp_path / "snippet.py"
    file.write_text(_RIGHT + "".join(f"{line}  # wrong\n" for line in WRONG), "utf-8")
    out, err, _ = mypy.run(
        ["--strict", "--config-file=", "--cache-dir", str(tmp_path / "cache"), str(file)]
    )
    first = _RIGHT.count("\n") + 1
    found = {int(line.split(":")[1]) for line in out.splitlines() if ": error: " in line}
    assert (found, err) == (set(range(first, first + len(WRONG))), ""), out


def test_the_parameters_are_the_settings() -> None:
    """`rank_repos()` has each setting of a run under its name, with its type and its default."""
    parameters = inspect.signature(crawler.rank_repos).parameters
    settings = settings_of(Settings)
    others = {"settings", "token", "tokens", "progress", "transport", "store"}
    assert parameters.keys() - others == settings.keys()
    for name in settings.keys() - {"lists"}:
        parameter, field = parameters[name], Settings.__annotations__.get(name)
        assert parameter.default == settings[name].default
        if field is not None:
            assert parameter.annotation == field.replace("tuple[str, ...]", "Sequence[str]")
    assert inspect.signature(crawler.rank_repos_sync) == inspect.signature(crawler.rank_repos)


def texts(value: Any) -> Iterator[tuple[str, str]]:
    """The module and text of every annotation in the signature of a class or function."""
    if not inspect.isclass(value):
        yield from ((value.__module__, str(each)) for each in value.__annotations__.values())
        return
    for base in value.__mro__:
        if base.__module__.startswith("crawler."):
            fields = getattr(base, "__dataclass_fields__", {})
            yield from (
                (base.__module__, str(text))
                for name, text in inspect.get_annotations(base).items()
                if name in fields and not name.startswith("_")
            )
    for name, member in inspect.getmembers(value):
        function = member.fget if isinstance(member, property) else member
        is_ours = inspect.isfunction(function) and function.__module__.startswith("crawler.")
        if is_ours and (not name.startswith("_") or name == "__init__"):
            yield from texts(function)


@cache
def ours(module: str) -> dict[str, str]:
    """The names of this package that annotations of a module can use, each with its home."""
    tree = ast.parse(Path(str(sys.modules[module].__file__)).read_text("utf-8"))
    found = {
        alias.name: str(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("crawler.")
        for alias in node.names
    }
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name):
                found[name] = module
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if "TypeVar(" not in ast.unparse(value) and "ParamSpec(" not in ast.unparse(value):
                    found[name] = module
    return found


def missing() -> Iterator[str]:
    """Types in public signatures that cannot be imported from the package."""
    for public in crawler.__all__:
        value = getattr(crawler, public)
        if not (inspect.isclass(value) or inspect.isfunction(value)):
            continue
        for module, text in texts(value):
            homes = ours(module)
            for node in ast.walk(ast.parse(text, mode="eval")):
                name = node.id if isinstance(node, ast.Name) else None
                if name is None or name in vars(builtins) or name not in homes:
                    continue
                there = getattr(import_module(homes[name]), name)
                if getattr(crawler, name, None) is not there:
                    yield f"{homes[name]}.{name} of {public}"


def test_every_type_of_a_signature_can_be_imported() -> None:
    """Whoever annotates code of their own needs no private module."""
    assert set(missing()) == set()
