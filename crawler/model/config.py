"""Build `Settings` from flags, environment and config file."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from crawler.model.checks import Checks, Exemption
from crawler.model.definitions import Setting, settings_of
from crawler.model.errors import ConfigError
from crawler.model.filters import Filters
from crawler.model.settings import CommandSettings, Report

T = TypeVar("T")

TABLE: Final = "crawler"
"""The table of the config file that belongs to this program."""

KEYS: Final = settings_of(CommandSettings)
REPORT_KEYS: Final = settings_of(Report)
FILTER_KEYS: Final = settings_of(Filters)

NESTED: Final = {
    "report": REPORT_KEYS,
    "check": settings_of(Checks),
    "exempt": settings_of(Exemption),
}
"""The keys of tables within the table."""

LARGEST_FILE: Final = 64 * 1024
"""Bytes of a config file: thirteen times the one that documents every setting."""

MOST_DOTS: Final = 250
"""Dots allowed in a line of a config file. The time to parse a dotted key grows with the square
of its parts: without this limit a file of 64 KiB can take 30 s, with it one second."""

LONGEST_REASON: Final = 300
"""Characters to show of a parser's error, which may quote the config file."""


def parse_config(content: bytes, path: str, *, is_named: bool) -> dict[str, Any] | None:
    """The settings of a config file; None if it has no `[crawler]` table and so is not ours.

    `is_named` says whether the user named the file. An unnamed file that cannot be parsed counts
    as ours if one of its lines alone parses as part of the table. `path` is for messages.

    Raises: ConfigError if the file is too large or not TOML, or has an unknown key, a wrong
        type or a value out of range.
    """
    try:
        document = _parse(content)
    except ValueError as error:
        if not is_named and not _has_line_of_table(content):
            return None
        raise ConfigError(f"{path} {_shortened(str(error))}") from None
    if TABLE not in document:
        return None
    table = document[TABLE]
    try:
        _check_table(table)
    except ConfigError as error:
        raise ConfigError(f"{path}: {_shortened(str(error))}") from None
    assert isinstance(table, dict)  # _check_table saw to it
    return table


def _parse(content: bytes) -> dict[str, Any]:
    """Raises: ValueError, which says what is wrong with the file."""
    if len(content) > LARGEST_FILE:
        raise ValueError(f"is larger than {LARGEST_FILE // 1024} KiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8 text") from None
    if any(line.count(".") > MOST_DOTS for line in text.split("\n")):
        raise ValueError(f"has a line with more than {MOST_DOTS} dots: break it into several")
    if not content:
        return {}
    import tomllib  # only if there is a file

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"is not valid TOML: {error}") from None
    except RecursionError:
        raise ValueError("is not valid TOML: it is nested too deeply") from None
    except ValueError:  # from int(): tomllib does not wrap it
        raise ValueError("is not valid TOML: a number has too many digits") from None


def _has_line_of_table(content: bytes) -> bool:
    for line in content[:LARGEST_FILE].splitlines():
        if TABLE.encode() in line:
            with contextlib.suppress(ValueError):
                if TABLE in _parse(line):
                    return True
    return False


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}…"


def _check_table(table: object) -> None:
    if not isinstance(table, dict):
        raise ConfigError(f"{TABLE} must be a table")
    _check_keys(table, KEYS, TABLE)
    for name, keys in NESTED.items():
        found = table.get(name)
        for each in found if isinstance(found, list) else [found]:
            if isinstance(each, dict):
                _check_keys(each, keys, f"{TABLE}.{name}")
    make_settings(table)


def _check_keys(table: Mapping[str, Any], known: Mapping[str, Setting], name: str) -> None:
    for key, value in table.items():
        if key not in known:
            import difflib  # not at the top: it takes a tenth of the start-up time

            nearest = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
            raise ConfigError(f"unknown key {name}.{key}{hint}")
        if known[key].lacks_unit(value):
            raise ConfigError(
                f'{name}.{key} has no unit: write one, such as {key} = "{known[key].example}"'
            )


def check_harmless(table: Mapping[str, Any]) -> None:
    """Refuse every key that a config file may not set if a stranger may have written it.
    `table` is what `parse_config` returned.

    Raises: ConfigError, which names the key and its flag.
    """
    for name, known, value in (
        *((key, KEYS[key], table[key]) for key in table),
        *(
            (f"report.{key}", REPORT_KEYS[key], each[key])
            for each in table.get("report", ())
            for key in each
        ),
    ):
        # What says the default sets nothing: config.toml of a clone shows every setting so.
        is_default = (tuple(value) if isinstance(value, list) else value) == known.default
        if not known.harmless and not is_default:
            flag = f", or from {known.flags[-1]}" if known.flags else ""
            raise ConfigError(f"{TABLE}.{name} is only read from a file named with --config{flag}")


def make_settings(values: Mapping[str, Any]) -> CommandSettings:
    """Check `values`, keyed by the names of the settings; missing ones get their defaults.

    Raises: ConfigError for a wrong type or a value out of range.
    """
    plain = _listed(values)
    reports = plain.get("report")
    if isinstance(reports, list):
        # A report inherits from the run the filters that it does not set.
        shared = {key: plain[key] for key in FILTER_KEYS if key in plain}
        plain["report"] = [
            _make(Report, {**shared, **table}, f"report[{place}]")
            if isinstance(table, dict)
            else table
            for place, table in enumerate(reports)
        ]
    if isinstance(checks := plain.get("check"), dict):
        plain["check"] = _make(Checks, _listed(checks), "check")
    exemptions = plain.get("exempt")
    if isinstance(exemptions, list):
        plain["exempt"] = [
            _make(Exemption, table, f"exempt[{place}]") if isinstance(table, dict) else table
            for place, table in enumerate(exemptions)
        ]
    return CommandSettings(**plain)


def _listed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, with comma-separated words in one text split into a list."""
    plain = {**values}
    for name in ("fail_on", "rule"):
        words = plain.get(name)
        if isinstance(words, str):
            plain[name] = [word.strip() for word in words.split(",")]
    return plain


def _make(kind: Callable[..., T], table: dict[str, Any], name: str) -> T:
    try:
        return kind(**table)
    except ConfigError as error:
        raise ConfigError(f"{TABLE}.{name}: {error}") from None
