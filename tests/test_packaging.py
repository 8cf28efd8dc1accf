"""What is committed installs anywhere: complete locks, and no address of a registry or machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).parents[1]
RUN_LOCK: Final = ROOT / "requirements.lock"
TEST_LOCK: Final = ROOT / "tests" / "requirements.lock"
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

REGISTRIES: Final = [
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("npmjs", "org"),
    ("npmjs", "com"),
    ("anaconda", "org"),
    ("crates", "io"),
    ("rubygems", "org"),
]
"""In two parts each, since this file is searched as well."""

REGISTRY: Final = re.compile(
    r"(?<![\w-])(?:" + "|".join(map(r"\.".join, REGISTRIES)) + r")(?![\w-])", re.I
)
FOREIGN_HOME: Final = re.compile(r"(?<![\w.~/-])(?:/(?:home|Users|root)/|[A-Z]:\\Users\\)\w", re.I)
"""Folders of one person on one machine."""

PIN: Final = re.compile(r"([\w.-]+)==([\w.!+]+)(?: ; [^\\]+)? \\")
HASH: Final = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")
UNSEEN: Final = {".git", ".venv", "__pycache__", "dist", "build", ".hypothesis"}
"""Folders that are never committed, for where git cannot tell; caches are no more."""


def committed_files() -> list[Path]:
    """Every file that is committed or about to be; without git, all that are not made anew."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        listing = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout
        paths = {ROOT / os.fsdecode(name) for name in listing.split(b"\0") if name}
    else:
        paths = {
            path
            for path in ROOT.rglob("*")
            if not any(
                part in UNSEEN or part.startswith(".coverage") or part.endswith("_cache")
                for part in path.relative_to(ROOT).parts
            )
        }
    return sorted(path for path in paths if path.is_file())


def foreign_addresses(text: str) -> list[str]:
    """What in `text` names a registry's host, or a path that exists on one machine only."""
    found = [match[0] for pattern in (REGISTRY, FOREIGN_HOME) for match in pattern.finditer(text)]
    for here in (ROOT, Path.home()):
        # A shallow one, such as /app, may be meant in general.
        if len(here.parts) > 2 and re.search(rf"{re.escape(str(here))}(?![\w-])", text):
            found.append(str(here))
    return found


def pins(lock: Path) -> dict[str, str]:
    """Version by normalised name."""
    matches = map(PIN.fullmatch, lock.read_text("utf-8").splitlines())
    return {canonicalize_name(match[1]): match[2] for match in matches if match}


def test_no_committed_file_names_a_registry_or_a_machine() -> None:
    """Whoever clones this is sent to no registry of ours and sees no path of ours."""
    files = committed_files()
    assert Path(__file__) in files
    found = {
        str(path.relative_to(ROOT)): addresses
        for path in files
        if (addresses := foreign_addresses(path.read_bytes().decode("utf-8", "replace")))
    }
    assert not found


def test_the_search_finds_what_it_is_for() -> None:
    """Hosts, homes and this checkout are found; mere names are not."""
    for parts in REGISTRIES:
        assert foreign_addresses(f"https://files.{'.'.join(parts)}/simple/")
        assert foreign_addresses(f"see {'.'.join(parts).upper()}")
    assert foreign_addresses(f'path = "{Path("/", "home", "somebody")}"')
    assert len(ROOT.parts) <= 2 or foreign_addresses(f"{ROOT / 'crawler'}: error")
    assert not foreign_addresses("on PyPI, in requirements.lock, https://github.com/home/work")


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        (RUN_LOCK, PROJECT["dependencies"]),
        (TEST_LOCK, PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]),
    ],
    ids=["run", "test"],
)
def test_a_lock_pins_every_dependency(lock: Path, wanted: list[str]) -> None:
    """Each dependency of pyproject.toml is pinned at a version that it allows."""
    pinned = pins(lock)
    for requirement in map(Requirement, wanted):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not in {lock.name}: run .ci/lock"
        assert requirement.specifier.contains(version, prereleases=True)


VULNERABLE: Final = {
    "filelock": ("3.20.0", "4.2.0"),  # CVE-2025-68146, CVE-2026-112935
    "httpcore": ("1.0.8",),  # with h11 0.14: CVE-2025-43859
    "idna": ("3.14",),  # CVE-2026-45409
    "jinja2": ("3.1.5",),  # CVE-2025-27516
    "pygments": ("2.19.2",),  # CVE-2026-4539
    "certifi": ("2024.6.2",),  # CVE-2024-39689
    "tqdm": ("4.66.2",),  # CVE-2024-34062
    "markdown-it-py": ("2.1.0",),  # CVE-2023-26303
    "pyarrow": ("14.0.0", "23.0.0"),  # CVE-2023-47248, CVE-2026-25087
    "aiohttp": ("3.14.3",),  # PYSEC-2026-4369
    "pytest": ("9.0.2",),  # CVE-2025-71176
}
"""Versions with known vulnerabilities."""


@pytest.mark.parametrize(("name", "versions"), VULNERABLE.items())
def test_no_floor_lets_in_a_known_vulnerability(name: str, versions: tuple[str, ...]) -> None:
    """Whoever installs the package with what is there already has no such version either."""
    extras = PROJECT["optional-dependencies"].values()
    wanted = map(Requirement, [*PROJECT["dependencies"], *(each for one in extras for each in one)])
    found = [each for each in wanted if canonicalize_name(each.name) == name]
    assert found
    for requirement in found:
        assert not any(map(requirement.specifier.contains, versions)), requirement


def test_both_locks_agree() -> None:
    """What is tested is what runs: the test lock has every pin of the other one."""
    assert pins(RUN_LOCK).items() <= pins(TEST_LOCK).items()
    assert len(pins(RUN_LOCK)) < len(pins(TEST_LOCK))


@pytest.mark.parametrize("lock", [RUN_LOCK, TEST_LOCK], ids=["run", "test"])
def test_a_lock_holds_pins_and_hashes_alone(lock: Path) -> None:
    """pip's hash-checking mode accepts it, and no line names an index, a URL or a path.

    https://pip.pypa.io/en/stable/topics/secure-installs/
    """
    lines = lock.read_text("utf-8").splitlines()
    assert lines
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        assert PIN.fullmatch(line) or HASH.fullmatch(line), line
        assert line.endswith("\\") == bool(HASH.fullmatch(following)), line
