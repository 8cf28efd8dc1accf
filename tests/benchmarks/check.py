"""What a check costs beside a ranking, held against its bounds.

The lists are awesome-dotnet and awesome-go where the real lists lie beside the checkout; without
them nothing is measured. Every figure is the least CPU time of several runs in turns.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from benchmarks.speed import Line, run, show
from standin import TOKEN, StandIn, World, shared_folder, shared_world
from standin.schema import schema

RUNS: Final = 5

MAX_BASE: Final = 0.1
MAX_LARGE_BASE: Final = 0.3
"""Seconds that a change of three entries takes beyond a list of three, in awesome-dotnet with 557
entries and in awesome-go with 2,750, nearly all of which go to one parse of the whole list."""

MAX_WHOLE: Final = 1.15
"""A check of awesome-go beside its ranking; ten percent are what two runs of one differ by."""

MAX_FIX: Final = 2.0
"""Seconds that mending so many addresses takes beyond the check."""

MOVED: Final = 112


def main() -> int:
    """Measure, print the table, and return 1 where a bound is broken."""
    shared = shared_folder()
    if shared is None:
        print("the real lists are not beside this checkout: nothing is measured")
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("cwd", "home", "bin"):
            (folder / part).mkdir()
        return show(measure(folder, shared))


def measure(folder: Path, shared: Path) -> list[Line]:
    """The rows of the table."""
    world = shared_world(shared)
    dotnet = (shared / "lists" / "awesome-dotnet.md").read_text("utf-8")
    go = (shared / "lists" / "awesome-go.md").read_text("utf-8")
    three, base = without_three(dotnet)
    texts = {
        "three.md": "".join(three),
        "dotnet.md": dotnet,
        "base.md": base,
        "go.md": go,
        "gobase.md": without_three(go)[1],
        "moved.md": move_some(world, go),
    }
    for name, text in texts.items():
        (folder / "cwd" / name).write_text(text, "utf-8")
    commands = {
        "three": ["three.md"],
        "base": ["check", "dotnet.md", "--base", "./base.md"],
        "large": ["check", "go.md", "--base", "./gobase.md"],
        "rank": ["go.md"],
        "whole": ["check", "go.md"],
        "unmended": ["check", "moved.md"],
        "fix": ["check", "moved.md", "--fix"],
    }
    cpus: dict[str, list[float]] = {name: [] for name in commands}
    queries: dict[str, int] = {}
    schema()
    with StandIn(world) as github:
        env = {
            "GITHUB_API_URL": github.url,
            "GITHUB_GRAPHQL_URL": github.graphql_url,
            "GH_TOKEN": TOKEN,
        }
        for _ in range(RUNS):
            for name, arguments in commands.items():
                (folder / "cwd" / "moved.md").write_text(texts["moved.md"], "utf-8")
                seen = len(github.log.exchanges)
                line = ["-m", "crawler", *arguments, "--no-store"]
                sample = run(line, folder, env, statuses=(0, 4))
                cpus[name].append(sample.cpu)
                queries[name] = len(github.log.exchanges) - seen
    least = {name: min(found) for name, found in cpus.items()}
    return [
        Line("queries of three new entries in awesome-dotnet", queries["base"], 1),
        Line("  CPU beyond a list of three, s", least["base"] - least["three"], MAX_BASE),
        Line("  the same in awesome-go, s", least["large"] - least["three"], MAX_LARGE_BASE),
        Line("check of awesome-go, CPU s", least["whole"], None, f"{queries['whole']} queries"),
        Line("  beside its ranking", least["whole"] / least["rank"], MAX_WHOLE),
        Line(f"--fix of {MOVED} moved, CPU s beyond", least["fix"] - least["unmended"], MAX_FIX),
    ]


def without_three(text: str) -> tuple[list[str], str]:
    """Three items of a list, far from each other, and the list without them."""
    lines = text.splitlines(True)
    three = [line for line in lines if line.startswith(("* [", "- ["))][100:400:100]
    return three, "".join(line for line in lines if line not in three)


def move_some(world: World, text: str) -> str:
    """The list with so many of its repositories under names that they no longer have."""
    moved = 0
    for repository in [*world]:
        address = f"(https://github.com/{repository.full_name})"
        if moved < MOVED and not repository.old_names and text.count(address) == 1:
            former = f"before/{repository.full_name.replace('/', '-')}"
            world.change(repository.full_name, old_names=(former,))
            text = text.replace(address, f"(https://github.com/{former})")
            moved += 1
    return text
