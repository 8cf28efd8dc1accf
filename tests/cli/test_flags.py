"""Settings, their defaults and their flags."""

from __future__ import annotations

import argparse
import dataclasses

import pytest
from model.config_samples import NOT_FLAGS, NOT_SETTINGS, SAMPLES

from crawler.cli.commands.rank import build_parser
from crawler.cli.parser import help_of
from crawler.model.config import KEYS, make_settings
from crawler.model.definitions import Setting
from crawler.model.errors import UsageError
from crawler.model.settings import DEFAULTS


def test_the_samples_name_every_setting() -> None:
    """A new setting needs a sample here, and so every test of this module covers it."""
    assert SAMPLES.keys() == KEYS.keys()
    assert all(getattr(DEFAULTS, key) != value for key, (_, value) in SAMPLES.items())


@pytest.mark.parametrize("key", [key for key in KEYS if key not in NOT_FLAGS])
def test_every_setting_can_be_set_by_a_flag_of_its_name(key: str) -> None:
    """Each setting has a flag, named as in the file with dashes; the lists are the arguments."""
    said, seen = SAMPLES[key]
    flag = "--" + key.replace("_", "-")
    match key, said:
        case "lists", _:
            argv = list(said)
        case _, True:
            argv = [flag]
        case _, False:
            argv = ["--no-" + flag.removeprefix("--")]
        case "fail_on", _:
            argv = [flag, ",".join(said)]
        case _, list():
            argv = [part for value in said for part in (flag, value)]
        case _:
            argv = [flag, str(said)]
    given = build_parser().read(argv)
    assert given.keys() == {key}
    assert getattr(make_settings(given), key) == seen


def test_every_flag_is_a_setting() -> None:
    """No flag is out of the config file's reach but those that make sense once."""
    flags = {action.dest for action in build_parser()._actions}
    assert flags - NOT_SETTINGS == set(KEYS) - NOT_FLAGS
    assert flags >= NOT_SETTINGS


def test_no_flag_has_a_default_of_its_own() -> None:
    """What is not given is not in the namespace, so that defaults stand in one place."""
    assert build_parser().read([]) in ({}, {"lists": []})
    assert all(action.default in (argparse.SUPPRESS, None) for action in build_parser()._actions)


@pytest.mark.parametrize("known", [known for known in KEYS.values() if known.flags])
def test_the_help_is_the_definitions(known: Setting) -> None:
    """Each flag's help is what the setting does, with its bounds, its unit and its default."""
    text = " ".join(build_parser().format_all().split())
    assert help_of(known) in text
    assert known.help in help_of(known)
    if known.default not in (None, True, False, ()):
        assert f"default: {known.default})" in help_of(known)
    if known.is_duration:
        assert known.metavar == "TIME"


@pytest.mark.parametrize("key", sorted(NOT_FLAGS))
def test_what_nobody_types_has_no_flag(key: str) -> None:
    """It is set in the config file and by the library, and the sentence says so."""
    with pytest.raises(UsageError, match=f"{key} is set in the config file"):
        build_parser().read([f"--{key.replace('_', '-')}", "1"])


def test_the_documented_defaults() -> None:
    """The defaults are those that the documentation promises."""
    assert dataclasses.asdict(DEFAULTS) == {
        "sort": "stars",
        "min_stars": None,
        "language": (),
        "section": (),
        "exclude": (),
        "archived": True,
        "pushed_within": None,
        "created_within": None,
        "by_section": False,
        "top": None,
        "lists": ("quozd/awesome-dotnet",),
        "links": "entries",
        "follow": "auto",
        "provider": "auto",
        "include_private": False,
        "concurrency": 16,
        "batch_size": "auto",
        "timeout": "30s",
        "retries": 3,
        "max_wait": "15m",
        "budget": None,
        "response_seconds": 55.0,
        "api_url": None,
        "graphql_url": None,
        "depsdev_url": None,
        "store": True,
        "history": None,
        "max_age": "12h",
        "refresh": False,
        "offline": False,
        "gone_grace": "7d",
        "since": None,
        "token_env": None,
        "format": None,
        "output": (),
        "report": (),
        "index": None,
        "always_write": False,
        "csv_bom": False,
        "fail_on": (),
        "check": None,
        "exempt": (),
        "lock": None,
        "log_file": None,
        "quiet": False,
        "verbose": False,
        "progress": True,
        "confined": frozenset(),
    }
    assert make_settings({}) == DEFAULTS
