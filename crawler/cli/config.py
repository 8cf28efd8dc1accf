"""Find the config file and combine all settings of a run."""

from __future__ import annotations

import dataclasses
import stat
from collections.abc import Callable, Mapping, Set
from pathlib import Path
from typing import Any, Final

from crawler.model.config import LARGEST_FILE, check_harmless, make_settings, parse_config
from crawler.model.errors import ConfigError
from crawler.model.frozen import frozen
from crawler.model.places import user_folder
from crawler.model.settings import CommandSettings
from crawler.sources.addresses import find_addresses

FILE_NAME: Final = "config.toml"

_BEATEN: Final = {"offline": ("refresh",), "refresh": ("offline",)}
"""Settings in the file that a flag of another name overrides."""

_PLACES: Final = frozenset({"lists", "output", "report", "index"})
"""Settings that name what is read or written."""


@frozen
class Files:
    """How config files are read."""

    named: Callable[[Path], bytes]
    """Reads a file that the user named. Raises: ConfigError if it cannot be read."""
    found: Callable[[Path], bytes]
    """Reads a file that may exist; returns nothing if it does not."""


def load_config(named: str | None) -> dict[str, Any]:
    """The settings of the first existing config file: the named one, else the one in the
    current folder, else the one in the user's config folder; empty if there is none.

    Raises: ConfigError if the file cannot be read or is invalid.
    """
    return _load(named, set(), ON_DISK)[0]


def _load(named: str | None, given: Set[str], files: Files) -> tuple[dict[str, Any], bool]:
    """The settings, and whether a stranger may have written them because nobody chose the file.

    Settings `given` by flags override those in such a file.
    """
    if named is not None:
        table = parse_config(files.named(Path(named)), named, is_named=True)
        if table is None:
            raise ConfigError(f"{named} has no [crawler] table")
        return table, False
    table = parse_config(files.found(Path(FILE_NAME)), FILE_NAME, is_named=False)
    if table is not None:
        if _is_beside_program(Path(FILE_NAME)):
            return table, False
        try:
            check_harmless({key: table[key] for key in table.keys() - given})
        except ConfigError as error:
            raise ConfigError(f"{FILE_NAME}: {error}") from None
        return table, True
    folder = user_folder("config")
    if folder is None:
        return {}, False
    users = folder / FILE_NAME
    return parse_config(files.found(users), str(users), is_named=False) or {}, False


def _is_beside_program(path: Path) -> bool:
    """Whether it is in the folder of the running package, whose code is trusted anyway."""
    try:
        return path.samefile(Path(__file__).parents[2] / FILE_NAME)
    except OSError:
        return False


def load_settings(
    given: Mapping[str, Any],
    named: str | None,
    *,
    environ: Mapping[str, str],
    files: Files | None = None,
) -> CommandSettings:
    """The settings of a run; flags override environment variables, the config file and defaults.

    `given` are the flags by the names of their settings, `named` the config file of `--config`.
    `files` says how to read config files, by default from the disk.

    Raises: ConfigError.
    """
    stored, is_strangers = _load(named, given.keys(), files or ON_DISK)
    for key, others in _BEATEN.items():
        if given.get(key) is not None:
            stored = {name: value for name, value in stored.items() if name not in others}
    values = {**stored, **given, **find_addresses(given, stored, environ=environ)}
    if given.get("verbose"):
        values["quiet"] = given.get("quiet", False)
    if not values.get("lists"):
        values.pop("lists", None)
    settings = make_settings(values)
    confined = _PLACES & stored.keys() - given.keys() if is_strangers else ()
    return dataclasses.replace(settings, confined=frozenset(confined))


def _find(path: Path) -> bytes:
    """The content of the file; nothing if it is a folder, missing or unreadable.

    Raises: ConfigError if it is anything else but a file.
    """
    try:
        return b"" if path.is_dir() else _read(path)
    except _Unreadable:
        return b""


class _Unreadable(ConfigError):
    """The system does not allow reading the file."""


def _read(path: Path) -> bytes:
    """The content of the file, up to the size at which it is too large.

    Raises: ConfigError.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            # A pipe or a device may never end, and opening it may have side effects.
            raise ConfigError(f"{path} cannot be read: it is not a regular file")
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or error
        raise _Unreadable(f"{path} cannot be read: {cause}") from None


ON_DISK: Final = Files(_read, _find)
"""Reads config files from the disk."""
