"""Where the config file is looked for, and which is ours."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from model.config_samples import SAMPLES, toml

from crawler.cli.config import load_config
from crawler.model.config import (
    KEYS,
    make_settings,
)
from crawler.model.errors import ConfigError


@pytest.fixture
def users_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's config folder, empty; the current folder is another empty one."""
    users = tmp_path / "users"
    here = tmp_path / "here"
    users.mkdir()
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: users)
    return users


@pytest.mark.parametrize("key", KEYS)
def test_every_setting_can_be_set_in_the_file(key: str, users_folder: Path, tmp_path: Path) -> None:
    """Each setting is a flat key of the file, and reaches the run with its type."""
    said, seen = SAMPLES[key]
    path = tmp_path / "named.toml"
    path.write_text(f"[crawler]\n{key} = {toml(said)}\n", "utf-8")
    settings = make_settings(load_config(str(path)))
    assert getattr(settings, key) == seen
    assert type(getattr(settings, key)) is type(seen)


def test_nothing_found_is_the_defaults(users_folder: Path) -> None:
    """Without any config file the run has its defaults."""
    assert load_config(None) == {}


def test_the_first_file_that_is_ours_is_taken(users_folder: Path, tmp_path: Path) -> None:
    """The named file, else the current folder's, else the user's; they do not mix."""
    (users_folder / "config.toml").write_text("[crawler]\ntop = 1\nretries = 1\n", "utf-8")
    assert load_config(None) == {"top": 1, "retries": 1}
    Path("config.toml").write_text("[crawler]\ntop = 2\n", "utf-8")
    assert load_config(None) == {"top": 2}
    named = tmp_path / "mine.toml"
    named.write_text("[crawler]\ntop = 3\n", "utf-8")
    assert load_config(str(named)) == {"top": 3}


@pytest.mark.parametrize(
    "foreign",
    [
        b"[tool]\ntop = 9\n",
        b"",
        b"this is no TOML at all",
        b"[site]\ntitle = 'caf\xe9'\n",
        b"\xff\xfe\x00",
        b"x = " + b"[" * 5000,
        b"# a web crawler's settings\nx = ",
        b"x = " + b"9" * 20_000,
        b".".join([b"a"] * 30_000) + b" = 1",
        b"# long\n" * 20_000,
        b"\n" * 4000,
        b" " * 60_000,
        b"crawl\n[crawlers]\n",
    ],
)
def test_a_file_of_somebody_else_is_passed_over(users_folder: Path, foreign: bytes) -> None:
    """A config.toml without our table, whatever is in it, does not hide the user's own."""
    (users_folder / "config.toml").write_text("[crawler]\ntop = 1\n", "utf-8")
    Path("config.toml").write_bytes(foreign)
    assert load_config(None) == {"top": 1}


def test_a_folder_of_that_name_is_passed_over(users_folder: Path) -> None:
    """A folder is no config file."""
    Path("config.toml").mkdir()
    (users_folder / "config.toml").mkdir()
    assert load_config(None) == {}


@pytest.mark.parametrize(
    "text",
    ["[ crawler ]\ntop = 2", "crawler.top = 2", "crawler = {top = 2}", '["crawler"]\ntop = 2'],
)
def test_the_table_may_be_spelt_as_toml_allows(users_folder: Path, text: str) -> None:
    """Any TOML spelling of the table is ours, and not passed over in silence."""
    Path("config.toml").write_text(text, "utf-8")
    assert load_config(None) == {"top": 2}


def test_our_own_file_with_a_mistake_is_refused(users_folder: Path) -> None:
    """A file with our table is not passed over because it is broken."""
    for content in (
        b"[crawler]\ntop =\n",
        b"[crawler]\nlists = ['caf\xe9']\n",
        b"\xef\xbb\xbf[crawler]\r\ntop =\r\n",
        b"crawler.top = 1\nx =",
        b"x =\n[[ 'crawler' . report ]] # files\npath = 'a.json'\n",
    ):
        Path("config.toml").write_bytes(content)
        with pytest.raises(ConfigError, match=r"^config\.toml is not"):
            load_config(None)


def test_white_space_costs_nothing(users_folder: Path) -> None:
    """Thousands of empty lines or blanks around the table are read like any others."""
    for space in ("\n" * 20_000, " " * 20_000, " \n\t" * 6_000):
        Path("config.toml").write_text(f"{space}\n[crawler]\n{space}\ntop = 2\n{space}", "utf-8")
        assert load_config(None) == {"top": 2}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("#" * 70_000, "config.toml is larger than 64 KiB"),
        ("top = " + "9" * 20_000, "config.toml is not valid TOML: a number has too many digits"),
        ("top = " + "[" * 5000, "config.toml is not valid TOML: it is nested too deeply"),
        (".".join("a" * 30_000) + " = 1", "config.toml has a line with more than 250 dots"),
        ("k" * 60_000 + " = 1", "config.toml: unknown key crawler.kkk"),
        (f"links = '{'k' * 60_000}'", 'config.toml: links must be entries or all, not "kkk'),
        (f"x = {{'{'k' * 30_000}'.a = 1, '{'k' * 30_000}' = 1}}", "config.toml is not valid TOML"),
        ("store = ''", "config.toml: store must name a file, and '' does not"),
        ("store = '.'", "config.toml: store must name a file, and '.' does not"),
        ("store = 'a/..'", "config.toml: store must name a file, and 'a/..' does not"),
        ("store = '/'", "config.toml: store must name a file, and '/' does not"),
        ("output = ['']", "config.toml: path must name a file, and '' does not"),
        ("output = ['.']", "config.toml: path must name a file, and '.' does not"),
        ("report = [{path = './'}]", "config.toml: crawler.report[0]: path must name a file"),
        ("log_file = ''", "config.toml: log_file must name a file, and '' does not"),
        (r'store = "a\u0000b"', r"config.toml: store 'a\x00b' holds a NUL"),
        (r'output = ["a\u0000.json"]', r"config.toml: path 'a\x00.json' holds a NUL"),
        (f"store = '{'x' * 250}'", "config.toml: store is too long"),
        (f"output = ['{'é' * 125}.json']", "config.toml: path is too long"),
        (f"output = ['{'x/' * 600}y.json']", "config.toml: path is too long"),
    ],
)
@pytest.mark.parametrize("named", ["config.toml", None])
def test_a_hostile_file_ends_in_a_sentence(
    users_folder: Path, text: str, said: str, named: str | None
) -> None:
    """Before anything else is done, in one short line, however the file was named."""
    Path("config.toml").write_text(f"[crawler]\n{text}\n", "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(named)
    sentence = str(caught.value)
    assert sentence.startswith(said)
    assert "\n" not in sentence
    assert len(sentence) < 400
    assert caught.value.exit_status == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and devices as POSIX has them")
@pytest.mark.parametrize("kind", ["pipe", "/dev/zero", "/dev/null"])
@pytest.mark.parametrize("named", ["config.toml", None])
def test_what_is_no_regular_file_is_not_opened(
    users_folder: Path, kind: str, named: str | None
) -> None:
    """A pipe would never end, and a device might: neither is waited for."""
    if kind == "pipe":
        os.mkfifo("config.toml")
    else:
        Path("config.toml").symlink_to(kind)
    with pytest.raises(ConfigError, match=r"^config\.toml cannot be read: it is not a"):
        load_config(named)


def test_the_users_file_is_checked_too(users_folder: Path) -> None:
    """The message names the user's file by its whole path."""
    path = users_folder / "config.toml"
    path.write_text("[crawler]\ntop = 'x'\n", "utf-8")
    with pytest.raises(ConfigError, match=re.escape(f"{path}: top must be")):
        load_config(None)


def test_a_named_file_must_be_there_and_ours(tmp_path: Path) -> None:
    """A file that the user names is missed, not passed over."""
    with pytest.raises(ConfigError, match=r"nowhere\.toml cannot be read: No such file"):
        load_config(str(tmp_path / "nowhere.toml"))
    with pytest.raises(ConfigError, match="cannot be read: it is not a regular file"):
        load_config(str(tmp_path))
    (tmp_path / "other.toml").write_text("[other]\n", "utf-8")
    with pytest.raises(ConfigError, match=r"has no \[crawler\] table"):
        load_config(str(tmp_path / "other.toml"))
    (tmp_path / "latin.toml").write_bytes(b"x = 'caf\xe9'")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        load_config(str(tmp_path / "latin.toml"))
    (tmp_path / "value.toml").write_text("crawler = 3", "utf-8")
    with pytest.raises(ConfigError, match="crawler must be a table"):
        load_config(str(tmp_path / "value.toml"))
